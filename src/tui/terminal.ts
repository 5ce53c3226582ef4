/**
 * The terminal as a resource: modes on and off in one place, so that every way out restores it. Everything
 * that changes a mode stands in ENTER and has its opposite in LEAVE.
 */
import type { Readable, Writable } from 'node:stream';
import type { InputEvent } from './key-tokenizer.js';
import { KeyTokenizer } from './key-tokenizer.js';

export type TerminalInput = Readable & { setRawMode?: (on: boolean) => unknown; isTTY?: boolean };
export type TerminalOutput = Writable & { columns?: number; rows?: number };

/** Alternate screen, application keypad off, cursor hidden, bracketed paste, no line wrap. */
const ENTER = '\x1b[?1049h\x1b[?1l\x1b>\x1b[?25l\x1b[?2004h\x1b[?7l\x1b[H\x1b[2J';
const MOUSE_ON = '\x1b[?1000h\x1b[?1002h\x1b[?1006h';
const MOUSE_OFF = '\x1b[?1006l\x1b[?1002l\x1b[?1000l';
const LEAVE = `${MOUSE_OFF}\x1b[m\x1b[?7h\x1b[?2004l\x1b[?25h\x1b[?1049l`;
/** Synchronized output (mode 2026): the terminal shows a frame whole; others ignore it. */
const FRAME_START = '\x1b[?2026h';
const FRAME_END = '\x1b[?2026l';
const BASE64_LIMIT = 74_994;

export interface TerminalListener {
  onInput: (event: InputEvent) => void;
  onResize: () => void;
}

export class Terminal {
  private entered = false;
  private mouse = false;
  private readonly input: TerminalInput;
  readonly output: TerminalOutput;
  private readonly tokenizer: KeyTokenizer;
  private readonly listener: TerminalListener;
  private readonly onData = (chunk: Buffer): void => this.tokenizer.write(chunk);
  private readonly onResize = (): void => this.listener.onResize();
  private readonly insideTmux: boolean;

  constructor(input: TerminalInput, output: TerminalOutput, listener: TerminalListener, insideTmux = false) {
    this.input = input;
    this.output = output;
    this.listener = listener;
    this.insideTmux = insideTmux;
    this.tokenizer = new KeyTokenizer((event) => listener.onInput(event));
  }

  /** A terminal that does not know its size (0x0 by TIOCGWINSZ) is taken for one of 80x24. */
  get columns(): number {
    return this.output.columns || 80;
  }

  get rows(): number {
    return this.output.rows || 24;
  }

  enter(): void {
    if (this.entered) return;
    this.entered = true;
    this.input.setRawMode?.(true);
    this.input.on('data', this.onData);
    this.input.resume();
    this.output.on('resize', this.onResize);
    this.output.write(ENTER + (this.mouse ? MOUSE_ON : ''));
  }

  /** Gives the terminal back as it was; harmless when called again. */
  leave(): void {
    if (!this.entered) return;
    this.entered = false;
    this.tokenizer.dispose();
    this.input.off('data', this.onData);
    this.output.off('resize', this.onResize);
    this.output.write(LEAVE);
    this.input.setRawMode?.(false);
    this.input.pause();
  }

  /** Asks for Enter on the terminal as it is for others: after a program whose output is to be read. */
  waitForEnter(question: string): Promise<void> {
    this.output.write(question);
    return new Promise((resolve) => {
      this.input.once('data', () => {
        this.input.pause();
        resolve();
      });
      this.input.resume();
    });
  }

  setMouse(on: boolean): void {
    this.mouse = on;
    if (this.entered) this.output.write(on ? MOUSE_ON : MOUSE_OFF);
  }

  /** Writes one frame. */
  writeFrame(frame: string): void {
    if (this.entered && frame !== '') this.output.write(FRAME_START + frame + FRAME_END);
  }

  bell(): void {
    if (this.entered) this.output.write('\x07');
  }

  /** Puts text into the clipboard of the person's own terminal, OSC 52; false where it is too long for it. */
  copy(text: string): boolean {
    const encoded = Buffer.from(text).toString('base64');
    if (encoded.length > BASE64_LIMIT) return false;
    const sequence = `\x1b]52;c;${encoded}\x07`;
    // tmux hands on what is wrapped, where allow-passthrough is on; the bare one serves set-clipboard.
    const wrapped = this.insideTmux ? `\x1bPtmux;${sequence.replaceAll('\x1b', '\x1b\x1b')}\x1b\\` : '';
    this.output.write(sequence + wrapped);
    return true;
  }
}

/**
 * From terminal input to keys, one by one: blessed's own parser splits an arrow key that arrives in two
 * pieces, loses all but the first of several mouse events, and takes pastes and terminal replies for keys.
 */
import { StringDecoder } from 'node:string_decoder';

export type InputEvent =
  | { event: 'key'; key: string }
  | { event: 'paste'; text: string }
  | { event: 'mouse'; action: 'press' | 'release' | 'wheelup' | 'wheeldown'; column: number; row: number };

/** A lone Esc is one only when nothing follows for this long. */
const ESCAPE_TIMEOUT_MS = 30;
const PASTE_START = '\x1b[200~';
const PASTE_END = '\x1b[201~';

/** Final byte, or number before `~`, of CSI and SS3 sequences; ECMA-48 and xterm's ctlseqs. */
const SEQUENCE_KEYS: Record<string, string> = {
  A: 'up', B: 'down', C: 'right', D: 'left', H: 'home', F: 'end', Z: 'S-tab',
  P: 'f1', Q: 'f2', R: 'f3', S: 'f4', M: 'enter',
  '1~': 'home', '2~': 'insert', '3~': 'delete', '4~': 'end', '5~': 'pageup', '6~': 'pagedown',
  '7~': 'home', '8~': 'end', '11~': 'f1', '12~': 'f2', '13~': 'f3', '14~': 'f4', '15~': 'f5',
  '17~': 'f6', '18~': 'f7', '19~': 'f8', '20~': 'f9', '21~': 'f10', '23~': 'f11', '24~': 'f12',
  '[A': 'f1', '[B': 'f2', '[C': 'f3', '[D': 'f4', '[E': 'f5',
}; // prettier-ignore

const CONTROL_KEYS: Record<string, string> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\x7f': 'backspace',
  '\b': 'backspace',
  ' ': 'space',
  '\x00': 'C-space',
};

/** CSI: parameters, intermediates, one final byte. */
const CSI = /^\x1b\[(\[?)([0-9;:<=>?]*)([ -/]*)([@-~])/;
const SS3 = /^\x1bO([ -~])/;
/** Replies that a terminal sends on its own: OSC, DCS, APC, PM, up to BEL or ST. */
const STRING_REPLY = /^\x1b[\]P_^][^\x07\x1b]*(?:\x07|\x1b\\)/;
/** Starts that may still become one of the above. */
const INCOMPLETE = /^\x1b(?:\[\[?[0-9;:<=>?]*[ -/]*|O|[\]P_^][^\x07\x1b]*\x1b?)?$/;

export class KeyTokenizer {
  private readonly decoder = new StringDecoder('utf8');
  private pending = '';
  private timer: NodeJS.Timeout | null = null;
  private readonly receive: (event: InputEvent) => void;

  constructor(receive: (event: InputEvent) => void) {
    this.receive = receive;
  }

  write(chunk: Buffer | string): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    this.pending += typeof chunk === 'string' ? chunk : this.decoder.write(chunk);
    this.consume();
    if (this.pending !== '' && !this.pending.startsWith(PASTE_START)) {
      this.timer = setTimeout(() => this.giveUp(), ESCAPE_TIMEOUT_MS);
    }
  }

  dispose(): void {
    if (this.timer) clearTimeout(this.timer);
  }

  /** Nothing followed: it was the Esc key, and what came with it are keys of their own. */
  private giveUp(): void {
    this.timer = null;
    const rest = this.pending.slice(1);
    this.pending = '';
    this.receive({ event: 'key', key: 'escape' });
    for (const character of rest) this.receive({ event: 'key', key: keyOfCharacter(character) });
  }

  private consume(): void {
    while (this.pending !== '') {
      const length = this.consumeOne(this.pending);
      if (length === 0) return;
      this.pending = this.pending.slice(length);
    }
  }

  /** Hands on the first event; how many characters it took, 0 where more must come first. */
  private consumeOne(text: string): number {
    if (!text.startsWith('\x1b')) {
      const character = String.fromCodePoint(text.codePointAt(0)!);
      this.receive({ event: 'key', key: keyOfCharacter(character) });
      return character.length;
    }
    if (text.startsWith(PASTE_START)) return this.consumePaste(text);
    const csi = CSI.exec(text);
    if (csi) {
      const event = eventOfCsi(csi);
      if (event) this.receive(event);
      return csi[0].length;
    }
    const ss3 = SS3.exec(text);
    if (ss3) {
      const key = SEQUENCE_KEYS[ss3[1]!];
      if (key) this.receive({ event: 'key', key });
      return ss3[0].length;
    }
    const reply = STRING_REPLY.exec(text);
    if (reply) return reply[0].length;
    if (INCOMPLETE.test(text)) return 0;
    if (text[1] === '\x1b') {
      this.receive({ event: 'key', key: 'escape' });
      return 1;
    }
    const character = String.fromCodePoint(text.codePointAt(1)!);
    this.receive({ event: 'key', key: `M-${keyOfCharacter(character)}` });
    return 1 + character.length;
  }

  private consumePaste(text: string): number {
    const end = text.indexOf(PASTE_END);
    if (end < 0) return 0;
    this.receive({ event: 'paste', text: text.slice(PASTE_START.length, end) });
    return end + PASTE_END.length;
  }
}

function keyOfCharacter(character: string): string {
  const named = CONTROL_KEYS[character];
  if (named !== undefined) return named;
  const code = character.codePointAt(0)!;
  return code < 0x20 ? `C-${String.fromCharCode(code + 0x60)}` : character;
}

function eventOfCsi([, linuxConsole, parameters, , final]: RegExpExecArray): InputEvent | null {
  if (linuxConsole) return keyEvent(SEQUENCE_KEYS[`[${final!}`]);
  if (parameters!.startsWith('<')) return mouseEvent(parameters!.slice(1), final!);
  if (/^[?=>]/.test(parameters!)) return null;
  const [number, modifier] = parameters!.split(';');
  const name = final === '~' ? SEQUENCE_KEYS[`${number!}~`] : SEQUENCE_KEYS[final!];
  return keyEvent(name === undefined ? undefined : prefixOf(Number(modifier ?? 1)) + name);
}

function keyEvent(key: string | undefined): InputEvent | null {
  return key === undefined ? null : { event: 'key', key };
}

/** xterm's modifier parameter: 1 + shift 1 + alt 2 + control 4. */
function prefixOf(modifier: number): string {
  const bits = modifier - 1;
  return `${bits & 4 ? 'C-' : ''}${bits & 2 ? 'M-' : ''}${bits & 1 ? 'S-' : ''}`;
}

/** SGR mouse report (mode 1006): button; column; row, `M` press, `m` release. */
function mouseEvent(parameters: string, final: string): InputEvent | null {
  const [button = 0, column = 1, row = 1] = parameters.split(';').map(Number);
  const at = { column: column - 1, row: row - 1 };
  if (button & 64) return { event: 'mouse', action: button & 1 ? 'wheeldown' : 'wheelup', ...at };
  if ((button & 3) !== 0 || button & 32) return null;
  return { event: 'mouse', action: final === 'M' ? 'press' : 'release', ...at };
}

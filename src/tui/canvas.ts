/**
 * blessed as the screen buffer: cells in, changed cells out. The one place that knows how blessed 0.1 must be
 * held: which terminal description it may use, how its cells look, and that it must not touch the terminal
 * by itself (modes belong to terminal.ts). Widgets of blessed-contrib draw into the same screen.
 */
import { createRequire } from 'node:module';
import { PassThrough } from 'node:stream';
import { asciiFor } from '../view/ascii.js';
import { clean } from '../view/clean.js';
import type { Line, Role } from '../view/line.js';
import { characterWidth } from '../view/text-width.js';
import type { ColorDepth, Style, Theme } from './theme.js';
import { attributeOf, overlay } from './theme.js';

const require = createRequire(import.meta.url);

type Cell = [attribute: number, character: string];
type Row = Cell[] & { dirty: boolean };

/** What of blessed's Screen is used; its own types know none of this. */
export interface BlessedScreen {
  lines: Row[];
  olines: Row[];
  children: { detach: () => void }[];
  alloc: () => void;
  render: () => void;
  destroy: () => void;
  append: (element: unknown) => void;
  fullUnicode: boolean;
  tput: { brokenACS: boolean; unicode: boolean };
  dattr: number;
}

interface BlessedProgram {
  cols: number;
  rows: number;
  isAlt: boolean;
  cursorHidden: boolean;
  useBuffer: boolean;
  _write: (text: string) => boolean;
  clear: () => void;
}

interface TputPrototype {
  setup: () => void;
  _useInternalInfo: (name: string) => void;
  _useXtermInfo: () => void;
}

/** Output of blessed: never the terminal itself. */
class FakeOutput extends PassThrough {
  columns: number;
  rows: number;
  isTTY = true;
  constructor(columns: number, rows: number) {
    super();
    this.columns = columns;
    this.rows = rows;
    this.resume();
  }
}

/** blessed's terminfo parser fails on most modern descriptions and falls to 8 colours: it gets the built-in one. */
function forceBuiltInTerminfo(): void {
  const tput = require('blessed/lib/tput') as { prototype: TputPrototype };
  tput.prototype.setup = function () {
    this._useInternalInfo('xterm-256color');
  };
}

export class Canvas {
  readonly screen: BlessedScreen;
  private readonly program: BlessedProgram;
  private readonly output: FakeOutput;
  private pending = '';
  private attributes: Int32Array;
  private characters: string[];
  columns: number;
  rows: number;
  private readonly theme: Theme;
  private readonly depth: ColorDepth;
  private readonly roleAttributes = new Map<Role, number>();
  private readonly ascii: boolean;
  /** Widgets that draw over the cells of this frame. */
  readonly widgets: { detach: () => void }[] = [];

  constructor(columns: number, rows: number, theme: Theme, depth: ColorDepth, ascii: boolean) {
    this.columns = columns;
    this.rows = rows;
    this.theme = theme;
    this.depth = depth;
    this.ascii = ascii;
    this.output = new FakeOutput(columns, rows);
    this.screen = this.createScreen();
    this.program = (this.screen as unknown as { program: BlessedProgram }).program;
    // Line drawing as what it is, not through the alternate character set.
    this.screen.tput.brokenACS = true;
    this.screen.tput.unicode = true;
    this.program.isAlt = true;
    this.program.cursorHidden = true;
    this.program._write = (text) => {
      this.pending += text;
      return true;
    };
    this.attributes = new Int32Array(columns * rows);
    this.characters = new Array<string>(columns * rows).fill(' ');
    this.invalidate();
  }

  private createScreen(): BlessedScreen {
    forceBuiltInTerminfo();
    const createBlessedScreen = require('blessed/lib/widgets/screen') as (options: object) => BlessedScreen;
    // With TMUX set blessed would run tmux, only to learn a version that matters to modes we set ourselves.
    const { TMUX: tmux } = process.env;
    delete process.env['TMUX'];
    const listeners = (['SIGTERM', 'SIGINT', 'SIGQUIT', 'uncaughtException'] as const).map(
      (name) => [name, new Set(process.rawListeners(name))] as const,
    );
    try {
      return createBlessedScreen({
        input: new PassThrough(),
        output: this.output,
        term: 'xterm-256color',
        forceUnicode: true,
        fullUnicode: true,
        smartCSR: false,
        fastCSR: false,
        useBCE: false,
        resizeTimeout: 50,
      });
    } finally {
      if (tmux !== undefined) process.env['TMUX'] = tmux;
      // Signals and crashes are ours: blessed would exit with 0 and leave the terminal as it is.
      for (const [name, before] of listeners) {
        for (const listener of process.rawListeners(name)) {
          if (!before.has(listener)) process.off(name, listener as () => void);
        }
      }
    }
  }

  resize(columns: number, rows: number): void {
    this.columns = columns;
    this.rows = rows;
    this.output.columns = columns;
    this.output.rows = rows;
    this.program.cols = columns;
    this.program.rows = rows;
    this.attributes = new Int32Array(columns * rows);
    this.characters = new Array<string>(columns * rows).fill(' ');
    this.invalidate();
  }

  /** Forgets what the terminal shows: the next frame draws everything. */
  invalidate(): void {
    this.pending = '';
    this.screen.alloc();
    this.pending = '';
    // What is on the terminal is unknown: cells that equal nothing are drawn.
    for (const row of this.screen.olines) for (const cell of row) cell[0] = -1;
  }

  clear(): void {
    this.attributes.fill(this.screen.dattr);
    this.characters.fill(' ');
  }

  private attribute(role: Role): number {
    let attribute = this.roleAttributes.get(role);
    if (attribute === undefined) {
      attribute = attributeOf(this.theme.roles[role], this.depth);
      this.roleAttributes.set(role, attribute);
    }
    return attribute;
  }

  /** Puts text at a place, cut at `right`, what would act on the terminal as `?`; the column after it. */
  put(column: number, row: number, text: string, role: Role, right = this.columns): number {
    if (row < 0 || row >= this.rows) return column;
    const attribute = this.attribute(role);
    const limit = Math.min(right, this.columns);
    const start = row * this.columns;
    let at = column;
    for (const character of clean(text)) {
      const width = character <= '~' ? 1 : this.widthOf(character);
      if (width === 0) {
        // A mark joins the character before it, in its cell.
        if (at > column) this.characters[start + at - 1] = `${this.characters[start + at - 1]!}${character}`;
        continue;
      }
      if (at + width > limit) break;
      if (at >= 0) {
        this.characters[start + at] = this.shown(character);
        this.attributes[start + at] = attribute;
        if (width === 2) {
          this.characters[start + at + 1] = ' ';
          this.attributes[start + at + 1] = attribute;
        }
      }
      at += width;
    }
    return at;
  }

  /** Characters beyond the basic plane make blessed's columns drift: they are shown as a mark of one column. */
  private widthOf(character: string): number {
    return character.length > 1 ? 1 : characterWidth(character);
  }

  private shown(character: string): string {
    if (character.length > 1) return this.ascii ? '?' : '▯';
    return this.ascii && character > '~' ? asciiFor(character) : character;
  }

  putLine(column: number, row: number, line: Line, right = this.columns): number {
    let at = column;
    for (const { text, role } of line) {
      if (at >= right) break;
      at = this.put(at, row, text, role, right);
    }
    return at;
  }

  /** Lays a style of the theme over part of a row. */
  shade(
    row: number,
    left: number,
    right: number,
    style: 'selected' | 'selectedUnfocused' | 'bar' | 'match',
  ): void {
    if (row < 0 || row >= this.rows) return;
    const laid: Style = this.theme[style];
    for (let at = Math.max(0, left); at < Math.min(right, this.columns); at++) {
      const index = row * this.columns + at;
      this.attributes[index] = overlay(this.attributes[index]!, laid, this.depth);
    }
  }

  /** Blanks a rectangle. */
  wipe(left: number, top: number, right: number, bottom: number): void {
    for (let row = Math.max(0, top); row < Math.min(bottom, this.rows); row++) {
      for (let at = Math.max(0, left); at < Math.min(right, this.columns); at++) {
        this.characters[row * this.columns + at] = ' ';
        this.attributes[row * this.columns + at] = this.screen.dattr;
      }
    }
  }

  /** The bytes that bring the terminal to what was painted; empty where it is there already. */
  render(): string {
    for (let row = 0; row < this.rows; row++) this.copyRow(row);
    this.pending = '';
    this.screen.render();
    const frame = shorten(this.pending);
    this.pending = '';
    return frame;
  }

  private copyRow(row: number): void {
    const line = this.screen.lines[row];
    if (!line) return;
    for (let at = 0; at < this.columns; at++) {
      const cell = line[at]!;
      const index = row * this.columns + at;
      if (cell[0] !== this.attributes[index] || cell[1] !== this.characters[index]) {
        cell[0] = this.attributes[index]!;
        cell[1] = this.characters[index]!;
        line.dirty = true;
      }
    }
    if (this.screen.olines[row]?.[0]?.[0] === -1) line.dirty = true;
  }

  dispose(): void {
    for (const widget of this.widgets) widget.detach();
    this.program.isAlt = false;
    this.screen.destroy();
  }
}

/** blessed saves and restores the cursor around each frame; ours is hidden, so that is for nothing. */
const SAVE_RESTORE = /^\x1b7|\x1b8$/g;
/** A move to the start of a row and then to the right is one move. */
const TWO_MOVES = /\x1b\[(\d+);1H\x1b\[(\d+)C/g;
const NO_MOVE = /\x1b\[\d+;1H(?=\x1b\[\d+;\d+H)/g;
/** Reset, then set: one sequence does both. */
const RESET_THEN_SET = /\x1b\[m\x1b\[(?=[\d;]+m)/g;
/** Blanks in the terminal's own colours can be erased instead of written; ECH, CUF of ECMA-48. */
const PLAIN_BLANKS = /\x1b\[m( {9,})/g;

/** The same frame in fewer bytes: over SSH every one counts. */
function shorten(frame: string): string {
  return frame
    .replace(SAVE_RESTORE, '')
    .replace(TWO_MOVES, (_, row: string, right: string) => `\x1b[${row};${Number(right) + 1}H`)
    .replace(NO_MOVE, '')
    .replace(PLAIN_BLANKS, (_, blanks: string) => `\x1b[m\x1b[${blanks.length}X\x1b[${blanks.length}C`)
    .replace(RESET_THEN_SET, '\x1b[0;');
}

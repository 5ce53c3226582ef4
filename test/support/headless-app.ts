/** The terminal interface on in-memory streams and a headless terminal: keys in, screen text out. */
import { PassThrough } from 'node:stream';
import xterm from '@xterm/headless';
import type { ComparisonQuery } from '../../src/model/comparison.js';
import type { MountUserQuery } from '../../src/model/mount-users.js';
import type { FeedMessage, SampleFeed } from '../../src/model/sample-feed.js';
import type { SocketOwnerFact } from '../../src/model/socket-table.js';
import type { NamespaceKey, Pid, Snapshot } from '../../src/model/snapshot.js';
import { App } from '../../src/tui/app.js';
import type { AppOptions } from '../../src/tui/app.js';
import { DEFAULT_SETTINGS } from '../../src/tui/settings.js';

import { Terminal } from '../../src/tui/terminal.js';

/** A feed that says what a test tells it. */
export class ScriptedFeed implements SampleFeed {
  receive: (message: FeedMessage) => void = () => undefined;
  watched: Pid[] = [];
  frozen = false;
  delay = 0;
  refreshes = 0;
  closed = false;
  private readonly first: Snapshot;

  constructor(first: Snapshot) {
    this.first = first;
  }

  start(receive: (message: FeedMessage) => void): void {
    this.receive = receive;
    receive({ message: 'snapshot', snapshot: this.first });
    receive({ message: 'status', source: 'events', busyMs: 1 });
  }

  /** What a look finds that somebody asked for; it is told of at once. */
  lookFinds: () => void = () => undefined;

  refresh(_everything: boolean, request?: number): void {
    this.refreshes++;
    this.lookFinds();
    if (request !== undefined)
      this.receive({ message: 'status', source: 'events', busyMs: 1, answered: request });
  }

  watch(pids: Pid[]): void {
    this.watched = pids;
  }

  mountFocus: NamespaceKey | 'any' | null = null;
  asked: MountUserQuery[] = [];

  watchMounts(focus: NamespaceKey | 'any' | null): void {
    this.mountFocus = focus;
  }

  askMountUsers(query: MountUserQuery): void {
    this.asked.push(query);
  }

  networkFocus: NamespaceKey | 'any' | null = null;
  firewallsAsked: NamespaceKey[] = [];

  watchNetworks(focus: NamespaceKey | 'any' | null): void {
    this.networkFocus = focus;
  }

  askFirewall(key: NamespaceKey): void {
    this.firewallsAsked.push(key);
  }

  socketsWatched = false;

  watchSockets(watched: boolean): void {
    this.socketsWatched = watched;
  }

  areInteriorsWatched = false;

  watchInteriors(watched: boolean): void {
    this.areInteriorsWatched = watched;
  }

  comparisons: ComparisonQuery[] = [];

  askComparison(query: ComparisonQuery): void {
    this.comparisons.push(query);
  }

  /** Of the observer, for the guard against locking oneself out. */
  ancestors: { pid: Pid; comm: string }[] = [];

  owners: SocketOwnerFact[] = [];

  askSession(): void {
    const { networkTables = [], socketTables = [], socketOwners: known = [] } = this.first;
    const socketOwners = [...known, ...this.owners];
    this.receive({
      message: 'session',
      facts: { networkTables, socketTables, socketOwners, ancestors: this.ancestors, members: [] },
    });
  }

  setDelay(milliseconds: number): void {
    this.delay = milliseconds;
  }

  setFrozen(frozen: boolean): void {
    this.frozen = frozen;
  }

  close(): void {
    this.closed = true;
  }
}

class FakeOutput extends PassThrough {
  columns: number;
  rows: number;
  written = '';
  constructor(columns: number, rows: number) {
    super();
    this.columns = columns;
    this.rows = rows;
  }
}

export interface HeadlessOptions extends Partial<AppOptions> {
  columns?: number;
  rows?: number;
}

/** Names of keys as a terminal sends them. */
const KEY_BYTES: Record<string, string> = {
  Enter: '\r',
  Esc: '\x1b',
  Tab: '\t',
  Up: '\x1b[A',
  Down: '\x1b[B',
  Right: '\x1b[C',
  Left: '\x1b[D',
  PageDown: '\x1b[6~',
  PageUp: '\x1b[5~',
  Home: '\x1b[H',
  End: '\x1b[F',
  F1: '\x1bOP',
  F2: '\x1bOQ',
  F3: '\x1bOR',
  F4: '\x1bOS',
  F5: '\x1b[15~',
  F6: '\x1b[17~',
  F10: '\x1b[21~',
  Backspace: '\x7f',
  Space: ' ',
  'Ctrl-C': '\x03',
  'Ctrl-D': '\x04',
  'Ctrl-L': '\x0c',
  'Ctrl-U': '\x15',
};

export class HeadlessApp {
  readonly app: App;
  readonly output: FakeOutput;
  readonly screenTerminal: InstanceType<typeof xterm.Terminal>;
  readonly feed: SampleFeed;
  exitCode: number | null = null;
  saved: string[] = [];
  scripts: string[] = [];
  private readonly input = new PassThrough();
  private pendingWrites: Promise<void>[] = [];
  bytes = 0;

  constructor(snapshot: Snapshot, options: HeadlessOptions = {}) {
    const { columns = 80, rows = 24, ...rest } = options;
    this.output = new FakeOutput(columns, rows);
    this.screenTerminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
    this.feed = rest.feed ?? new ScriptedFeed(snapshot);
    this.output.on('data', (chunk: Buffer) => {
      this.bytes += chunk.length;
      this.output.written += chunk.toString();
      this.pendingWrites.push(new Promise((resolve) => this.screenTerminal.write(chunk, resolve)));
    });
    const terminal: Terminal = new Terminal(this.input, this.output, {
      onInput: (event) => this.app.input(event),
      onResize: () => this.app.resized(),
    });
    this.app = new App(terminal, {
      settings: DEFAULT_SETTINGS,
      view: 'tree',
      pid: null,
      filter: '',
      readonly: false,
      colorDepth: 256,
      feed: this.feed,
      replay: null,
      now: () => snapshot.header.takenAt,
      perform: null,
      foreground: null,
      guard: null,
      save: () => Promise.resolve('moment.json.gz'),
      saveScript: (text) => {
        this.scripts.push(text);
        return Promise.resolve('log.sh');
      },
      saveSettings: (settings) => this.saved.push(JSON.stringify(settings)),
      suspend: () => undefined,
      exit: (code) => (this.exitCode = code),
      ...rest,
    });
    this.app.start();
  }

  /** Presses keys, one after the other; other text is typed. */
  async press(...keys: string[]): Promise<void> {
    for (const key of keys) {
      this.input.write(KEY_BYTES[key] ?? key);
      await this.settle();
      // A lone Esc is told from a sequence by the pause after it.
      if (key === 'Esc') await this.wait(45);
    }
    await this.settle();
  }

  wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, milliseconds));
  }

  async settle(): Promise<void> {
    await this.wait(1);
    while (this.pendingWrites.length > 0) await Promise.all(this.pendingWrites.splice(0));
  }

  /** Waits for the frame that a sample causes. */
  async nextFrame(): Promise<void> {
    await this.wait(50);
    await this.settle();
  }

  resize(columns: number, rows: number): void {
    this.output.columns = columns;
    this.output.rows = rows;
    this.screenTerminal.resize(columns, rows);
    this.output.emit('resize');
  }

  /** The screen as text, without blanks at the ends of lines. */
  async screen(): Promise<string> {
    await this.settle();
    const { active } = this.screenTerminal.buffer;
    const lines = Array.from({ length: this.screenTerminal.rows }, (_, row) =>
      (active.getLine(active.viewportY + row)?.translateToString(true) ?? '').trimEnd(),
    );
    return `${lines.join('\n').trimEnd()}\n`;
  }

  /** The line under the cursor. */
  async cursorLine(): Promise<string> {
    const line = (await this.screen()).split('\n').find((text) => /^[│|]?>/.test(text));
    return (line ?? '').trim();
  }

  close(): void {
    this.app.close();
    this.screenTerminal.dispose();
  }
}

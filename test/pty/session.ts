/** A program on a real pseudo-terminal, with a terminal that understands what it writes. */
import pty from '@lydell/node-pty';
import type { IPty } from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { REPOSITORY } from '../support/golden.js';
import { environment } from '../support/run-program.js';

export class Session {
  readonly terminal: InstanceType<typeof xterm.Terminal>;
  readonly child: IPty;
  output = '';
  exit: { exitCode: number; signal?: number | undefined } | null = null;

  constructor(program: string, args: string[], columns = 80, rows = 24, env: Record<string, string> = {}) {
    this.terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
    this.child = pty.spawn(program, args, {
      cols: columns,
      rows,
      cwd: REPOSITORY,
      env: environment({ XDG_STATE_HOME: '/nonexistent', XDG_CONFIG_HOME: '/nonexistent', ...env }),
    });
    this.child.onData((data) => {
      this.output += data;
      this.terminal.write(data);
    });
    this.child.onExit((exit) => (this.exit = exit));
  }

  screen(): string {
    const { active } = this.terminal.buffer;
    return Array.from({ length: this.terminal.rows }, (_, row) =>
      (active.getLine(active.viewportY + row)?.translateToString(true) ?? '').trimEnd(),
    ).join('\n');
  }

  /** Polls until it holds; a terminal is never in a hurry. */
  async until(what: string, holds: () => boolean): Promise<void> {
    for (let tries = 0; tries < 400; tries++) {
      if (holds()) return;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error(
      `waited in vain until ${what}; exit ${JSON.stringify(this.exit)}; the screen:\n${this.screen()}`,
    );
  }

  shows(pattern: RegExp): Promise<void> {
    return this.until(`the screen shows ${String(pattern)}`, () => pattern.test(this.screen()));
  }

  /** Searches until the cursor is on the row: it may come a moment later, and lie below what is shown. */
  async find(search: string, row: RegExp): Promise<void> {
    for (let tries = 0; tries < 50 && !row.test(this.screen()); tries++) {
      this.child.write(`g/${search}\r`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    await this.shows(row);
  }

  async ended(): Promise<number> {
    await this.until('it ended', () => this.exit !== null);
    return this.exit!.exitCode;
  }

  kill(): void {
    if (this.exit === null) this.child.kill('SIGKILL');
  }
}

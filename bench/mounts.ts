/** 50 mount namespaces with 5,000 mounts each: each opened on the screen, beside findmnt(8) for the same. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import xterm from '@xterm/headless';
import { REPOSITORY } from '../test/support/golden.js';
import { report, wallMs } from './measure.js';
import { Screen } from './screen.js';

const NAMESPACES = 50;
const MOUNTS = 5000;
const COLUMNS = 120;
const ROWS = 40;

interface Load {
  directory: string;
  pids: number[];
  end: () => Promise<void>;
}

async function startLoad(): Promise<Load> {
  const directory = mkdtempSync(join(tmpdir(), 'nsview-bench-'));
  const program = join(directory, 'mount-load');
  execFileSync('gcc', ['-O2', '-o', program, join(REPOSITORY, 'bench', 'mount-load.c')]);
  const base = mkdtempSync(join(tmpdir(), 'nsview-load-'));
  const child = spawn(program, [base, String(NAMESPACES), String(MOUNTS)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let started = '';
  for await (const chunk of child.stdout) {
    started += String(chunk);
    if (started.split('.').length > NAMESPACES) break;
  }
  const children = readFileSync(`/proc/${child.pid!}/task/${child.pid!}/children`, 'utf8');
  const pids = children.trim().split(' ').map(Number);
  return {
    directory: base,
    pids,
    end: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
      // A quarter of a million mounts take their time to go, and would count in what is measured next.
      while (pids.some((pid) => existsSync(`/proc/${pid}`))) await pause(100);
      rmSync(directory, { recursive: true });
      rmSync(base, { recursive: true });
    },
  };
}

/** The screen as a person sees it. */
class Watched {
  readonly screen: Screen;
  private readonly terminal = new xterm.Terminal({ cols: COLUMNS, rows: ROWS, allowProposedApi: true });

  constructor(args: string[]) {
    this.screen = new Screen(args, COLUMNS, ROWS);
    this.screen.onBytes = (data) => this.terminal.write(data);
  }

  lines(): string[] {
    const { active } = this.terminal.buffer;
    return Array.from({ length: ROWS }, (_, row) => active.getLine(row)?.translateToString(true) ?? '');
  }

  async until(what: string, holds: (lines: string[]) => boolean): Promise<void> {
    for (const start = performance.now(); performance.now() - start < 60_000;) {
      if (holds(this.lines())) return;
      await pause(4);
    }
    throw new Error(`the screen never showed ${what}:\n${this.lines().join('\n')}`);
  }
}

/** Every visible mount of the load tells that all namespaces hold it, and the last mount is in sight. */
function isRight(lines: readonly string[], { directory }: Load, holders: number): boolean {
  const rows = lines.filter((line) => line.includes(`${directory}/d`) && / ns /.test(line));
  const last = rows.some((line) => line.includes(`/d${String(MOUNTS - 1).padStart(5, '0')} `));
  return last && rows.length > 5 && rows.every((line) => line.includes(` ${holders} ns `));
}

export async function benchMounts(): Promise<void> {
  if (process.geteuid?.() !== 0) {
    process.stdout.write('skip mounts: making mount namespaces needs root\n');
    return;
  }
  const load = await startLoad();
  try {
    const start = performance.now();
    const watched = new Watched(['--view', 'processes']);
    await watched.until('processes', (lines) => lines.some((line) => /HOST/.test(line)));
    for (const pid of load.pids) {
      // To the process, to its mounts, to the last of them, and the next namespace starts folded again.
      watched.screen.press(`:${pid}\r4`);
      // The number of the process is in the detail pane: in the row it may be cut off.
      await watched.until(
        `mounts of ${pid}`,
        (lines) =>
          lines.some((line) => /^.?> ▾ .* mounts/.test(line)) &&
          lines.some((line) => new RegExp(`first +${pid} `).test(line)),
      );
      watched.screen.press('/d04999\r');
      await watched.until(`the last mount of ${pid}`, (lines) => isRight(lines, load, NAMESPACES + 1));
      watched.screen.press('-');
    }
    const ours = performance.now() - start;
    const memory = watched.screen.residentMib();
    watched.screen.close();
    let theirs = 0;
    for (const pid of load.pids) theirs += wallMs(['findmnt', '-N', String(pid)]);
    report({
      what: `${NAMESPACES} namespaces of ${MOUNTS} mounts opened and shown`,
      ours,
      unit: 'ms',
      peer: { name: 'findmnt -N', value: theirs },
      limit: 1 / 3,
    });
    report({ what: 'memory of that screen', ours: memory, unit: 'MiB', limit: 150 });
  } finally {
    await load.end();
  }
}

/**
 * `npm run bench`: nsview beside lsns and a C walk, on the processes that there are. Meant to run under the
 * load generator (with-load.sh "-n 8000 -k 200" npm run bench). Without arguments all parts run.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Discovery, EVERYTHING } from '../src/collect/discovery.js';
import { LiveCollector } from '../src/collect/live-collector.js';
import { collectProcessLinks } from '../src/collect/process-links.js';
import { collectTaskDump } from '../src/collect/task-dump.js';
import { REPOSITORY } from '../test/support/golden.js';
import { median, percentile, report, sideBySide } from './measure.js';
import { benchMounts } from './mounts.js';
import { benchNetworks } from './networks.js';
import { PROGRAM, Screen } from './screen.js';

const ROUNDS = 5;

function processCount(): number {
  const discovery = new Discovery(EVERYTHING);
  const pids = discovery.proc.listNumbers();
  discovery.dispose();
  return typeof pids === 'number' ? 0 : pids.length;
}

function benchList(count: number): void {
  const [ours, theirs] = sideBySide([PROGRAM, 'ls'], ['lsns'], count > 10_000 ? 1 : ROUNDS);
  report({
    what: `nsview ls at ${count} processes`,
    ours,
    unit: 'ms',
    peer: { name: 'lsns', value: theirs },
    limit: count < 2000 ? 3 : 1 / 7,
  });
}

function cpuMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function benchScan(): void {
  const directory = mkdtempSync(join(tmpdir(), 'nsview-bench-'));
  try {
    const walk = join(directory, 'links-walk');
    execFileSync('gcc', ['-O2', '-o', walk, join(REPOSITORY, 'bench', 'links-walk.c')]);
    const theirs: number[] = [];
    const ours: number[] = [];
    const discovery = new Discovery(EVERYTHING);
    collectProcessLinks(discovery);
    for (let round = 0; round < 9; round++) {
      ours.push(cpuMs(() => collectProcessLinks(discovery)));
      theirs.push((JSON.parse(execFileSync(walk, ['1'], { encoding: 'utf8' })) as { cpuMs: number }).cpuMs);
    }
    discovery.dispose();
    const peer = { name: 'C walk', value: median(theirs) };
    reportScanOfProgram(peer);
    report({ what: 'the same by a walk alone, CPU', ours: median(ours), unit: 'ms', peer, limit: 1.1 });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** As the program scans here: by a BPF dump of tasks where it may and where there are many, else by walks. */
function reportScanOfProgram(peer: { name: string; value: number }): void {
  const scans: number[] = [];
  for (let round = 0; round < 9; round++) {
    const discovery = new Discovery({ ...EVERYTHING, taskDump: 'auto' });
    scans.push(
      cpuMs(() => {
        if (!collectTaskDump(discovery)) collectProcessLinks(discovery);
      }),
    );
    discovery.dispose();
  }
  report({ what: 'scan of the namespace links, CPU', ours: median(scans), unit: 'ms', peer, limit: 1.1 });
}

async function benchIdleRefresh(): Promise<void> {
  const collector = new LiveCollector({ containerNames: false });
  await collector.start();
  while (collector.isCatchingUp) await collector.refresh();
  const times: number[] = [];
  for (let round = 0; round < 40; round++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    const before = process.cpuUsage();
    await collector.refresh();
    const { user, system } = process.cpuUsage(before);
    times.push((user + system) / 1000);
  }
  report({ what: `idle refresh (${collector.source}), CPU`, ours: median(times), unit: 'ms', limit: 10 });
  report({
    what: 'idle refresh, CPU, mean with the slow parts',
    ours: times.reduce((a, b) => a + b, 0) / times.length,
    unit: 'ms',
    limit: 10,
  });
  collector.close();
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

async function benchScreen(count: number): Promise<void> {
  const starts: number[] = [];
  for (let round = 0; round < 3; round++) {
    const start = performance.now();
    const screen = new Screen([]);
    await screen.until(/HELD/);
    starts.push(performance.now() - start);
    screen.close();
  }
  report({
    what: `start to first full screen at ${count} processes`,
    ours: median(starts),
    unit: 'ms',
    limit: count < 2000 ? 250 : Infinity,
  });
  const screen = new Screen(['--view', 'processes', '--delay', '0.5']);
  await screen.until(/HOST/);
  await pause(count > 2000 ? 6000 : 2500);
  const latencies: number[] = [];
  let bytes = 0;
  for (let round = 0; round < 150; round++) {
    const before = screen.bytes;
    latencies.push(await screen.latency(round % 40 < 20 ? '\x1b[B' : '\x1b[A'));
    await pause(15);
    bytes += screen.bytes - before;
    await pause(20);
  }
  report({ what: 'key to first byte, p50', ours: percentile(latencies, 0.5), unit: 'ms', limit: 5 });
  report({ what: 'key to first byte, p95', ours: percentile(latencies, 0.95), unit: 'ms', limit: 16 });
  report({ what: 'bytes an arrow key at 120x40', ours: bytes / latencies.length, unit: 'bytes', limit: 600 });
  report({
    what: 'memory of the screen',
    ours: screen.residentMib(),
    unit: 'MiB',
    limit: count <= 8100 ? 90 : Infinity,
  });
  screen.close();
  const idle = new Screen(['--delay', '0.5']);
  await idle.until(/HELD/);
  await pause(count > 2000 ? 6000 : 2500);
  const before = idle.bytes;
  await pause(5000);
  report({ what: 'bytes an idle refresh', ours: (idle.bytes - before) / 10, unit: 'bytes', limit: 300 });
  report({
    what: 'memory of the idle screen',
    ours: idle.residentMib(),
    unit: 'MiB',
    limit: count <= 8100 ? 90 : Infinity,
  });
  idle.close();
}

const parts = process.argv.slice(2);
const wants = (part: string): boolean => parts.length === 0 || parts.includes(part);
const count = processCount();
process.stdout.write(`${count} processes, Node ${process.version}\n`);
if (wants('list')) benchList(count);
if (wants('scan')) benchScan();
if (wants('idle')) await benchIdleRefresh();
if (wants('mounts')) await benchMounts();
if (wants('networks')) benchNetworks();
if (wants('screen')) await benchScreen(count);
process.exit(0);

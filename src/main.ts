/** The only file that wires anything: command line, kernel, recordings, terminal. */
import { exactWords } from './kernel/command-line.js';
import { nameProcess } from './kernel/own-name.js';
import type { CliContext, SnapshotRequest, TuiRequest } from './cli/cli-context.js';
import { EXIT_FAILED, EXIT_OK, EXIT_USAGE } from './cli/cli-context.js';
import { runCli } from './cli/run-cli.js';
import { mergeTables } from './model/snapshot-delta.js';
import type { ComparisonFacts, ComparisonQuery } from './model/comparison.js';
import type { InteriorFact } from './model/interior.js';
import type { NetworkTableFact } from './model/network-table.js';
import type { FirewallFact } from './model/firewall.js';
import type { MountTableFact, NamespaceKey, Snapshot } from './model/snapshot.js';
import type { MountUserQuery, MountUsers } from './model/mount-users.js';
import { openSync } from 'node:fs';
import { ReadStream, isatty } from 'node:tty';
import { setFlagsFromString } from 'node:v8';
import type { EnterPlan } from './actions/enter-plan.js';
import type { UnsharePlan } from './actions/unshare-plan.js';
import type { Ended } from './perform/foreground.js';
import type { SessionFacts } from './model/session.js';
import type { GuardPort } from './actions/guard.js';
import type { Foreground } from './tui/app.js';
import { clean, cleanLines } from './view/clean.js';
import { readMountPath } from './collect/mount-paths.js';
import { blockDevice } from './collect/block-device.js';
import { findShell } from './perform/find-shell.js';
import type { LiveCollector, SocketNews } from './collect/live-collector.js';
import { LiveFeed } from './collect/collector-client.js';

const FATAL_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

async function takeSnapshot(request: SnapshotRequest): Promise<Snapshot> {
  const { collectSnapshot } = await import('./collect/collect-snapshot.js');
  return collectSnapshot({
    details: request.details,
    sockets: request.sockets ?? false,
    everyFile: request.everyFile ?? false,
    containerNames: request.containerNames ?? false,
    mounts: request.mounts !== undefined,
    everyMtab: request.mounts === 'with mtab',
    networks: request.networks ?? false,
    socketTables: request.socketTables ?? false,
    userMaps: request.userMaps ?? false,
    interiors: request.interiors ?? false,
  });
}

async function collectUsers(query: MountUserQuery): Promise<MountUsers> {
  const { lookForMountUsers } = await import('./collect/collect-snapshot.js');
  return lookForMountUsers(query);
}

async function firewallOf(key: NamespaceKey): Promise<FirewallFact> {
  const { lookAtFirewall } = await import('./collect/collect-snapshot.js');
  return lookAtFirewall(key);
}

async function comparisonFor(query: ComparisonQuery): Promise<ComparisonFacts> {
  const { lookForComparison } = await import('./collect/collect-snapshot.js');
  return lookForComparison(query);
}

/** What a watch has to tell, until it has read everything once. */
function* rounds<R extends 'refreshMounts' | 'refreshNetworks'>(
  collector: LiveCollector,
  refresh: R,
  isReading: 'isReadingMounts' | 'isReadingNetworks',
): Generator<NonNullable<ReturnType<LiveCollector[R]>>> {
  do {
    const delta = collector[refresh]() as ReturnType<LiveCollector[R]>;
    if (delta) yield delta;
  } while (collector[isReading]);
}

async function* sampleEvery(milliseconds: number, isOver: () => boolean): AsyncGenerator<Snapshot> {
  const { setTimeout: sleep } = await import('node:timers/promises');
  const { LiveCollector } = await import('./collect/live-collector.js');
  const collector = new LiveCollector();
  try {
    await collector.start();
    collector.watchMounts('any');
    collector.watchNetworks('any');
    let mountTables: MountTableFact[] = [];
    let networkTables: NetworkTableFact[] = [];
    let sockets: SocketNews | null = null;
    collector.watchSockets(true);
    collector.watchInteriors(true);
    let interiors: InteriorFact[] | null = null;
    const start = Date.now();
    for (let count = 1; ; count++) {
      collector.watchAll();
      await collector.refresh();
      for (const delta of rounds(collector, 'refreshMounts', 'isReadingMounts'))
        mountTables = mergeTables(mountTables, delta);
      for (const delta of rounds(collector, 'refreshNetworks', 'isReadingNetworks'))
        networkTables = mergeTables(networkTables, delta);
      sockets = collector.refreshSockets() ?? sockets;
      interiors = collector.refreshInteriors() ?? interiors;
      yield {
        ...collector.snapshot(),
        mountTables,
        networkTables,
        ...(sockets && { socketTables: sockets.tables, socketOwners: sockets.owners }),
        ...(interiors && { interiors }),
      };
      // Woken in short steps, so that an interrupt is not answered an hour late.
      for (let wait = 1; wait > 0 && !isOver();) {
        wait = start + count * milliseconds - Date.now();
        await sleep(Math.max(0, Math.min(wait, 200)));
      }
      if (isOver()) return;
    }
  } finally {
    collector.close();
  }
}

/** Until the settings are read. */
const DEFAULT_DELAY_MS = 2000;

let screenWasShown = false;

/** The screen: its feed is the collector's thread or a recording. */
async function runTui(request: TuiRequest): Promise<number> {
  const { replay, complaint } =
    request.replay === null ? { replay: null, complaint: null } : await openReplay(request.replay);
  const input = replayInput(request.replay) ?? process.stdin;
  if (!process.stdout.isTTY || !input.isTTY) {
    throw new Error('the screen needs a terminal; for scripts there is "nsview ls", see nsview --help');
  }
  const term = process.env['TERM'] ?? '';
  if (term === '' || term === 'dumb') {
    throw new Error(`the terminal type TERM="${term}" cannot show a screen; "nsview ls" works everywhere`);
  }
  // The collector's thread works on the other core while the screen's code is loaded.
  const feed = replay ? null : new LiveFeed({ sockets: request.sockets }, DEFAULT_DELAY_MS);
  feed?.onFirstMessage(preferSmallHeap);
  const { startTui } = await import('./tui/run-tui.js');
  const { configurationPath } = await import('./tui/settings-files.js');
  const watch = replay ? null : import('./collect/watch.js');
  screenWasShown = true;
  return startTui(request, {
    input,
    output: process.stdout,
    environment: process.env,
    replay,
    complaint,
    createFeed: ({ delayMs }) => watchedFeed(feed!, delayMs, watch),
    perform: replay || request.readonly ? null : context.perform,
    foreground: replay || request.readonly ? null : foreground,
    guard,
    save: saveMoment,
    saveScript,
    watchConfiguration: (changed) => {
      const watcher = watch?.then(({ watchPaths }) => watchPaths([configurationPath(process.env)], changed));
      return { close: () => void watcher?.then((opened) => opened.close()) };
    },
  });
}

/**
 * Memory is looked at on small machines. Not before the collector's thread is up: after a change of flags V8
 * takes nothing from the cache that Node's own code comes in, which doubles the start of a thread.
 */
function preferSmallHeap(): void {
  setFlagsFromString('--optimize-for-size');
}

/** The live feed, told at once of names under /run/netns and of engines that start. */
function watchedFeed(
  feed: LiveFeed,
  delayMs: number,
  watch: Promise<typeof import('./collect/watch.js')> | null,
): LiveFeed {
  feed.setDelay(delayMs);
  const watcher = watch?.then(({ watchNamespacePlaces }) => watchNamespacePlaces(() => feed.hint()));
  feed.onClose(() => void watcher?.then((opened) => opened.close()));
  return feed;
}

async function openReplay(path: string) {
  const { readRecording } = await import('./recording/recording-reader.js');
  const { RecordingFeed } = await import('./recording/replay-feed.js');
  const recording = await readRecording(path);
  return { replay: new RecordingFeed(recording), complaint: recording.complaint };
}

async function openRecording(path: string) {
  const { readRecording } = await import('./recording/recording-reader.js');
  const recording = await readRecording(path);
  if (recording.complaint !== null) context.warn(`nsview: ${clean(recording.complaint)}\n`);
  return recording;
}

/** With a recording on standard input the keys come from the terminal itself. */
function replayInput(path: string | null): ReadStream | null {
  if (path !== '-') return null;
  try {
    return new ReadStream(openSync('/dev/tty', 'r'));
  } catch (error) {
    throw new Error('no terminal to read keys from', { cause: error });
  }
}

async function saveMoment(snapshot: Snapshot): Promise<string> {
  const { RecordingWriter } = await import('./recording/recording-writer.js');
  const time = new Date(snapshot.header.takenAt).toISOString().replace(/[:.]/g, '-');
  const path = `nsview-${snapshot.header.hostname.replace(/[^A-Za-z0-9.-]/g, '_')}-${time}.json.gz`;
  const writer = new RecordingWriter(path);
  await writer.write(snapshot);
  await writer.close();
  return path;
}

/** Into the working directory, to be read before it is run. */
async function saveScript(text: string): Promise<string> {
  const { createFile } = await import('./files/write-file.js');
  const path = `nsview-log-${new Date().toISOString().slice(0, 19).replace(/[:T]/g, '-')}.sh`;
  createFile(path, text, 0o700);
  return path;
}

function onInterrupt(callback: () => void): () => void {
  for (const signal of FATAL_SIGNALS) process.on(signal, callback);
  return () => {
    for (const signal of FATAL_SIGNALS) process.off(signal, callback);
  };
}

function hasUnicodeLocale({ LC_ALL, LC_CTYPE, LANG, TERM }: NodeJS.ProcessEnv): boolean {
  const locale = [LC_ALL, LC_CTYPE, LANG].find((value) => value !== undefined && value !== '') ?? 'C';
  return /utf-?8/i.test(locale) && TERM !== 'linux';
}

async function sessionFacts(): Promise<SessionFacts> {
  return (await import('./collect/collect-snapshot.js')).lookForSession();
}

const guard: GuardPort = {
  start: async (steps, seconds, title) =>
    (await import('./perform/guard.js')).startGuard(steps, seconds, title),
};

const foreground: Foreground = {
  probeTools: async () => (await import('./perform/foreground.js')).probeTools(),
  findShell,
  run: enter,
  unshare,
  shell: process.env['SHELL'] ?? '/bin/sh',
};

const context: CliContext = {
  takeSnapshot,
  sampleEvery,
  onInterrupt,
  collectMountUsers: collectUsers,
  collectFirewall: firewallOf,
  collectComparison: comparisonFor,
  readMountPath,
  blockDevice,
  workingDirectory: () => process.cwd(),
  probeTools: foreground.probeTools,
  findShell,
  sessionFacts,
  startGuard: guard.start,
  keepChanges: async () => (await import('./perform/guarded-changes.js')).keepChanges(),
  runForeground: enter,
  runUnshare: unshare,
  perform: async (operations, rollback, journal) =>
    (await import('./perform/perform.js')).performOperations(operations, rollback, journal),
  openRecording,
  createRecording: async (path, options) => {
    if (path === '-') isOutputOpen();
    return new (await import('./recording/recording-writer.js')).RecordingWriter(path, options);
  },
  runTui,
  write,
  warn: (text) => void process.stderr.write(text),
  // A terminal of size 0x0 (a serial console, expect) does not tell how wide it is.
  terminalColumns: process.stdout.isTTY ? process.stdout.columns || null : null,
  unicode: hasUnicodeLocale(process.env),
  environment: process.env,
};

/** Keys that interrupt are for the program that has the terminal, not for us. */
async function keepQuietWhile(run: () => Promise<Ended>): Promise<Ended> {
  const ignore = (): void => undefined;
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) process.on(signal, ignore);
  try {
    return await run();
  } finally {
    for (const signal of ['SIGINT', 'SIGQUIT'] as const) process.off(signal, ignore);
    // A new size was told to the program in the foreground only.
    process.kill(process.pid, 'SIGWINCH');
  }
}

async function enter(plan: EnterPlan): Promise<Ended> {
  const { runForeground } = await import('./perform/foreground.js');
  return keepQuietWhile(() => runForeground(plan));
}

async function unshare(plan: UnsharePlan): Promise<Ended> {
  const { runUnshare } = await import('./perform/foreground.js');
  return keepQuietWhile(() => runUnshare(plan));
}

function report(error: unknown): number {
  // The reader of a recording on standard output has seen enough.
  if (((error as Error).cause as NodeJS.ErrnoException | undefined)?.code === 'EPIPE') return EXIT_OK;
  const { code, message, stack } = error as { code?: string; message?: string; stack?: string };
  const known = error instanceof Error && error.name !== 'TypeError' && error.name !== 'RangeError';
  process.stderr.write(`nsview: ${known ? clean(String(message)) : cleanLines(String(stack ?? error))}\n`);
  return code === 'USAGE' ? EXIT_USAGE : EXIT_FAILED;
}

/** Set where what was printed did not arrive: then we fail, whatever was done. */
let outputFailed = false;

function outputFailure(error: NodeJS.ErrnoException): void {
  if (outputFailed) return;
  outputFailed = true;
  process.exitCode = EXIT_FAILED;
  const reason = error.message.replace(/^[A-Z]+: |, write$/g, '');
  process.stderr.write(`nsview: cannot write to standard output: ${reason}\n`);
}

/**
 * A reader that went away (`nsview ls | head`) is no failure, and no reason to stop in the middle of a change; a
 * terminal that did ends us.
 */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EIO') leaveProcess();
  if (error.code !== 'EPIPE') outputFailure(error);
});
/** Nobody is left to be told. */
process.stderr.on('error', () => undefined);

/** Node opens /dev/null where standard output is closed, so that only the launcher sees it. */
function isOutputOpen(): boolean {
  const isOpen = process.env['NSVIEW_STDOUT'] !== 'closed';
  if (!isOpen) outputFailure(new Error('EBADF: bad file descriptor, write'));
  return isOpen;
}

function write(text: string): void {
  if (isOutputOpen()) process.stdout.write(text);
}

/**
 * Node aborts at its exit where a terminal that it started on is gone (node::ResetStdio, EIO): then the signal that
 * told us so ends us, as it ends programs that do not listen for it.
 */
function leaveProcess(): void {
  if (!isatty(1)) {
    process.removeAllListeners('SIGHUP');
    process.kill(process.pid, 'SIGHUP');
    // It may come a moment later.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
  }
  process.exit();
}

function exitWith(code: number): void {
  process.exitCode = outputFailed ? EXIT_FAILED : code;
}

export async function main(words: readonly string[]): Promise<void> {
  nameProcess();
  if (process.platform !== 'linux') {
    process.stderr.write('nsview: namespaces are a feature of Linux; this is not Linux\n');
    process.exitCode = EXIT_FAILED;
    return;
  }
  try {
    exitWith(await runCli(context, exactWords(words)));
  } catch (error) {
    exitWith(report(error));
  }
  // A screen leaves handles behind that would hold us back for a while: its thread, the watchers, the keyboard.
  if (screenWasShown) leaveProcess();
}

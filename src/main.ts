/** The only file that wires anything: command line, kernel, recordings, terminal. */
import type { CliContext, SnapshotRequest } from './cli/cli-context.js';
import { EXIT_FAILED, EXIT_USAGE } from './cli/cli-context.js';
import { runCli } from './cli/run-cli.js';
import type { Snapshot } from './model/snapshot.js';

const FATAL_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

async function takeSnapshot(request: SnapshotRequest): Promise<Snapshot> {
  const { collectSnapshot } = await import('./collect/collect-snapshot.js');
  return collectSnapshot({
    details: request.details,
    sockets: request.sockets ?? false,
    containerNames: request.containerNames ?? false,
  });
}

async function* sampleEvery(milliseconds: number, isOver: () => boolean): AsyncGenerator<Snapshot> {
  const { setTimeout: sleep } = await import('node:timers/promises');
  const start = Date.now();
  for (let count = 1; ; count++) {
    yield await takeSnapshot({ details: 'all', containerNames: true });
    // Woken in short steps, so that an interrupt is not answered an hour late.
    for (let wait = 1; wait > 0 && !isOver();) {
      wait = start + count * milliseconds - Date.now();
      await sleep(Math.max(0, Math.min(wait, 200)));
    }
    if (isOver()) return;
  }
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

const context: CliContext = {
  takeSnapshot,
  sampleEvery,
  onInterrupt,
  openRecording: async (path) => (await import('./recording/recording.js')).readRecording(path),
  createRecording: (path) => new LazyWriter(path),
  runTui: async (request) => (await import('./tui/run-tui.js')).runTui(request),
  write: (text) => void process.stdout.write(text),
  warn: (text) => void process.stderr.write(text),
  terminalColumns: process.stdout.isTTY ? process.stdout.columns : null,
  unicode: hasUnicodeLocale(process.env),
  environment: process.env,
};

/** Loads the recorder only when something is recorded: most commands never need it. */
class LazyWriter {
  private writer: Promise<import('./recording/recording.js').RecordingWriter>;
  constructor(path: string) {
    this.writer = import('./recording/recording.js').then(({ RecordingWriter }) => new RecordingWriter(path));
  }
  async write(snapshot: Snapshot): Promise<void> {
    await (await this.writer).write(snapshot);
  }
  async close(): Promise<void> {
    await (await this.writer).close();
  }
}

function report(error: unknown): number {
  const { code, message, stack } = error as { code?: string; message?: string; stack?: string };
  const known = error instanceof Error && error.name !== 'TypeError' && error.name !== 'RangeError';
  process.stderr.write(`nsview: ${known ? String(message) : String(stack ?? error)}\n`);
  return code === 'USAGE' ? EXIT_USAGE : EXIT_FAILED;
}

/** A reader that went away (`nsview ls | head`) is no failure. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
  throw error;
});

export async function main(words: readonly string[]): Promise<void> {
  if (process.platform !== 'linux') {
    process.stderr.write('nsview: namespaces are a feature of Linux; this is not Linux\n');
    process.exitCode = EXIT_FAILED;
    return;
  }
  try {
    process.exitCode = await runCli(context, words);
  } catch (error) {
    process.exitCode = report(error);
  }
}

import { buildModel } from '../model/model.js';
import type { Snapshot } from '../model/snapshot.js';
import type { Change } from '../analysis/changes.js';
import { findChanges } from '../analysis/changes.js';
import { findLinkChanges } from '../analysis/link-changes.js';
import { clean } from '../view/clean.js';
import type { CliContext, SampleSink } from './cli-context.js';
import { EXIT_OK } from './cli-context.js';
import type { CommandRecord } from './command.js';
import { JSON_OPTION, SOCKETS_OPTION, STRICT_OPTION, reportGaps } from './command.js';
import type { ParsedArguments } from './option-parser.js';
import { printJson } from './print.js';
import { UsageError } from './usage-error.js';

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `2s`, `500ms`, `10m`, `1h`, `2` (seconds) in milliseconds. */
export function parseDuration(text: string, option: string): number {
  const [, value, unit] = /^([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)?$/.exec(text) ?? [];
  const milliseconds = Number(value) * UNITS[unit ?? 's']!;
  if (value === undefined || milliseconds < 50) {
    throw new UsageError(`${option} takes a time such as 500ms, 2s or 10m (at least 50ms), not "${text}"`);
  }
  return milliseconds;
}

function textOption(args: ParsedArguments, name: string): string | null {
  const value = args.options.get(name);
  return typeof value === 'string' ? value : null;
}

async function record(context: CliContext, args: ParsedArguments): Promise<number> {
  const [path, ...more] = args.operands;
  if (path === undefined || more.length > 0)
    throw new UsageError('give one file to record to; - is standard output');
  const every = textOption(args, 'every');
  const duration = textOption(args, 'for');
  if (duration !== null && every === null) throw new UsageError('--for needs --every');
  const interval = every === null ? null : parseDuration(every, '--every');
  const length = duration === null ? Infinity : parseDuration(duration, '--for');
  const mode = parseMode(textOption(args, 'mode'));
  const force = args.options.has('force');
  const sink = await context.createRecording(path, mode === null ? { force } : { force, mode });
  try {
    const last =
      interval === null
        ? await recordOnce(context, args, sink)
        : await recordSeries(context, sink, interval, length);
    await sink.close();
    return reportGaps(context, args, last);
  } catch (error) {
    sink.abandon();
    throw error;
  }
}

/** Permission bits in octal digits, as chmod(1) and install(1) take them. */
function parseMode(text: string | null): number | null {
  if (text === null) return null;
  if (!/^0?[0-7]{3}$/.test(text)) throw new UsageError(`--mode takes three octal digits, 640, not "${text}"`);
  return Number.parseInt(text, 8);
}

async function recordOnce(context: CliContext, args: ParsedArguments, sink: SampleSink): Promise<Snapshot> {
  const snapshot = await context.takeSnapshot({
    details: 'all',
    sockets: args.options.has('sockets'),
    containerNames: true,
    mounts: 'all',
    networks: true,
    socketTables: true,
    interiors: true,
    userMaps: true,
  });
  await sink.write(snapshot);
  return snapshot;
}

async function recordSeries(
  context: CliContext,
  sink: SampleSink,
  interval: number,
  length: number,
): Promise<Snapshot> {
  const start = Date.now();
  let last: Snapshot | null = null;
  let stopped = false;
  const stop = (): void => {
    stopped = true;
  };
  const release = context.onInterrupt(stop);
  try {
    for await (const snapshot of context.sampleEvery(
      interval,
      () => stopped || Date.now() - start >= length,
    )) {
      await sink.write(snapshot);
      last = snapshot;
    }
  } finally {
    release();
  }
  if (!last) throw new Error('interrupted before the first sample');
  return last;
}

async function diff(context: CliContext, args: ParsedArguments): Promise<number> {
  const [pathA, pathB, ...more] = args.operands;
  if (pathA === undefined || pathB === undefined || more.length > 0) {
    throw new UsageError('give two recordings, the earlier one first');
  }
  if (pathA === '-' && pathB === '-') throw new UsageError('only one of the two can be standard input');
  const last = async (path: string): Promise<Snapshot> => {
    const recording = await context.openRecording(path);
    return recording.sample(recording.length - 1);
  };
  const before = await last(pathA);
  const after = await last(pathB);
  const changes = [
    ...findChanges(buildModel(before), buildModel(after)),
    ...findLinkChanges(before.networkTables ?? [], after.networkTables ?? []),
  ];
  if (args.options.has('json')) {
    printJson(context, { changes });
    return EXIT_OK;
  }
  if (before.header.bootId !== after.header.bootId) {
    context.warn('nsview: the two recordings are of different boots or machines\n');
  }
  const marks: Record<Change['change'], string> = {
    born: '+',
    gone: '-',
    joined: '~',
    'link born': '+ interface',
    'link gone': '- interface',
    'link changed': '~ interface',
  };
  for (const { change, key, name, pid } of changes) {
    const who = pid === undefined ? '' : ` by pid ${pid}`;
    context.write(`${marks[change]} ${key} ${clean(name)}${who}\n`);
  }
  return EXIT_OK;
}

export const RECORD_COMMAND: CommandRecord = {
  name: 'record',
  operands: 'FILE',
  summary: 'record the machine to a file (.gz is compressed, - is standard output)',
  options: [
    { long: 'every', argument: 'TIME', help: 'a sample each 500ms, 2s, 1m …, until interrupted' },
    { long: 'for', argument: 'TIME', help: 'how long' },
    {
      long: 'mode',
      short: 'm',
      argument: 'MODE',
      help: 'permissions of the file in octal digits (default 600)',
    },
    { long: 'force', help: 'replace a file that exists' },
    SOCKETS_OPTION,
    STRICT_OPTION,
  ],
  run: record,
};

export const DIFF_COMMAND: CommandRecord = {
  name: 'diff',
  operands: 'A B',
  summary: 'what was born, what is gone and who moved between two recordings',
  options: [JSON_OPTION],
  run: diff,
};

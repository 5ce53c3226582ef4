import type { Snapshot } from '../model/snapshot.js';
import { clean } from '../view/clean.js';
import type { CliContext, SnapshotRequest } from './cli-context.js';
import { EXIT_OK, EXIT_PARTIAL } from './cli-context.js';
import type { OptionRecord, ParsedArguments } from './option-parser.js';

/** Something that a command is asked for by a word of its own: `nsview mounts why PATH`. */
export interface VerbRecord {
  verb: string;
  operands: string;
  summary: string;
}

/** A subcommand: dispatcher, --help, man page and completions are made of these records. */
export interface CommandRecord {
  name: string;
  operands: string;
  summary: string;
  verbs?: readonly VerbRecord[];
  options: readonly OptionRecord[];
  run: (context: CliContext, args: ParsedArguments) => Promise<number>;
}

export const REPLAY_OPTION: OptionRecord = {
  long: 'replay',
  argument: 'FILE',
  help: 'look at a recording instead of the live system; - is standard input',
};

export const STRICT_OPTION: OptionRecord = {
  long: 'strict',
  help: 'exit with 3 where something could not be read',
};

export const SOCKETS_OPTION: OptionRecord = {
  long: 'sockets',
  help: 'also find network namespaces held by sockets only, where BPF cannot (takes each socket for a moment)',
};

export const JSON_OPTION: OptionRecord = { long: 'json', short: 'J', help: 'print JSON' };

export const COMMON_OPTIONS: readonly OptionRecord[] = [REPLAY_OPTION, STRICT_OPTION, SOCKETS_OPTION];

/** The live system, or the last sample of the recording named by --replay. */
export async function snapshotFor(
  context: CliContext,
  args: ParsedArguments,
  request: SnapshotRequest,
): Promise<Snapshot> {
  const replay = args.options.get('replay');
  if (typeof replay === 'string') {
    const recording = await context.openRecording(replay);
    return recording.sample(recording.length - 1);
  }
  return context.takeSnapshot({ ...request, sockets: args.options.has('sockets') });
}

/** Says on stderr what could not be read; the exit code is 3 only under --strict. */
export function reportGaps(context: CliContext, args: ParsedArguments, snapshot: Snapshot): number {
  for (const { subject, errno, count, examples, remedy } of snapshot.gaps) {
    const where = examples.join(', ') + (count > examples.length ? ', …' : '');
    context.warn(`${clean(`nsview: ${count} × ${subject} unreadable: ${errno} (${where}): ${remedy}`)}\n`);
  }
  return args.options.has('strict') && snapshot.gaps.length > 0 ? EXIT_PARTIAL : EXIT_OK;
}

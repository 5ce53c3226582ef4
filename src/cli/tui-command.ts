import { parseFilter } from '../analysis/filter.js';
import { VIEW_NAMES } from '../view/view-names.js';
import type { CliContext } from './cli-context.js';
import type { CommandRecord } from './command.js';
import { REPLAY_OPTION, SOCKETS_OPTION } from './command.js';
import type { OptionRecord, ParsedArguments } from './option-parser.js';
import { UsageError } from './usage-error.js';

const OPTIONS: readonly OptionRecord[] = [
  {
    long: 'view',
    argument: 'VIEW',
    choices: VIEW_NAMES,
    byNumber: true,
    help: 'the view to start with, by name or number',
  },
  { long: 'pid', short: 'p', argument: 'PID', help: 'start with the cursor on this process' },
  { long: 'filter', short: 'f', argument: 'FILTER', help: 'start with this filter' },
  { long: 'delay', short: 'd', argument: 'SECONDS', help: 'time between refreshes (default 2)' },
  { long: 'readonly', help: 'no action can run at all' },
  { long: 'no-color', help: 'no colours; so does the variable NO_COLOR' },
  {
    long: 'theme',
    argument: 'THEME',
    choices: ['dark', 'light', 'mono'],
    help: 'colours for a dark or light background, or none',
  },
  { long: 'ascii', help: 'no characters beyond ASCII for lines and marks' },
  { long: 'mouse', help: 'mouse on from the start (M turns it on and off)' },
  REPLAY_OPTION,
  SOCKETS_OPTION,
];

function numberOption(
  args: ParsedArguments,
  name: string,
  fits: (value: number) => boolean,
  what: string,
): number | null {
  const text = args.options.get(name);
  if (typeof text !== 'string') return null;
  const value = Number(text);
  if (text.trim() === '' || !fits(value)) throw new UsageError(`--${name} takes ${what}, not "${text}"`);
  return value;
}

async function run(context: CliContext, args: ParsedArguments): Promise<number> {
  if (args.operands.length > 0) {
    throw new UsageError(`unknown command "${args.operands[0]!}", see nsview --help`);
  }
  const text = (name: string): string | null => {
    const value = args.options.get(name);
    return typeof value === 'string' ? value : null;
  };
  const filter = text('filter') ?? '';
  const parsed = parseFilter(filter);
  if (!parsed.ok) throw new UsageError(`bad filter: ${parsed.reason}`);
  const noColor = (context.environment['NO_COLOR'] ?? '') !== '';
  return context.runTui({
    view: text('view'),
    pid: numberOption(args, 'pid', (value) => Number.isInteger(value) && value > 0, 'a pid'),
    filter,
    delaySeconds:
      numberOption(args, 'delay', (value) => value >= 0.1 && value <= 3600, 'seconds between 0.1 and 3600') ??
      0,
    readonly: args.options.has('readonly'),
    color: !args.options.has('no-color') && !noColor,
    ascii: args.options.has('ascii') || !context.unicode,
    mouse: args.options.has('mouse'),
    sockets: args.options.has('sockets'),
    theme: text('theme'),
    replay: text('replay'),
  });
}

/** `nsview` without a subcommand. */
export const TUI_COMMAND: CommandRecord = {
  name: '',
  operands: '',
  summary: 'the terminal user interface',
  options: OPTIONS,
  run,
};

import type { Model, NamespaceNode } from '../model/model.js';
import { buildModel } from '../model/model.js';
import { NAMESPACE_KINDS } from '../model/namespace-kind.js';
import { parseFilter } from '../analysis/filter.js';
import { namespacesMeant } from '../analysis/go-to.js';
import type { NamespaceColumn } from '../view/namespace-columns.js';
import {
  DEFAULT_COLUMNS,
  DEFAULT_NET_COLUMNS,
  NAMESPACE_COLUMNS,
  namespacesOfProcess,
} from '../view/namespace-columns.js';
import type { TreeRelation } from '../view/namespace-listing.js';
import {
  ASCII_GLYPHS,
  UNICODE_GLYPHS,
  listingJson,
  renderListing,
  treeOf,
} from '../view/namespace-listing.js';
import { renderTable } from '../view/text-table.js';
import type { CliContext } from './cli-context.js';
import { EXIT_OK } from './cli-context.js';
import type { CommandRecord } from './command.js';
import { COMMON_OPTIONS, JSON_OPTION, reportGaps, snapshotFor } from './command.js';
import type { OptionRecord, ParsedArguments } from './option-parser.js';
import { printJson } from './print.js';
import { chosenColumns } from './columns.js';
import { UsageError } from './usage-error.js';

const OPTIONS: readonly OptionRecord[] = [
  {
    long: 'type',
    short: 't',
    argument: 'KIND',
    choices: NAMESPACE_KINDS,
    help: 'only namespaces of this kind',
  },
  { long: 'task', short: 'p', argument: 'PID', help: 'only the namespaces of this process' },
  {
    long: 'output',
    short: 'o',
    argument: 'LIST',
    help: 'columns, separated by commas; +LIST adds to the default ones',
  },
  { long: 'output-all', help: 'all columns' },
  JSON_OPTION,
  { long: 'raw', short: 'r', help: 'one blank between columns, blanks in cells as \\x20' },
  { long: 'noheadings', short: 'n', help: 'no heading line' },
  { long: 'list', short: 'l', help: 'no tree' },
  {
    long: 'tree',
    short: 'T',
    argument: 'RELATION',
    implied: 'owner',
    choices: ['process', 'parent', 'owner'],
    help: 'tree by process, parent or owner (default: owner)',
  },
  { long: 'persistent', short: 'P', help: 'only namespaces without a process' },
  { long: 'notruncate', short: 'u', help: 'never cut the last column' },
  { long: 'nowrap', short: 'W', help: 'accepted for lsns scripts: a row is always one line' },
  { long: 'list-columns', short: 'H', help: 'list the columns' },
  { long: 'filter', argument: 'FILTER', help: 'only what the filter lets through, as in the TUI' },
  { long: 'ascii', help: 'tree lines in ASCII' },
  ...COMMON_OPTIONS,
];

function lsColumns(args: ParsedArguments): NamespaceColumn[] {
  const usual = args.options.get('type') === 'net' ? DEFAULT_NET_COLUMNS : DEFAULT_COLUMNS;
  return chosenColumns(NAMESPACE_COLUMNS, usual, args);
}

function chosenRelation(args: ParsedArguments): TreeRelation | null {
  const tree = args.options.get('tree');
  if (typeof tree === 'string') return tree as TreeRelation;
  const flat = ['list', 'json', 'raw', 'persistent'].some((name) => args.options.has(name));
  return flat ? null : 'process';
}

function chosenNodes(model: Model, args: ParsedArguments): NamespaceNode[] {
  const kind = args.options.get('type');
  const ofTask = taskNamespaces(model, args.options.get('task'));
  const test = filterTest(args);
  const wanted = args.operands.flatMap((text) => namespacesMeant(model, text));
  return [...model.namespaces.values()].filter(
    (node) =>
      (kind === undefined || node.fact.kind === kind) &&
      (ofTask === null || ofTask.has(node.fact.key)) &&
      (wanted.length === 0 || wanted.includes(node.fact.key)) &&
      (!args.options.has('persistent') || node.processes.length === 0) &&
      test(model, { key: node.fact.key, process: node.processes[0] }),
  );
}

function filterTest(args: ParsedArguments) {
  const parsed = parseFilter(String(args.options.get('filter') ?? ''));
  if (!parsed.ok) throw new UsageError(`bad filter: ${parsed.reason}`);
  return parsed.test;
}

function taskNamespaces(model: Model, task: string | true | undefined) {
  if (typeof task !== 'string') return null;
  if (!/^[0-9]+$/.test(task)) throw new UsageError(`"${task}" is not a pid`);
  const process = model.processes.get(Number(task));
  if (!process) throw new Error(`there is no process ${task}`);
  return namespacesOfProcess(model, process);
}

async function run(context: CliContext, args: ParsedArguments): Promise<number> {
  if (args.options.has('list-columns')) {
    const heads = [
      { heading: 'COLUMN', align: 'left' as const },
      { heading: 'HELP', align: 'left' as const },
    ];
    const rows = NAMESPACE_COLUMNS.map(({ name, help }) => [name, help]);
    context.write(`${renderTable(heads, rows, { headings: true, raw: false, width: null }).join('\n')}\n`);
    return EXIT_OK;
  }
  const columns = lsColumns(args);
  filterTest(args);
  const containerNames =
    columns.some(({ name }) => name === 'CONTAINER' || name === 'NAME') || args.options.has('filter');
  const snapshot = await snapshotFor(context, args, { details: detailsNeeded(args), containerNames });
  const model = buildModel(snapshot);
  const relation = chosenRelation(args);
  const glyphs = context.unicode && !args.options.has('ascii') ? UNICODE_GLYPHS : ASCII_GLYPHS;
  const roots = treeOf(model, chosenNodes(model, args), relation, glyphs);
  if (args.options.has('json')) {
    const document = { namespaces: listingJson(model, roots, columns), gaps: snapshot.gaps };
    printJson(context, document);
  } else {
    const lines = renderListing(model, roots, columns, relation, {
      headings: !args.options.has('noheadings'),
      raw: args.options.has('raw'),
      width: args.options.has('notruncate') ? null : context.terminalColumns,
    });
    context.write(lines.map((line) => `${line}\n`).join(''));
  }
  return reportGaps(context, args, snapshot);
}

/** The tree by process climbs through processes that represent no namespace. */
function detailsNeeded(args: ParsedArguments): 'all' | 'representatives' {
  const climbs = chosenRelation(args) === 'process' && args.options.has('tree');
  return climbs ? 'all' : 'representatives';
}

export const LS_COMMAND: CommandRecord = {
  name: 'ls',
  operands: '[NAMESPACE...]',
  summary: 'list namespaces, with the options, columns and JSON keys of lsns(8) and more',
  options: OPTIONS,
  run,
};

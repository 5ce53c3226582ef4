/** `nsview net`: network namespaces, and what can be asked of one. `nsview links`: every interface. */
import { movabilityOf } from '../analysis/movability.js';
import { forecastDeletion } from '../analysis/netns-deletion.js';
import { netnsNames } from '../analysis/netns-names.js';
import { namespaceName } from '../analysis/namespace-name.js';
import type { Link } from '../analysis/network-model.js';
import { tracePath } from '../analysis/path-trace.js';
import { asciiText } from '../view/ascii.js';
import { clean } from '../view/clean.js';
import { firewallLines } from '../view/firewall-lines.js';
import type { Line } from '../view/line.js';
import { lineText, span } from '../view/line.js';
import { DEFAULT_LINK_COLUMNS, LINK_COLUMNS } from '../view/link-columns.js';
import { deletionLines, neighbourLines, routeLines, traceLines } from '../view/network-lines.js';
import { ASCII_PICTURE, UNICODE_PICTURE, dotText, pictureLines } from '../view/network-picture.js';
import { withoutMessage } from '../view/network-words.js';
import { processLabel } from '../view/reason-lines.js';
import { padText } from '../view/text-width.js';
import { chosenColumns, columnOptions } from './columns.js';
import type { CommandRecord, VerbRecord } from './command.js';
import { COMMON_OPTIONS, JSON_OPTION, reportGaps } from './command.js';
import { printRecords } from './record-list.js';
import type { NetworkQuestion } from './network-question.js';
import { askNetwork, netnsFor, netnsList } from './network-question.js';
import type { CliContext } from './cli-context.js';
import { EXIT_FAILED, EXIT_OK } from './cli-context.js';
import type { ParsedArguments } from './option-parser.js';
import { printJson } from './print.js';
import { UsageError } from './usage-error.js';

interface NetVerb extends VerbRecord {
  /** The most operands that it takes. */
  most: number;
  /** An exit code, where it is not 0. */
  run: (question: NetworkQuestion, operands: readonly string[]) => Promise<number> | number;
}

function print({ cli, isJson }: NetworkQuestion, json: unknown, lines: () => Line[]): number {
  if (isJson) printJson(cli, json);
  else
    for (const line of lines()) {
      const text = lineText(line).trimEnd();
      cli.write(`${cli.unicode ? text : asciiText(text)}\n`);
    }
  return EXIT_OK;
}

function picture(question: NetworkQuestion, operands: readonly string[]): number {
  const { cli, args, context } = question;
  const keys = netnsList(question, operands);
  if (args.options.has('dot')) {
    cli.write(dotText(context, keys));
    return EXIT_OK;
  }
  const tables = keys.map((key) => context.network.tables.get(key)?.fact ?? null);
  const glyphs = cli.unicode ? UNICODE_PICTURE : ASCII_PICTURE;
  return print(question, { namespaces: tables }, () => pictureLines(context, keys, glyphs));
}

/** Fails where the way breaks, so that a script can ask. */
function trace(question: NetworkQuestion, operands: readonly string[]): number {
  const { context } = question;
  const destination = operands.at(-1);
  if (destination === undefined) throw new UsageError('give a destination, or a namespace and a destination');
  const from = netnsFor(question, operands.length > 1 ? operands[0] : undefined);
  const found = tracePath(context.network, from, destination);
  if (!found) throw new UsageError(`"${destination}" is not an IP address`);
  print(question, found, () => traceLines(context, found));
  return found.outcome === 'broken' ? EXIT_FAILED : EXIT_OK;
}

function ifDeleted(question: NetworkQuestion, [text]: readonly string[]): number {
  const { context } = question;
  if (text === undefined) throw new UsageError('give a network namespace');
  const deletion = forecastDeletion(context.model, context.network, netnsFor(question, text));
  const placeOf = ({ namespace, fact }: Link): { netns: string; ifname: string } => ({
    netns: namespace,
    ifname: fact.name,
  });
  const json = {
    ...deletion,
    fates: deletion.fates.map(({ link, takesAlong, ...fate }) => ({
      ifname: link.fact.name,
      ...fate,
      takesAlong: takesAlong.map(placeOf),
    })),
    tunnels: deletion.tunnels.map(placeOf),
    silenced: deletion.silenced.map(placeOf),
  };
  return print(question, json, () => deletionLines(context, deletion));
}

function routes(question: NetworkQuestion, [text]: readonly string[]): number {
  const { context } = question;
  const key = netnsFor(question, text);
  const fact = context.network.tables.get(key)?.fact;
  const json = fact && {
    routes: fact.routes.map(withoutMessage),
    rules: fact.rules,
    forwarding: fact.forwarding,
  };
  return print(question, json ?? null, () => routeLines(context, key));
}

function neighbours(question: NetworkQuestion, [text]: readonly string[]): number {
  const { context } = question;
  const key = netnsFor(question, text);
  const json = context.network.tables.get(key)?.fact.neighbours ?? null;
  return print(question, json, () => neighbourLines(context, key));
}

async function firewall(question: NetworkQuestion, [text]: readonly string[]): Promise<number> {
  if (question.args.options.has('replay')) throw new UsageError('a recording does not tell the firewall');
  const fact = await question.cli.collectFirewall(netnsFor(question, text));
  return print(question, fact, () => firewallLines(fact));
}

const MAX_PIDS = 6;

function names(question: NetworkQuestion): number {
  const { model } = question.context;
  const found = netnsNames(model);
  const who = (pids: readonly number[]): string => {
    const labels = pids.slice(0, MAX_PIDS).map((pid) => processLabel(model, pid));
    return pids.length === 0
      ? 'no process'
      : labels.join(', ') + (pids.length > MAX_PIDS ? `, and ${pids.length - MAX_PIDS} more` : '');
  };
  const nameLine = (name: string, key: string | null, rest: string, isBroken: boolean): Line => [
    span(padText(clean(name), 20), isBroken ? 'warn' : 'strong'),
    span(` ${padText(key ?? 'broken', 18)} `, isBroken ? 'warn' : 'dim'),
    span(rest, isBroken ? 'warn' : 'text'),
  ];
  return print(question, found, () => [
    ...found.named.map(({ name, key, reason, pids, elsewhere }) =>
      elsewhere
        ? nameLine(name, elsewhere.key, clean(`mounted only in ${elsewhere.words}; ${who(pids)}`), true)
        : nameLine(name, key, key === null ? clean(reason ?? '') : who(pids), key === null),
    ),
    ...found.unnamed.map(({ key, pids }) =>
      nameLine('-', key, `${who(pids)}  (${clean(namespaceName(model, key))})`, false),
    ),
  ]);
}

const VERBS: readonly NetVerb[] = [
  {
    verb: 'trace',
    operands: '[NETNS|PID] ADDRESS',
    summary: 'how a packet goes from there to the address, and where the way breaks (then exits with 1)',
    most: 2,
    run: trace,
  },
  {
    verb: 'routes',
    operands: '[NETNS|PID]',
    summary: 'routes of all tables, rules, forwarding',
    most: 1,
    run: routes,
  },
  {
    verb: 'neighbours',
    operands: '[NETNS|PID]',
    summary: 'neighbours: addresses and who has them',
    most: 1,
    run: neighbours,
  },
  {
    verb: 'firewall',
    operands: '[NETNS|PID]',
    summary: 'chains, policies and counts of rules of nftables and iptables-legacy, tracked connections',
    most: 1,
    run: firewall,
  },
  {
    verb: 'if-deleted',
    operands: 'NETNS|PID',
    summary: 'what becomes of its interfaces and their other ends, and what keeps it until then',
    most: 1,
    run: ifDeleted,
  },
  {
    verb: 'names',
    operands: '',
    summary: 'names under /run/netns with their processes, broken names, namespaces without a name',
    most: 0,
    run: names,
  },
];

async function runNet(cli: CliContext, args: ParsedArguments): Promise<number> {
  const verb = VERBS.find((record) => record.verb === args.operands[0]);
  const operands = verb ? args.operands.slice(1) : args.operands;
  if (verb && operands.length > verb.most)
    throw new UsageError(`too much: ${operands.slice(verb.most).join(' ')}`);
  // Only the list of names tells of every process.
  const question = await askNetwork(cli, args, verb?.verb === 'names' ? 'all' : 'representatives');
  const code = verb ? await verb.run(question, operands) : picture(question, operands);
  return code || reportGaps(cli, args, question.snapshot);
}

export const NET_COMMAND: CommandRecord = {
  name: 'net',
  operands: '[NETNS|PID...]',
  summary: 'network namespaces as a picture: interfaces and what they are tied to',
  verbs: VERBS,
  options: [
    { long: 'dot', help: 'the picture in the language of Graphviz: nsview net --dot | dot -Tsvg' },
    JSON_OPTION,
    ...COMMON_OPTIONS,
  ],
  run: runNet,
};

async function runLinks(cli: CliContext, args: ParsedArguments): Promise<number> {
  const columns = chosenColumns(LINK_COLUMNS, DEFAULT_LINK_COLUMNS, args);
  const question = await askNetwork(cli, args);
  const { context } = question;
  const kind = args.options.get('kind');
  const links = netnsList(question, args.operands)
    .flatMap((key) => context.network.tables.get(key)?.links ?? [])
    .filter((link) => kind === undefined || link.fact.kind === kind)
    .filter(({ fact }) => !args.options.has('movable') || movabilityOf(fact).answer === 'movable')
    .filter(({ fact }) => !args.options.has('local') || movabilityOf(fact).answer === 'immovable');
  printRecords(cli, args, 'links', context, links, columns);
  return reportGaps(cli, args, question.snapshot);
}

export const LINKS_COMMAND: CommandRecord = {
  name: 'links',
  operands: '[NETNS|PID...]',
  summary: 'interfaces of every network namespace, their other ends, and whether they may move',
  options: [
    ...columnOptions(LINK_COLUMNS),
    { long: 'kind', argument: 'KIND', help: 'only this kind: veth, bridge, vxlan …' },
    { long: 'movable', help: 'only those that may change their network namespace' },
    { long: 'local', help: 'only netns-local ones' },
    { long: 'raw', short: 'r', help: 'one blank between columns' },
    { long: 'noheadings', short: 'n', help: 'no heading line' },
    JSON_OPTION,
    ...COMMON_OPTIONS,
  ],
  run: runLinks,
};

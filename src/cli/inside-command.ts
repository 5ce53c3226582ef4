/** `nsview inside`: what is inside of pid, uts, ipc, cgroup and time namespaces, and changes to it. */
import { planRemoveIpc, planUtsName } from '../actions/inside-plans.js';
import type { UtsName } from '../actions/plan.js';
import { findGoToTarget, namespaceOfKind } from '../analysis/go-to.js';
import { insideFacts } from '../analysis/inside-facts.js';
import type { IpcObject } from '../analysis/interior-model.js';
import { InteriorModel, ipcObjectName, ipcObjects } from '../analysis/interior-model.js';
import { hostFirst, namespaceName } from '../analysis/namespace-name.js';
import { heldBy } from '../analysis/why-alive.js';
import { buildModel } from '../model/model.js';
import type { NamespaceKind } from '../model/namespace-kind.js';
import { kindOfKey } from '../model/namespace-kind.js';
import type { NamespaceKey } from '../model/snapshot.js';
import type { MoreContext } from '../view/inside-words.js';
import { insideWords } from '../view/inside-words.js';
import { insideLines } from '../view/more-lines.js';
import { MORE_KINDS } from '../view/more-rows.js';
import { planLines } from '../view/plan-lines.js';
import type { RecordColumn, RecordValue } from '../view/record-columns.js';
import { PLAN_OPTIONS, carryOut, printAnswer } from './carry-out.js';
import type { CliContext } from './cli-context.js';
import type { CommandRecord, VerbRecord } from './command.js';
import { JSON_OPTION, REPLAY_OPTION, STRICT_OPTION, reportGaps, snapshotFor } from './command.js';
import type { ParsedArguments } from './option-parser.js';
import { printRecords } from './record-list.js';
import { UsageError } from './usage-error.js';

interface InsideVerb extends VerbRecord {
  run: (cli: CliContext, args: ParsedArguments, context: MoreContext, operands: string[]) => Promise<void>;
}

const COLUMNS: readonly RecordColumn<MoreContext, NamespaceKey>[] = [
  { name: 'TYPE', align: 'left', help: 'type of the namespace', value: (_, key) => kindOfKey(key) },
  {
    name: 'NS',
    align: 'right',
    help: 'inode of the namespace',
    value: (_, key) => Number(key.slice(key.indexOf('[') + 1, -1)),
  },
  {
    name: 'NAME',
    align: 'left',
    help: 'container, unit, command',
    value: ({ model }, key) => namespaceName(model, key),
  },
  {
    name: 'HELD',
    align: 'left',
    help: 'members, or what keeps it',
    value: ({ model }, key) => heldBy(model.namespaces.get(key)!),
  },
  {
    name: 'INSIDE',
    align: 'left',
    help: 'init; hostname; objects; root; offsets',
    // Facts are plain data; only their interfaces have no index signature.
    value: ({ model, interiors }, key) => insideFacts(model, interiors, key) as unknown as RecordValue,
    text: insideWords,
  },
];

function keysOf({ model }: MoreContext, kinds: readonly NamespaceKind[]): NamespaceKey[] {
  return kinds.flatMap((kind) => {
    const keys = [...model.namespaces.values()].flatMap(({ fact }) => (fact.kind === kind ? [fact.key] : []));
    return hostFirst(model, keys, model.host[kind]).map(({ key }) => key);
  });
}

/** A namespace by itself, or the five of a process or container. */
function namedKeys(context: MoreContext, text: string): NamespaceKey[] {
  const { model } = context;
  const found = findGoToTarget(model, text);
  if (found.target === 'nothing') throw new Error(found.reason);
  if (found.target === 'namespace' && !/^[0-9]+$/.test(text)) {
    const { key } = found;
    if (MORE_KINDS.includes(kindOfKey(key))) return [key];
    throw new UsageError(
      `${key} is a ${kindOfKey(key)} namespace: it has a command of its own, see nsview --help`,
    );
  }
  return MORE_KINDS.map((kind) => namespaceOfKind(model, kind, text));
}

function list(cli: CliContext, args: ParsedArguments, context: MoreContext): void {
  const [text, ...more] = args.operands;
  if (more.length > 0) throw new UsageError(`too much: ${more.join(' ')}`);
  const kind = MORE_KINDS.find((each) => each === text);
  if (text === undefined || kind) {
    printRecords(cli, args, 'inside', context, keysOf(context, kind ? [kind] : MORE_KINDS), COLUMNS);
    return;
  }
  const keys = namedKeys(context, text);
  if (args.options.has('json')) {
    printRecords(cli, args, 'inside', context, keys, COLUMNS);
    return;
  }
  for (const key of keys) {
    printAnswer(cli, args, null, () => [
      [{ text: `${key} ${namespaceName(context.model, key)}`, role: kindOfKey(key) }],
      ...insideLines(context, key).map((line) => [{ text: '  ', role: 'text' as const }, ...line]),
      [],
    ]);
  }
}

const setName =
  (name: UtsName): InsideVerb['run'] =>
  async (cli, args, { model, interiors }, [place, value, ...more]) => {
    if (place === undefined || value === undefined || more.length > 0)
      throw new UsageError(`give a uts namespace (or a process in it) and the new ${name}`);
    const key = namespaceOfKind(model, 'uts', place, 'act');
    const fact = interiors.of('uts', key);
    if (!fact) throw new Error(`the names of ${key} could not be read`);
    await carryOut(cli, args, planUtsName(model, fact, name, value), (plan) => planLines(null, plan));
  };

async function remove(
  cli: CliContext,
  args: ParsedArguments,
  { model, interiors }: MoreContext,
  [place, ...words]: string[],
): Promise<void> {
  if (place === undefined || words.length === 0)
    throw new UsageError('give an ipc namespace (or a process in it) and an object: shm 3, mq /jobs');
  const key = namespaceOfKind(model, 'ipc', place, 'act');
  const fact = interiors.of('ipc', key);
  if (!fact) throw new Error(`the objects of ${key} could not be read`);
  const name = words.join(' ');
  const object = ipcObjects(fact).find((each: IpcObject) => ipcObjectName(each) === name);
  if (!object) throw new Error(`there is no "${name}" in ${key}`);
  await carryOut(cli, args, planRemoveIpc(model, object), (plan) => planLines(null, plan));
}

const VERBS: readonly InsideVerb[] = [
  {
    verb: 'hostname',
    operands: 'NAMESPACE|PID NAME',
    summary: 'set the hostname of a uts namespace; needs --yes',
    run: setName('hostname'),
  },
  {
    verb: 'domain',
    operands: 'NAMESPACE|PID NAME',
    summary: 'set the NIS domain name of a uts namespace; needs --yes',
    run: setName('domain'),
  },
  {
    verb: 'remove',
    operands: 'NAMESPACE|PID shm|sem|msg ID, or mq /NAME',
    summary: 'remove an object of an ipc namespace; needs --yes',
    run: remove,
  },
];

async function run(cli: CliContext, args: ParsedArguments): Promise<number> {
  const verb = VERBS.find((record) => record.verb === args.operands[0]);
  if (verb && args.options.has('replay')) throw new UsageError('nothing can be done in a recording');
  const snapshot = await snapshotFor(cli, args, { details: 'all', containerNames: true, interiors: true });
  if (args.options.has('replay') && !snapshot.interiors)
    cli.warn('nsview: this recording does not tell what is inside of uts, ipc, cgroup and time namespaces\n');
  const context = { model: buildModel(snapshot), interiors: new InteriorModel(snapshot.interiors ?? []) };
  if (verb) await verb.run(cli, args, context, args.operands.slice(1));
  else list(cli, args, context);
  return reportGaps(cli, args, snapshot);
}

export const INSIDE_COMMAND: CommandRecord = {
  name: 'inside',
  operands: '[pid|uts|ipc|cgroup|time|NAMESPACE|PID]',
  summary: 'inits, hostnames, IPC objects, cgroup roots and clock offsets: what is inside of namespaces',
  verbs: VERBS,
  options: [
    { long: 'raw', short: 'r', help: 'one blank between columns' },
    { long: 'noheadings', short: 'n', help: 'no heading line' },
    ...PLAN_OPTIONS,
    JSON_OPTION,
    REPLAY_OPTION,
    STRICT_OPTION,
  ],
  run,
};

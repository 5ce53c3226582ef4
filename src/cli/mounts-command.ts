/** `nsview mounts`: the mounts of any mount namespace, and what can be asked of one. */
import { counted } from '../model/text.js';
import { planBind, planPropagation, planUnmount } from '../actions/mount-plans.js';
import type { Plan, PropagationChange } from '../actions/plan.js';
import { mountDifferences, whyMissing } from '../analysis/mount-difference.js';
import type { Mount, MountModel, MountTable } from '../analysis/mount-model.js';
import { buildMountModel, mountAt } from '../analysis/mount-model.js';
import { lockedWarning } from '../analysis/locked-mounts.js';
import type { MountOperationName, MountRequest, Simulation } from '../analysis/mount-simulator.js';
import {
  MOUNT_OPERATIONS,
  answeringFilesystem,
  impossiblePaths,
  uncheckedPath,
} from '../analysis/mount-request.js';
import { simulate } from '../analysis/mount-simulator.js';
import { mtabDifferences } from '../analysis/mtab-difference.js';
import type { OperandUse } from '../analysis/go-to.js';
import { namespaceOfKind } from '../analysis/go-to.js';
import { namespaceName } from '../analysis/namespace-name.js';
import { peerPicture } from '../analysis/peer-groups.js';
import type { Model } from '../model/model.js';
import { buildModel } from '../model/model.js';
import type { MountPath } from '../model/mount-path.js';
import type { NamespaceKey, Snapshot } from '../model/snapshot.js';
import { clean } from '../view/clean.js';
import type { Line } from '../view/line.js';
import { planLines } from '../view/plan-lines.js';
import type { MountColumn, MountContext } from '../view/mount-columns.js';
import { DEFAULT_MOUNT_COLUMNS, MOUNT_COLUMNS, mountColumn } from '../view/mount-columns.js';
import { differenceLines, missingLines, peerLines, simulationLines } from '../view/mount-lines.js';
import { findmntJson, mountsJson, renderMounts } from '../view/mount-listing.js';
import { ASCII_GLYPHS, UNICODE_GLYPHS } from '../view/namespace-listing.js';
import type { CliContext } from './cli-context.js';
import { PLAN_OPTIONS, carryOut, printAnswer } from './carry-out.js';
import { chosenColumns, columnOptions } from './columns.js';
import type { CommandRecord, VerbRecord } from './command.js';
import { JSON_OPTION, REPLAY_OPTION, STRICT_OPTION, reportGaps } from './command.js';
import type { Answer } from './mounts-why.js';
import { mountsElsewhere, simulationJson, whyDevice, whyElsewhere, whyMount } from './mounts-why.js';
import type { ParsedArguments } from './option-parser.js';
import { printJson } from './print.js';
import { UsageError } from './usage-error.js';

const SIMULATED = Object.keys(MOUNT_OPERATIONS) as MountOperationName[];

/** What a verb works on. */
interface Question {
  cli: CliContext;
  args: ParsedArguments;
  snapshot: Snapshot;
  model: Model;
  mounts: MountModel;
  context: MountContext;
  /** The namespace of -N, or the observer's own. */
  table: MountTable;
  isJson: boolean;
}

interface MountVerb extends VerbRecord {
  run: (question: Question, operands: readonly string[]) => Promise<void>;
  /** Changes the system: never in a recording. */
  changes?: true;
}

function tableFor(
  model: Model,
  mounts: MountModel,
  text: string | undefined,
  use: OperandUse = 'look',
): MountTable {
  const key = text === undefined ? ownMountNamespace(model) : namespaceOfKind(model, 'mnt', text, use);
  const table = key && mounts.tables.get(key);
  if (table) return table;
  if (!model.snapshot.mountTables?.length) throw new Error('there are no mounts in this recording');
  throw new Error(`the mounts of ${key ?? 'your mount namespace'} could not be read`);
}

function ownMountNamespace(model: Model): NamespaceKey | undefined {
  return model.snapshot.header.observer.namespaces.mnt ?? model.host.mnt;
}

/** Where the path leads in the namespace; a recording has none to look into. */
function pathFor(question: Question, path: string | undefined, what: string): MountPath {
  if (path === undefined) throw new UsageError(`give a ${what}`);
  const { cli, model, mounts, table, args } = question;
  const isReplay = args.options.has('replay');
  const ownKey = ownMountNamespace(model);
  const isOwn = table.fact.key === ownKey && !isReplay;
  if (!isOwn && !path.startsWith('/'))
    throw new UsageError(`a path in another mount namespace must be absolute: ${path}`);
  const { pid } = table.fact;
  const root = isOwn ? '' : pid === undefined || isReplay ? null : `/proc/${pid}/root`;
  const own = ownKey === undefined ? undefined : mounts.tables.get(ownKey);
  const tables = own ? [table, own] : [table];
  return cli.readMountPath(root, path.startsWith('/') ? path : `${cli.workingDirectory()}/${path}`, (each) =>
    answeringFilesystem(table, tables, each),
  );
}

function mountFor(question: Question, path: string | undefined): Mount {
  const place = pathFor(question, path, 'path');
  const mount = mountAt(question.table, place.path);
  if (!mount) throw new Error('there is no mount in this namespace');
  if (mount.mountPoint !== place.path) {
    if (place.kind === 'absent') throw new Error(`${place.path} does not exist in this mount namespace`);
    const { cli } = question;
    cli.warn(`nsview: ${clean(place.path)} is no mount point; it lies on ${clean(mount.mountPoint)}\n`);
    warnUnchecked(cli, place);
  }
  return mount;
}

function warnUnchecked(cli: CliContext, ...places: (MountPath | null)[]): void {
  for (const place of places) {
    const sentence = place && uncheckedPath(place);
    if (sentence !== null) cli.warn(`nsview: ${clean(sentence)}\n`);
  }
}

function noMore(operands: readonly string[], count: number): void {
  if (operands.length > count) throw new UsageError(`too much: ${operands.slice(count).join(' ')}`);
}

function print({ cli, args }: Question, json: unknown, lines: () => Line[]): void {
  printAnswer(cli, args, json, lines);
}

async function why(question: Question, operands: readonly string[]): Promise<void> {
  noMore(operands, 1);
  const { json, lines } = await whyAnswer(question, operands[0]);
  print(question, json, lines);
}

async function whyAnswer(question: Question, operand: string | undefined): Promise<Answer> {
  const { cli, args, context, mounts, table } = question;
  const isLive = !args.options.has('replay');
  if (operand !== undefined && isLive && /^\d+:\d+$/.test(operand))
    return whyDevice(cli, context, operand, operand, null);
  const place = pathFor(question, operand, 'path');
  if (mountAt(table, place.path)?.mountPoint !== place.path) {
    const isOwn = table.fact.key === ownMountNamespace(question.model);
    const isLooked = isLive && isOwn && place.kind === 'other' && place.unchecked === null;
    const device = isLooked ? cli.blockDevice(place.path) : null;
    if (device !== null) return whyDevice(cli, context, place.path, device, place.path);
    const elsewhere = mountsElsewhere(mounts, table, place.path);
    if (elsewhere.length > 0) return whyElsewhere(context, place.path, elsewhere);
  }
  return whyMount(cli, context, mountFor(question, operand), isLive);
}

async function peers(question: Question, operands: readonly string[]): Promise<void> {
  noMore(operands, 1);
  const mount = mountFor(question, operands[0]);
  print(question, peerPicture(question.mounts, mount), () => peerLines(question.context, mount));
  return Promise.resolve();
}

async function simulateVerb(question: Question, operands: readonly string[]): Promise<void> {
  const operation = SIMULATED.find((name) => name === operands[0]);
  if (!operation) throw new UsageError(`simulate takes one of ${SIMULATED.join(', ')}`);
  const hasSource = MOUNT_OPERATIONS[operation].takesSource;
  noMore(operands, hasSource ? 3 : 2);
  const source = hasSource ? pathFor(question, operands[1], 'source') : null;
  const target = pathFor(question, operands[hasSource ? 2 : 1], 'mount point');
  const request: MountRequest = {
    operation,
    namespace: question.table.fact.key,
    target: target.path,
    ...(source && { source: source.path }),
  };
  const { context, model, mounts } = question;
  const impossible = impossiblePaths(operation, source, target);
  const simulation: Simulation = impossible ? { ok: false, ...impossible } : simulate(mounts, request);
  if (simulation.ok) warnUnchecked(question.cli, source, target);
  const warning = lockedWarning(model, mounts, request);
  print(question, { ...simulationJson(simulation), ...(warning !== null && { warning }) }, () =>
    simulationLines(context, simulation, request),
  );
  return Promise.resolve();
}

async function diff(question: Question, operands: readonly string[]): Promise<void> {
  const [a, b] = operands;
  if (a === undefined) throw new UsageError('give one or two mount namespaces');
  noMore(operands, 2);
  const { model, mounts, table } = question;
  const first = b === undefined ? table : tableFor(model, mounts, a);
  const second = tableFor(model, mounts, b ?? a);
  const differences = mountDifferences(first, second);
  print(question, { a: first.fact.key, b: second.fact.key, differences }, () => differenceLines(differences));
  return Promise.resolve();
}

async function missing(question: Question, operands: readonly string[]): Promise<void> {
  const [path, other] = operands;
  if (other === undefined)
    throw new UsageError('give a mount point and the namespace in which it is missing');
  noMore(operands, 2);
  const { model, mounts, table } = question;
  const place = pathFor(question, path, 'path');
  const found = mountAt(table, place.path)?.mountPoint === place.path;
  const elsewhere = found ? [] : mountsElsewhere(mounts, table, place.path);
  if (elsewhere.length > 0) {
    const { json, lines } = whyElsewhere(question.context, place.path, elsewhere);
    print(question, json, lines);
    return;
  }
  const mount = mountFor(question, path);
  const { fact } = tableFor(model, mounts, other);
  const answer = whyMissing(mounts, mount, fact.key);
  print(question, { mount, missingIn: fact.key, ...answer }, () => missingLines(answer));
  return Promise.resolve();
}

async function carryOutMount({ cli, args, context }: Question, plan: Plan): Promise<void> {
  await carryOut(cli, args, plan, (ready) => planLines(context, ready));
}

async function make(question: Question, operands: readonly string[]): Promise<void> {
  const [word = '', path] = operands;
  noMore(operands, 2);
  const recursive = word.startsWith('r');
  const change = PROPAGATION_CHANGES.find((name) => name === word || `r${name}` === word);
  if (!change)
    throw new UsageError(`make takes ${PROPAGATION_CHANGES.join(', ')}, or one of these with r before it`);
  await carryOutMount(
    question,
    planPropagation(question.context, mountPointFor(question, path), change, recursive),
  );
}

async function unmount(question: Question, operands: readonly string[]): Promise<void> {
  noMore(operands, 1);
  const mount = mountPointFor(question, operands[0]);
  await carryOutMount(question, planUnmount(question.context, mount, question.args.options.has('lazy')));
}

async function bind(question: Question, operands: readonly string[]): Promise<void> {
  noMore(operands, 2);
  const source = pathFor(question, operands[0], 'source');
  const target = pathFor(question, operands[1], 'target');
  const recursive = question.args.options.has('recursive');
  const { key } = question.table.fact;
  await carryOutMount(question, planBind(question.context, key, source, target, recursive));
}

/** What is changed must be named exactly: the mount below a path is not what was meant. */
function mountPointFor(question: Question, path: string | undefined): Mount {
  const target = pathFor(question, path, 'mount point');
  const mount = mountAt(question.table, target.path);
  if (mount?.mountPoint === target.path) return mount;
  const unchecked = uncheckedPath(target);
  throw new Error(`${target.path} is no mount point${unchecked === null ? '' : `. ${unchecked}`}`);
}

const PROPAGATION_CHANGES: readonly PropagationChange[] = ['shared', 'slave', 'private', 'unbindable'];

const VERBS: readonly MountVerb[] = [
  {
    verb: 'why',
    operands: 'PATH|DEVICE|MAJ:MIN',
    summary:
      'all that is seen to keep the mount at PATH, or the filesystem of a device (also one that was unmounted lazily)',
    run: why,
  },
  {
    verb: 'peers',
    operands: 'PATH',
    summary: 'its peer group in every namespace, masters, slaves, and copies that receive nothing',
    run: peers,
  },
  {
    verb: 'simulate',
    operands: `${SIMULATED.join('|')} [SOURCE] PATH`,
    summary: 'where it would appear and vanish, without doing it',
    run: simulateVerb,
  },
  {
    verb: 'diff',
    operands: '[A] B',
    summary: 'mount points of two namespaces that differ',
    run: diff,
  },
  {
    verb: 'missing',
    operands: 'PATH NAMESPACE',
    summary: 'why the mount at PATH is not seen in the other namespace',
    run: missing,
  },
  {
    verb: 'make',
    operands: '[r]shared|slave|private|unbindable PATH',
    summary: 'change its propagation, with r before it that of all below too; needs --yes',
    changes: true,
    run: make,
  },
  {
    verb: 'unmount',
    operands: 'PATH',
    summary: 'unmount in the chosen namespace; needs --yes',
    changes: true,
    run: unmount,
  },
  {
    verb: 'bind',
    operands: 'SOURCE PATH',
    summary: 'bind mount in the chosen namespace; needs --yes',
    changes: true,
    run: bind,
  },
];

function list(question: Question): void {
  const { cli, args, context, table } = question;
  if (args.options.has('mtab')) {
    listMtab(question);
    return;
  }
  if (args.options.has('findmnt')) {
    printJson(cli, { filesystems: findmntJson(table) });
    return;
  }
  const columns = chosenColumns(MOUNT_COLUMNS, DEFAULT_MOUNT_COLUMNS, args);
  const tables = args.options.has('all') ? [...context.mounts.tables.values()] : [table];
  if (question.isJson) {
    const mounts = tables.flatMap((each) => mountsJson(context, each, withNamespace(columns, tables.length)));
    printJson(cli, { mounts });
    return;
  }
  for (const each of tables) {
    if (tables.length > 1) {
      const { key } = each.fact;
      cli.write(
        clean(`${key} ${namespaceName(context.model, key)}: ${counted(each.count, 'mount')}\n`).trimEnd() +
          '\n',
      );
    }
    const glyphs = cli.unicode ? UNICODE_GLYPHS : ASCII_GLYPHS;
    const lines = renderMounts(context, each, columns, args.options.has('list') ? null : glyphs, {
      headings: !args.options.has('noheadings'),
      raw: args.options.has('raw'),
      width: cli.terminalColumns,
    });
    cli.write(lines.map((line) => `${line}\n`).join(''));
  }
}

function withNamespace(columns: MountColumn[], tables: number): MountColumn[] {
  return tables > 1 && !columns.some(({ name }) => name === 'MNTNS')
    ? [...columns, mountColumn('MNTNS')!]
    : columns;
}

function listMtab(question: Question): void {
  const differences = mtabDifferences(question.table);
  print(question, { mtab: differences !== null, differences: differences ?? [] }, () => {
    if (differences === null)
      return [[{ text: '/etc/mtab is no file of its own: it cannot differ', role: 'text' }]];
    if (differences.length === 0) return [[{ text: '/etc/mtab says what the kernel says', role: 'text' }]];
    return differences.map(({ difference, target, mtab, kernel }) => [
      { text: clean(`${difference}: ${target}  mtab ${mtab ?? '-'}  kernel ${kernel ?? '-'}`), role: 'text' },
    ]);
  });
}

async function run(cli: CliContext, args: ParsedArguments): Promise<number> {
  const verb = VERBS.find((record) => record.verb === args.operands[0]);
  const operands = verb ? args.operands.slice(1) : [];
  if (!verb) noMore(args.operands, 1);
  if (verb?.changes && args.options.has('replay')) throw new UsageError('nothing can be done in a recording');
  const named = args.options.get('namespace');
  const wanted = verb ? named : (args.operands[0] ?? named);
  const snapshot = await mountSnapshot(cli, args);
  const model = buildModel(snapshot);
  const mounts = buildMountModel(snapshot.mountTables ?? []);
  const question: Question = {
    cli,
    args,
    snapshot,
    model,
    mounts,
    context: { model, mounts, isWhole: true },
    table: tableFor(
      model,
      mounts,
      typeof wanted === 'string' ? wanted : undefined,
      verb?.changes ? 'act' : 'look',
    ),
    isJson: args.options.has('json'),
  };
  if (verb) await verb.run(question, operands);
  else list(question);
  return reportGaps(cli, args, snapshot);
}

async function mountSnapshot(cli: CliContext, args: ParsedArguments): Promise<Snapshot> {
  const replay = args.options.get('replay');
  if (typeof replay !== 'string') {
    return cli.takeSnapshot({
      // Only who uses files must be known by name one by one.
      details: args.operands[0] === 'why' ? 'all' : 'representatives',
      containerNames: true,
      mounts: args.options.has('mtab') ? 'with mtab' : 'all',
    });
  }
  const recording = await cli.openRecording(replay);
  return recording.sample(recording.length - 1);
}

export const MOUNTS_COMMAND: CommandRecord = {
  name: 'mounts',
  operands: '[NAMESPACE|PID]',
  summary: 'mounts of a mount namespace (yours, where none is named), who gets their events, what keeps them',
  verbs: VERBS,
  options: [
    {
      long: 'namespace',
      short: 'N',
      argument: 'NAMESPACE|PID',
      help: 'the mount namespace that PATH is in: inode, name of a container, pid',
    },
    { long: 'all', short: 'a', help: 'the mounts of every mount namespace' },
    ...columnOptions(MOUNT_COLUMNS),
    { long: 'list', short: 'l', help: 'no tree' },
    { long: 'raw', short: 'r', help: 'one blank between columns, no tree' },
    { long: 'noheadings', short: 'n', help: 'no heading line' },
    { long: 'findmnt', help: 'print JSON as findmnt -J -o +PROPAGATION,ID,PARENT does' },
    { long: 'mtab', help: 'where /etc/mtab is a real file: in what it differs from the kernel' },
    { long: 'lazy', help: 'unmount: off the tree at once, with all below' },
    { long: 'recursive', short: 'R', help: 'bind: with all that is mounted below the source' },
    ...PLAN_OPTIONS,
    JSON_OPTION,
    REPLAY_OPTION,
    STRICT_OPTION,
  ],
  run,
};

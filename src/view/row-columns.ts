import type { Model } from '../model/model.js';
import { NAMESPACE_KINDS } from '../model/namespace-kind.js';
import type { NamespaceKind } from '../model/namespace-kind.js';
import { containerOf } from '../analysis/container-of.js';
import { namespaceName, userName } from '../analysis/namespace-name.js';
import { innerPid } from '../analysis/pid-chain.js';
import { namespaceSetOf } from '../model/model.js';
import { clean } from './clean.js';
import { differenceLetters } from './difference-letters.js';
import type { Role, Span } from './line.js';
import { span } from './line.js';
import type { RowNode } from './row-node.js';
import { rowCommand } from './row-trees.js';

/** A column of a list in the terminal. `width` 0: all that is left. */
export interface RowColumn {
  name: string;
  width: number;
  /** How wide it may become where there is room. */
  maximumWidth?: number;
  /** Of the last column, whose width is 0: what it should have before others grow. */
  leastWidth?: number;
  align: 'left' | 'right';
  /** Where there is no room the highest goes first; without any, the second-last. */
  expendable?: number;
  help: string;
  /** Of a path the end tells most: where it does not fit, its start is cut off. */
  isPath?: boolean;
  cell: (model: Model, node: RowNode) => Span;
  /** Sort key; absent: not sortable. Text sorts by code point, numbers by size. */
  sortKey?: (model: Model, node: RowNode) => string | number;
}

const SHORT_INODE = 4;

export function shortInode(inode: number | string): string {
  return String(inode).slice(-SHORT_INODE);
}

/** `.` as the host's, `-` none, `?` not readable, else the end of the inode. */
function kindCell(model: Model, node: RowNode, kind: NamespaceKind): Span {
  if (node.rowKind === 'namespace') {
    const own = node.key?.startsWith(`${kind}:`) ?? false;
    return own ? span(shortInode(node.key!.slice(0, -1)), kind) : span('-', 'dim');
  }
  if (node.namespaceSet === undefined) return span('-', 'dim');
  const key = model.snapshot.namespaceSets[node.namespaceSet]?.[kind];
  if (key === undefined) return span('?', 'warn');
  const isHosts = key === model.host[kind];
  if (isHosts && node.rowKind !== 'host') return span('.', 'dim');
  return span(shortInode(key.slice(0, -1)), kind);
}

const kindColumns: RowColumn[] = NAMESPACE_KINDS.map((kind) => ({
  name: kind === 'cgroup' ? 'cg' : kind,
  width: 4,
  align: 'right',
  help: `${kind} namespace: end of its inode, . as the host's, - none, ? not readable`,
  cell: (model, node) => kindCell(model, node, kind),
}));

const heldColumn: RowColumn = {
  name: 'HELD',
  width: 5,
  align: 'right',
  help: 'member processes (p), threads (t), or what else keeps it',
  cell: (_, { held }) =>
    span(held === 'next child' ? 'next' : held, /^[0-9]/.test(held) || held === '' ? 'dim' : 'warn'),
  sortKey: (_, { held }) => (/^[0-9]+p$/.test(held) ? parseInt(held) : -1),
};

const commandColumn: RowColumn = {
  name: 'COMMAND',
  width: 0,
  align: 'left',
  help: 'command line; for a namespace that of its first member',
  cell: (model, node) => span(rowCommand(model, node), node.rowKind === 'process' ? 'text' : 'dim'),
  sortKey: (model, node) => rowCommand(model, node),
};

const nameColumn = (width: number): RowColumn => ({
  name: 'NAME',
  width,
  maximumWidth: 40,
  align: 'left',
  help: 'what it is: the tree',
  cell: (_, { title, role }) => span(title, role),
  sortKey: (_, { title }) => title,
});

function uidOf(model: Model, { rowKind, process, key }: RowNode): number | undefined {
  const made =
    rowKind === 'namespace' && key !== undefined ? model.namespaces.get(key)?.fact.ownerUid : undefined;
  return process?.details?.uid ?? made;
}

const userColumn: RowColumn = {
  name: 'USER',
  width: 8,
  maximumWidth: 12,
  align: 'left',
  help: 'effective user of the process, or who made the user namespace',
  cell: (model, node) => {
    const uid = uidOf(model, node);
    return span(uid === undefined ? '?' : clean(userName(model, uid)), uid === 0 ? 'dim' : 'warn');
  },
  sortKey: (model, node) => uidOf(model, node) ?? -1,
};

const labelColumn: RowColumn = {
  name: 'WHOSE',
  width: 18,
  align: 'left',
  help: 'host, container, bind mount or unit',
  cell: (model, { key, process }) => {
    const container = containerOf(model, process);
    const text = key === undefined ? (container?.name ?? '') : namespaceName(model, key);
    return span(clean(text), 'accent');
  },
};

/** Tree by container or process: a column for each kind. */
export const MATRIX_COLUMNS: readonly RowColumn[] = [
  nameColumn(20),
  ...kindColumns,
  heldColumn,
  commandColumn,
];

/** Tree by owner or parent: one namespace a row. */
export const LIST_COLUMNS: readonly RowColumn[] = [
  nameColumn(26),
  userColumn,
  heldColumn,
  labelColumn,
  commandColumn,
];

function pidNamespaceOf(model: Model, node: RowNode): string {
  const key = node.process ? namespaceSetOf(model, node.process).pid : undefined;
  return key === undefined ? '?' : shortInode(key.slice(0, -1));
}

function isHostPidNamespace(model: Model, { process }: RowNode): boolean {
  return process !== undefined && namespaceSetOf(model, process).pid === model.host.pid;
}

function kib(size: number): string {
  if (size < 1000) return `${size}K`;
  const mib = size / 1024;
  return mib < 1000 ? `${mib < 10 ? mib.toFixed(1) : Math.round(mib)}M` : `${(mib / 1024).toFixed(1)}G`;
}

function stateRole(state: string): Role {
  return state === 'R' ? 'good' : state === 'Z' || state === 'D' ? 'bad' : 'dim';
}

/** View 2. */
export const PROCESS_COLUMNS: readonly RowColumn[] = [
  {
    name: 'HOST',
    width: 7,
    align: 'right',
    help: 'pid as the observer sees it',
    cell: (_, { process }) => span(String(process?.pid ?? ''), 'strong'),
    sortKey: (_, { process }) => process?.pid ?? 0,
  },
  {
    name: 'IN-NS',
    width: 5,
    align: 'right',
    help: 'pid in its own pid namespace',
    cell: (_, { process }) => {
      const inner = process ? innerPid(process) : 0;
      return span(process?.details ? String(inner) : '?', inner === process?.pid ? 'dim' : 'pid');
    },
    sortKey: (_, { process }) => (process ? innerPid(process) : 0),
  },
  {
    name: 'PIDNS',
    width: 5,
    align: 'right',
    help: 'end of the inode of its pid namespace',
    cell: (model, node) => span(pidNamespaceOf(model, node), isHostPidNamespace(model, node) ? 'dim' : 'pid'),
    sortKey: pidNamespaceOf,
  },
  userColumn,
  {
    name: 'S',
    width: 1,
    align: 'left',
    help: 'state: R running, S sleeping, D waiting for the disk, Z zombie, T stopped, I idle',
    cell: (_, { process }) => span(process?.details?.state ?? '?', stateRole(process?.details?.state ?? '')),
    sortKey: (_, { process }) => process?.details?.state ?? '',
  },
  {
    name: 'RSS',
    width: 5,
    align: 'right',
    help: 'resident memory',
    cell: (_, { process }) => span(process?.details ? kib(process.details.residentKib) : '?', 'dim'),
    sortKey: (_, { process }) => process?.details?.residentKib ?? 0,
  },
  {
    name: 'DIFF',
    width: 8,
    align: 'left',
    help: 'a letter for each kind in which it differs from the host: m n p U u i c t',
    cell: (model, { process }) => {
      const letters = process ? differenceLetters(model, process) : '';
      return span(letters, /^[-?]*$/.test(letters) ? 'dim' : 'accent');
    },
    sortKey: (model, { process }) =>
      process ? differenceLetters(model, process).replaceAll('-', '').length : 0,
  },
  {
    name: 'CONTAINER',
    width: 9,
    maximumWidth: 20,
    align: 'left',
    help: 'container that it runs in',
    cell: (model, { process }) => {
      const container = containerOf(model, process);
      return span(clean(container?.name ?? '-'), container ? 'accent' : 'dim');
    },
    sortKey: (model, { process }) => containerOf(model, process)?.name ?? '',
  },
  commandColumn,
];

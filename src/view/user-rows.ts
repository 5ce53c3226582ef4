/** View 5: the tree of user namespaces, what they map and own. */
import type { Model, NamespaceNode } from '../model/model.js';
import type { NamespaceKind } from '../model/namespace-kind.js';
import { NAMESPACE_KINDS } from '../model/namespace-kind.js';
import type { NamespaceKey } from '../model/snapshot.js';
import type { IdExtent } from '../model/user-map.js';
import type { IdKind } from '../analysis/id-translation.js';
import { levelOf, mapToParent } from '../analysis/id-translation.js';
import { hostFirst, namespaceName, userName } from '../analysis/namespace-name.js';
import { problemsOf } from '../analysis/problems.js';
import { heldBy } from '../analysis/why-alive.js';
import { clean } from './clean.js';
import { span } from './line.js';
import type { RowColumn } from './row-columns.js';
import type { RowNode } from './row-node.js';
import { NO_CHILDREN, once } from './row-node.js';
import { namespaceIdentity } from './row-trees.js';

export function userRowId(key: NamespaceKey): string {
  return `U${key}`;
}

/** Those whose parent is out of sight stand at the top. */
export function userRows(model: Model): RowNode[] {
  const tops = [...model.namespaces.values()].flatMap(({ fact }) =>
    fact.kind === 'user' && !(fact.parent && model.namespaces.has(fact.parent)) ? [fact.key] : [],
  );
  return rowsOf(model, tops);
}

function rowsOf(model: Model, keys: readonly NamespaceKey[]): RowNode[] {
  return hostFirst(model, keys, model.host.user).map(({ key }) => userRow(model, model.namespaces.get(key)!));
}

function userRow(model: Model, node: NamespaceNode): RowNode {
  const { key } = node.fact;
  const isHost = key === model.host.user;
  const children = node.children.filter((child) => model.namespaces.has(child));
  return {
    rowId: userRowId(key),
    identity: namespaceIdentity(node.fact),
    rowKind: 'namespace',
    title: clean(namespaceName(model, key)),
    role: isHost ? 'strong' : 'user',
    key,
    process: node.processes[0],
    held: heldBy(node),
    isProblem: problemsOf(model, key).length > 0,
    expanded: true,
    children: children.length > 0 ? once(() => rowsOf(model, children)) : NO_CHILDREN,
    hasChildren: children.length > 0,
    ofHost: isHost && children.length === 0,
  };
}

/** `0→1000 1→100000+65536`: from inside to the parent, with the length where it is not 1. */
export function mapWords(extents: readonly IdExtent[] | null): string {
  if (!extents) return '?';
  if (extents.length === 0) return 'nothing mapped';
  return extents
    .map(({ inside, outside, length }) => `${inside}→${outside}${length === 1 ? '' : `+${length}`}`)
    .join(' ');
}

/** `mnt 2 net 1`: namespaces that it owns, by kind. */
export function ownsWords(model: Model, { owns }: NamespaceNode): string {
  const counts = new Map<NamespaceKind, number>();
  for (const key of owns) {
    const kind = model.namespaces.get(key)?.fact.kind;
    if (kind) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return NAMESPACE_KINDS.filter((kind) => counts.has(kind))
    .map((kind) => `${kind} ${counts.get(kind)!}`)
    .join(' ');
}

function creator(model: Model, key: NamespaceKey): string {
  const uid = model.namespaces.get(key)?.fact.ownerUid;
  return uid === undefined ? '' : userName(model, uid);
}

function parentMap(model: Model, key: NamespaceKey, kind: IdKind): string {
  return key === model.host.user ? '' : mapWords(mapToParent(model, key, kind));
}

const nodeOf = (model: Model, { key }: RowNode): NamespaceNode | undefined =>
  key === undefined ? undefined : model.namespaces.get(key);

export const USER_COLUMNS: readonly RowColumn[] = [
  {
    name: 'USER NAMESPACE',
    width: 24,
    maximumWidth: 36,
    align: 'left',
    help: 'user namespaces as they are nested',
    cell: (_, { title, role }) => span(title, role),
    sortKey: (_, { title }) => title,
  },
  {
    name: 'LEVEL',
    width: 5,
    expendable: 2,
    align: 'right',
    help: 'how deep it is nested; the initial one is 0, 32 is the most',
    cell: (model, { key }) => span(key ? String(levelOf(model, key) ?? '?') : '', 'dim'),
    sortKey: (model, { key }) => (key ? (levelOf(model, key) ?? 99) : 0),
  },
  {
    name: 'MADE BY',
    width: 10,
    expendable: 1,
    align: 'left',
    help: 'user that made it: has every capability in it',
    cell: (model, { key }) => span(key ? clean(creator(model, key)) : ''),
    sortKey: (model, { key }) => (key ? creator(model, key) : ''),
  },
  {
    name: 'HELD',
    width: 6,
    align: 'right',
    help: 'members, or what keeps it',
    cell: (_, { held }) => span(held, 'dim'),
    sortKey: (_, { held }) => Number.parseInt(held, 10) || 0,
  },
  {
    name: 'OWNS',
    width: 16,
    maximumWidth: 34,
    expendable: 1.5,
    align: 'left',
    help: 'other namespaces that belong to it, by kind',
    cell: (model, row) => {
      const node = nodeOf(model, row);
      return span(node ? ownsWords(model, node) : '', 'accent');
    },
    sortKey: (model, row) => nodeOf(model, row)?.owns.length ?? 0,
  },
  {
    name: 'UIDS',
    width: 0,
    leastWidth: 24,
    align: 'left',
    help: 'user ids: inside→parent, + how many in a row',
    cell: (model, { key }) => span(key ? parentMap(model, key, 'uid') : '', 'text'),
    sortKey: (model, { key }) => (key ? parentMap(model, key, 'uid') : ''),
  },
];

/** View 7: pid, uts, ipc, cgroup and time namespaces, a section each, with what is inside of them. */
import type { NamespaceKind } from '../model/namespace-kind.js';
import type { Model } from '../model/model.js';
import type { NamespaceKey } from '../model/snapshot.js';
import type { InteriorModel, IpcObject } from '../analysis/interior-model.js';
import { ipcObjectName, ipcObjects } from '../analysis/interior-model.js';
import { gaugesOf } from '../analysis/limits.js';
import { hostFirst, namespaceName } from '../analysis/namespace-name.js';
import { problemsOf } from '../analysis/problems.js';
import { heldBy } from '../analysis/why-alive.js';
import { clean } from './clean.js';
import type { MoreContext } from './inside-words.js';
import { insideWords, ipcObjectWords } from './inside-words.js';
import { span } from './line.js';
import type { RowColumn } from './row-columns.js';
import { shortInode } from './row-columns.js';
import type { RowNode } from './row-node.js';
import { NO_CHILDREN, once } from './row-node.js';
import { namespaceIdentity } from './row-trees.js';

/** Kinds without a view of their own. */
export const MORE_KINDS: readonly NamespaceKind[] = ['pid', 'uts', 'ipc', 'cgroup', 'time'];

export function moreRowId(key: NamespaceKey): string {
  return `M${key}`;
}

export function ipcRowId(object: IpcObject): string {
  return `I${object.namespace}/${ipcObjectName(object)}`;
}

export function moreRows(model: Model, interiors: InteriorModel): RowNode[] {
  const gauges = new Map(gaugesOf(model).map((gauge) => [gauge.kind, gauge] as const));
  return MORE_KINDS.map((kind) => {
    const { inSight, maximum } = gauges.get(kind)!;
    const keys = [...model.namespaces.values()].flatMap(({ fact }) => (fact.kind === kind ? [fact.key] : []));
    const tops = keys.filter((key) => {
      const parent = model.namespaces.get(key)?.fact.parent;
      return !(parent && model.namespaces.has(parent));
    });
    return {
      rowId: `K${kind}`,
      rowKind: 'group',
      title: `${kind} namespaces`,
      role: kind,
      kind,
      held: String(inSight),
      note: maximum === null ? '' : `at most ${maximum} for each user`,
      expanded: true,
      children: once(() => rowsOf({ model, interiors }, tops, kind)),
      hasChildren: tops.length > 0,
      ofHost: false,
    };
  });
}

function rowsOf(context: MoreContext, keys: readonly NamespaceKey[], kind: NamespaceKind): RowNode[] {
  const { model } = context;
  return hostFirst(model, keys, model.host[kind]).map(({ key }) => namespaceRow(context, key, kind));
}

function namespaceRow(context: MoreContext, key: NamespaceKey, kind: NamespaceKind): RowNode {
  const { model, interiors } = context;
  const node = model.namespaces.get(key)!;
  const isHost = model.host[kind] === key;
  const problems = problemsOf(model, key).map(({ sentence }) => sentence);
  const ipc = interiors.of('ipc', key);
  const below = node.children.filter((child) => model.namespaces.has(child));
  const objects = ipc ? ipcObjects(ipc) : [];
  return {
    rowId: moreRowId(key),
    identity: namespaceIdentity(node.fact),
    rowKind: 'namespace',
    title: clean(namespaceName(model, key)),
    role: isHost ? 'strong' : kind,
    key,
    process: node.processes[0],
    held: heldBy(node),
    note: clean([insideWords(context, key), ...problems].join('; ')),
    isProblem: problems.length > 0,
    expanded: true,
    children:
      below.length + objects.length > 0
        ? once(() => [...rowsOf(context, below, kind), ...objects.map(objectRow)])
        : NO_CHILDREN,
    hasChildren: below.length + objects.length > 0,
    ofHost: isHost && below.length === 0,
  };
}

function objectRow(object: IpcObject): RowNode {
  return {
    rowId: ipcRowId(object),
    rowKind: 'ipc',
    title: clean(ipcObjectName(object)),
    role: 'text',
    ipc: object,
    held:
      object.objectKind === 'shm' && object.fact.attachedBy.length > 0
        ? `${object.fact.attachedBy.length}p`
        : '',
    note: clean(ipcObjectWords(object)),
    isProblem: false,
    expanded: false,
    children: NO_CHILDREN,
    hasChildren: false,
    ofHost: false,
  };
}

function inodeEnd(key: NamespaceKey): string {
  return shortInode(key.slice(key.indexOf('[') + 1, -1));
}

export const MORE_COLUMNS: readonly RowColumn[] = [
  {
    name: 'NAMESPACE / OBJECT',
    width: 26,
    maximumWidth: 40,
    align: 'left',
    help: 'pid namespaces as they are nested; uts; ipc, and in each its objects; cgroup; time',
    cell: (_, { title, role }) => span(title, role),
    sortKey: (_, { title }) => title,
  },
  {
    name: 'INODE',
    width: 5,
    expendable: 1,
    align: 'right',
    help: 'end of the inode of the namespace',
    cell: (_, { key }) => span(key ? inodeEnd(key) : '', 'dim'),
    sortKey: (_, { key }) => key ?? '',
  },
  {
    name: 'HELD',
    width: 6,
    align: 'right',
    help: 'members, or what keeps it; of a kind how many there are; of shared memory who has it attached',
    cell: (_, { held }) => span(held === 'next child' ? 'next' : held, 'dim'),
    sortKey: (_, { held }) => Number.parseInt(held, 10) || 0,
  },
  {
    name: 'INSIDE',
    width: 0,
    leastWidth: 30,
    align: 'left',
    help: 'init and who lives there; hostname; what is in it; root; clock offsets',
    cell: (_, { note, isProblem, rowKind }) =>
      span(note ?? '', isProblem === true ? 'warn' : rowKind === 'group' ? 'dim' : 'text'),
    sortKey: (_, { note }) => note ?? '',
  },
];

import type { Model, NamespaceNode } from '../model/model.js';
import { namespaceSetOf } from '../model/model.js';
import type { NamespaceFact, NamespaceKey, Pid, ProcessFact } from '../model/snapshot.js';
import { containerOf, unitOf } from '../analysis/container-of.js';
import { isIsolated } from '../analysis/difference.js';
import { bindName, commandOf, namespaceName, userName } from '../analysis/namespace-name.js';
import { innerPid } from '../analysis/pid-chain.js';
import { heldBy } from '../analysis/why-alive.js';
import { clean } from './clean.js';
import type { RowNode } from './row-node.js';
import { NO_CHILDREN, once } from './row-node.js';

/** Up to this many groups they stand open at first: beyond, the overview would drown. */
const OPEN_GROUPS = 8;

export type GroupingName = 'container' | 'owner' | 'parent' | 'process';

/** A way to group the tree view, `T` goes through them. */
export interface GroupingRecord {
  grouping: GroupingName;
  /** `matrix`: a column for each kind; `list`: user, members, command. */
  layout: 'matrix' | 'list';
  build: (model: Model) => RowNode[];
}

/** A pid is used again; not by a process that started at the same tick. */
export function processIdentity({ details }: ProcessFact): string | undefined {
  return details && String(details.startTimeTicks);
}

/** An inode number is used again at once, the id of a namespace never; undefined: the kernel gives none. */
export function namespaceIdentity(fact: NamespaceFact | undefined): string | undefined {
  return fact?.namespaceId === undefined ? undefined : String(fact.namespaceId);
}

export function processNode(
  model: Model,
  process: ProcessFact,
  children: () => readonly RowNode[],
  hasChildren: boolean,
): RowNode {
  const inner = innerPid(process);
  return {
    rowId: `p${process.pid}`,
    identity: processIdentity(process),
    rowKind: 'process',
    title: inner === process.pid ? String(process.pid) : `${process.pid} [${inner}]`,
    role: 'text',
    process,
    namespaceSet: process.namespaceSet,
    held: '',
    expanded: hasChildren,
    children,
    hasChildren,
    ofHost: !isIsolated(model, process),
  };
}

function leafProcess(model: Model, process: ProcessFact): RowNode {
  return processNode(model, process, NO_CHILDREN, false);
}

export function namespaceNode(
  model: Model,
  node: NamespaceNode,
  children: () => readonly RowNode[],
  hasChildren: boolean,
): RowNode {
  const { kind, inode, key } = node.fact;
  return {
    rowId: `n${key}`,
    identity: namespaceIdentity(node.fact),
    rowKind: 'namespace',
    title: `${kind} ${inode}`,
    role: kind,
    process: node.processes[0],
    key,
    held: heldBy(node),
    expanded: false,
    children,
    hasChildren,
    ofHost: model.host[kind] === key,
  };
}

/** First letters of group ids: containers, units, other sandboxes, unreadable ones. */
const GROUP_ORDER = 'cus?';

interface Group {
  title: string;
  role: RowNode['role'];
  processes: ProcessFact[];
}

/** Which group a process belongs to: its container, else its unit or user where it is isolated, else the host. */
function groupKeyOf(model: Model, process: ProcessFact): { groupId: string; title: string } | null {
  if (Object.keys(namespaceSetOf(model, process)).length === 0)
    return { groupId: '?', title: 'not readable' };
  const container = containerOf(model, process);
  if (container) {
    return {
      groupId: `c${container.engine}:${container.containerId}`,
      title: `${container.engine} ${container.name}`,
    };
  }
  if (!isIsolated(model, process)) return null;
  const unit = unitOf(process);
  if (unit !== null) return { groupId: `u${unit}`, title: `systemd ${unit}` };
  const user = process.details ? userName(model, process.details.uid) : '?';
  return {
    groupId: `s${Object.values(namespaceSetOf(model, process)).join()}`,
    title: `${user} ${process.details?.comm ?? process.pid}`,
  };
}

function groupNode(model: Model, groupId: string, group: Group, expanded: boolean): RowNode {
  const first = group.processes[0]!;
  return {
    rowId: `g${groupId}`,
    rowKind: 'group',
    title: clean(group.title),
    role: group.role,
    process: first,
    namespaceSet: first.namespaceSet,
    held: `${group.processes.length}p`,
    expanded,
    children: once(() => group.processes.map((process) => leafProcess(model, process))),
    hasChildren: true,
    ofHost: false,
  };
}

function byContainer(model: Model): RowNode[] {
  const groups = new Map<string, Group>();
  const hostProcesses: ProcessFact[] = [];
  for (const process of model.processes.values()) {
    const found = groupKeyOf(model, process);
    if (!found) {
      hostProcesses.push(process);
      continue;
    }
    const group = groups.get(found.groupId);
    if (group) group.processes.push(process);
    else groups.set(found.groupId, { title: found.title, role: 'strong', processes: [process] });
  }
  const open = groups.size <= OPEN_GROUPS;
  const rank = (groupId: string): number => GROUP_ORDER.indexOf(groupId[0]!);
  const ordered = [...groups].sort(([a], [b]) => rank(a) - rank(b));
  const members = ordered.map(([groupId, group]) =>
    groupNode(model, groupId, group, open && groupId !== '?'),
  );
  return [hostNode(model, hostProcesses, members), ...namespacesWithoutProcess(model)];
}

function hostNode(model: Model, processes: ProcessFact[], groups: RowNode[]): RowNode {
  const first = processes[0];
  const own: RowNode = {
    rowId: 'host-processes',
    rowKind: 'group',
    title: 'processes of the host',
    role: 'dim',
    process: first,
    namespaceSet: first?.namespaceSet,
    held: `${processes.length}p`,
    expanded: false,
    children: once(() => processes.map((process) => leafProcess(model, process))),
    hasChildren: processes.length > 0,
    ofHost: true,
  };
  return {
    rowId: 'host',
    rowKind: 'host',
    title: 'host',
    role: 'title',
    process: model.processes.get(1) ?? first,
    namespaceSet: hostSet(model) ?? first?.namespaceSet,
    held: `${processes.length}p`,
    expanded: true,
    children: () => [...groups, own],
    hasChildren: true,
    ofHost: false,
  };
}

/** A set that shows the host's own namespaces; pid 1's links may be unreadable. */
function hostSet(model: Model): number | undefined {
  const sets = model.snapshot.namespaceSets;
  const index = sets.findIndex((set) =>
    Object.entries(model.host).every(([kind, key]) => set[kind as 'mnt'] === key),
  );
  return index < 0 ? undefined : index;
}

function namespacesWithoutProcess(model: Model): RowNode[] {
  return [...model.namespaces.values()]
    .filter((node) => node.processes.length === 0)
    .map((node) => {
      const name = bindName(node);
      const row = namespaceNode(model, node, NO_CHILDREN, false);
      const { kind, inode } = node.fact;
      return { ...row, title: name === null ? `${kind} ${inode}` : clean(`${kind} "${name}"`) };
    });
}

function memberNodes(model: Model, node: NamespaceNode): RowNode[] {
  return node.processes.map((process) => leafProcess(model, process));
}

/** Nested namespaces first, then the processes inside. */
function nested(
  model: Model,
  node: NamespaceNode,
  below: (node: NamespaceNode) => NamespaceKey[],
  expanded: boolean,
): RowNode {
  const keys = below(node);
  const children = once(() => [
    ...keys.flatMap((key) => {
      const child = model.namespaces.get(key);
      return child ? [nested(model, child, below, keys.length <= 2 * OPEN_GROUPS)] : [];
    }),
    ...memberNodes(model, node),
  ]);
  const hasChildren = keys.length + node.processes.length > 0;
  return { ...namespaceNode(model, node, children, hasChildren), expanded: expanded && keys.length > 0 };
}

function inSight(model: Model, key: NamespaceKey | null | undefined): boolean {
  return key !== null && key !== undefined && model.namespaces.has(key);
}

/** User namespaces as the tree that they are, each with what it owns. */
function byOwner(model: Model): RowNode[] {
  const below = (node: NamespaceNode): NamespaceKey[] => [
    ...node.owns.filter((key) => !key.startsWith('user:')),
    ...(node.fact.kind === 'user' ? node.children : []),
  ];
  return [...model.namespaces.values()]
    .filter(({ fact }) => (fact.kind === 'user' ? !inSight(model, fact.parent) : !inSight(model, fact.owner)))
    .map((node) => nested(model, node, below, true));
}

/** pid and user namespaces nested in their parents; the other kinds have none. */
function byParent(model: Model): RowNode[] {
  return [...model.namespaces.values()]
    .filter(({ fact }) => !inSight(model, fact.parent))
    .sort((a, b) => b.children.length - a.children.length || a.fact.inode - b.fact.inode)
    .map((node) => nested(model, node, ({ children }) => children, true));
}

function processSubtree(model: Model, pid: Pid): RowNode[] {
  const process = model.processes.get(pid);
  if (!process) return [];
  const pids = model.childProcesses.get(pid);
  if (!pids) return [leafProcess(model, process)];
  const children = once(() => pids.flatMap((child) => processSubtree(model, child)));
  return [processNode(model, process, children, true)];
}

/** The process tree; a process whose parent is out of sight is a root. */
export function byProcess(model: Model): RowNode[] {
  const roots: RowNode[] = [];
  for (const [pid, { details }] of model.processes) {
    if (details === undefined || details.ppid === pid || !model.processes.has(details.ppid)) {
      roots.push(...processSubtree(model, pid));
    }
  }
  return roots;
}

/** Every process, one beside the other. */
export function flatProcesses(model: Model): RowNode[] {
  return [...model.processes.values()].map((process) => leafProcess(model, process));
}

/** Every namespace, one beside the other. */
export function flatNamespaces(model: Model): RowNode[] {
  return [...model.namespaces.values()].map((node) =>
    namespaceNode(
      model,
      node,
      once(() => memberNodes(model, node)),
      node.processes.length > 0,
    ),
  );
}

export const GROUPINGS: readonly GroupingRecord[] = [
  { grouping: 'container', layout: 'matrix', build: byContainer },
  { grouping: 'owner', layout: 'list', build: byOwner },
  { grouping: 'parent', layout: 'list', build: byParent },
  { grouping: 'process', layout: 'matrix', build: byProcess },
];

/** What stands in the last column. */
export function rowCommand(model: Model, { rowKind, process, key }: RowNode): string {
  if (rowKind === 'host') return clean(process?.details?.comm ?? '');
  if (rowKind !== 'namespace' || key === undefined) return clean(commandOf(process));
  const name = namespaceName(model, key);
  const command = commandOf(process);
  return clean(process ? command : `no process · ${name}`);
}

import { descriptorPath } from '../model/snapshot.js';
import type { Model, NamespaceNode } from '../model/model.js';
import { namespaceSetOf, representativeOf } from '../model/model.js';
import { containerOf, unitOf } from '../analysis/container-of.js';
import { commandOf, namespaceName, userName } from '../analysis/namespace-name.js';
import { problemsOf } from '../analysis/problems.js';
import { heldBy } from '../analysis/why-alive.js';
import type { NamespaceKey, PinFact, ProcessFact } from '../model/snapshot.js';

export type CellValue = string | number | null;

/** A column of `nsview ls`: the first ones have lsns(8)'s names, JSON keys and values. */
export interface NamespaceColumn {
  name: string;
  help: string;
  align: 'left' | 'right';
  value: (model: Model, node: NamespaceNode) => CellValue;
  /** Shown text where it is not simply the value. */
  text?: (value: CellValue) => string;
}

function inodeOf(key: NamespaceKey | null | undefined): number {
  return key ? Number(key.slice(key.indexOf('[') + 1, -1)) : 0;
}

function ofProcess(take: (process: ProcessFact, model: Model) => CellValue | undefined) {
  return (model: Model, node: NamespaceNode): CellValue => {
    const process = representativeOf(node);
    return process ? (take(process, model) ?? null) : null;
  };
}

/** An uid: the representative's, else who made the user namespace. */
function uidOf(node: NamespaceNode): number | null {
  return representativeOf(node)?.details?.uid ?? node.fact.ownerUid ?? null;
}

function pinText(pin: PinFact): string {
  const what = pin.pinKind === 'file' ? pin.file : pin.pinKind;
  return 'fd' in pin ? `${what}:${pin.pid}/${pin.fd}` : `${what}:${pin.mountPoint}`;
}

function pathOf(_: Model, node: NamespaceNode): string | null {
  const process = representativeOf(node);
  const { kind } = node.fact;
  if (process) return `/proc/${process.pid}/ns/${kind}`;
  const thread = node.threads[0];
  if (thread) return `/proc/${thread.pid}/task/${thread.threadId}/ns/${kind}`;
  const waiting = node.forChildren[0];
  if (waiting) return `/proc/${waiting.pid}/ns/${kind}_for_children`;
  const pin = node.pins.find(({ pinKind }) => pinKind === 'bind' || pinKind === 'fd');
  if (!pin) return null;
  return 'fd' in pin ? descriptorPath(pin) : pin.mountPoint;
}

function nsfsOf(_: Model, node: NamespaceNode): string | null {
  const points = node.pins.flatMap((pin) => (pin.pinKind === 'bind' ? [pin.mountPoint] : []));
  return points.length > 0 ? [...new Set(points)].join(',') : null;
}

function netnsidOf(_: Model, { fact }: NamespaceNode): string | null {
  if (fact.kind !== 'net' || fact.netnsid === undefined) return null;
  return fact.netnsid === null ? 'unassigned' : String(fact.netnsid);
}

export const NAMESPACE_COLUMNS: readonly NamespaceColumn[] = [
  {
    name: 'NS',
    help: 'namespace identifier (inode number)',
    align: 'right',
    value: (_, { fact }) => fact.inode,
  },
  { name: 'TYPE', help: 'kind of namespace', align: 'left', value: (_, { fact }) => fact.kind },
  { name: 'PATH', help: 'path to the namespace', align: 'left', value: pathOf },
  {
    name: 'NPROCS',
    help: 'number of processes in the namespace',
    align: 'right',
    value: (_, node) => node.processes.length,
  },
  { name: 'PID', help: 'lowest PID in the namespace', align: 'right', value: ofProcess(({ pid }) => pid) },
  { name: 'PPID', help: 'PPID of the PID', align: 'right', value: ofProcess(({ details }) => details?.ppid) },
  { name: 'COMMAND', help: 'command line of the PID', align: 'left', value: ofProcess(commandOf) },
  { name: 'UID', help: 'UID of the PID', align: 'right', value: (_, node) => uidOf(node) },
  {
    name: 'USER',
    help: 'username of the PID',
    align: 'left',
    value: (model, node) => {
      const uid = uidOf(node);
      return uid === null ? null : userName(model, uid);
    },
  },
  { name: 'NETNSID', help: 'namespace ID as used by network subsystem', align: 'right', value: netnsidOf },
  { name: 'NSFS', help: 'nsfs mountpoint (usually used network subsystem)', align: 'left', value: nsfsOf },
  {
    name: 'PNS',
    help: 'parent namespace identifier (inode number)',
    align: 'right',
    value: (_, { fact }) => inodeOf(fact.parent),
  },
  {
    name: 'ONS',
    help: 'owner namespace identifier (inode number)',
    align: 'right',
    value: (_, { fact }) => inodeOf(fact.owner),
  },
  {
    name: 'CONTAINER',
    help: 'container that the PID runs in: engine and name',
    align: 'left',
    value: ofProcess((process, model) => {
      const container = containerOf(model, process);
      return container && `${container.engine}:${container.name}`;
    }),
  },
  {
    name: 'UNIT',
    help: 'systemd unit of the PID',
    align: 'left',
    value: ofProcess((process) => unitOf(process)),
  },
  {
    name: 'NAME',
    help: 'host, container, name of the bind mount, unit or command',
    align: 'left',
    value: (model, { fact }) => namespaceName(model, fact.key),
  },
  { name: 'HELD', help: 'what keeps it, in a word', align: 'left', value: (_, node) => heldBy(node) },
  {
    name: 'NTHREADS',
    help: 'threads inside whose process is not',
    align: 'right',
    value: (_, node) => node.threads.length,
  },
  {
    name: 'PINS',
    help: 'open descriptors, bind mounts and sockets that keep it',
    align: 'left',
    value: (_, node) => [...new Set(node.pins.map(pinText))].join(',') || null,
  },
  {
    name: 'OWNERUID',
    help: 'user namespaces: uid of who made it',
    align: 'right',
    value: (_, { fact }) => fact.ownerUid ?? null,
  },
  {
    name: 'NSID',
    help: 'id that is never reused (Linux 6.18; mnt 6.11)',
    align: 'right',
    value: (_, { fact }) => fact.namespaceId ?? null,
  },
  {
    name: 'INITIAL',
    help: 'whether it is the initial namespace of its kind',
    align: 'left',
    value: (_, { initial }) => (initial ? 'yes' : 'no'),
  },
  {
    name: 'FOUNDBY',
    help: 'where it was found',
    align: 'left',
    value: (_, { fact }) => fact.foundBy.join(','),
  },
  {
    name: 'PROBLEMS',
    help: 'what deserves a look',
    align: 'left',
    value: (model, { fact }) =>
      problemsOf(model, fact.key)
        .map(({ problem }) => problem)
        .join(',') || null,
  },
];

/** lsns's default columns, then, and for network namespaces only. */
export const DEFAULT_COLUMNS = ['NS', 'TYPE', 'NPROCS', 'PID', 'USER', 'COMMAND'];
export const DEFAULT_NET_COLUMNS = ['NS', 'TYPE', 'NPROCS', 'PID', 'USER', 'NETNSID', 'NSFS', 'COMMAND'];

export function cellText(value: CellValue): string {
  return value === null ? '' : String(value);
}

/** For -p: the namespaces that a process sees. */
export function namespacesOfProcess(model: Model, process: ProcessFact): Set<NamespaceKey> {
  return new Set(Object.values(namespaceSetOf(model, process)));
}

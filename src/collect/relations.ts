/**
 * Parents, owners, owner uids and ids of every known namespace, by ioctl_nsfs(2); parents and owners that
 * were not known yet are namespaces too: hiding places of their own. Each namespace is opened by the first
 * path that leads to it, asked, and closed.
 */
import { ENOENT, EPERM } from '../kernel/errno.js';
import { isGone } from '../kernel/proc.js';
import * as ioctls from '../kernel/namespace-ioctls.js';
import { openNamespaceByIdentity } from '../kernel/namespace-handles.js';
import { close } from '../kernel/libc.js';
import type { LinkName, NamespaceKind } from '../model/namespace-kind.js';
import { LINK_NAMES, kindOfLink } from '../model/namespace-kind.js';
import type { DescriptorFact, NamespaceFact, NamespaceKey, Pid } from '../model/snapshot.js';
import { namespaceKey } from '../model/snapshot.js';
import type { Discovery } from './discovery.js';
import { mountNamespaceReaders } from './bind-mounts.js';

const SUBJECT = 'owning user namespaces';

/** Ways to open a namespace: a number below /proc and what follows it. */
export interface Way {
  number: number;
  suffix: string;
  foundBy: string;
}

/** Collects the ways that lead to each namespace, best first. */
export function waysToNamespaces(discovery: Discovery): Map<NamespaceKey, Way[]> {
  const ways = new Map<NamespaceKey, Way[]>();
  const add = (key: NamespaceKey, way: Way): void => {
    const list = ways.get(key);
    if (!list) ways.set(key, [way]);
    else if (list.length < 4) list.push(way);
  };
  addMemberWays(discovery, add);
  for (const pins of discovery.fdPins.values()) {
    for (const pin of pins) {
      if (pin.pinKind === 'fd')
        add(pin.key, { number: pin.pid, suffix: descriptorSuffix(pin), foundBy: 'open fds' });
    }
  }
  for (const pin of [...discovery.filePins, ...discovery.procPins]) {
    if (!ways.has(pin.key)) ways.set(pin.key, []);
  }
  const readers = discovery.bindPins.length > 0 ? mountNamespaceReaders(discovery) : new Map<null, never>();
  for (const pin of discovery.bindPins) {
    if (pin.pinKind !== 'bind') continue;
    for (const { pid, suffix } of readers.get(pin.mountNamespace) ?? [{ pid: process.pid, suffix: '' }]) {
      add(pin.key, { number: pid, suffix: `${suffix}/root${pin.mountPoint}`, foundBy: 'bind mounts' });
    }
  }
  return ways;
}

function descriptorSuffix({ threadId, fd }: DescriptorFact): string {
  return threadId === undefined ? `/fd/${fd}` : `/task/${threadId}/fd/${fd}`;
}

function addMemberWays(discovery: Discovery, add: (key: NamespaceKey, way: Way) => void): void {
  // The first members of each set are enough: all members of a set see the same namespaces.
  const members = new Map<number, { pid: Pid; suffix: string }[]>();
  const addMember = (set: number, pid: Pid, suffix: string): void => {
    const list = members.get(set);
    if (!list) members.set(set, [{ pid, suffix }]);
    else if (list.length < 3) list.push({ pid, suffix });
  };
  for (const [pid, set] of discovery.links) addMember(set, pid, '/ns/');
  for (const [pid, threads] of discovery.threads) {
    for (const thread of threads) addMember(thread.namespaceSet, pid, `/task/${thread.threadId}/ns/`);
  }
  for (const link of LINK_NAMES) {
    for (const [set, list] of members) {
      const key = discovery.sets.get(set)[link];
      if (key === undefined) continue;
      for (const { pid, suffix } of list) {
        const ofThread = suffix.startsWith('/task');
        const foundBy =
          kindOfLink(link) !== link ? 'for children' : ofThread ? 'thread links' : 'process links';
        add(key, { number: pid, suffix: suffix + (link satisfies LinkName), foundBy });
      }
    }
  }
}

/**
 * Asks for the relations of namespaces that are not known yet, and of those in `again`. What some way leads
 * to is added to `reachable`.
 */
export function collectRelations(
  discovery: Discovery,
  again?: ReadonlySet<NamespaceKey>,
  reachable?: Set<NamespaceKey>,
): void {
  const ways = waysToNamespaces(discovery);
  for (const key of discovery.namespaces.keys()) {
    if (again?.has(key)) discovery.namespaces.delete(key);
  }
  discovery.gaps.forget(SUBJECT);
  for (const [key, list] of ways) {
    reachable?.add(key);
    const known = discovery.namespaces.get(key);
    const foundBy = list.length > 0 ? [...new Set(list.map((way) => way.foundBy))] : ['open files'];
    if (known) known.foundBy = foundBy;
    else openAndRecord(discovery, key, list, foundBy);
  }
}

/**
 * Opens a namespace by the first way that still leads there; -errno. A process may have gone elsewhere since its
 * links were read (another nsview's thread, while it looks into the namespace): what was opened is looked at.
 */
export function openNamespace(
  discovery: Discovery,
  ways: ReadonlyMap<NamespaceKey, Way[]>,
  key: NamespaceKey,
): number {
  let failed = -ENOENT;
  for (const way of ways.get(key) ?? []) {
    const fd = discovery.proc.openFile(way.number, way.suffix);
    if (fd < 0) failed = fd;
    else if (identityOf(fd)?.key === key) return fd;
    else close(fd);
  }
  const byHandle = openByHandle(discovery, key);
  return byHandle >= 0 ? byHandle : failed;
}

function openByHandle({ handles, namespaces }: Discovery, key: NamespaceKey): number {
  const namespaceId = handles.get(key) ?? namespaces.get(key)?.namespaceId;
  if (namespaceId === undefined) return -ENOENT;
  const [kind, inode] = splitKey(key);
  const fd = openNamespaceByIdentity(namespaceId, kind, inode);
  if (fd < 0 || identityOf(fd)?.key === key) return fd;
  close(fd);
  return -ENOENT;
}

function openAndRecord(discovery: Discovery, key: NamespaceKey, ways: Way[], foundBy: string[]): void {
  for (const way of ways) {
    const fd = discovery.proc.openFile(way.number, way.suffix);
    if (fd < 0) continue;
    try {
      const identity = identityOf(fd);
      if (identity?.key !== key) continue;
      recordNamespace(discovery, fd, identity, foundBy);
      return;
    } finally {
      close(fd);
    }
  }
  const fd = openByHandle(discovery, key);
  const identity = fd < 0 ? null : identityOf(fd);
  if (identity) recordNamespace(discovery, fd, identity, foundBy);
  if (fd >= 0) close(fd);
  if (identity) return;
  // Known to exist, but nothing may open it: the facts stay absent, which reads as unknown.
  const [kind, inode] = splitKey(key);
  discovery.namespaces.set(key, { key, kind, inode, foundBy });
}

export function splitKey(key: NamespaceKey): [NamespaceKind, number] {
  const colon = key.indexOf(':');
  return [key.slice(0, colon) as NamespaceKind, Number(key.slice(colon + 2, -1))];
}

function identityOf(fd: number): { key: NamespaceKey; kind: NamespaceKind; inode: number } | null {
  const identity = ioctls.readDescriptorIdentity(fd);
  return identity && { key: namespaceKey(identity.kind, identity.inode), ...identity };
}

/** Records the namespace behind an open descriptor and, through it, its parents and owners. */
export function recordDescriptor(discovery: Discovery, fd: number, foundBy: string): NamespaceKey | null {
  const identity = identityOf(fd);
  if (!identity) return null;
  const known = discovery.namespaces.get(identity.key);
  if (!known) recordNamespace(discovery, fd, identity, [foundBy]);
  else if (!known.foundBy.includes(foundBy)) known.foundBy.push(foundBy);
  return identity.key;
}

function recordNamespace(
  discovery: Discovery,
  fd: number,
  identity: { key: NamespaceKey; kind: NamespaceKind; inode: number },
  foundBy: string[],
): void {
  const { key, kind } = identity;
  const fact: NamespaceFact = { ...identity, foundBy };
  discovery.namespaces.set(key, fact);
  const namespaceId = ioctls.readNamespaceId(fd, kind === 'mnt');
  if (namespaceId >= 0) fact.namespaceId = namespaceId;
  const owner = follow(discovery, ioctls.openOwner(fd), 'owners', key);
  if (owner !== undefined) fact.owner = owner;
  if (kind === 'pid' || kind === 'user') {
    const parent = follow(discovery, ioctls.openParent(fd), 'parents', key);
    if (parent !== undefined) fact.parent = parent;
  }
  if (kind === 'user') {
    const uid = ioctls.readOwnerUid(fd);
    if (uid >= 0) fact.ownerUid = uid;
  }
}

/** Closes `fd` after recording what it is; null for EPERM (none, or out of sight), undefined for unknown. */
function follow(
  discovery: Discovery,
  fd: number,
  foundBy: string,
  of: NamespaceKey,
): NamespaceKey | null | undefined {
  if (fd === -EPERM) return null;
  if (fd < 0) {
    if (!isGone(fd)) discovery.gaps.add(SUBJECT, fd, of);
    return undefined;
  }
  try {
    return recordDescriptor(discovery, fd, foundBy) ?? undefined;
  } finally {
    close(fd);
  }
}

/**
 * Namespaces held by open descriptors, by walking /proc/PID/fd, and the tables that threads have for themselves. Most
 * links read `net:[…]`; one that was opened by a path reads that path, so what may be a mount point of a namespace is
 * looked at more closely. A namespace held through a descriptor of a directory under /proc/PID/ns is not (it would pin
 * the process, not the namespace).
 */
import { EACCES, EPERM } from '../kernel/errno.js';
import { sharesDescriptors } from '../kernel/shared-descriptors.js';
import type { Directory } from '../kernel/proc.js';
import { isGone, linkBytes } from '../kernel/proc.js';
import { parseNamespaceLink } from '../formats/namespace-link.js';
import { isNamespaceKind } from '../model/namespace-kind.js';
import type { Pid, PinFact } from '../model/snapshot.js';
import { namespaceKey } from '../model/snapshot.js';
import { namespaceBehind } from './descriptor-namespace.js';
import type { Discovery } from './discovery.js';
import { isLeaderDead } from './file-holders.js';

/** `anon_inode:[eventfd]` and `socket:[1]` have the same shape: the first bytes sort them out at once. */
const FIRST_LETTERS = new Set(Array.from('mnpuict', (letter) => letter.charCodeAt(0)));
const SLASH = 0x2f;
/** What lies here is no namespace unless a mount point says so. */
const USUAL_PLACES = /^\/(?:dev|proc|sys|usr|lib|etc|home|root|opt|var\/(?:log|lib|cache)|memfd:|SYSV)/;
/** `.`, `..` and one thread. */
const LINKS_OF_A_SINGLE_THREAD = 3;

export function collectOpenFds(discovery: Discovery): void {
  for (const pid of discovery.links.keys()) scanFds(discovery, pid);
}

export function scanFds(discovery: Discovery, pid: Pid): void {
  const pins = findFdPins(discovery, pid);
  if (pins.length > 0) discovery.fdPins.set(pid, pins);
  else discovery.fdPins.delete(pid);
}

function findFdPins(discovery: Discovery, pid: Pid): PinFact[] {
  const pins: PinFact[] = [];
  const isDead = isLeaderDead(discovery, pid);
  if (!isDead) walkTable(discovery, pid, undefined, pins);
  if (discovery.proc.countLinks(pid, '/task') <= LINKS_OF_A_SINGLE_THREAD && !isDead) return pins;
  for (const threadId of threadsWithOwnTables(discovery, pid, isDead))
    walkTable(discovery, pid, threadId, pins);
  return pins;
}

/** One thread for each table that is not the leader's. */
function threadsWithOwnTables({ proc }: Discovery, pid: Pid, isLeaderGone: boolean): Pid[] {
  const task = proc.openNumber(pid, '/task');
  if (typeof task === 'number') return [];
  try {
    const threadIds = task.listNumbers();
    const owners: Pid[] = isLeaderGone ? [] : [pid];
    for (const threadId of typeof threadIds === 'number' ? [] : threadIds) {
      if (threadId !== pid && !owners.some((owner) => sharesDescriptors(owner, threadId)))
        owners.push(threadId);
    }
    return owners.filter((owner) => owner !== pid);
  } finally {
    task.close();
  }
}

function walkTable(discovery: Discovery, pid: Pid, threadId: Pid | undefined, pins: PinFact[]): void {
  const suffix = threadId === undefined ? '/fd' : `/task/${threadId}/fd`;
  const owner = threadId === undefined ? {} : { threadId };
  forEachDescriptor(
    discovery,
    pid,
    'descriptors',
    (directory, fd) => {
      const key = readKey(discovery, directory, pid, `${suffix}/`, fd);
      if (key) pins.push({ pinKind: 'fd', key, pid, ...owner, fd });
    },
    suffix,
  );
}

/** Calls back with /proc/PID/fd and each number in it; a refusal is a gap of `subject`. */
export function forEachDescriptor(
  { proc, gaps }: Discovery,
  pid: Pid,
  subject: string,
  look: (directory: Directory, fd: number) => void,
  suffix = '/fd',
): void {
  const directory = proc.openNumber(pid, suffix);
  if (typeof directory === 'number') {
    if (directory === -EACCES || directory === -EPERM) gaps.add(subject, directory, String(pid));
    return;
  }
  try {
    const fds = directory.listNumbers();
    if (typeof fds !== 'number') for (const fd of fds) look(directory, fd);
    else if (!isGone(fds)) gaps.add(subject, fds, String(pid));
  } finally {
    directory.close();
  }
}

function readKey(discovery: Discovery, directory: Directory, pid: Pid, suffix: string, fd: number) {
  const length = directory.readNumberLinkBytes(fd);
  if (length <= 0) return null;
  if (linkBytes[0] === SLASH) {
    const isCandidate = mayBeNamespace(discovery, linkBytes.toString('utf8', 0, length), length);
    return isCandidate ? namespaceBehind(discovery.proc, pid, `${suffix}${fd}`) : null;
  }
  if (!FIRST_LETTERS.has(linkBytes[0]!)) return null;
  const identity = parseNamespaceLink(linkBytes.toString('latin1', 0, length));
  if (!identity || !isNamespaceKind(identity.kindWord)) return null;
  return namespaceKey(identity.kindWord, identity.inode);
}

/** A link that was cut off may be anything. */
function mayBeNamespace(discovery: Discovery, path: string, length: number): boolean {
  return !USUAL_PLACES.test(path) || length >= linkBytes.length || discovery.mountPointsOfBinds().has(path);
}

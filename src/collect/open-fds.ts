/**
 * Namespaces held by open descriptors: /proc/PID/fd/N → `net:[…]`. Links are read, never followed: a stat
 * could hang on a dead network file system. A namespace held through a descriptor of a directory under
 * /proc/PID/ns is not (it would pin the process, not the namespace).
 */
import { EACCES, EPERM } from '../kernel/errno.js';
import type { Directory } from '../kernel/proc.js';
import { isGone, linkBytes } from '../kernel/proc.js';
import { parseNamespaceLink } from '../formats/namespace-link.js';
import { isNamespaceKind } from '../model/namespace-kind.js';
import type { Pid, PinFact } from '../model/snapshot.js';
import { namespaceKey } from '../model/snapshot.js';
import type { Discovery } from './discovery.js';

/** `anon_inode:[eventfd]` and `socket:[1]` have the same shape: the first bytes sort them out at once. */
const FIRST_LETTERS = new Set(Array.from('mnpuict', (letter) => letter.charCodeAt(0)));
const SLASH = 0x2f;

export function collectOpenFds(discovery: Discovery): void {
  for (const pid of discovery.links.keys()) scanFds(discovery, pid);
}

export function scanFds(discovery: Discovery, pid: Pid): void {
  const pins = findFdPins(discovery, pid);
  if (pins.length > 0) discovery.fdPins.set(pid, pins);
  else discovery.fdPins.delete(pid);
}

function findFdPins(discovery: Discovery, pid: Pid): PinFact[] {
  const directory = discovery.proc.openNumber(pid, '/fd');
  if (typeof directory === 'number') {
    if (directory === -EACCES || directory === -EPERM)
      discovery.gaps.add('descriptors', directory, String(pid));
    return [];
  }
  try {
    const fds = directory.listNumbers();
    if (typeof fds === 'number') {
      if (!isGone(fds)) discovery.gaps.add('descriptors', fds, String(pid));
      return [];
    }
    return fds.map((fd) => readPin(directory, pid, fd)).filter((pin) => pin !== null);
  } finally {
    directory.close();
  }
}

function readPin(directory: Directory, pid: Pid, fd: number): PinFact | null {
  const length = directory.readNumberLinkBytes(fd);
  if (length <= 0 || linkBytes[0] === SLASH || !FIRST_LETTERS.has(linkBytes[0]!)) return null;
  const identity = parseNamespaceLink(linkBytes.toString('latin1', 0, length));
  if (!identity || !isNamespaceKind(identity.kindWord)) return null;
  return { pinKind: 'fd', key: namespaceKey(identity.kindWord, identity.inode), pid, fd };
}

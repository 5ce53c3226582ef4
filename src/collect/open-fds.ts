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
  const pins: PinFact[] = [];
  forEachDescriptor(discovery, pid, 'descriptors', (directory, fd) => {
    const pin = readPin(directory, pid, fd);
    if (pin) pins.push(pin);
  });
  return pins;
}

/** Calls back with /proc/PID/fd and each number in it; a refusal is a gap of `subject`. */
export function forEachDescriptor(
  { proc, gaps }: Discovery,
  pid: Pid,
  subject: string,
  look: (directory: Directory, fd: number) => void,
): void {
  const directory = proc.openNumber(pid, '/fd');
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

function readPin(directory: Directory, pid: Pid, fd: number): PinFact | null {
  const length = directory.readNumberLinkBytes(fd);
  if (length <= 0 || linkBytes[0] === SLASH || !FIRST_LETTERS.has(linkBytes[0]!)) return null;
  const identity = parseNamespaceLink(linkBytes.toString('latin1', 0, length));
  if (!identity || !isNamespaceKind(identity.kindWord)) return null;
  return { pinKind: 'fd', key: namespaceKey(identity.kindWord, identity.inode), pid, fd };
}

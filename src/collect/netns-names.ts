/**
 * Names under /run/netns, as ip-netns(8) keeps them: each a file with a network namespace mounted on it. One that
 * is no namespace is left over: what was mounted there is gone, or it is in another mount namespace.
 */
import { closeSync, constants, openSync } from 'node:fs';
import { fsPath, listNames } from '../kernel/byte-names.js';
import { errnoName } from '../kernel/errno.js';
import { readDescriptorIdentity } from '../kernel/namespace-ioctls.js';
import type { NetnsNameFact } from '../model/snapshot.js';
import { namespaceKey } from '../model/snapshot.js';
import type { Discovery } from './discovery.js';

const DIRECTORY = '/run/netns';
const SUBJECT = 'names of network namespaces';

function readName(name: string): NetnsNameFact {
  const path = `${DIRECTORY}/${name}`;
  let fd: number;
  try {
    // Not blocking: it may be a FIFO that somebody left there.
    fd = openSync(fsPath(path), constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const { errno = 0 } = error as NodeJS.ErrnoException;
    return { name, path, key: null, reason: `cannot be opened: ${errnoName(Math.abs(errno))}` };
  }
  try {
    const identity = readDescriptorIdentity(fd);
    if (!identity) return { name, path, key: null, reason: 'no namespace is mounted on it' };
    const key = namespaceKey(identity.kind, identity.inode);
    return identity.kind === 'net'
      ? { name, path, key, reason: null }
      : { name, path, key: null, reason: `a ${identity.kind} namespace is mounted on it` };
  } finally {
    closeSync(fd);
  }
}

export function collectNetnsNames(discovery: Discovery): void {
  discovery.gaps.forget(SUBJECT);
  let names: string[];
  try {
    names = listNames(DIRECTORY);
  } catch (error) {
    const { errno = 0, code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') discovery.gaps.add(SUBJECT, errno, DIRECTORY);
    discovery.netnsNames = [];
    return;
  }
  discovery.netnsNames = names.sort().map(readName);
}

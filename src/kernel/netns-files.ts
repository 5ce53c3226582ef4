/** Names of network namespaces under /run/netns, made and removed as ip-netns(8) does. 0 or -errno. */
import { closeSync, constants, mkdirSync, openSync, unlinkSync } from 'node:fs';
import { fsPath } from './byte-names.js';
import { bindMount, setPropagation, unmount } from './mount-calls.js';
import { EINVAL } from './errno.js';
import * as libc from './libc.js';
import { readDescriptorIdentity, readNamespaceId } from './namespace-ioctls.js';

export const NETNS_DIRECTORY = '/run/netns';
const CLONE_NEWNET = 0x40000000;

function errnoOf(error: unknown): number {
  return -Math.abs((error as { errno?: number }).errno ?? EINVAL);
}

/** A mount in the directory must spread to the mount namespaces of others: else they cannot remove it. */
function prepareDirectory(): number {
  mkdirSync(NETNS_DIRECTORY, { recursive: true, mode: 0o755 });
  const shared = setPropagation(NETNS_DIRECTORY, 'shared', true);
  if (shared !== -EINVAL) return shared;
  const bound = bindMount(NETNS_DIRECTORY, NETNS_DIRECTORY, true);
  return bound < 0 ? bound : setPropagation(NETNS_DIRECTORY, 'shared', true);
}

/** Binds the namespace behind `source` to a new name, or to one whose file is there: that stays in any case. */
export function nameNamespace(name: string, source: string, onFile = false): number {
  const path = `${NETNS_DIRECTORY}/${name}`;
  try {
    const prepared = prepareDirectory();
    if (prepared < 0) return prepared;
    if (!onFile) closeSync(openSync(fsPath(path), 'wx', 0));
  } catch (error) {
    return errnoOf(error);
  }
  const bound = bindMount(source, path, false);
  if (bound < 0 && !onFile) unlinkSync(fsPath(path));
  return bound;
}

/** A new namespace, in which this thread is afterwards. */
export function makeNamespace(): number {
  return libc.unshare(CLONE_NEWNET) < 0 ? -libc.errno() : 0;
}

/** The namespace that a name leads to; null: none, or the file cannot be opened. */
export function namespaceOfName(name: string): { key: string; namespaceId: number } | null {
  // Not blocking: it may be a FIFO that somebody left there.
  const flags = libc.O_RDONLY | libc.O_CLOEXEC | constants.O_NONBLOCK;
  const path = libc.fixedPath(`${NETNS_DIRECTORY}/${name}`);
  const fd = libc.openat(libc.AT_FDCWD, path.address, flags, 0);
  if (fd < 0) return null;
  try {
    const identity = readDescriptorIdentity(fd);
    return (
      identity && {
        key: `${identity.kind}:[${identity.inode}]`,
        namespaceId: readNamespaceId(fd, identity.kind === 'mnt'),
      }
    );
  } finally {
    libc.close(fd);
  }
}

/**
 * Takes a name away: what is mounted on it, and the file, unless that is kept. A name that nothing is mounted on goes
 * too. With the file go mounts on it in other mount namespaces.
 */
export function removeName(name: string, keepFile = false): number {
  const path = `${NETNS_DIRECTORY}/${name}`;
  const unmounted = unmount(path, true);
  if (unmounted < 0 && (keepFile || unmounted !== -EINVAL)) return unmounted;
  if (keepFile) return 0;
  try {
    unlinkSync(fsPath(path));
    return 0;
  } catch (error) {
    return errnoOf(error);
  }
}

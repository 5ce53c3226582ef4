/** Names of network namespaces under /run/netns, made and removed as ip-netns(8) does. 0 or -errno. */
import { closeSync, mkdirSync, openSync, unlinkSync } from 'node:fs';
import { fsPath } from './byte-names.js';
import { bindMount, setPropagation, unmount } from './mount-calls.js';
import { EINVAL } from './errno.js';
import * as libc from './libc.js';

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

/** Binds the namespace behind `source` to a new name. */
export function nameNamespace(name: string, source: string): number {
  const path = `${NETNS_DIRECTORY}/${name}`;
  try {
    const prepared = prepareDirectory();
    if (prepared < 0) return prepared;
    closeSync(openSync(fsPath(path), 'wx', 0));
  } catch (error) {
    return errnoOf(error);
  }
  const bound = bindMount(source, path, false);
  if (bound < 0) unlinkSync(fsPath(path));
  return bound;
}

/** A new namespace, in which this thread is afterwards. */
export function makeNamespace(): number {
  return libc.unshare(CLONE_NEWNET) < 0 ? -libc.errno() : 0;
}

/** Takes a name away: what is mounted on it, and the file. A name that nothing is mounted on goes too. */
export function removeName(name: string): number {
  const path = `${NETNS_DIRECTORY}/${name}`;
  const unmounted = unmount(path, true);
  if (unmounted < 0 && unmounted !== -EINVAL) return unmounted;
  try {
    unlinkSync(fsPath(path));
    return 0;
  } catch (error) {
    return errnoOf(error);
  }
}

/** Which namespace a path leads to now: to check what a plan was made for. */
import type { NamespaceKey } from '../model/snapshot.js';
import { readDescriptorIdentity, readNamespaceId } from './namespace-ioctls.js';
import * as libc from './libc.js';

/** Whether the path still leads to that namespace; an id, where it is known, is never given again. */
export function leadsTo(path: string, key: string, namespaceId: number | null): boolean {
  const fd = libc.openat(libc.AT_FDCWD, libc.fixedPath(path).address, libc.O_RDONLY | libc.O_CLOEXEC, 0);
  if (fd < 0) return false;
  try {
    return isNamespace(fd, key, namespaceId);
  } finally {
    libc.close(fd);
  }
}

export function isNamespace(fd: number, key: string, namespaceId: number | null): boolean {
  const identity = readDescriptorIdentity(fd);
  if (!identity || `${identity.kind}:[${identity.inode}]` !== key) return false;
  return namespaceId === null || readNamespaceId(fd, identity.kind === 'mnt') === namespaceId;
}

/** What the path leads to; null: nowhere. */
export function namespaceAt(path: string): { key: NamespaceKey; namespaceId: number | null } | null {
  const fd = libc.openat(libc.AT_FDCWD, libc.fixedPath(path).address, libc.O_RDONLY | libc.O_CLOEXEC, 0);
  if (fd < 0) return null;
  try {
    const identity = readDescriptorIdentity(fd);
    if (!identity) return null;
    const id = readNamespaceId(fd, identity.kind === 'mnt');
    return { key: `${identity.kind}:[${identity.inode}]`, namespaceId: id };
  } finally {
    libc.close(fd);
  }
}

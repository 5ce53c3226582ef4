/** Joining the namespace that a plan means, setns(2), by the first path that still leads to that one. */
import { cloneFlagOf, kindOfKey } from '../model/namespace-kind.js';
import type { NamespaceKey } from '../model/snapshot.js';
import * as libc from './libc.js';
import { isNamespace } from './namespace-identity.js';

/** 0, -errno, or `another`: the path leads to another namespace than the one that was meant, or nowhere. */
export function joinByPath(path: string, key: NamespaceKey, namespaceId: number | null): number | 'another' {
  const fd = libc.openat(libc.AT_FDCWD, libc.fixedPath(path).address, libc.O_RDONLY | libc.O_CLOEXEC, 0);
  if (fd < 0) return 'another';
  try {
    if (!isNamespace(fd, key, namespaceId)) return 'another';
    return libc.setns(fd, cloneFlagOf(kindOfKey(key))) < 0 ? -libc.errno() : 0;
  } finally {
    libc.close(fd);
  }
}

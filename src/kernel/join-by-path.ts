/** Joining the namespace that a plan means, setns(2), by the first path that still leads to that one. */
import type { NamespaceKind } from '../model/namespace-kind.js';
import { NAMESPACE_KIND_TABLE } from '../model/namespace-kind.js';
import { readDescriptorIdentity, readNamespaceId } from './namespace-ioctls.js';
import * as libc from './libc.js';

/** 0, -errno, or `another`: the path leads to another namespace than the one that was meant, or nowhere. */
export function joinByPath(path: string, key: string, namespaceId: number | null): number | 'another' {
  const fd = libc.openat(libc.AT_FDCWD, libc.fixedPath(path).address, libc.O_RDONLY | libc.O_CLOEXEC, 0);
  if (fd < 0) return 'another';
  try {
    const identity = readDescriptorIdentity(fd);
    if (!identity || `${identity.kind}:[${identity.inode}]` !== key) return 'another';
    if (namespaceId !== null && readNamespaceId(fd, identity.kind === 'mnt') !== namespaceId)
      return 'another';
    return libc.setns(fd, cloneFlagOf(identity.kind)) < 0 ? -libc.errno() : 0;
  } finally {
    libc.close(fd);
  }
}

function cloneFlagOf(kind: NamespaceKind): number {
  return NAMESPACE_KIND_TABLE.find((record) => record.kind === kind)!.cloneFlag;
}

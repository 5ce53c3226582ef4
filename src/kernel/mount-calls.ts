/** mount(2), umount2(2) and joining a mount namespace, setns(2). All return 0 or -errno. */
import { readDescriptorIdentity, readNamespaceId } from './namespace-ioctls.js';
import { readFileStatus } from './file-status.js';
import { ENOSYS } from './errno.js';
import * as libc from './libc.js';

const CLONE_FS = 0x200;
const CLONE_NEWNS = 0x20000;
const MS_BIND = 0x1000;
const MS_REC = 0x4000;
const MNT_DETACH = 2;
const UMOUNT_NOFOLLOW = 8;
/** <linux/mount.h>, Linux 2.6.15. */
const PROPAGATION_FLAGS = {
  shared: 0x100000,
  slave: 0x80000,
  private: 0x40000,
  unbindable: 0x20000,
} as const;

function result(value: number): number {
  return value < 0 ? -libc.errno() : 0;
}

/** A thread of a process can join a mount namespace only with root and working directory of its own. */
export function leaveSharedDirectories(): void {
  libc.unshare(CLONE_FS);
}

/** As /proc/self/task names it. */
export function currentThreadId(): number {
  return libc.gettid();
}

/** Joins the namespace behind the path, unless that is `another` than the one that was meant. */
export function joinMountNamespace(
  path: string,
  key: string,
  namespaceId: number | null,
): number | 'another' {
  const fd = libc.openat(libc.AT_FDCWD, libc.fixedPath(path).address, libc.O_RDONLY | libc.O_CLOEXEC, 0);
  if (fd < 0) return 'another';
  try {
    const identity = readDescriptorIdentity(fd);
    if (!identity || `${identity.kind}:[${identity.inode}]` !== key) return 'another';
    if (namespaceId !== null && readNamespaceId(fd, true) !== namespaceId) return 'another';
    return result(libc.setns(fd, CLONE_NEWNS));
  } finally {
    libc.close(fd);
  }
}

/** The id of the mount that a path leads to; -errno where it cannot be told (before Linux 5.8: -ENOSYS). */
export function mountIdAt(path: string): number {
  const status = readFileStatus(libc.AT_FDCWD, path);
  if (typeof status === 'number') return status;
  return status.mountId ?? -ENOSYS;
}

export function setPropagation(
  path: string,
  propagation: keyof typeof PROPAGATION_FLAGS,
  recursive: boolean,
): number {
  const flags = PROPAGATION_FLAGS[propagation] | (recursive ? MS_REC : 0);
  return result(libc.mount(0, libc.fixedPath(path).address, 0, flags, 0));
}

export function unmount(path: string, lazy: boolean): number {
  return result(libc.umount2(libc.fixedPath(path).address, UMOUNT_NOFOLLOW | (lazy ? MNT_DETACH : 0)));
}

export function bindMount(source: string, target: string, recursive: boolean): number {
  const flags = MS_BIND | (recursive ? MS_REC : 0);
  return result(libc.mount(libc.fixedPath(source).address, libc.fixedPath(target).address, 0, flags, 0));
}

/** mount(2) and umount2(2). All return 0 or -errno. */
import { readFileStatus, readUniqueMountId } from './file-status.js';
import { ENOSYS } from './errno.js';
import * as libc from './libc.js';

const CLONE_FS = 0x200;
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

export interface MountIdentity {
  mountId: number;
  /** Never given again; null before Linux 6.8. */
  uniqueId: number | null;
  device: string;
}

/** Of the mount that a path leads to; -errno where it cannot be told (before Linux 5.8: -ENOSYS). */
export function mountIdentityAt(path: string): MountIdentity | number {
  const status = readFileStatus(libc.AT_FDCWD, path);
  if (typeof status === 'number') return status;
  const { mountId, device } = status;
  return mountId === null ? -ENOSYS : { mountId, device, uniqueId: readUniqueMountId(libc.AT_FDCWD, path) };
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

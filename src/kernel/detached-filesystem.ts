/**
 * A filesystem that shows the namespace that we are in (mqueue, cgroup2), mounted nowhere: fsopen(2), fsmount(2),
 * Linux 5.2. Nobody else sees it, and it goes with its descriptor.
 */
import * as libc from './libc.js';

const FSOPEN_CLOEXEC = 1;
const FSCONFIG_CMD_CREATE = 6;
const FSMOUNT_CLOEXEC = 1;

/** Runs `work` with a path to its root; -errno where it may not be mounted. */
export function withDetached<T>(type: string, work: (path: string) => T): T | number {
  const context = libc.syscall('fsopen', libc.fixedPath(type).address, FSOPEN_CLOEXEC);
  if (context < 0) return -libc.errno();
  try {
    if (libc.syscall('fsconfig', context, FSCONFIG_CMD_CREATE, 0, 0, 0) < 0) return -libc.errno();
    const mount = libc.syscall('fsmount', context, FSMOUNT_CLOEXEC, 0);
    if (mount < 0) return -libc.errno();
    try {
      return work(`/proc/self/fd/${mount}`);
    } finally {
      libc.close(mount);
    }
  } finally {
    libc.close(context);
  }
}

/** The network namespace of another process's socket: pidfd_getfd(2) (Linux 5.6) and SIOCGSKNS (4.10). */
import * as libc from './libc.js';

const SIOCGSKNS = 0x894c;

/** A pidfd, pidfd_open(2), or -errno. */
export function openPidfd(pid: number): number {
  const pidfd = libc.syscall('pidfd_open', pid);
  return pidfd < 0 ? -libc.errno() : pidfd;
}

/** A descriptor of the network namespace that the socket `fd` of the process lives in, or -errno. */
export function openSocketNamespace(pidfd: number, fd: number): number {
  const copy = libc.syscall('pidfd_getfd', pidfd, fd);
  if (copy < 0) return -libc.errno();
  try {
    const namespaceFd = libc.ioctl(copy, SIOCGSKNS, 0);
    return namespaceFd < 0 ? -libc.errno() : namespaceFd;
  } finally {
    libc.close(copy);
  }
}

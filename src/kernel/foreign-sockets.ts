/**
 * What only a socket itself tells: the network namespace of another process's socket (SIOCGSKNS, Linux 4.10) and
 * the mount that a unix socket is bound through (SIOCUNIXFILE, 4.20). By pidfd_getfd(2) (5.6).
 */
import { readDescriptorStatus } from './file-status.js';
import * as libc from './libc.js';

const SIOCGSKNS = 0x894c;
const SIOCUNIXFILE = 0x89e0;

/** A pidfd, pidfd_open(2), or -errno. */
export function openPidfd(pid: number): number {
  const pidfd = libc.syscall('pidfd_open', pid);
  return pidfd < 0 ? -libc.errno() : pidfd;
}

/** A descriptor that the socket `fd` of the process gives, or -errno. */
function askSocket(pidfd: number, fd: number, request: number): number {
  const copy = libc.syscall('pidfd_getfd', pidfd, fd);
  if (copy < 0) return -libc.errno();
  try {
    const answer = libc.ioctl(copy, request, 0);
    return answer < 0 ? -libc.errno() : answer;
  } finally {
    libc.close(copy);
  }
}

/** A descriptor of the network namespace that the socket `fd` of the process lives in, or -errno. */
export function openSocketNamespace(pidfd: number, fd: number): number {
  return askSocket(pidfd, fd, SIOCGSKNS);
}

/** The id of the mount that the unix socket `fd` of the process is bound through; null where it cannot be told. */
export function boundMountId(pid: number, fd: number): number | null {
  const pidfd = openPidfd(pid);
  if (pidfd < 0) return null;
  try {
    const file = askSocket(pidfd, fd, SIOCUNIXFILE);
    if (file < 0) return null;
    const status = readDescriptorStatus(file);
    libc.close(file);
    return typeof status === 'number' ? null : status.mountId;
  } finally {
    libc.close(pidfd);
  }
}

/**
 * Which namespace a descriptor is, whatever path it was opened by: its link shows `net:[…]` only where it was opened
 * below /proc/PID/ns, else a mount point, or `/` once that is gone.
 */
import { readFileStatus } from '../kernel/file-status.js';
import { close } from '../kernel/libc.js';
import { readDescriptorIdentity } from '../kernel/namespace-ioctls.js';
import type { Directory } from '../kernel/proc.js';
import type { NamespaceKey, Pid } from '../model/snapshot.js';
import { namespaceKey } from '../model/snapshot.js';

let namespaceDevice: string | null | undefined;

/** `major:minor` of nsfs, of which there is one; null where not even our own namespaces can be looked at. */
function deviceOfNamespaces(proc: Directory): string | null {
  if (namespaceDevice === undefined) {
    const status = readFileStatus(proc.fd, 'self/ns/mnt');
    namespaceDevice = typeof status === 'number' ? null : status.device;
  }
  return namespaceDevice;
}

/**
 * The namespace behind `NUMBER/suffix` below /proc, or null. No server is asked (AT_STATX_DONT_SYNC), and nothing but a
 * namespace is ever opened.
 */
export function namespaceBehind(proc: Directory, pid: Pid, suffix: string): NamespaceKey | null {
  const status = readFileStatus(proc.fd, `${pid}${suffix}`);
  if (typeof status === 'number' || status.device !== deviceOfNamespaces(proc)) return null;
  const fd = proc.openFile(pid, suffix);
  if (fd < 0) return null;
  try {
    const identity = readDescriptorIdentity(fd);
    return identity && namespaceKey(identity.kind, identity.inode);
  } finally {
    close(fd);
  }
}

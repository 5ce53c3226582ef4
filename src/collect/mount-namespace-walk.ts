/**
 * Every mount namespace of the machine by NS_MNT_GET_NEXT (Linux 6.12), ioctl_nsfs(2): also those without a
 * process, a bind mount or a reachable descriptor. Needs root in the initial pid and user namespaces.
 */
import { ENOENT } from '../kernel/errno.js';
import { close } from '../kernel/libc.js';
import * as ioctls from '../kernel/namespace-ioctls.js';
import type { Discovery } from './discovery.js';
import { recordDescriptor } from './relations.js';

const SUBJECT = 'mount namespace walk';

export function collectMountNamespaceWalk(discovery: Discovery): void {
  discovery.gaps.forget(SUBJECT);
  // The list starts at the oldest; from our own one onwards would miss those before it.
  let fd = openFirst(discovery);
  if (fd < 0) return;
  for (;;) {
    const next = ioctls.openNextMountNamespace(fd);
    const key = recordDescriptor(discovery, fd, 'mount namespace walk');
    if (key) discovery.walked.set(key, { foundBy: SUBJECT });
    close(fd);
    if (next < 0) {
      if (next !== -ENOENT) discovery.gaps.add(SUBJECT, next, 'NS_MNT_GET_NEXT');
      return;
    }
    fd = next;
  }
}

/** A descriptor of the first mount namespace in the kernel's order, reached by walking back. */
function openFirst(discovery: Discovery): number {
  let fd = discovery.proc.openFile(process.pid, '/ns/mnt');
  if (fd < 0) {
    discovery.gaps.add(SUBJECT, fd, '/proc/self/ns/mnt');
    return fd;
  }
  for (;;) {
    const previous = ioctls.openPreviousMountNamespace(fd);
    if (previous < 0) return fd;
    close(fd);
    fd = previous;
  }
}

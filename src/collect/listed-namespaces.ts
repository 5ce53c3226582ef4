/**
 * Every namespace of the machine by listns(2) (Linux 6.19), also those held only by a descriptor in flight
 * over a socket or by a kernel reference. Silent where the kernel has no such call: that is no gap of the
 * machine's, and the other collectors still work.
 */
import { ENOSYS } from '../kernel/errno.js';
import { close } from '../kernel/libc.js';
import { listNamespaceIds, openNamespaceById } from '../kernel/namespace-handles.js';
import type { Discovery } from './discovery.js';
import { recordDescriptor } from './relations.js';

export function collectListedNamespaces(discovery: Discovery): void {
  discovery.gaps.forget('listns');
  const namespaceIds = listNamespaceIds();
  if (typeof namespaceIds === 'number') {
    if (namespaceIds !== -ENOSYS) discovery.gaps.add('listns', namespaceIds, 'listns');
    return;
  }
  for (const namespaceId of namespaceIds) {
    const fd = openNamespaceById(namespaceId);
    if (fd < 0) continue;
    const key = recordDescriptor(discovery, fd, 'listns');
    if (key) discovery.walked.set(key, { foundBy: 'listns', namespaceId });
    close(fd);
  }
}

/** The netnsid of each network namespace as the observer's own one has it; absent where it was refused. */
import { close } from '../kernel/libc.js';
import { openRouteSocket, readNetnsid } from '../kernel/netnsid.js';
import type { Discovery } from './discovery.js';
import { openNamespace, waysToNamespaces } from './relations.js';

export function collectNetnsids(discovery: Discovery): void {
  const ways = waysToNamespaces(discovery);
  const socket = openRouteSocket();
  if (socket < 0) {
    discovery.gaps.add('netnsids', socket, 'netlink socket');
    return;
  }
  try {
    for (const fact of discovery.namespaces.values()) {
      if (fact.kind !== 'net') continue;
      const fd = openNamespace(discovery, ways, fact.key);
      if (fd < 0) continue;
      const netnsid = readNetnsid(socket, fd);
      close(fd);
      if (netnsid !== undefined) fact.netnsid = netnsid;
    }
  } finally {
    close(socket);
  }
}

/** Sockets of every network namespace by sock_diag(7), and which process has a descriptor of which. */
import { parseProcNetSockets } from '../formats/proc-net-sockets.js';
import type { DiagQuery } from '../formats/sock-diag.js';
import { DIAG_QUERIES, SOCK_DIAG_BY_FAMILY } from '../formats/sock-diag.js';
import { ENOENT, errnoName } from '../kernel/errno.js';
import { linkBytes } from '../kernel/proc.js';
import { NETLINK_SOCK_DIAG, RouteSocket } from '../kernel/route-socket.js';
import type { NamespaceKey } from '../model/snapshot.js';
import type { SocketFact, SocketOwnerFact, SocketTableFact } from '../model/socket-table.js';
import type { Discovery } from './discovery.js';
import { forEachDescriptor } from './open-fds.js';
import { namespacesOfKind, withJoined } from './joined-namespaces.js';

const SUBJECT = 'sockets';
const OWNERS = 'owners of sockets';
/** `socket:[` in bytes. */
const SOCKET_LINK = Buffer.from('socket:[');

export function collectSocketTables(discovery: Discovery): SocketTableFact[] {
  discovery.gaps.forget(SUBJECT);
  const tables: SocketTableFact[] = [];
  const failed = withJoined(discovery, 'net', (networks) => {
    for (const key of namespacesOfKind(discovery, 'net')) {
      const sockets = networks.inside(key, () => socketsHere(discovery, key));
      if (typeof sockets === 'number') discovery.gaps.add(SUBJECT, sockets, key);
      else tables.push({ key, sockets });
    }
  });
  if (failed < 0) discovery.gaps.add(SUBJECT, failed, '/proc/thread-self/ns/net');
  return tables;
}

/** In the namespace that the thread is in; -errno where there is no socket to ask with. */
function socketsHere(discovery: Discovery, key: NamespaceKey): SocketFact[] | number {
  const socket = RouteSocket.open(NETLINK_SOCK_DIAG);
  if (typeof socket === 'number') return socket;
  try {
    const sockets: SocketFact[] = [];
    for (const query of DIAG_QUERIES) {
      const { body, decode } = query;
      const before = sockets.length;
      const refusal = socket.dump(
        SOCK_DIAG_BY_FAMILY,
        body,
        [],
        (payload) => {
          const fact = decode(payload);
          if (fact) sockets.push(fact);
        },
        () => (sockets.length = before),
      );
      if (refusal) sockets.push(...readProcNet(discovery, key, query, refusal.errno));
    }
    return sockets;
  } finally {
    socket.close();
  }
}

/** Where the kernel has no sock_diag for the kind (raw sockets, often); /proc shows the thread's own namespace. */
function readProcNet(
  { proc, gaps }: Discovery,
  key: NamespaceKey,
  { name, protocol, family }: DiagQuery,
  errno: number,
): SocketFact[] {
  const text = family === null ? -errno : proc.readFile(`thread-self/net/${name}`);
  if (typeof text === 'string') return parseProcNetSockets(text, protocol, family!);
  // No IPv6, no raw sockets: then there are none.
  if (text !== -ENOENT) gaps.add(SUBJECT, errnoName(errno), `${name} in ${key}`);
  return [];
}

/** Every descriptor of a socket in every process that we may look into. */
export function collectSocketOwners(discovery: Discovery): SocketOwnerFact[] {
  discovery.gaps.forget(OWNERS);
  const owners: SocketOwnerFact[] = [];
  for (const pid of discovery.links.keys()) {
    forEachDescriptor(discovery, pid, OWNERS, (directory, fd) => {
      const length = directory.readNumberLinkBytes(fd);
      if (length <= SOCKET_LINK.length || !isSocketLink()) return;
      const inode = Number(linkBytes.toString('latin1', SOCKET_LINK.length, length - 1));
      owners.push({ inode, pid, fd });
    });
  }
  return owners;
}

function isSocketLink(): boolean {
  return linkBytes.compare(SOCKET_LINK, 0, SOCKET_LINK.length, 0, SOCKET_LINK.length) === 0;
}

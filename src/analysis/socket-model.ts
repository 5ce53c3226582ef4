/** Sockets of all network namespaces with their owners; listening ones first. */
import type { Model } from '../model/model.js';
import { namespaceSetOf } from '../model/model.js';
import type { NamespaceKey } from '../model/snapshot.js';
import type { SocketFact, SocketOwnerFact, SocketTableFact } from '../model/socket-table.js';
import { namespaceName } from './namespace-name.js';

export interface Socket {
  readonly namespace: NamespaceKey;
  readonly fact: SocketFact;
  readonly owners: readonly SocketOwnerFact[];
}

export interface SocketModel {
  readonly tables: ReadonlyMap<NamespaceKey, readonly Socket[]>;
  /** The other end of a unix socket, in whatever namespace; null: none, or out of sight. */
  peer: (socket: Socket) => Socket | null;
}

const ORDER = ['tcp', 'udp', 'raw', 'packet', 'unix', 'netlink'];

/** Waits for others: a listening socket, or an unconnected one that is bound to a port. */
export function isListening({ state, protocol, localPort }: SocketFact): boolean {
  if (state === 'LISTEN') return true;
  return protocol === 'udp' && state === 'UNCONN' && localPort !== 0;
}

function compare(a: Socket, b: Socket): number {
  return (
    Number(isListening(b.fact)) - Number(isListening(a.fact)) ||
    ORDER.indexOf(a.fact.protocol) - ORDER.indexOf(b.fact.protocol) ||
    a.fact.localPort - b.fact.localPort ||
    a.fact.inode - b.fact.inode
  );
}

/** The kernel's own ends of netlink, in every namespace the same, and the socket that was asked with. */
function isNoise({ fact, owners }: Socket): boolean {
  if (fact.protocol !== 'netlink') return false;
  return fact.localPort === 0 || (fact.localAddress === 'sock_diag' && owners.length === 0);
}

export function buildSocketModel(
  facts: readonly SocketTableFact[],
  owners: readonly SocketOwnerFact[],
): SocketModel {
  const ownersOf = new Map<number, SocketOwnerFact[]>();
  for (const owner of owners) {
    const list = ownersOf.get(owner.inode);
    if (list) list.push(owner);
    else ownersOf.set(owner.inode, [owner]);
  }
  const byInode = new Map<number, Socket>();
  const tables = new Map<NamespaceKey, readonly Socket[]>();
  for (const { key, sockets } of facts) {
    const list = sockets.map((fact): Socket => ({
      namespace: key,
      fact,
      owners: fact.inode === 0 ? [] : (ownersOf.get(fact.inode) ?? []),
    }));
    for (const socket of list) if (socket.fact.protocol === 'unix') byInode.set(socket.fact.inode, socket);
    tables.set(key, list.filter((socket) => !isNoise(socket)).sort(compare));
  }
  return {
    tables,
    peer: ({ fact }) => (fact.peerInode === 0 ? null : (byInode.get(fact.peerInode) ?? null)),
  };
}

/** The network namespaces of the processes that hold an end; its own where none of them is in sight. */
function homesOf(model: Model, { namespace, owners }: Socket): Set<NamespaceKey> {
  const homes = owners.flatMap(({ pid }) => {
    const process = model.processes.get(pid);
    return (process && namespaceSetOf(model, process).net) ?? [];
  });
  return new Set(homes.length > 0 ? homes : [namespace]);
}

/**
 * A unix socket whose other end is held in another network namespace, which is that: a way around the network.
 * Who holds the ends is what counts: the kernel makes an accepted socket in the namespace of who connected.
 */
export function bridgeTo(model: Model, sockets: SocketModel, socket: Socket): NamespaceKey | null {
  const peer = sockets.peer(socket);
  if (!peer) return null;
  const own = homesOf(model, socket);
  return [...homesOf(model, peer)].find((key) => !own.has(key)) ?? null;
}

/** As ss(8) writes it: `*` for any address of both families, `[::]` where IPv4 is not meant. */
export function endpointText(fact: SocketFact, end: 'local' | 'remote', zone = ''): string {
  const address = end === 'local' ? fact.localAddress : fact.remoteAddress;
  const port = end === 'local' ? fact.localPort : fact.remotePort;
  if (fact.protocol === 'unix') return end === 'local' ? fact.localAddress || '*' : '';
  if (fact.family === null) return end === 'local' ? `${address}:${port === 0 ? '*' : port}` : '';
  const isAny = address === '::' && !fact.v6only;
  const host = isAny ? '*' : fact.family === 'inet6' ? `[${address}]` : address;
  return `${host}${end === 'local' && zone !== '' ? `%${zone}` : ''}:${port === 0 ? '*' : port}`;
}

/** Words that a search or filter looks through. */
export function socketText(model: Model, socket: Socket): string {
  const { fact, owners } = socket;
  const names = owners.map(({ pid }) => `${pid} ${model.processes.get(pid)?.details?.comm ?? ''}`);
  const ends = `${endpointText(fact, 'local')} ${endpointText(fact, 'remote')}`;
  return `${fact.protocol} ${fact.state} ${ends} ${names.join(' ')} ${namespaceName(model, socket.namespace)}`;
}

/**
 * Unix sockets that keep a mount: one that is bound to a path holds the mount that the path was looked up through,
 * also when the file is gone; and descriptors may be under way in any. Asked for in every network namespace.
 */
import { unixPlaceQuery, decodeUnixPlace } from '../formats/unix-diag.js';
import { SOCK_DIAG_BY_FAMILY } from '../formats/sock-diag.js';
import { NETLINK_SOCK_DIAG, RouteSocket } from '../kernel/route-socket.js';
import type { Discovery } from './discovery.js';
import { namespacesOfKind, withJoined } from './joined-namespaces.js';

export interface UnixSockets {
  /** Names of those that are bound on the filesystem, by inode. */
  bound: Map<number, string>;
  /** Inodes of those in which descriptors may be under way. */
  queues: Set<number>;
  /** Network namespaces that could not be asked. */
  unasked: number;
}

export function findUnixSockets(discovery: Discovery, device: string): UnixSockets {
  const found: UnixSockets = { bound: new Map(), queues: new Set(), unasked: 0 };
  const networks = namespacesOfKind(discovery, 'net');
  const failed = withJoined(discovery, 'net', ({ inside }) => {
    for (const key of networks) if (inside(key, () => askHere(found, device)) < 0) found.unasked++;
  });
  // There would be no way back: our own is asked all the same.
  if (failed < 0) found.unasked = networks.length - (askHere(found, device) < 0 ? 0 : 1);
  return found;
}

function askHere({ bound, queues }: UnixSockets, device: string): number {
  const socket = RouteSocket.open(NETLINK_SOCK_DIAG);
  if (typeof socket === 'number') return socket;
  try {
    const take = (payload: DataView): void => {
      const place = decodeUnixPlace(payload);
      if (place?.device === device) bound.set(place.inode, place.name);
      if (place?.mayHoldDescriptors === true) queues.add(place.inode);
    };
    const refusal = socket.dump(SOCK_DIAG_BY_FAMILY, unixPlaceQuery(), [], take, () => undefined);
    return refusal ? -refusal.errno : 0;
  } finally {
    socket.close();
  }
}

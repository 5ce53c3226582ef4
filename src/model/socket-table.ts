/** Sockets of one network namespace, as sock_diag(7) tells them. Plain data. */
import type { Ifindex } from './network-table.js';
import type { NamespaceKey, Pid } from './snapshot.js';

export type SocketProtocol = 'tcp' | 'udp' | 'raw' | 'unix' | 'packet' | 'netlink';

export interface SocketFact {
  protocol: SocketProtocol;
  /** inet, inet6; null: no IP socket. */
  family: string | null;
  /** In the words of ss(8): LISTEN, ESTAB, UNCONN, TIME-WAIT … */
  state: string;
  /** unix: stream, dgram, seqpacket; null: the protocol says it. */
  socketType: string | null;
  /** An IP address; of a unix socket its path (`@` for NUL); of others what they are bound to. */
  localAddress: string;
  /** 0: none, or any. Of a raw socket its IP protocol number. */
  localPort: number;
  remoteAddress: string;
  remotePort: number;
  /** Of an IPv6 socket: it takes no IPv4. */
  v6only: boolean;
  /** The interface that it is bound to; 0: any. */
  ifindex: Ifindex;
  receiveQueue: number;
  sendQueue: number;
  uid: number;
  inode: number;
  /** Of a unix socket: inode of the other end; 0: none. */
  peerInode: number;
}

export interface SocketTableFact {
  key: NamespaceKey;
  sockets: SocketFact[];
}

/** A descriptor of a socket in a process. */
export interface SocketOwnerFact {
  inode: number;
  pid: Pid;
  fd: number;
}

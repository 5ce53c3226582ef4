/** sock_diag(7): requests and answers of <linux/inet_diag.h>, unix_diag.h, packet_diag.h, netlink_diag.h. */
import { bytesText } from '../model/byte-text.js';
import type { SocketFact, SocketProtocol } from '../model/socket-table.js';
import { formatIpAddress } from './ip-address.js';
import { attributesOf, bytesOf, u32, u8 } from './netlink.js';

export const SOCK_DIAG_BY_FAMILY = 20;

const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;
const AF_NETLINK = 16;
const AF_PACKET = 17;
const IPPROTO_TCP = 6;
const IPPROTO_UDP = 17;
const IPPROTO_RAW = 255;
const ALL_STATES = 0xffff_ffff;

/** TCP states of <net/tcp_states.h> in the words of ss(8). */
const STATES = [
  'UNKNOWN', 'ESTAB', 'SYN-SENT', 'SYN-RECV', 'FIN-WAIT-1', 'FIN-WAIT-2', 'TIME-WAIT', 'UNCONN', 'CLOSE-WAIT',
  'LAST-ACK', 'LISTEN', 'CLOSING', 'NEW-SYN-RECV',
]; // prettier-ignore
const UNIX_TYPES: Record<number, string> = { 1: 'stream', 2: 'dgram', 5: 'seqpacket' };
/** NETLINK_* of <linux/netlink.h>. */
const NETLINK_PROTOCOLS: Record<number, string> = {
  0: 'route', 2: 'usersock', 3: 'firewall', 4: 'sock_diag', 5: 'nflog', 6: 'xfrm', 7: 'selinux', 8: 'iscsi',
  9: 'audit', 10: 'fib_lookup', 11: 'connector', 12: 'netfilter', 13: 'ip6_fw', 15: 'kobject_uevent',
  16: 'generic', 18: 'scsitransport', 19: 'ecryptfs', 20: 'rdma', 21: 'crypto', 22: 'smc',
}; // prettier-ignore

/** A kind of socket that is asked for by itself: the request's body, and how an answer is read. */
export interface DiagQuery {
  name: string;
  protocol: SocketProtocol;
  /** inet, inet6: then /proc/net/NAME tells the same where sock_diag does not. */
  family: string | null;
  body: Uint8Array;
  decode: (payload: DataView) => SocketFact | null;
}

export function stateWord(state: number): string {
  return STATES[state] ?? String(state);
}

const EMPTY = {
  family: null,
  socketType: null,
  localPort: 0,
  remoteAddress: '',
  remotePort: 0,
  v6only: false,
  ifindex: 0,
  receiveQueue: 0,
  sendQueue: 0,
  uid: 0,
  peerInode: 0,
} as const;

// ---- inet ----------------------------------------------------------------------------------------------------

const INET_MESSAGE_SIZE = 72;
const INET_DIAG_SKV6ONLY = 11;

/** struct inet_diag_req_v2. */
function inetQuery(family: number, protocolNumber: number, protocol: SocketProtocol): DiagQuery {
  const body = new Uint8Array(56);
  const view = new DataView(body.buffer);
  view.setUint8(0, family);
  view.setUint8(1, protocolNumber);
  view.setUint32(4, ALL_STATES, true);
  const name = `${protocol}${family === AF_INET6 ? '6' : ''}`;
  return {
    name,
    protocol,
    family: family === AF_INET6 ? 'inet6' : 'inet',
    body,
    decode: (payload) => decodeInet(payload, protocol),
  };
}

/** struct inet_diag_msg. Connections that wait to be accepted have no inode. */
export function decodeInet(payload: DataView, protocol: SocketProtocol): SocketFact | null {
  if (payload.byteLength < INET_MESSAGE_SIZE) return null;
  const family = payload.getUint8(0);
  const length = family === AF_INET ? 4 : 16;
  const address = (at: number): string =>
    formatIpAddress(new Uint8Array(payload.buffer, payload.byteOffset + at, length));
  const attributes = attributesOf(payload, INET_MESSAGE_SIZE);
  return {
    ...EMPTY,
    protocol,
    family: family === AF_INET ? 'inet' : 'inet6',
    state: stateWord(payload.getUint8(1)),
    localPort: payload.getUint16(4, false),
    remotePort: payload.getUint16(6, false),
    localAddress: address(8),
    remoteAddress: address(24),
    ifindex: payload.getUint32(40, true),
    v6only: (u8(attributes.get(INET_DIAG_SKV6ONLY)) ?? 0) !== 0,
    receiveQueue: payload.getUint32(56, true),
    sendQueue: payload.getUint32(60, true),
    uid: payload.getUint32(64, true),
    inode: payload.getUint32(68, true),
  };
}

// ---- unix ----------------------------------------------------------------------------------------------------

const UNIX_MESSAGE_SIZE = 16;
const UNIX_DIAG = { name: 0, peer: 2, queues: 4, uid: 7 } as const;
const UDIAG_SHOW_NAME = 1;
const UDIAG_SHOW_PEER = 4;
const UDIAG_SHOW_RQLEN = 16;
const UDIAG_SHOW_UID = 64;

/** struct unix_diag_req. */
function unixQuery(): DiagQuery {
  const body = new Uint8Array(24);
  const view = new DataView(body.buffer);
  view.setUint8(0, AF_UNIX);
  view.setUint32(4, ALL_STATES, true);
  view.setUint32(12, UDIAG_SHOW_NAME | UDIAG_SHOW_PEER | UDIAG_SHOW_RQLEN | UDIAG_SHOW_UID, true);
  return { name: 'unix', protocol: 'unix', family: null, body, decode: decodeUnix };
}

/** A path, or a name of the abstract namespace, whose NULs become `@`, as ss(8) writes them. */
export function unixName(value: DataView | undefined): string {
  if (!value) return '';
  const bytes = bytesOf(value);
  const isAbstract = bytes[0] === 0;
  const end = isAbstract ? -1 : bytes.indexOf(0);
  return bytesText(end < 0 ? bytes : bytes.subarray(0, end)).replaceAll('\0', '@');
}

/** struct unix_diag_msg. */
export function decodeUnix(payload: DataView): SocketFact | null {
  if (payload.byteLength < UNIX_MESSAGE_SIZE) return null;
  const attributes = attributesOf(payload, UNIX_MESSAGE_SIZE);
  const queues = attributes.get(UNIX_DIAG.queues);
  const hasQueues = queues !== undefined && queues.byteLength >= 8;
  return {
    ...EMPTY,
    protocol: 'unix',
    state: stateWord(payload.getUint8(2)),
    socketType: UNIX_TYPES[payload.getUint8(1)] ?? String(payload.getUint8(1)),
    localAddress: unixName(attributes.get(UNIX_DIAG.name)),
    receiveQueue: hasQueues ? queues.getUint32(0, true) : 0,
    sendQueue: hasQueues ? queues.getUint32(4, true) : 0,
    uid: u32(attributes.get(UNIX_DIAG.uid)) ?? 0,
    inode: payload.getUint32(4, true),
    peerInode: u32(attributes.get(UNIX_DIAG.peer)) ?? 0,
  };
}

// ---- packet, netlink -----------------------------------------------------------------------------------------

const PACKET_MESSAGE_SIZE = 16;
const PACKET_DIAG_INFO = 0;
const PACKET_DIAG_UID = 5;
const PACKET_SHOW_INFO = 1;
const NETLINK_MESSAGE_SIZE = 28;
const NDIAG_PROTO_ALL = 255;

/** struct packet_diag_req and struct netlink_diag_req: of one shape. */
function plainQuery(
  family: number,
  protocolNumber: number,
  show: number,
  protocol: SocketProtocol,
  decode: DiagQuery['decode'],
): DiagQuery {
  const body = new Uint8Array(20);
  const view = new DataView(body.buffer);
  view.setUint8(0, family);
  view.setUint8(1, protocolNumber);
  view.setUint32(8, show, true);
  return { name: protocol, protocol, family: null, body, decode };
}

/** struct packet_diag_msg. The protocol is an EtherType: 3 is all of them. */
export function decodePacket(payload: DataView): SocketFact | null {
  if (payload.byteLength < PACKET_MESSAGE_SIZE) return null;
  const attributes = attributesOf(payload, PACKET_MESSAGE_SIZE);
  const etherType = payload.getUint16(2, true);
  return {
    ...EMPTY,
    protocol: 'packet',
    state: 'UNCONN',
    socketType: payload.getUint8(1) === 3 ? 'raw' : 'dgram',
    localAddress: etherType === 3 ? 'all' : `0x${etherType.toString(16).padStart(4, '0')}`,
    ifindex: u32(attributes.get(PACKET_DIAG_INFO)) ?? 0,
    uid: u32(attributes.get(PACKET_DIAG_UID)) ?? 0,
    inode: payload.getUint32(4, true),
  };
}

/** struct netlink_diag_msg. The kernel's own ends have no inode. */
export function decodeNetlink(payload: DataView): SocketFact | null {
  if (payload.byteLength < NETLINK_MESSAGE_SIZE) return null;
  const protocolNumber = payload.getUint8(2);
  return {
    ...EMPTY,
    protocol: 'netlink',
    state: payload.getUint8(3) === 1 ? 'ESTAB' : 'UNCONN',
    localAddress: NETLINK_PROTOCOLS[protocolNumber] ?? String(protocolNumber),
    localPort: payload.getUint32(4, true),
    inode: payload.getUint32(16, true),
  };
}

/** All that is asked in a namespace. */
export const DIAG_QUERIES: readonly DiagQuery[] = [
  inetQuery(AF_INET, IPPROTO_TCP, 'tcp'),
  inetQuery(AF_INET6, IPPROTO_TCP, 'tcp'),
  inetQuery(AF_INET, IPPROTO_UDP, 'udp'),
  inetQuery(AF_INET6, IPPROTO_UDP, 'udp'),
  inetQuery(AF_INET, IPPROTO_RAW, 'raw'),
  inetQuery(AF_INET6, IPPROTO_RAW, 'raw'),
  unixQuery(),
  plainQuery(AF_PACKET, 0, PACKET_SHOW_INFO, 'packet', decodePacket),
  plainQuery(AF_NETLINK, NDIAG_PROTO_ALL, 0, 'netlink', decodeNetlink),
];

/** The id that the caller's network namespace has given another one: RTM_GETNSID, rtnetlink(7), Linux 4.0. */
import * as libc from './libc.js';

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0x80000;
const NETLINK_ROUTE = 0;
const RTM_NEWNSID = 88;
const RTM_GETNSID = 90;
const NLM_F_REQUEST = 1;
const NETNSA_NSID = 1;
const NETNSA_FD = 3;
const HEADER_SIZE = 16;
const RTGENMSG_SIZE = 4;
const ATTRIBUTE_AT = HEADER_SIZE + RTGENMSG_SIZE;
const REQUEST_SIZE = ATTRIBUTE_AT + 8;
const UNASSIGNED = -1;

const buffer = libc.fixedBuffer(4096);

/** A socket for `readNetnsid`: open, ask, close in one go, for it pins the caller's network namespace. */
export function openRouteSocket(): number {
  const fd = libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  return fd < 0 ? -libc.errno() : fd;
}

/** The id of the network namespace behind a descriptor; null: none assigned, undefined: refused. */
export function readNetnsid(routeSocket: number, namespaceFd: number): number | null | undefined {
  const { view, bytes, address } = buffer;
  bytes.fill(0, 0, REQUEST_SIZE);
  view.setUint32(0, REQUEST_SIZE, true);
  view.setUint16(4, RTM_GETNSID, true);
  view.setUint16(6, NLM_F_REQUEST, true);
  view.setUint16(ATTRIBUTE_AT, 8, true);
  view.setUint16(ATTRIBUTE_AT + 2, NETNSA_FD, true);
  view.setUint32(ATTRIBUTE_AT + 4, namespaceFd, true);
  if (libc.sendto(routeSocket, address, REQUEST_SIZE, 0, 0, 0) < 0) return undefined;
  const length = libc.recv(routeSocket, address, bytes.length, 0);
  if (length < ATTRIBUTE_AT + 8 || view.getUint16(4, true) !== RTM_NEWNSID) return undefined;
  if (view.getUint16(ATTRIBUTE_AT + 2, true) !== NETNSA_NSID) return undefined;
  const netnsid = view.getInt32(ATTRIBUTE_AT + 4, true);
  return netnsid === UNASSIGNED ? null : netnsid;
}

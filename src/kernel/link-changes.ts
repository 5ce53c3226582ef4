/**
 * Changes to the network namespace that this thread is in, by rtnetlink(7): links, addresses, routes, namespace ids.
 * Each gives the kernel's refusal, or null.
 */
import type { Attribute } from '../formats/netlink.js';
import { NLM_F_ACK, nestedAttribute, textAttribute, u32Attribute } from '../formats/netlink.js';
import { parseIpAddress } from '../formats/ip-address.js';
import { decodeLink, routeProtocol } from '../formats/rtnetlink.js';
import type { LinkFact, LinkTraits } from '../model/network-table.js';
import { EINVAL } from './errno.js';
import type { Refusal } from './route-socket.js';
import { RouteSocket, isRefusal } from './route-socket.js';

const RTM = { newLink: 16, delLink: 17, getLink: 18, setLink: 19, newAddr: 20, delAddr: 21, newRoute: 24, delRoute: 25, newNsid: 88 } as const; // prettier-ignore
const NLM_F_REPLACE = 0x100;
const NLM_F_EXCL = 0x200;
const NLM_F_CREATE = 0x400;
const IFF_UP = 1;
const IFLA = { address: 1, name: 3, mtu: 4, link: 5, master: 10, linkInfo: 18, netNsFd: 28 } as const;
const IFLA_INFO_KIND = 1;
const IFLA_INFO_DATA = 2;
const VETH_INFO_PEER = 1;
const IFLA_MACVLAN_MODE = 1;
const IFLA_VLAN_ID = 1;
const MACVLAN_MODES = { private: 1, vepa: 2, bridge: 4, passthru: 8 } as const;
const IFA = { address: 1, local: 2 } as const;
const RTA = { destination: 1, outInterface: 4, gateway: 5, priority: 6, source: 7, table: 15 } as const;
const NETNSA_NSID = 1;
const NETNSA_FD = 3;
const AF_INET = 2;
const AF_INET6 = 10;
const RTPROT_UNSPEC = 0;
const RT_SCOPE_UNIVERSE = 0;
const RT_SCOPE_LINK = 253;
const RT_SCOPE_NOWHERE = 255;
const RTN_UNICAST = 1;
const RT_TABLE_MAIN = 254;

export type Result = Refusal | null;

export type NewLink = LinkTraits &
  (
    | { kind: 'veth'; peerName: string; peerNetnsFd: number | null; peer?: LinkTraits }
    | { kind: 'bridge' | 'dummy' | 'ifb' }
    | { kind: 'macvlan' | 'macvtap'; lower: number; mode: keyof typeof MACVLAN_MODES }
    | { kind: 'vlan'; lower: number; id: number }
  );

export function withSocket<T>(work: (socket: RouteSocket) => T): T | Refusal {
  const socket = RouteSocket.open();
  if (typeof socket === 'number') return { errno: -socket, kernelMessage: '' };
  try {
    return work(socket);
  } finally {
    socket.close();
  }
}

export function change(
  messageType: number,
  flags: number,
  body: Uint8Array,
  attributes: readonly Attribute[],
): Result {
  return withSocket((socket) => {
    const answer = socket.ask(messageType, NLM_F_ACK | flags, body, attributes);
    return isRefusal(answer) ? answer : null;
  });
}

/** `struct ifinfomsg`. */
export function linkBody(ifindex = 0, flags = 0, changed = 0): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setInt32(4, ifindex, true);
  view.setUint32(8, flags, true);
  view.setUint32(12, changed, true);
  return bytes;
}

/** The link with that name, or number; a refusal: ENODEV. */
export function findLink(which: string | number): LinkFact | Refusal {
  return withSocket((socket) => {
    const attributes = typeof which === 'string' ? [textAttribute(IFLA.name, which)] : [];
    const answer = socket.ask(RTM.getLink, 0, linkBody(typeof which === 'number' ? which : 0), attributes);
    if (isRefusal(answer)) return answer;
    return decodeLink(answer) ?? { errno: EINVAL, kernelMessage: '' };
  });
}

export function isLinkRefusal(answer: LinkFact | Refusal): answer is Refusal {
  return 'errno' in answer;
}

export function addLink(name: string, link: NewLink): Result {
  const attributes = [textAttribute(IFLA.name, name), ...traitAttributes(link)];
  if ('lower' in link) attributes.push(u32Attribute(IFLA.link, link.lower));
  const data = linkData(link);
  attributes.push(
    nestedAttribute(IFLA.linkInfo, [
      textAttribute(IFLA_INFO_KIND, link.kind),
      ...(data.length > 0 ? [nestedAttribute(IFLA_INFO_DATA, data)] : []),
    ]),
  );
  return change(RTM.newLink, NLM_F_CREATE | NLM_F_EXCL, linkBody(), attributes);
}

function traitAttributes({ hardwareAddress, mtu }: LinkTraits): Attribute[] {
  const attributes: Attribute[] = [];
  if (hardwareAddress !== undefined) {
    const value = Uint8Array.from(hardwareAddress.split(':'), (byte) => Number.parseInt(byte, 16));
    attributes.push({ attributeType: IFLA.address, value });
  }
  if (mtu !== undefined) attributes.push(u32Attribute(IFLA.mtu, mtu));
  return attributes;
}

function linkData(link: NewLink): Attribute[] {
  switch (link.kind) {
    case 'veth': {
      const peer = [textAttribute(IFLA.name, link.peerName), ...traitAttributes(link.peer ?? {})];
      if (link.peerNetnsFd !== null) peer.push(u32Attribute(IFLA.netNsFd, link.peerNetnsFd));
      return [nestedAttribute(VETH_INFO_PEER, peer, linkBody())];
    }
    case 'macvlan':
    case 'macvtap':
      return [u32Attribute(IFLA_MACVLAN_MODE, MACVLAN_MODES[link.mode])];
    case 'vlan':
      return [{ attributeType: IFLA_VLAN_ID, value: Uint8Array.of(link.id & 0xff, link.id >> 8) }];
    default:
      return [];
  }
}

export function deleteLink(ifindex: number): Result {
  return change(RTM.delLink, 0, linkBody(ifindex), []);
}

export interface LinkChange {
  up?: boolean;
  name?: string;
  /** 0: none. */
  master?: number;
  mtu?: number;
}

export function setLink(ifindex: number, { up, name, master, mtu }: LinkChange): Result {
  const attributes: Attribute[] = [];
  if (name !== undefined) attributes.push(textAttribute(IFLA.name, name));
  if (master !== undefined) attributes.push(u32Attribute(IFLA.master, master));
  if (mtu !== undefined) attributes.push(u32Attribute(IFLA.mtu, mtu));
  const body = up === undefined ? linkBody(ifindex) : linkBody(ifindex, up ? IFF_UP : 0, IFF_UP);
  return change(RTM.setLink, 0, body, attributes);
}

/** Into the namespace of the descriptor, under another name where one is given. */
export function moveLink(ifindex: number, netnsFd: number, newName: string | null): Result {
  return change(RTM.setLink, 0, linkBody(ifindex), [
    u32Attribute(IFLA.netNsFd, netnsFd),
    ...(newName === null ? [] : [textAttribute(IFLA.name, newName)]),
  ]);
}

const invalid = (kernelMessage: string): Refusal => ({ errno: EINVAL, kernelMessage });

function splitPrefix(text: string): { bytes: Uint8Array; length: number } | null {
  const [address = '', length] = text.split('/');
  const bytes = parseIpAddress(address);
  if (!bytes) return null;
  const prefix = length === undefined ? bytes.length * 8 : Number(length);
  return Number.isInteger(prefix) && prefix >= 0 && prefix <= bytes.length * 8
    ? { bytes, length: prefix }
    : null;
}

const ADDRESS_FLAGS = {
  add: NLM_F_CREATE | NLM_F_EXCL,
  replace: NLM_F_CREATE | NLM_F_REPLACE,
  delete: 0,
} as const;

/** `struct ifaddrmsg`; `address` as `192.0.2.1/24`. `replace`: it may be there already. */
export function changeAddress(how: 'add' | 'replace' | 'delete', ifindex: number, address: string): Result {
  const parsed = splitPrefix(address);
  if (!parsed) return invalid(`${address} is no address`);
  const body = new Uint8Array(8);
  body[0] = parsed.bytes.length === 4 ? AF_INET : AF_INET6;
  body[1] = parsed.length;
  new DataView(body.buffer).setUint32(4, ifindex, true);
  const attributes = [IFA.local, IFA.address].map((attributeType) => ({
    attributeType,
    value: parsed.bytes,
  }));
  const messageType = how === 'delete' ? RTM.delAddr : RTM.newAddr;
  return change(messageType, ADDRESS_FLAGS[how], body, attributes);
}

export interface RouteChange {
  /** `default`, or a network. `family` tells which default. */
  destination: string;
  family: 'inet' | 'inet6';
  gateway: string | null;
  ifindex: number | null;
  metric: number | null;
  source: string | null;
  table: number | null;
  /** By name; absent: `boot`. */
  protocol?: string;
}

function scopeOf({ gateway, family }: RouteChange): number {
  return gateway === null && family === 'inet' ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
}

/** `struct rtmsg`. */
export function changeRoute(add: boolean, route: RouteChange): Result {
  const attributes: Attribute[] = [];
  let length = 0;
  if (route.destination !== 'default') {
    const parsed = splitPrefix(route.destination);
    if (!parsed) return invalid(`${route.destination} is no network`);
    length = parsed.length;
    attributes.push({ attributeType: RTA.destination, value: parsed.bytes });
  }
  for (const [attributeType, text] of [[RTA.gateway, route.gateway], [RTA.source, route.source]] as const) {
    if (text === null) continue;
    const bytes = parseIpAddress(text);
    if (!bytes) return invalid(`${text} is no address`);
    attributes.push({ attributeType, value: bytes });
  } // prettier-ignore
  if (route.ifindex !== null) attributes.push(u32Attribute(RTA.outInterface, route.ifindex));
  if (route.metric !== null) attributes.push(u32Attribute(RTA.priority, route.metric));
  const table = route.table ?? RT_TABLE_MAIN;
  attributes.push(u32Attribute(RTA.table, table));
  const body = new Uint8Array(12);
  body[0] = route.family === 'inet' ? AF_INET : AF_INET6;
  body[1] = length;
  body[4] = table < 256 ? table : 0;
  // What is deleted may have come from anybody, and with any scope.
  body[5] = add ? routeProtocol(route.protocol ?? 'boot') : RTPROT_UNSPEC;
  body[6] = add ? scopeOf(route) : RT_SCOPE_NOWHERE;
  body[7] = RTN_UNICAST;
  return change(add ? RTM.newRoute : RTM.delRoute, add ? NLM_F_CREATE | NLM_F_EXCL : 0, body, attributes);
}

/** Gives a network namespace a number in ours, RTM_NEWNSID. */
export function setNetnsid(netnsFd: number, netnsid: number): Result {
  return change(RTM.newNsid, 0, new Uint8Array(4), [
    u32Attribute(NETNSA_FD, netnsFd),
    u32Attribute(NETNSA_NSID, netnsid),
  ]);
}

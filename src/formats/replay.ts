/**
 * A message that the kernel gave in a dump, as it wants to have it to make the same again: what only a dump holds is
 * left out, numbers of interfaces are those of now, everything else goes back byte for byte.
 */
import type { KernelMessage } from '../model/network-table.js';
import { fromHex, toHex } from './hex.js';
import type { Attribute } from './netlink.js';
import { attributesOf, bytesOf, encodeMessage, text, textAttribute, u32, u32Attribute } from './netlink.js';

export interface Replay {
  body: Uint8Array;
  attributes: Attribute[];
}

/** The number that an interface of the message has now. */
export type IfindexNow = (ifindex: number) => number;

const ATTRIBUTE_HEADER = 4;
const NLA_F_NESTED = 0x8000;

/** Attributes with the flags of their types, in their order. */
function rawAttributes(message: DataView, start: number): Attribute[] {
  const attributes: Attribute[] = [];
  for (let at = start; at + ATTRIBUTE_HEADER <= message.byteLength;) {
    const length = message.getUint16(at, true);
    if (length < ATTRIBUTE_HEADER || at + length > message.byteLength) break;
    const value = bytesOf(new DataView(message.buffer, message.byteOffset + at + 4, length - 4));
    attributes.push({ attributeType: message.getUint16(at + 2, true), value });
    at += (length + 3) & ~3;
  }
  return attributes;
}

const typeOf = ({ attributeType }: Attribute): number => attributeType & 0x3fff;
const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

function bodyOf(message: DataView, size: number): { body: Uint8Array; view: DataView } {
  const body = bytesOf(message).slice(0, size);
  return { body, view: viewOf(body) };
}

const RTA = { outInterface: 4, gateway: 5, multipath: 9, cacheInfo: 12, via: 18, encapType: 21, encap: 22, expires: 23, nhId: 30 } as const; // prettier-ignore
const RTMSG_SIZE = 12;
/** RTNH_F_PERVASIVE and RTNH_F_ONLINK: the others are what the kernel found out. */
const ROUTE_FLAGS_GIVEN = 2 | 4;
/** Said by the next hop object already. */
const OF_NEXT_HOP: ReadonlySet<number> = new Set([RTA.outInterface, RTA.gateway, RTA.multipath, RTA.via, RTA.encapType, RTA.encap]); // prettier-ignore
const TICKS_PER_SECOND = 100;

/** struct rtmsg. `age`: seconds since it was read. Null: it would have expired by now. */
export function replayRoute(message: KernelMessage, now: IfindexNow, age: number): Replay | null {
  const dumped = fromHex(message);
  const { body, view } = bodyOf(dumped, RTMSG_SIZE);
  view.setUint32(8, view.getUint32(8, true) & ROUTE_FLAGS_GIVEN, true);
  const given = rawAttributes(dumped, RTMSG_SIZE);
  const hasObject = given.some((each) => typeOf(each) === RTA.nhId);
  const attributes: Attribute[] = [];
  for (const each of given) {
    const kind = typeOf(each);
    if (hasObject && OF_NEXT_HOP.has(kind)) continue;
    if (kind === RTA.outInterface) attributes.push(u32Attribute(kind, now(u32(viewOf(each.value))!)));
    else if (kind === RTA.multipath) attributes.push({ ...each, value: replayNextHops(each.value, now) });
    else if (kind !== RTA.cacheInfo) attributes.push(each);
  }
  const expires = routeExpiry(message);
  if (expires !== null && expires - age <= 0) return null;
  if (expires !== null) attributes.push(u32Attribute(RTA.expires, Math.ceil(expires - age)));
  return { body, attributes };
}

/** Seconds that it had left: struct rta_cacheinfo has them third, in hundredths; null: for ever. */
export function routeExpiry(message: KernelMessage): number | null {
  const info = attributesOf(fromHex(message), RTMSG_SIZE).get(RTA.cacheInfo);
  const ticks = info && info.byteLength >= 12 ? info.getInt32(8, true) : 0;
  return ticks === 0 ? null : ticks / TICKS_PER_SECOND;
}

/** struct rtnexthop in a row: length u16, flags u8, hops u8, ifindex i32, attributes. */
function replayNextHops(bytes: Uint8Array, now: IfindexNow): Uint8Array {
  const hops = bytes.slice();
  const view = viewOf(hops);
  for (let at = 0; at + 8 <= hops.length;) {
    const length = view.getUint16(at, true);
    if (length < 8) break;
    view.setUint8(at + 2, view.getUint8(at + 2) & ROUTE_FLAGS_GIVEN);
    view.setInt32(at + 4, now(view.getInt32(at + 4, true)), true);
    at += (length + 3) & ~3;
  }
  return hops;
}

/** Each next hop of a multipath route: as a route of its own, and its struct rtnexthop. */
export function splitHops({ body, attributes }: Replay): { route: Replay; hop: Uint8Array | null }[] {
  const hops = attributes.find((each) => typeOf(each) === RTA.multipath);
  if (!hops) return [{ route: { body, attributes }, hop: null }];
  const rest = attributes.filter((each) => each !== hops);
  const view = viewOf(hops.value);
  const single: { route: Replay; hop: Uint8Array }[] = [];
  for (let at = 0; at + 8 <= hops.value.length;) {
    const length = view.getUint16(at, true);
    if (length < 8) break;
    const hop = hops.value.slice(at, at + length);
    const own = viewOf(hop);
    const header = body.slice();
    header[8] = (header[8] ?? 0) | own.getUint8(2);
    const route = {
      body: header,
      attributes: [...rest, u32Attribute(RTA.outInterface, own.getInt32(4, true)), ...rawAttributes(own, 8)],
    };
    single.push({ route, hop });
    at += (length + 3) & ~3;
  }
  return single;
}

/** The same route with these next hops only. */
export function withHops({ body, attributes }: Replay, hops: readonly Uint8Array[]): Replay {
  const value = new Uint8Array(hops.reduce((sum, hop) => sum + ((hop.length + 3) & ~3), 0));
  let at = 0;
  for (const hop of hops) {
    value.set(hop, at);
    at += (hop.length + 3) & ~3;
  }
  const rest = attributes.filter((each) => typeOf(each) !== RTA.multipath);
  return { body, attributes: [...rest, { attributeType: RTA.multipath, value }] };
}

const RTA_DESTINATION = 1;
const RTA_PRIORITY = 6;
const RTA_TABLE = 15;
const ROUTE_KEY: ReadonlySet<number> = new Set([RTA_DESTINATION, RTA_PRIORITY, RTA_TABLE]);

/** Whether the kernel takes the two for one route: destination, metric, table, type of service. */
export function sameRouteKey(a: Replay, b: Replay): boolean {
  const keyOf = ({ body, attributes }: Replay): string =>
    [
      `${body[0]} ${body[1]} ${body[3]}`,
      ...attributes
        .filter((each) => ROUTE_KEY.has(typeOf(each)))
        .map((each) => `${typeOf(each)}:${each.value.join()}`)
        .sort((one, other) => (one < other ? -1 : 1)),
    ].join(' ');
  return keyOf(a) === keyOf(b);
}

const IFA = { cacheInfo: 6, flags: 8, targetNetnsid: 10 } as const;
const IFADDRMSG_SIZE = 8;
const AF_INET6 = 10;
const FOREVER = 0xffff_ffff;
/** IFA_F_*: what is given with an address; the others are what the kernel found out. */
const ADDRESS_FLAG = { noDad: 0x02, optimistic: 0x04, homeAddress: 0x10, manageTemporary: 0x100, noPrefixRoute: 0x200, autoJoin: 0x400, dadFailed: 0x08, tentative: 0x40 } as const; // prettier-ignore
const ADDRESS_FLAGS_GIVEN = 0x02 | 0x04 | 0x10 | 0x100 | 0x200 | 0x400;

/**
 * struct ifaddrmsg. An IPv6 address that had passed its duplicate address detection is given without another one, for
 * routes may have it as their source: `then` clears that mark again. Null: its lifetime is over by now.
 */
export function replayAddress(
  message: KernelMessage,
  ifindex: number,
  age: number,
): { first: Replay; then: Replay | null } | null {
  const dumped = fromHex(message);
  const { body, view } = bodyOf(dumped, IFADDRMSG_SIZE);
  view.setUint32(4, ifindex, true);
  const given = rawAttributes(dumped, IFADDRMSG_SIZE);
  const flags = addressFlags(dumped);
  const kept = flags & ADDRESS_FLAGS_GIVEN;
  const others = given.filter((each) => ![IFA.flags, IFA.cacheInfo, IFA.targetNetnsid].includes(typeOf(each) as 8)); // prettier-ignore
  const times = given.find((each) => typeOf(each) === IFA.cacheInfo);
  if (times) {
    const lives = lifetimes(times.value, age);
    if (!lives) return null;
    others.push({ attributeType: IFA.cacheInfo, value: lives });
  }
  const withFlags = (value: number): Replay => {
    const header = body.slice();
    header[2] = value & 0xff;
    return { body: header, attributes: [...others, u32Attribute(IFA.flags, value)] };
  };
  const isSettled =
    body[0] === AF_INET6 &&
    (flags & (ADDRESS_FLAG.noDad | ADDRESS_FLAG.tentative | ADDRESS_FLAG.dadFailed | ADDRESS_FLAG.optimistic)) === 0; // prettier-ignore
  return isSettled
    ? { first: withFlags(kept | ADDRESS_FLAG.noDad), then: withFlags(kept) }
    : { first: withFlags(kept), then: null };
}

export function addressFlags(message: DataView): number {
  return u32(attributesOf(message, IFADDRMSG_SIZE).get(IFA.flags)) ?? message.getUint8(2);
}

/** struct ifa_cacheinfo: preferred and valid seconds first. Null: over. */
function lifetimes(bytes: Uint8Array, age: number): Uint8Array | null {
  const times = bytes.slice();
  const view = viewOf(times);
  for (const at of [0, 4]) {
    const seconds = view.getUint32(at, true);
    if (seconds !== FOREVER) view.setUint32(at, Math.max(0, Math.round(seconds - age)), true);
  }
  return view.getUint32(4, true) === 0 ? null : times;
}

const NDMSG_SIZE = 12;
const NDA = { cacheInfo: 3, probes: 4, master: 9 } as const;
const NTF_SELF = 0x02;
const NTF_MASTER = 0x04;
const AF_BRIDGE = 7;

/** struct ndmsg: neighbours, proxies, and entries that a bridge or vxlan forwards by. */
export function replayNeighbour(message: KernelMessage, ifindex: number): Replay {
  const dumped = fromHex(message);
  const { body, view } = bodyOf(dumped, NDMSG_SIZE);
  view.setInt32(4, ifindex, true);
  const given = rawAttributes(dumped, NDMSG_SIZE);
  if (body[0] === AF_BRIDGE) {
    const isOfBridge = given.some((each) => typeOf(each) === NDA.master);
    view.setUint8(10, view.getUint8(10) | (isOfBridge ? NTF_MASTER : NTF_SELF));
  }
  const dropped: readonly number[] = [NDA.cacheInfo, NDA.probes, NDA.master];
  return { body, attributes: given.filter((each) => !dropped.includes(typeOf(each))) };
}

const NHMSG_SIZE = 8;
const NHA = { outInterface: 5, encap: 8, resilientGroup: 12, opFlags: 14 } as const;
const RESILIENT_GIVEN: readonly number[] = [1, 2, 3];
const RTNH_F_ONLINK = 4;

/** struct nhmsg, ip-nexthop(8). */
export function replayNextHop(message: KernelMessage, now: IfindexNow): Replay {
  const dumped = fromHex(message);
  const { body, view } = bodyOf(dumped, NHMSG_SIZE);
  // Scope is what the kernel found out, and it refuses flags that are not given.
  view.setUint8(1, 0);
  view.setUint32(4, view.getUint32(4, true) & RTNH_F_ONLINK, true);
  const attributes = rawAttributes(dumped, NHMSG_SIZE).flatMap((each): Attribute[] => {
    const kind = typeOf(each);
    if (kind === NHA.outInterface) return [u32Attribute(kind, now(u32(viewOf(each.value))!))];
    if (kind === NHA.encap) return [{ ...each, attributeType: kind | NLA_F_NESTED }];
    if (kind === NHA.resilientGroup) {
      const given = rawAttributes(viewOf(each.value), 0).filter((one) =>
        RESILIENT_GIVEN.includes(typeOf(one)),
      );
      return [{ attributeType: kind | NLA_F_NESTED, value: encodeMessage(0, 0, 0, new Uint8Array(0), given).slice(16) }]; // prettier-ignore
    }
    return kind < NHA.opFlags ? [each] : [];
  });
  return { body, attributes };
}

const NHA_ID = 1;
const NHA_GROUP = 2;

/** Of RTM_NEWNEXTHOP; a group is an array of struct nexthop_grp: id u32, weight u8, three more bytes. */
export function decodeNextHopObject(
  payload: DataView,
): { id: number; ifindex: number | null; members: number[] } | null {
  const attributes = attributesOf(payload, NHMSG_SIZE);
  const id = u32(attributes.get(NHA_ID));
  if (id === null) return null;
  const group = attributes.get(NHA_GROUP);
  const members: number[] = [];
  for (let at = 0; group && at + 8 <= group.byteLength; at += 8) members.push(group.getUint32(at, true));
  return { id, ifindex: u32(attributes.get(NHA.outInterface)), members };
}

/** The id of the next hop object that a route is of; null: it has hops of its own. */
export function routeNextHopId(message: KernelMessage): number | null {
  return u32(attributesOf(fromHex(message), RTMSG_SIZE).get(RTA.nhId));
}

/** IFA_PROTO (Linux 5.18): 1 loopback, 2 of a router's advertisement, 3 link-local by itself; 0: somebody gave it. */
export function addressOrigin(message: KernelMessage): number {
  const value = attributesOf(fromHex(message), IFADDRMSG_SIZE).get(IFA_PROTO);
  return value && value.byteLength > 0 ? value.getUint8(0) : 0;
}

const IFA_PROTO = 11;

/** All that tells two routes apart, and nothing that is about one moment. */
export function sameReplay(a: Replay, b: Replay): boolean {
  const textOf = ({ body, attributes }: Replay): string =>
    [
      body.join(),
      ...attributes
        .filter((each) => typeOf(each) !== RTA.expires)
        .map((each) => `${typeOf(each)}:${each.value.join()}`)
        .sort((one, other) => (one < other ? -1 : 1)),
    ].join(' ');
  return textOf(a) === textOf(b);
}

const IFA_LABEL = 3;

/** The address for an interface under another name: its label begins with that, as the kernel itself renames it. */
export function relabelled(message: KernelMessage, from: string, to: string): KernelMessage {
  const dumped = fromHex(message);
  const given = rawAttributes(dumped, IFADDRMSG_SIZE);
  const label = given.find((each) => typeOf(each) === IFA_LABEL);
  const old = text(label && viewOf(label.value));
  if (from === to || !label || old === null) return message;
  const rest = old.startsWith(from) ? old.slice(from.length) : old.replace(/^[^:]*/, '');
  const renamed = given.map((each) => (each === label ? textAttribute(IFA_LABEL, `${to}${rest}`) : each));
  const body = bytesOf(dumped).slice(0, IFADDRMSG_SIZE);
  return toHex(encodeMessage(0, 0, 0, body, renamed).slice(NETLINK_HEADER));
}

const NETLINK_HEADER = 16;

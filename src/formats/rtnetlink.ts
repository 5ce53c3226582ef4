/** rtnetlink(7) messages of links, addresses, routes, rules and neighbours. <linux/rtnetlink.h> and friends. */
import type {
  AddressFact,
  LinkFact,
  LinkStatistics,
  NeighbourFact,
  RouteFact,
  RuleFact,
} from '../model/network-table.js';
import { formatHardwareAddress, formatIpAddress } from './ip-address.js';
import { toHex } from './hex.js';
import { decodeLinkDetails } from './link-details.js';
import { decodeRuleConditions } from './rule-conditions.js';
import {
  attributeSlots,
  attributesOf,
  bytesOf,
  forEachAttribute,
  pickAttributes,
  s32,
  text,
  u32,
  u8,
} from './netlink.js';

const IFINFOMSG_SIZE = 16;
const IFADDRMSG_SIZE = 8;
const RTMSG_SIZE = 12;
const NDMSG_SIZE = 12;

/** IFLA_*, <linux/if_link.h>. */
const IFLA = {
  address: 1,
  broadcast: 2,
  name: 3,
  mtu: 4,
  link: 5,
  queueDiscipline: 6,
  master: 10,
  txQueueLength: 13,
  operState: 16,
  linkInfo: 18,
  statistics: 23,
  group: 27,
  carrier: 33,
  linkNetnsid: 37,
  propertyList: 52,
  parentDevice: 56,
  netnsImmutable: 67,
} as const;
const IFLA_ALT_IFNAME = 53;
const IFLA_INFO_KIND = 1;
const IFLA_INFO_DATA = 2;
const IFLA_INFO_SLAVE_KIND = 4;
const IFLA_INFO_SLAVE_DATA = 5;
const IFLA_BRPORT_STATE = 1;
const PORT_STATES = ['disabled', 'listening', 'learning', 'forwarding', 'blocking'];

const OPER_STATES = ['UNKNOWN', 'NOTPRESENT', 'DOWN', 'LOWERLAYERDOWN', 'TESTING', 'DORMANT', 'UP'];
const FAMILIES: Record<number, string> = {
  2: 'inet',
  10: 'inet6',
  7: 'bridge',
  28: 'mpls',
  128: 'ipmr',
  129: 'ip6mr',
};

function familyName(family: number): string {
  return FAMILIES[family] ?? String(family);
}

const LINK_TYPES = Object.values(IFLA);
const LINK_SLOTS = attributeSlots(LINK_TYPES);
const LINK_SLOT = Object.fromEntries(Object.keys(IFLA).map((name, slot) => [name, slot] as const)) as Record<
  keyof typeof IFLA,
  number
>;

/** RTM_NEWLINK; null where the message is no whole link. */
export function decodeLink(payload: DataView): LinkFact | null {
  if (payload.byteLength < IFINFOMSG_SIZE) return null;
  const picked = pickAttributes(payload, IFINFOMSG_SIZE, LINK_SLOTS, LINK_TYPES.length);
  const get = (name: keyof typeof IFLA): DataView | undefined => picked[LINK_SLOT[name]];
  const name = text(get('name'));
  if (name === null) return null;
  const info = get('linkInfo');
  const infoAttributes = info ? attributesOf(info) : NO_ATTRIBUTES;
  const kind = text(infoAttributes.get(IFLA_INFO_KIND));
  const data = infoAttributes.get(IFLA_INFO_DATA);
  const carrier = u8(get('carrier'));
  const immutable = u8(get('netnsImmutable'));
  const properties = get('propertyList');
  return {
    ifindex: payload.getInt32(4, true),
    name,
    alternativeNames: properties ? alternativeNames(properties) : [],
    flags: payload.getUint32(8, true),
    operState: OPER_STATES[u8(get('operState')) ?? 0] ?? 'UNKNOWN',
    carrier: carrier === null ? null : carrier !== 0,
    mtu: u32(get('mtu')) ?? 0,
    hardwareType: payload.getUint16(2, true),
    address: hardwareText(get('address')),
    broadcast: hardwareText(get('broadcast')),
    txQueueLength: u32(get('txQueueLength')) ?? 0,
    group: u32(get('group')) ?? 0,
    kind,
    portState: portState(infoAttributes),
    master: u32(get('master')),
    // A link without a lower one says 0 or nothing.
    lower: u32(get('link')) || null,
    lowerNetnsid: s32(get('linkNetnsid')),
    queueDiscipline: text(get('queueDiscipline')) ?? '',
    netnsImmutable: immutable === null ? null : immutable !== 0,
    featureNetnsLocal: null,
    parentDevice: text(get('parentDevice')),
    phy: null,
    details: kind !== null && data ? decodeLinkDetails(kind, data) : {},
    statistics: decodeStatistics(get('statistics')),
  };
}

const NO_ATTRIBUTES: ReadonlyMap<number, DataView> = new Map();

function hardwareText(value: DataView | undefined): string {
  return value ? formatHardwareAddress(bytesOf(value)) : '';
}

function portState(info: ReadonlyMap<number, DataView>): string | null {
  const port = info.get(IFLA_INFO_SLAVE_DATA);
  if (!port || text(info.get(IFLA_INFO_SLAVE_KIND)) !== 'bridge') return null;
  const state = u8(attributesOf(port).get(IFLA_BRPORT_STATE));
  return state === null ? null : (PORT_STATES[state] ?? String(state));
}

function alternativeNames(list: DataView): string[] {
  const names: string[] = [];
  forEachAttribute(list, 0, (attributeType, value) => {
    if (attributeType === IFLA_ALT_IFNAME) names.push(text(value) ?? '');
  });
  return names;
}

/** struct rtnl_link_stats64. */
function decodeStatistics(value: DataView | undefined): LinkStatistics {
  const at = (index: number): number =>
    value && value.byteLength >= (index + 1) * 8 ? Number(value.getBigUint64(index * 8, true)) : 0;
  return {
    rxPackets: at(0),
    txPackets: at(1),
    rxBytes: at(2),
    txBytes: at(3),
    rxErrors: at(4),
    txErrors: at(5),
    rxDropped: at(6),
    txDropped: at(7),
  };
}

const IFA = { address: 1, local: 2, label: 3, flags: 8 } as const;
const SCOPES: Record<number, string> = { 0: 'global', 200: 'site', 253: 'link', 254: 'host', 255: 'nowhere' };
const ADDRESS_FLAGS: readonly [number, string][] = [
  [0x01, 'secondary'],
  [0x02, 'nodad'],
  [0x08, 'dadfailed'],
  [0x20, 'deprecated'],
  [0x40, 'tentative'],
  [0x80, 'permanent'],
  [0x100, 'mngtmpaddr'],
  [0x200, 'noprefixroute'],
];

/** RTM_NEWADDR. */
export function decodeAddress(payload: DataView): AddressFact | null {
  if (payload.byteLength < IFADDRMSG_SIZE) return null;
  const attributes = attributesOf(payload, IFADDRMSG_SIZE);
  const address = attributes.get(IFA.address);
  const local = attributes.get(IFA.local) ?? address;
  if (!local) return null;
  const own = formatIpAddress(bytesOf(local));
  const other = address ? formatIpAddress(bytesOf(address)) : own;
  const flags = u32(attributes.get(IFA.flags)) ?? payload.getUint8(2);
  return {
    ifindex: payload.getUint32(4, true),
    family: familyName(payload.getUint8(0)),
    address: own,
    peer: other === own ? null : other,
    prefixLength: payload.getUint8(1),
    scope: SCOPES[payload.getUint8(3)] ?? String(payload.getUint8(3)),
    flags: ADDRESS_FLAGS.filter(([bit]) => (flags & bit) !== 0).map(([, name]) => name),
    label: text(attributes.get(IFA.label)),
    message: toHex(payload),
  };
}

const RTA = {
  destination: 1,
  outInterface: 4,
  gateway: 5,
  metric: 6,
  source: 7,
  multipath: 9,
  table: 15,
  via: 18,
} as const;
const ROUTE_KINDS = [
  'unspec', 'unicast', 'local', 'broadcast', 'anycast', 'multicast', 'blackhole', 'unreachable', 'prohibit',
  'throw', 'nat', 'xresolve',
]; // prettier-ignore
/** RTPROT_* of <linux/rtnetlink.h>, by the name that `ip` has for it. */
export function routeProtocol(name: string): number {
  const found = Object.entries(PROTOCOLS).find(([, each]) => each === name);
  return Number(found?.[0] ?? name);
}

const PROTOCOLS: Record<number, string> = {
  0: 'unspec',
  1: 'redirect',
  2: 'kernel',
  3: 'boot',
  4: 'static',
  9: 'ra',
  16: 'dhcp',
};
const ROUTE_FLAGS: readonly [number, string][] = [
  [1, 'dead'],
  [2, 'pervasive'],
  [4, 'onlink'],
  [8, 'offload'],
  [16, 'linkdown'],
  [32, 'unresolved'],
];
const RTPROT_KERNEL = 2;
/** Cloned entries of the routing cache, no routes. */
const RTM_F_CLONED = 0x200;

function flagNames(table: readonly [number, string][], flags: number): string[] {
  return table.filter(([bit]) => (flags & bit) !== 0).map(([, name]) => name);
}

function gatewayOf(attributes: Map<number, DataView>): string | null {
  const gateway = attributes.get(RTA.gateway);
  if (gateway) return formatIpAddress(bytesOf(gateway));
  const via = attributes.get(RTA.via);
  // struct rtvia: family u16, then the address.
  return via && via.byteLength > 2 ? formatIpAddress(bytesOf(via).slice(2)) : null;
}

/** RTM_NEWROUTE; null for what is no route of a table. */
export function decodeRoute(payload: DataView): RouteFact | null {
  if (payload.byteLength < RTMSG_SIZE) return null;
  const flags = payload.getUint32(8, true);
  if ((flags & RTM_F_CLONED) !== 0) return null;
  const attributes = attributesOf(payload, RTMSG_SIZE);
  const destination = attributes.get(RTA.destination);
  const prefixLength = payload.getUint8(1);
  const family = payload.getUint8(0);
  const source = attributes.get(RTA.source);
  const comesByItself = payload.getUint8(5) === RTPROT_KERNEL;
  return {
    family: familyName(family),
    kind: ROUTE_KINDS[payload.getUint8(7)] ?? String(payload.getUint8(7)),
    destination: destinationText(destination, prefixLength, family),
    table: u32(attributes.get(RTA.table)) ?? payload.getUint8(4),
    gateway: gatewayOf(attributes),
    outInterface: u32(attributes.get(RTA.outInterface)),
    source: source ? formatIpAddress(bytesOf(source)) : null,
    protocol: PROTOCOLS[payload.getUint8(5)] ?? String(payload.getUint8(5)),
    scope: SCOPES[payload.getUint8(6)] ?? String(payload.getUint8(6)),
    metric: u32(attributes.get(RTA.metric)),
    nextHops: decodeNextHops(attributes.get(RTA.multipath)),
    flags: flagNames(ROUTE_FLAGS, flags),
    ...(!comesByItself && { message: toHex(payload) }),
  };
}

/** `default` where all is meant, without the length where that is an address. */
function destinationText(value: DataView | undefined, prefixLength: number, family: number): string {
  if (!value) return prefixLength === 0 ? 'default' : `::/${prefixLength}`;
  const whole = family === 2 ? 32 : 128;
  const address = formatIpAddress(bytesOf(value));
  return prefixLength === whole ? address : `${address}/${prefixLength}`;
}

/** struct rtnexthop: length u16, flags u8, hops u8, ifindex i32, then attributes. */
function decodeNextHops(value: DataView | undefined): RouteFact['nextHops'] {
  const hops: RouteFact['nextHops'] = [];
  for (let at = 0; value && at + 8 <= value.byteLength;) {
    const length = value.getUint16(at, true);
    if (length < 8 || at + length > value.byteLength) break;
    const attributes = attributesOf(new DataView(value.buffer, value.byteOffset + at, length), 8);
    hops.push({
      gateway: gatewayOf(attributes),
      outInterface: value.getInt32(at + 4, true),
      weight: value.getUint8(at + 3) + 1,
    });
    at += (length + 3) & ~3;
  }
  return hops;
}

const FRA = { destination: 1, source: 2, priority: 6, table: 15 } as const;
const RULE_ACTIONS: Record<number, string> = {
  1: 'to_tbl',
  2: 'goto',
  3: 'nop',
  6: 'blackhole',
  7: 'unreachable',
  8: 'prohibit',
};

/** RTM_NEWRULE, struct fib_rule_hdr. */
export function decodeRule(payload: DataView): RuleFact | null {
  if (payload.byteLength < RTMSG_SIZE) return null;
  const attributes = attributesOf(payload, RTMSG_SIZE);
  const network = (attribute: number, length: number): string => {
    const value = attributes.get(attribute);
    return value ? destinationText(value, length, payload.getUint8(0)) : 'all';
  };
  return {
    family: familyName(payload.getUint8(0)),
    priority: u32(attributes.get(FRA.priority)) ?? 0,
    from: network(FRA.source, payload.getUint8(2)),
    to: network(FRA.destination, payload.getUint8(1)),
    table: u32(attributes.get(FRA.table)) ?? payload.getUint8(4),
    action: RULE_ACTIONS[payload.getUint8(7)] ?? String(payload.getUint8(7)),
    ...decodeRuleConditions(attributes, payload.getUint8(3), payload.getUint32(8, true)),
  };
}

const NDA = { destination: 1, hardwareAddress: 2 } as const;
const NEIGHBOUR_STATES: readonly [number, string][] = [
  [0x01, 'INCOMPLETE'],
  [0x02, 'REACHABLE'],
  [0x04, 'STALE'],
  [0x08, 'DELAY'],
  [0x10, 'PROBE'],
  [0x20, 'FAILED'],
  [0x40, 'NOARP'],
  [0x80, 'PERMANENT'],
];

/** RTM_NEWNEIGH, struct ndmsg. Entries without use (NOARP: multicast, loopback) are left out, as ip-neighbour(8) does. */
export function decodeNeighbour(payload: DataView): NeighbourFact | null {
  if (payload.byteLength < NDMSG_SIZE) return null;
  const attributes = attributesOf(payload, NDMSG_SIZE);
  const destination = attributes.get(NDA.destination);
  const hardware = attributes.get(NDA.hardwareAddress);
  const state = NEIGHBOUR_STATES.find(([bit]) => bit === payload.getUint16(8, true))?.[1] ?? 'NONE';
  if (!destination || state === 'NOARP') return null;
  return {
    ifindex: payload.getInt32(4, true),
    family: familyName(payload.getUint8(0)),
    address: formatIpAddress(bytesOf(destination)),
    hardwareAddress: hardware ? formatHardwareAddress(bytesOf(hardware)) : '',
    state,
  };
}

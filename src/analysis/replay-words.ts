/** What the kernel gave in a dump, in the words of ip(8) and bridge(8) that would make the same. */
import { fromHex } from '../formats/hex.js';
import { formatIpAddress } from '../formats/ip-address.js';
import { attributesOf, bytesOf, text, u16, u16be, u32, u8 } from '../formats/netlink.js';
import { addressFlags, routeExpiry } from '../formats/replay.js';
import type { KernelMessage } from '../model/network-table.js';

const AF_INET6 = 10;
const address = (value: DataView): string => formatIpAddress(bytesOf(value));
export const words = (name: string, value: string | number | null | undefined): string[] =>
  value === null || value === undefined ? [] : [name, String(value)];

const RTA = { destination: 1, outInterface: 4, gateway: 5, priority: 6, source: 7, metrics: 8, multipath: 9, flow: 11, table: 15, via: 18, pref: 20, encapType: 21, encap: 22, ttlPropagate: 26, nhId: 30 } as const; // prettier-ignore
const RTMSG_SIZE = 12;
const ROUTE_TYPES = ['unspec', 'unicast', 'local', 'broadcast', 'anycast', 'multicast', 'blackhole', 'unreachable', 'prohibit', 'throw', 'nat', 'xresolve']; // prettier-ignore
const PROTOCOLS: Record<number, string> = { 2: 'kernel', 4: 'static', 9: 'ra', 16: 'dhcp' };
const SCOPES: Record<number, string> = { 0: 'global', 200: 'site', 253: 'link', 254: 'host', 255: 'nowhere' };
const RTPROT_BOOT = 3;
const RTN_LOCAL = 2;
const UNIVERSE = 0;
const SCOPE_LINK = 253;
const SCOPE_HOST = 254;
const TABLE_MAIN = 254;
const ONLINK = 4;
const PREFERENCES: Record<number, string> = { 1: 'high', 3: 'low' };

/** `family`, then what follows `ip route add`. `nameOf`: of an interface by its number in the message. */
export function routeReplayWords(
  message: KernelMessage,
  nameOf: (ifindex: number) => string,
): { isIpv6: boolean; words: string[] } {
  const view = fromHex(message);
  const attributes = attributesOf(view, RTMSG_SIZE);
  const isIpv6 = view.getUint8(0) === AF_INET6;
  const kind = view.getUint8(7);
  const destination = attributes.get(RTA.destination);
  const object = u32(attributes.get(RTA.nhId));
  const hops = attributes.get(RTA.multipath);
  const table = u32(attributes.get(RTA.table)) ?? view.getUint8(4);
  const protocol = view.getUint8(5);
  const tos = view.getUint8(3);
  const source = attributes.get(RTA.source);
  const metric = u32(attributes.get(RTA.priority));
  const expires = routeExpiry(message);
  const oneHop =
    object === null && !hops ? hopWords(attributes, u32(attributes.get(RTA.outInterface)), nameOf) : [];
  const hasOnlink = (view.getUint32(8, true) & ONLINK) !== 0 && object === null && !hops;
  return {
    isIpv6,
    words: [
      ...(kind === 1 ? [] : [ROUTE_TYPES[kind] ?? String(kind)]),
      destination ? `${address(destination)}/${view.getUint8(1)}` : 'default',
      ...(tos === 0 ? [] : ['tos', `0x${tos.toString(16)}`]),
      ...(object === null ? [] : ['nhid', String(object)]),
      ...oneHop,
      ...(table === TABLE_MAIN ? [] : ['table', String(table)]),
      ...(protocol === RTPROT_BOOT ? [] : ['proto', PROTOCOLS[protocol] ?? String(protocol)]),
      ...scopeWords(
        view.getUint8(6),
        kind,
        isIpv6,
        oneHop.includes('via') || object !== null || hops !== undefined,
      ),
      ...(source ? ['src', address(source)] : []),
      ...(metric === null || metric === 0 ? [] : ['metric', String(metric)]),
      ...flowWords(attributes.get(RTA.flow)),
      ...metricWords(attributes.get(RTA.metrics)),
      ...words('expires', expires === null ? null : Math.ceil(expires)),
      ...words('pref', isIpv6 ? PREFERENCES[u8(attributes.get(RTA.pref)) ?? 0] : null),
      ...words('ttl-propagate', ttlWord(attributes.get(RTA.ttlPropagate))),
      ...(hasOnlink ? ['onlink'] : []),
      ...(hops && object === null ? multipathWords(hops, nameOf) : []),
    ],
  };
}

/** ip-route(8) chooses it by type and gateway where it is not given; IPv6 has none. */
function scopeWords(scope: number, kind: number, isIpv6: boolean, hasGateway: boolean): string[] {
  const usual = kind === RTN_LOCAL ? SCOPE_HOST : kind > RTN_LOCAL && kind < 6 ? SCOPE_LINK : kind === 1 && !hasGateway ? SCOPE_LINK : UNIVERSE; // prettier-ignore
  return isIpv6 || scope === usual ? [] : ['scope', SCOPES[scope] ?? String(scope)];
}

function ttlWord(value: DataView | undefined): string | null {
  const number = u8(value);
  return number === null ? null : number === 0 ? 'disabled' : 'enabled';
}

/** Realms: from and to in one number. */
function flowWords(value: DataView | undefined): string[] {
  const realms = u32(value);
  if (realms === null || realms === 0) return [];
  const from = realms >>> 16;
  return ['realms', from === 0 ? String(realms) : `${from}/${realms & 0xffff}`];
}

function hopWords(
  attributes: ReadonlyMap<number, DataView>,
  ifindex: number | null,
  nameOf: (ifindex: number) => string,
): string[] {
  const gateway = attributes.get(RTA.gateway);
  const via = attributes.get(RTA.via);
  return [
    ...encapWords(u16(attributes.get(RTA.encapType)), attributes.get(RTA.encap)),
    ...(gateway ? ['via', address(gateway)] : []),
    ...(via && via.byteLength > 2 ? ['via', u16(via) === AF_INET6 ? 'inet6' : 'inet', formatIpAddress(bytesOf(via).slice(2))] : []), // prettier-ignore
    ...(ifindex === null ? [] : ['dev', nameOf(ifindex)]),
  ];
}

function multipathWords(hops: DataView, nameOf: (ifindex: number) => string): string[] {
  const found: string[] = [];
  for (let at = 0; at + 8 <= hops.byteLength;) {
    const length = hops.getUint16(at, true);
    if (length < 8 || at + length > hops.byteLength) break;
    const attributes = attributesOf(new DataView(hops.buffer, hops.byteOffset + at, length), 8);
    found.push('nexthop', ...hopWords(attributes, hops.getInt32(at + 4, true), nameOf));
    found.push('weight', String(hops.getUint8(at + 3) + 1));
    found.push(...flowWords(attributes.get(RTA.flow)));
    if ((hops.getUint8(at + 2) & ONLINK) !== 0) found.push('onlink');
    at += (length + 3) & ~3;
  }
  return found;
}

const ENCAPS = ['none', 'mpls', 'ip', 'ila', 'ip6', 'seg6', 'bpf', 'seg6local', 'rpl', 'ioam6', 'xfrm'];
const ENCAP_IP = 2;
const ENCAP_IP6 = 4;
const TUNNEL_FLAGS: readonly [number, string][] = [[1, 'csum'], [4, 'key'], [8, 'seq']]; // prettier-ignore

/** The tunnels of ip-route(8); of the others only the name, that no command can do with. */
function encapWords(kind: number | null, value: DataView | undefined): string[] {
  if (kind === null || !value) return [];
  const name = ENCAPS[kind] ?? String(kind);
  if (kind !== ENCAP_IP && kind !== ENCAP_IP6) return ['encap', name];
  const attributes = attributesOf(value);
  const [destination, source] = [attributes.get(2), attributes.get(3)];
  const id = attributes.get(1);
  const flags = u16be(attributes.get(6)) ?? 0;
  const ends = kind === ENCAP_IP ? (['ttl', 'tos'] as const) : (['hoplimit', 'tc'] as const);
  return [
    'encap',
    name,
    ...(id && id.byteLength >= 8 ? ['id', String(id.getBigUint64(0, false))] : []),
    ...(source ? ['src', address(source)] : []),
    ...(destination ? ['dst', address(destination)] : []),
    ...words(ends[0], u8(attributes.get(kind === ENCAP_IP ? 4 : 4))),
    ...words(ends[1], u8(attributes.get(5))),
    ...TUNNEL_FLAGS.filter(([bit]) => (flags & bit) !== 0).map(([, word]) => word),
  ];
}

/** RTAX_*: name, and how ip-route(8) takes it. */
const METRICS: Record<number, readonly [string, (value: number) => string]> = {
  2: ['mtu', String],
  3: ['window', String],
  4: ['rtt', (value) => `${value / 8}ms`],
  5: ['rttvar', (value) => `${value / 4}ms`],
  6: ['ssthresh', String],
  7: ['cwnd', String],
  8: ['advmss', String],
  9: ['reordering', String],
  10: ['hoplimit', String],
  11: ['initcwnd', String],
  12: ['features', (value) => (value === 1 ? 'ecn' : String(value))],
  13: ['rto_min', (value) => `${value}ms`],
  14: ['initrwnd', String],
  15: ['quickack', String],
  17: ['fastopen_no_cookie', String],
};
const RTAX_LOCK = 1;
const RTAX_CONGESTION = 16;

function metricWords(value: DataView | undefined): string[] {
  if (!value) return [];
  const attributes = attributesOf(value);
  const locks = u32(attributes.get(RTAX_LOCK)) ?? 0;
  return [...attributes].flatMap(([attribute, each]): string[] => {
    const lock = (locks & (1 << attribute)) === 0 ? [] : ['lock'];
    if (attribute === RTAX_CONGESTION) return ['congctl', ...lock, text(each) ?? ''];
    const metric = METRICS[attribute];
    const number = u32(each);
    return metric && number !== null ? [metric[0], ...lock, metric[1](number)] : [];
  });
}

const IFA = { address: 1, local: 2, label: 3, broadcast: 4, cacheInfo: 6, metric: 9, protocol: 11 } as const;
const IFADDRMSG_SIZE = 8;
const FOREVER = 0xffff_ffff;
const ADDRESS_FLAGS: readonly [number, string][] = [[0x04, 'optimistic'], [0x10, 'home'], [0x100, 'mngtmpaddr'], [0x200, 'noprefixroute'], [0x400, 'autojoin']]; // prettier-ignore
const NODAD = 0x02;
const UNSETTLED = 0x02 | 0x04 | 0x08 | 0x40;

/**
 * What follows `ip address add`, without `dev`. `isSettled`: its duplicate address detection is over; then `nodad`
 * belongs to these words, and the address is told again without it.
 */
export function addressReplayWords(
  message: KernelMessage,
  device: string,
): { words: string[]; isSettled: boolean } {
  const view = fromHex(message);
  const attributes = attributesOf(view, IFADDRMSG_SIZE);
  const isIpv6 = view.getUint8(0) === AF_INET6;
  const other = attributes.get(IFA.address);
  const local = attributes.get(IFA.local) ?? other;
  const own = local ? address(local) : '';
  const peer = other ? address(other) : own;
  const broadcast = attributes.get(IFA.broadcast);
  const label = text(attributes.get(IFA.label));
  const flags = addressFlags(view);
  const times = attributes.get(IFA.cacheInfo);
  const scope = view.getUint8(3);
  const length = view.getUint8(1);
  const protocol = u8(attributes.get(IFA.protocol)) ?? 0;
  return {
    isSettled: isIpv6 && (flags & UNSETTLED) === 0,
    words: [
      ...(peer === own ? [`${own}/${length}`] : [own, 'peer', `${peer}/${length}`]),
      ...(broadcast ? ['broadcast', address(broadcast)] : []),
      ...(label === null || label === device ? [] : ['label', label]),
      ...(isIpv6 || scope === (own.startsWith('127.') ? SCOPE_HOST : 0)
        ? []
        : ['scope', SCOPES[scope] ?? String(scope)]),
      ...lifetimeWords(times),
      ...words('metric', u32(attributes.get(IFA.metric)) || null),
      ...(protocol === 0 ? [] : ['proto', String(protocol)]),
      ...ADDRESS_FLAGS.filter(([bit]) => (flags & bit) !== 0).map(([, word]) => word),
      ...(isIpv6 && (flags & NODAD) !== 0 ? ['nodad'] : []),
    ],
  };
}

function lifetimeWords(times: DataView | undefined): string[] {
  if (!times || times.byteLength < 8 || times.getUint32(4, true) === FOREVER) return [];
  const preferred = times.getUint32(0, true);
  return ['valid_lft', String(times.getUint32(4, true)), 'preferred_lft', preferred === FOREVER ? 'forever' : String(preferred)]; // prettier-ignore
}

const NHMSG_SIZE = 8;

/** What follows `ip nexthop add`. */
export function nextHopReplayWords(message: KernelMessage, nameOf: (ifindex: number) => string): string[] {
  const view = fromHex(message);
  const attributes = attributesOf(view, NHMSG_SIZE);
  const [gateway, group] = [attributes.get(6), attributes.get(2)];
  const outInterface = u32(attributes.get(5));
  const protocol = view.getUint8(2);
  return [
    'id',
    String(u32(attributes.get(1)) ?? 0),
    ...(attributes.has(4) ? ['blackhole'] : []),
    ...(group ? ['group', groupWord(group)] : []),
    ...encapWords(u16(attributes.get(7)), attributes.get(8)),
    ...(gateway ? ['via', address(gateway)] : []),
    ...(outInterface === null ? [] : ['dev', nameOf(outInterface)]),
    ...((view.getUint32(4, true) & ONLINK) !== 0 ? ['onlink'] : []),
    ...(attributes.has(11) ? ['fdb'] : []),
    ...(protocol === 0 ? [] : ['proto', PROTOCOLS[protocol] ?? String(protocol)]),
  ];
}

export function isIpv6NextHop(message: KernelMessage): boolean {
  return fromHex(message).getUint8(0) === AF_INET6;
}

/** struct nexthop_grp: id u32, weight less one u8. */
function groupWord(group: DataView): string {
  const members: string[] = [];
  for (let at = 0; at + 8 <= group.byteLength; at += 8) {
    const weight = group.getUint8(at + 4) + 1;
    members.push(`${group.getUint32(at, true)}${weight === 1 ? '' : `,${weight}`}`);
  }
  return members.join('/');
}

/** What goes with an interface and no table shows: next hop objects, static neighbours, settings of bridges, tc(8). */
import { decodeBridgeVlans } from '../formats/link-settings.js';
import { toHex } from '../formats/hex.js';
import { attributesOf, forEachAttribute, text, u32, u32Attribute, u8 } from '../formats/netlink.js';
import { decodeNextHopObject } from '../formats/replay.js';
import type { RouteSocket } from '../kernel/route-socket.js';
import { isRefusal } from '../kernel/route-socket.js';
import type { LinkFact, LinkSettings, NetworkRemains } from '../model/network-table.js';
import { dumpTable } from './dump-table.js';

const RTM_GETLINK = 18;
const RTM_GETNEIGH = 30;
const RTM_GETQDISC = 38;
const RTM_GETNETCONF = 82;
const RTM_GETMDB = 86;
const RTM_GETNEXTHOP = 106;
const AF_INET = 2;
const AF_INET6 = 10;
const AF_BRIDGE = 7;
const NDMSG_SIZE = 12;
const IFLA_EXT_MASK = 29;
const RTEXT_FILTER_BRVLAN = 2;
const NUD_NOARP = 0x40;
const NUD_PERMANENT = 0x80;
const NTF_SELF = 0x02;
const NTF_PROXY = 0x08;
const NTF_EXT_LEARNED = 0x10;
const NDA_LLADDR = 2;
const NDA_MASTER = 9;
const TCA_KIND = 1;
/** What the kernel chooses by itself, and what it shows of an interface that is down. */
const OWN_DISCIPLINES = new Set(['noqueue', 'noop', 'mq', 'fq_codel', 'pfifo_fast', 'fq']);
const TC_H_ROOT = 0xffff_ffff;

/** Of the namespace that the socket is in; what a kernel is too old for is not there. */
export function dumpRemains(
  socket: RouteSocket,
  links: readonly LinkFact[],
  settings: LinkSettings[],
  disablesIpv6: boolean | null,
): NetworkRemains {
  const forwards = links.filter(
    ({ kind, master }) => kind === 'bridge' || kind === 'vxlan' || master !== null,
  );
  const hasBridge = links.some(({ kind }) => kind === 'bridge');
  if (hasBridge) tellVlans(socket, settings);
  return {
    settings,
    nextHopObjects: list(
      dumpTable(socket, RTM_GETNEXTHOP, 8, (payload) => {
        const object = decodeNextHopObject(payload);
        return object && { ...object, message: toHex(payload) };
      }),
    ),
    neighbours: [
      ...list(dumpTable(socket, RTM_GETNEIGH, NDMSG_SIZE, decodeStatic)),
      ...list(dumpTable(socket, RTM_GETNEIGH, proxyBody(), decodeProxy)),
    ],
    forwardingEntries: forwards.length === 0 ? [] : dumpForwarding(socket, links),
    groupMembers: hasBridge ? dumpGroups(socket) : [],
    queueDisciplines: list(dumpTable(socket, RTM_GETQDISC, 20, decodeDiscipline)),
    disablesIpv6,
    defaults: { ipv4: defaultsOf(socket, AF_INET), ipv6: defaultsOf(socket, AF_INET6) },
  };
}

function list<T>(answer: T[] | number): T[] {
  return typeof answer === 'number' ? [] : answer;
}

function tellVlans(socket: RouteSocket, settings: readonly LinkSettings[]): void {
  const body = new Uint8Array(16);
  body[0] = AF_BRIDGE;
  const byIfindex = new Map(settings.map((each) => [each.ifindex, each] as const));
  const mask = [u32Attribute(IFLA_EXT_MASK, RTEXT_FILTER_BRVLAN)];
  for (const { ifindex, vlans } of list(dumpTable(socket, RTM_GETLINK, body, decodeBridgeVlans, mask))) {
    const known = byIfindex.get(ifindex);
    if (known) known.vlans = vlans;
  }
}

type Entry = NetworkRemains['neighbours'][number];

function proxyBody(): Uint8Array {
  const body = new Uint8Array(NDMSG_SIZE);
  body[10] = NTF_PROXY;
  return body;
}

function decodeStatic(payload: DataView): Entry | null {
  const isStatic =
    (payload.getUint16(8, true) & NUD_PERMANENT) !== 0 || (payload.getUint8(10) & NTF_EXT_LEARNED) !== 0;
  return isStatic ? { ifindex: payload.getInt32(4, true), message: toHex(payload) } : null;
}

/** Older kernels answer with all neighbours where proxies are asked for. */
function decodeProxy(payload: DataView): Entry | null {
  if ((payload.getUint8(10) & NTF_PROXY) === 0) return null;
  return { ifindex: payload.getInt32(4, true), message: toHex(payload) };
}

/** What somebody gave: no learned entries, and none that the kernel has for the interface's own address. */
function dumpForwarding(socket: RouteSocket, links: readonly LinkFact[]): Entry[] {
  const body = new Uint8Array(NDMSG_SIZE);
  body[0] = AF_BRIDGE;
  const byIfindex = new Map(links.map((link) => [link.ifindex, link] as const));
  return list(
    dumpTable(socket, RTM_GETNEIGH, body, (payload) => {
      const ifindex = payload.getInt32(4, true);
      const link = byIfindex.get(ifindex);
      if ((payload.getUint16(8, true) & (NUD_PERMANENT | NUD_NOARP)) === 0 || !link) return null;
      const attributes = attributesOf(payload, NDMSG_SIZE);
      const address = attributes.get(NDA_LLADDR);
      const text = address ? toHex(address).replaceAll(/(..)(?=.)/g, '$1:') : '';
      const isGroup = address !== undefined && (address.getUint8(0) & 1) !== 0;
      const isOwn = attributes.has(NDA_MASTER)
        ? text === link.address || link.kind === 'bridge'
        : isGroup || (payload.getUint8(10) & NTF_SELF) === 0;
      return isOwn ? null : { ifindex, message: toHex(payload) };
    }),
  );
}

const MDBA_MDB = 1;
const MDB_PERMANENT = 1;

/** RTM_NEWMDB: MDBA_MDB, in it entries, in each MDBA_MDB_ENTRY_INFO: struct br_mdb_entry. */
function dumpGroups(socket: RouteSocket): NetworkRemains['groupMembers'] {
  const body = new Uint8Array(8);
  body[0] = AF_BRIDGE;
  const found: NetworkRemains['groupMembers'] = [];
  for (const payload of list(dumpTable(socket, RTM_GETMDB, body, (each) => new DataView(bytes(each))))) {
    const groups = attributesOf(payload, 8).get(MDBA_MDB);
    if (!groups) continue;
    forEachAttribute(groups, 0, (_, entry) =>
      forEachAttribute(entry, 0, (__, info) => {
        if (info.byteLength < 28 || info.getUint8(4) !== MDB_PERMANENT) return;
        const message = toHex(new DataView(info.buffer, info.byteOffset, 28));
        found.push({ bridge: payload.getInt32(4, true), ifindex: info.getInt32(0, true), message });
      }),
    );
  }
  return found;
}

function bytes(payload: DataView): ArrayBuffer {
  return new Uint8Array(payload.buffer, payload.byteOffset, payload.byteLength).slice().buffer;
}

/** struct tcmsg: family, ifindex, handle, parent, info. */
function decodeDiscipline(payload: DataView): NetworkRemains['queueDisciplines'][number] | null {
  const kind = text(attributesOf(payload, 20).get(TCA_KIND));
  const handle = payload.getUint32(8, true);
  const isRoot = payload.getUint32(12, true) === TC_H_ROOT;
  // Those that somebody made have a handle; classes have disciplines of their own, that go with the root.
  if (kind === null || (OWN_DISCIPLINES.has(kind) && (handle === 0 || !isRoot))) return null;
  return { ifindex: payload.getInt32(4, true), kind };
}

const NETCONF = { forwarding: 2, rp_filter: 3, mc_forwarding: 4, proxy: 5, ignore_routes_with_linkdown: 6 } as const; // prettier-ignore
const NETCONFA_IFINDEX = 1;
const NETCONFA_IFINDEX_DEFAULT = 0xffff_fffe;

function defaultsOf(socket: RouteSocket, family: number): Record<string, number> {
  const answer = socket.ask(RTM_GETNETCONF, 0, Uint8Array.of(family, 0, 0, 0), [
    u32Attribute(NETCONFA_IFINDEX, NETCONFA_IFINDEX_DEFAULT),
  ]);
  if (isRefusal(answer)) return {};
  const attributes = attributesOf(answer, 4);
  const values: Record<string, number> = {};
  for (const [name, attribute] of Object.entries(NETCONF)) {
    const value = u32(attributes.get(attribute)) ?? u8(attributes.get(attribute));
    const named = name === 'proxy' ? (family === AF_INET ? 'proxy_arp' : 'proxy_ndp') : name;
    if (value !== null) values[named] = value;
  }
  return values;
}

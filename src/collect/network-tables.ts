/**
 * Links, addresses, routes, rules and neighbours of every network namespace, also those without a process:
 * join, dump, come back, all in one tick. Then which namespace each link's other end is in.
 */
import { attributesOf, u32, u32Attribute } from '../formats/netlink.js';
import { decodeLinkSettings } from '../formats/link-settings.js';
import { decodeAddress, decodeLink, decodeNeighbour, decodeRoute, decodeRule } from '../formats/rtnetlink.js';
import { EPERM } from '../kernel/errno.js';
import { readNetnsLocalFeature } from '../kernel/ethtool-features.js';
import { close } from '../kernel/libc.js';
import { openRouteSocket, readNetnsid } from '../kernel/netnsid.js';
import { RouteSocket, isRefusal } from '../kernel/route-socket.js';
import { readWiphys } from '../kernel/wireless.js';
import type { LinkFact, LinkSettings, NetworkTableFact } from '../model/network-table.js';
import type { NamespaceKey } from '../model/snapshot.js';
import type { Discovery } from './discovery.js';
import { dumpTable } from './dump-table.js';
import type { JoinedNamespaces } from './joined-namespaces.js';
import { lookThroughOwn } from './own-containers.js';
import { namespacesOfKind, withJoined } from './joined-namespaces.js';
import { dumpRemains } from './network-remains.js';

const SUBJECT = 'network';
const ARPHRD_ETHER = 1;
const RTM_GETLINK = 18;
const RTM_GETADDR = 22;
const RTM_GETROUTE = 26;
const RTM_GETNEIGH = 30;
const RTM_GETRULE = 34;
const RTM_GETNETCONF = 82;
const NETCONFMSG_SIZE = 4;
const NETCONFA_IFINDEX = 1;
const NETCONFA_FORWARDING = 2;
const NETCONFA_IFINDEX_ALL = 0xffff_ffff;
const AF_INET = 2;
const AF_INET6 = 10;
const IFLA_EXT_MASK = 29;
/** Without the 32-bit statistics: half the bytes of each link. */
const RTEXT_FILTER_SKIP_STATS = 8;

export function collectNetworkTables(discovery: Discovery): NetworkTableFact[] {
  discovery.gaps.forget(SUBJECT);
  return readNetworkTables(discovery, namespacesOfKind(discovery, 'net'), []);
}

/**
 * Tables of these namespaces. `others`: tables that were read before, in whose namespaces other ends may be.
 */
export function readNetworkTables(
  discovery: Discovery,
  keys: Iterable<NamespaceKey>,
  others: readonly NetworkTableFact[],
): NetworkTableFact[] {
  const tables: NetworkTableFact[] = [];
  const refused: NamespaceKey[] = [];
  const failed = withJoined(discovery, 'net', (networks) => {
    for (const key of keys) {
      const table = networks.inside(key, () => dumpHere(discovery, key));
      if (table === -EPERM) refused.push(key);
      else if (typeof table === 'number') discovery.gaps.add(SUBJECT, table, key);
      else tables.push(table);
    }
    tables.push(...lookThroughOwn(discovery, SUBJECT, refused, ({ networkTables }) => networkTables));
    const read = new Set(tables.map(({ key }) => key));
    resolveNetnsids(networks, tables, [...tables, ...others.filter(({ key }) => !read.has(key))]);
  });
  if (failed < 0) discovery.gaps.add(SUBJECT, failed, '/proc/thread-self/ns/net');
  return tables;
}

/** Each with what it is set to. */
function dumpLinks(socket: RouteSocket): { link: LinkFact; settings: LinkSettings }[] | number {
  const decode = (payload: DataView): { link: LinkFact; settings: LinkSettings } | null => {
    const link = decodeLink(payload);
    return link && { link, settings: decodeLinkSettings(payload) };
  };
  return dumpTable(socket, RTM_GETLINK, 16, decode, [u32Attribute(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS)]);
}

/** All tables of the namespace that the thread is in; -errno where there is no socket. */
function dumpHere({ proc }: Discovery, key: NamespaceKey): NetworkTableFact | number {
  const socket = RouteSocket.open();
  if (typeof socket === 'number') return socket;
  try {
    const dumped = dumpLinks(socket);
    if (typeof dumped === 'number') return dumped;
    const links = dumped.map(({ link }) => link);
    for (const link of links) link.featureNetnsLocal = askFeature(link);
    tellWiphys(links);
    const rest = <T>(list: T[] | number): T[] => (typeof list === 'number' ? [] : list);
    return {
      key,
      links,
      addresses: rest(dumpTable(socket, RTM_GETADDR, 8, decodeAddress)),
      routes: rest(dumpTable(socket, RTM_GETROUTE, 12, decodeRoute)),
      rules: rest(dumpTable(socket, RTM_GETRULE, 12, decodeRule)),
      neighbours: rest(dumpTable(socket, RTM_GETNEIGH, 12, decodeNeighbour)),
      forwarding: {
        ipv4: askForwarding(socket, AF_INET) ?? readSwitch(proc, 'sys/net/ipv4/ip_forward'),
        ipv6: askForwarding(socket, AF_INET6) ?? readSwitch(proc, 'sys/net/ipv6/conf/all/forwarding'),
      },
      netnsids: {},
      remains: dumpRemains(
        socket,
        links,
        dumped.map(({ settings }) => settings),
        readSwitch(proc, 'sys/net/ipv6/conf/default/disable_ipv6'),
      ),
      takenAt: Date.now(),
    };
  } finally {
    socket.close();
  }
}

/** RTM_GETNETCONF (Linux 3.8) for all interfaces: a twentieth of what opening a file of /proc/sys costs. */
function askForwarding(socket: RouteSocket, family: number): boolean | null {
  const answer = socket.ask(RTM_GETNETCONF, 0, Uint8Array.of(family, 0, 0, 0), [
    u32Attribute(NETCONFA_IFINDEX, NETCONFA_IFINDEX_ALL),
  ]);
  if (isRefusal(answer)) return null;
  const forwarding = u32(attributesOf(answer, NETCONFMSG_SIZE).get(NETCONFA_FORWARDING));
  return forwarding === null ? null : forwarding !== 0;
}

/** /proc/sys/net shows the network namespace of the thread that opens it. */
export function readSwitch(proc: Discovery['proc'], path: string): boolean | null {
  const text = proc.readFile(path);
  return typeof text === 'string' ? text.trim() !== '0' : null;
}

/** Only where the kernel does not tell by itself, and only up to the first answer that it has no such feature. */
let kernelHasFeature: boolean | null = null;

function askFeature({ netnsImmutable, name }: LinkFact): boolean | null {
  if (netnsImmutable !== null || kernelHasFeature === false) return null;
  const answer = readNetnsLocalFeature(name);
  kernelHasFeature ??= answer !== null;
  return answer;
}

/** Only hardware can be wireless: most namespaces hold none. */
function tellWiphys(links: readonly LinkFact[]): void {
  if (!links.some(({ kind, hardwareType }) => kind === null && hardwareType === ARPHRD_ETHER)) return;
  const wiphys = readWiphys();
  if (wiphys instanceof Map) for (const link of links) link.phy = wiphys.get(link.ifindex) ?? null;
}

// ---- which namespace is meant by a netnsid ------------------------------------------------------------------

/** The numbers that links of the table use. */
function wantedNetnsids({ links }: NetworkTableFact): Set<number> {
  return new Set(
    links.flatMap(({ lowerNetnsid }) => (lowerNetnsid !== null && lowerNetnsid >= 0 ? [lowerNetnsid] : [])),
  );
}

/** Asks in each namespace for the number of each candidate; those with a mirrored link first. */
function resolveNetnsids(
  networks: JoinedNamespaces,
  tables: readonly NetworkTableFact[],
  all: readonly NetworkTableFact[],
): void {
  const mirrors = mirrorIndex(all);
  for (const table of tables) {
    const wanted = wantedNetnsids(table);
    if (wanted.size === 0) continue;
    const candidates = candidatesOf(table, all, mirrors);
    const unasked = networks.inside(table.key, () => askNetnsids(networks, table, wanted, candidates));
    if (wanted.size > 0)
      table.unasked = typeof unasked === 'number' ? candidates.map(({ key }) => key) : unasked;
  }
}

/** Tables by (ifindex, lower): the two ends of a veth name each other. */
function mirrorIndex(tables: readonly NetworkTableFact[]): Map<string, NetworkTableFact[]> {
  const index = new Map<string, NetworkTableFact[]>();
  for (const table of tables) {
    for (const { ifindex, lower } of table.links) {
      if (lower === null) continue;
      const name = `${ifindex} ${lower}`;
      index.set(name, [...(index.get(name) ?? []), table]);
    }
  }
  return index;
}

function candidatesOf(
  table: NetworkTableFact,
  tables: readonly NetworkTableFact[],
  mirrors: ReadonlyMap<string, NetworkTableFact[]>,
): NetworkTableFact[] {
  const likely = table.links.flatMap(({ ifindex, lower, lowerNetnsid }) =>
    lowerNetnsid === null ? [] : (mirrors.get(`${lower} ${ifindex}`) ?? []),
  );
  return [...new Set([...likely, ...tables])].filter((other) => other !== table);
}

/** What could not be asked. */
function askNetnsids(
  networks: JoinedNamespaces,
  table: NetworkTableFact,
  wanted: Set<number>,
  candidates: readonly NetworkTableFact[],
): NamespaceKey[] {
  const socket = openRouteSocket();
  if (socket < 0) return candidates.map(({ key }) => key);
  const unasked: NamespaceKey[] = [];
  try {
    for (const { key } of candidates) {
      if (wanted.size === 0) break;
      const fd = networks.open(key);
      const netnsid = fd < 0 ? undefined : readNetnsid(socket, fd);
      if (fd >= 0) close(fd);
      if (netnsid === undefined) unasked.push(key);
      if (netnsid === null || netnsid === undefined) continue;
      table.netnsids[String(netnsid)] = key;
      wanted.delete(netnsid);
    }
    return unasked;
  } finally {
    close(socket);
  }
}

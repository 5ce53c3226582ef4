/** What one network namespace holds, as rtnetlink(7) tells it. Plain data. */
import type { NamespaceKey } from './snapshot.js';

/** Number of an interface within its network namespace. */
export type Ifindex = number & { readonly brand?: 'Ifindex' };

export interface LinkFact {
  ifindex: Ifindex;
  name: string;
  alternativeNames: string[];
  /** IFF_* of netdevice(7). */
  flags: number;
  /** RFC 2863: UP, DOWN, UNKNOWN, LOWERLAYERDOWN … */
  operState: string;
  /** IFLA_CARRIER: whether the other end of the cable is there; null: the kernel does not tell. */
  carrier: boolean | null;
  mtu: number;
  /** ARPHRD_* of <linux/if_arp.h>. */
  hardwareType: number;
  /** Hardware address; empty where the link has none. */
  address: string;
  /** IFLA_INFO_KIND: veth, bridge …; null: hardware, loopback, or a driver that gives none. */
  kind: string | null;
  /** Hardware broadcast address; of a point-to-point link its other end. */
  broadcast: string;
  txQueueLength: number;
  /** IFLA_GROUP; 0 is `default`. */
  group: number;
  /** The interface that it is a port of: a bridge, a bond. */
  master: Ifindex | null;
  /** As a port of a bridge: disabled, listening, learning, forwarding, blocking; null: not one. */
  portState: string | null;
  /** IFLA_LINK: the peer of a veth, the lower link of a vlan or macvlan. */
  lower: Ifindex | null;
  /** The network namespace of `lower`, as this link's namespace numbers it; null: the same namespace. */
  lowerNetnsid: number | null;
  queueDiscipline: string;
  /** IFLA_NETNS_IMMUTABLE (Linux 6.15); null: the kernel does not tell. */
  netnsImmutable: boolean | null;
  /** ETHTOOL feature netns-local (up to Linux 6.11); null: not asked, or the kernel has it no more. */
  featureNetnsLocal: boolean | null;
  /** Bus device behind it, a PCI address or virtio0; null: made by software. */
  parentDevice: string | null;
  /** Number of the wiphy behind it, as `phy0` has it; null: not wireless. */
  phy: number | null;
  /** Of its kind: vlan id, mode, remote … in words of ip-link(8). */
  details: Record<string, string | number | boolean>;
  statistics: LinkStatistics;
}

/** Since the interface was made: bytes and packets. */
export interface LinkStatistics {
  rxPackets: number;
  txPackets: number;
  rxBytes: number;
  txBytes: number;
  rxErrors: number;
  txErrors: number;
  rxDropped: number;
  txDropped: number;
}

/** What a device is given when it is made; absent: the kernel chooses. */
export interface LinkTraits {
  hardwareAddress?: string;
  mtu?: number;
}

/**
 * Body and attributes of an rtnetlink(7) message in hexadecimal: what is lost is given back byte for byte, with
 * attributes that nsview does not know.
 */
export type KernelMessage = string;

/** What an interface is set to, beyond what `LinkFact` shows: lost when it is deleted, in part when it moves. */
export interface LinkSettings {
  ifindex: Ifindex;
  /** IFLA_IFALIAS; null: none. */
  alias: string | null;
  /** IFLA_INFO_DATA of its kind; null: none. */
  kindData: KernelMessage | null;
  /** IFLA_INFO_SLAVE_DATA, as a port of a bridge; null: not one. */
  portData: KernelMessage | null;
  /** IFLA_INET_CONF and IFLA_INET6_CONF: arrays of s32, net.ipv4.conf.* and net.ipv6.conf.*; null: switched off. */
  ipv4: KernelMessage | null;
  ipv6: KernelMessage | null;
  /** Programs of XDP on it. */
  hasXdp: boolean;
  /** As a port of a bridge, or as a bridge: `vid flags`, BRIDGE_VLAN_INFO_* of <linux/if_bridge.h>. */
  vlans: { vid: number; flags: number }[];
}

/** An entry that belongs to an interface: a neighbour, a queueing discipline … */
export interface LinkEntry {
  ifindex: Ifindex;
  message: KernelMessage;
}

/** What goes with an interface and is nowhere else in the table. */
export interface NetworkRemains {
  settings: LinkSettings[];
  /** struct nhmsg; `ifindex` null: a group, or a blackhole. `members`: ids of a group. */
  nextHopObjects: { id: number; ifindex: Ifindex | null; members: number[]; message: KernelMessage }[];
  /** struct ndmsg: permanent and proxy neighbours, then what somebody gave a bridge or vxlan to forward by. */
  neighbours: LinkEntry[];
  forwardingEntries: LinkEntry[];
  /** struct br_mdb_entry of permanent group members; `ifindex`: the port, `bridge` its bridge. */
  groupMembers: (LinkEntry & { bridge: Ifindex })[];
  /** Of tc(8), other than the kernel's own choice. */
  queueDisciplines: { ifindex: Ifindex; kind: string }[];
  /** net.ipv6.conf.default.disable_ipv6: what comes here gets no IPv6; null: not readable. */
  disablesIpv6: boolean | null;
  /** net.*.conf.default of what comes here, as far as RTM_GETNETCONF tells. */
  defaults: { ipv4: Record<string, number>; ipv6: Record<string, number> };
}

export interface AddressFact {
  ifindex: Ifindex;
  /** `inet`, `inet6`. */
  family: string;
  address: string;
  /** Of a point-to-point link. */
  peer: string | null;
  prefixLength: number;
  scope: string;
  /** permanent, tentative, dadfailed, deprecated, secondary … */
  flags: string[];
  label: string | null;
  /** As the kernel gave it; absent in recordings from before. */
  message?: KernelMessage;
}

export interface RouteFact {
  family: string;
  /** unicast, local, broadcast, blackhole … */
  kind: string;
  /** Destination network; `default`: all. */
  destination: string;
  table: number;
  gateway: string | null;
  outInterface: Ifindex | null;
  source: string | null;
  protocol: string;
  scope: string;
  metric: number | null;
  /** Next hops of a multipath route. */
  nextHops: { gateway: string | null; outInterface: Ifindex; weight: number }[];
  flags: string[];
  /** As the kernel gave it, of routes that somebody made; absent of those that come by themselves. */
  message?: KernelMessage;
}

export interface RuleFact {
  family: string;
  priority: number;
  from: string;
  to: string;
  /** Table to look in; 0: none. */
  table: number;
  action: string;
  /** Each absent where the rule does not ask for it, and in recordings of earlier versions. */
  not?: true;
  tos?: number;
  dscp?: number;
  fwmark?: { mark: number; mask: number };
  iif?: string;
  oif?: string;
  /** The interface of that name is not there. */
  iifDetached?: true;
  oifDetached?: true;
  l3mdev?: true;
  /** First and last. */
  uidRange?: [number, number];
  ipProtocol?: number;
  sourcePorts?: [number, number];
  destinationPorts?: [number, number];
  /** Decimal: 64 bits. */
  tunnelId?: string;
  /** Priority of the rule that comes next. */
  goto?: number;
  /** There is no rule of that priority. */
  unresolved?: true;
  suppressPrefixLength?: number;
  suppressGroup?: number;
  /** From and to. */
  realms?: [number, number];
  protocol?: number;
  /** FRA_* attributes that are not understood here: conditions of newer kernels. */
  unknown?: number[];
}

export interface NeighbourFact {
  ifindex: Ifindex;
  family: string;
  address: string;
  hardwareAddress: string;
  state: string;
}

export interface NetworkTableFact {
  key: NamespaceKey;
  links: LinkFact[];
  addresses: AddressFact[];
  routes: RouteFact[];
  rules: RuleFact[];
  neighbours: NeighbourFact[];
  /** net.ipv4.ip_forward and net.ipv6.conf.all.forwarding; null: not readable. */
  forwarding: { ipv4: boolean | null; ipv6: boolean | null };
  /** Other network namespaces by the numbers that this one has given them, as far as links need them. */
  netnsids: Record<string, NamespaceKey>;
  /** Where a number was not found: namespaces that could not be asked, so that it may be theirs; absent: none. */
  unasked?: NamespaceKey[];
  /** Absent in recordings from before. */
  remains?: NetworkRemains;
  /** Milliseconds since the epoch: rates are differences. */
  takenAt: number;
}

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
}

export interface RuleFact {
  family: string;
  priority: number;
  from: string;
  to: string;
  table: number;
  action: string;
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
  /** Milliseconds since the epoch: rates are differences. */
  takenAt: number;
}

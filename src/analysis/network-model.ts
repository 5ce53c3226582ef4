/**
 * Interfaces of all network namespaces and what ties them together: peers, lower and upper links, ports. What
 * cannot be told for certain is said to be so, never guessed.
 */
import type { AddressFact, Ifindex, LinkFact, NetworkTableFact } from '../model/network-table.js';
import type { NamespaceKey } from '../model/snapshot.js';

/** An interface in its namespace. */
export interface Link {
  readonly namespace: NamespaceKey;
  readonly fact: LinkFact;
  readonly addresses: readonly AddressFact[];
}

/**
 * The other end that IFLA_LINK names. `same`, `known`: certain. `likely`: the namespace could not be asked, and
 * exactly one interface names this one as its own other end; `ambiguous`: several do. `unknown`: none in sight. What
 * acts or judges takes only what is certain.
 */
export interface FarEnd {
  certainty: 'same' | 'known' | 'likely' | 'ambiguous' | 'unknown';
  links: readonly Link[];
  /** The number of the other namespace, as this link's namespace has it; null: the same namespace. */
  netnsid: number | null;
  ifindex: Ifindex;
}

export interface NetworkTable {
  readonly fact: NetworkTableFact;
  readonly links: readonly Link[];
  readonly byIfindex: ReadonlyMap<Ifindex, Link>;
}

export interface NetworkModel {
  readonly tables: ReadonlyMap<NamespaceKey, NetworkTable>;
  linkAt: (namespace: NamespaceKey, ifindex: Ifindex) => Link | undefined;
  /** Null where the link has no other end: hardware, a bridge. */
  farEnd: (link: Link) => FarEnd | null;
  /** The namespace that a tunnel was made in, its outer packets pass through, and it ends with; null: it is none. */
  birthOf: (link: Link) => NamespaceKey | 'out of sight' | null;
  master: (link: Link) => Link | null;
  /** Ports of a bridge or bond. */
  ports: (link: Link) => readonly Link[];
  /** Links of any namespace that stand on this one: vlan, macvlan, ipvlan, vxlan; not a veth's peer. */
  uppers: (link: Link) => readonly Link[];
}

const PEER_KINDS: ReadonlySet<string | null> = new Set(['veth', 'netkit', 'vxcan']);

/** Whether the other end is its equal, rather than what it stands on. */
export function isPeerKind({ kind }: LinkFact): boolean {
  return PEER_KINDS.has(kind);
}

/**
 * Kinds with rtnl_link_ops.get_link_net that carry packets in packets, as of Linux 6.18; IFLA_LINK_NETNSID is where
 * they were made. The first have no ndo_get_iflink: their IFLA_LINK is their own number.
 */
const OWN_INDEX_TUNNELS = ['vxlan', 'geneve', 'bareudp', 'wireguard', 'gtp', 'ppp', 'ovpn'];
const TUNNEL_KINDS: ReadonlySet<string | null> = new Set([
  ...OWN_INDEX_TUNNELS,
  ...[
    'gre',
    'gretap',
    'erspan',
    'ipip',
    'sit',
    'vti',
    'vti6',
    'ip6tnl',
    'ip6gre',
    'ip6gretap',
    'ip6erspan',
    'xfrm',
  ],
]);

export function isTunnelKind({ kind }: LinkFact): boolean {
  return TUNNEL_KINDS.has(kind);
}

export function isCertain({ certainty }: FarEnd): boolean {
  return certainty === 'same' || certainty === 'known';
}

export const IFF_UP = 0x1;
export const IFF_LOOPBACK = 0x8;

export function isLoopback({ flags }: LinkFact): boolean {
  return (flags & IFF_LOOPBACK) !== 0;
}

function tableOf(fact: NetworkTableFact): NetworkTable {
  const addresses = new Map<Ifindex, AddressFact[]>();
  for (const address of fact.addresses) {
    const list = addresses.get(address.ifindex);
    if (list) list.push(address);
    else addresses.set(address.ifindex, [address]);
  }
  const links = fact.links.map((link) => ({
    namespace: fact.key,
    fact: link,
    addresses: addresses.get(link.ifindex) ?? [],
  }));
  return { fact, links, byIfindex: new Map(links.map((link) => [link.fact.ifindex, link] as const)) };
}

const tables = new WeakMap<NetworkTableFact, NetworkTable>();

/** The wireless device behind it; null: none, or a recording from before that was read. */
export function wiphyOf({ phy }: Partial<Pick<LinkFact, 'phy'>>): number | null {
  return phy ?? null;
}

/** <linux/if_arp.h>. */
export const ARPHRD_ETHER = 1;

export function buildNetworkModel(facts: readonly NetworkTableFact[]): NetworkModel {
  return new NetworkIndex(facts);
}

class NetworkIndex implements NetworkModel {
  readonly tables: ReadonlyMap<NamespaceKey, NetworkTable>;
  private mirrors: Map<string, Link[]> | null = null;
  private standing: Map<Link, Link[]> | null = null;

  constructor(facts: readonly NetworkTableFact[]) {
    const built = facts.map((fact) => {
      let table = tables.get(fact);
      if (!table) tables.set(fact, (table = tableOf(fact)));
      return [fact.key, table] as const;
    });
    this.tables = new Map(built);
  }

  linkAt(namespace: NamespaceKey, ifindex: Ifindex): Link | undefined {
    return this.tables.get(namespace)?.byIfindex.get(ifindex);
  }

  farEnd(link: Link): FarEnd | null {
    const { lowerNetnsid } = link.fact;
    const ifindex = lowerOf(link.fact);
    if (ifindex === null) return null;
    if (lowerNetnsid === null) return this.known('same', link.namespace, ifindex, null);
    const key = this.tables.get(link.namespace)?.fact.netnsids[String(lowerNetnsid)];
    if (key !== undefined) return this.known('known', key, ifindex, lowerNetnsid);
    const mirrors = this.mirrorsOf(link);
    const told = mirrors.find((each) => this.namespaceBehind(each) === link.namespace);
    if (told) return { certainty: 'known', links: [told], netnsid: lowerNetnsid, ifindex };
    const { unasked } = this.tables.get(link.namespace)!.fact;
    const links = mirrors.filter(
      (each) => this.namespaceBehind(each) === undefined && (unasked?.includes(each.namespace) ?? true),
    );
    const certainty = links.length === 0 ? 'unknown' : links.length === 1 ? 'likely' : 'ambiguous';
    return { certainty, links, netnsid: lowerNetnsid, ifindex };
  }

  /** The namespace that its IFLA_LINK_NETNSID means, where the kernel told. */
  private namespaceBehind({ namespace, fact }: Link): NamespaceKey | undefined {
    return this.tables.get(namespace)?.fact.netnsids[String(fact.lowerNetnsid)];
  }

  birthOf(link: Link): NamespaceKey | 'out of sight' | null {
    if (!isTunnelKind(link.fact)) return null;
    return link.fact.lowerNetnsid === null ? link.namespace : (this.namespaceBehind(link) ?? 'out of sight');
  }

  private known(
    certainty: 'same' | 'known',
    namespace: NamespaceKey,
    ifindex: Ifindex,
    netnsid: number | null,
  ): FarEnd {
    const link = this.linkAt(namespace, ifindex);
    return { certainty: link ? certainty : 'unknown', links: link ? [link] : [], netnsid, ifindex };
  }

  /** Links elsewhere of the same kind that name this one as their other end. */
  private mirrorsOf(link: Link): readonly Link[] {
    if (!isPeerKind(link.fact)) return [];
    if (!this.mirrors) {
      this.mirrors = new Map();
      for (const { links } of this.tables.values()) {
        for (const each of links) {
          if (!isPeerKind(each.fact) || each.fact.lowerNetnsid === null) continue;
          const name = `${each.fact.kind} ${each.fact.ifindex} ${each.fact.lower}`;
          this.mirrors.set(name, [...(this.mirrors.get(name) ?? []), each]);
        }
      }
    }
    const { kind, ifindex, lower } = link.fact;
    const mirrored = this.mirrors.get(`${kind} ${lower} ${ifindex}`) ?? [];
    return mirrored.filter(({ namespace }) => namespace !== link.namespace);
  }

  master({ namespace, fact }: Link): Link | null {
    return fact.master === null ? null : (this.linkAt(namespace, fact.master) ?? null);
  }

  ports({ namespace, fact }: Link): readonly Link[] {
    const links = this.tables.get(namespace)?.links ?? [];
    return links.filter((each) => each.fact.master === fact.ifindex);
  }

  uppers(link: Link): readonly Link[] {
    if (!this.standing) {
      this.standing = new Map();
      for (const { links } of this.tables.values()) {
        for (const each of links) {
          if (isPeerKind(each.fact)) continue;
          const lower = singleFarEnd(this, each);
          if (lower) this.standing.set(lower, [...(this.standing.get(lower) ?? []), each]);
        }
      }
    }
    return this.standing.get(link) ?? [];
  }
}

/** Tunnels name what they run over in their own data (IFLA_VXLAN_LINK, IFLA_GRE_LINK …): a number where they were made. */
function lowerOf(fact: LinkFact): Ifindex | null {
  const underlay = fact.details['link_index'];
  if (typeof underlay === 'number' && underlay > 0) return underlay;
  return OWN_INDEX_TUNNELS.includes(fact.kind ?? '') ? null : fact.lower;
}

/** The certain other end; null where there is none in sight or it is not sure which. */
export function singleFarEnd(network: NetworkModel, link: Link): Link | null {
  const far = network.farEnd(link);
  return far && isCertain(far) ? (far.links[0] ?? null) : null;
}

/**
 * Up in the eyes of its administrator, but without a carrier. The state of RFC 2863 follows a second later, so it
 * only counts where the kernel says nothing of the carrier.
 */
export function hasNoCarrier({ flags, carrier, operState }: LinkFact): boolean {
  if ((flags & IFF_UP) === 0) return false;
  return carrier === null ? operState === 'DOWN' || operState === 'LOWERLAYERDOWN' : !carrier;
}

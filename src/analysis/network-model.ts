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
 * exactly one interface names this one as its own other end; `ambiguous`: several do. `unknown`: none in sight.
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
    const { lower, lowerNetnsid } = link.fact;
    const ifindex = lower ?? underlayOf(link.fact);
    if (ifindex === null) return null;
    if (lowerNetnsid === null) return this.known('same', link.namespace, ifindex, null);
    const key = this.tables.get(link.namespace)?.fact.netnsids[String(lowerNetnsid)];
    if (key !== undefined) return this.known('known', key, ifindex, lowerNetnsid);
    const links = this.mirrorsOf(link);
    const certainty = links.length === 0 ? 'unknown' : links.length === 1 ? 'likely' : 'ambiguous';
    return { certainty, links, netnsid: lowerNetnsid, ifindex };
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
          const far = this.farEnd(each);
          const [lower] = far && far.certainty !== 'ambiguous' ? far.links : [];
          if (lower) this.standing.set(lower, [...(this.standing.get(lower) ?? []), each]);
        }
      }
    }
    return this.standing.get(link) ?? [];
  }
}

/** vxlan, gre and others name what they run over in their own data. */
function underlayOf({ details }: LinkFact): Ifindex | null {
  const underlay = details['link_index'];
  return typeof underlay === 'number' && underlay > 0 ? underlay : null;
}

/** The only certain or likely other end; null where there is none or it is not sure which. */
export function singleFarEnd(network: NetworkModel, link: Link): Link | null {
  const far = network.farEnd(link);
  return far && far.certainty !== 'ambiguous' ? (far.links[0] ?? null) : null;
}

/**
 * Up in the eyes of its administrator, but without a carrier. The state of RFC 2863 follows a second later, so it
 * only counts where the kernel says nothing of the carrier.
 */
export function hasNoCarrier({ flags, carrier, operState }: LinkFact): boolean {
  if ((flags & IFF_UP) === 0) return false;
  return carrier === null ? operState === 'DOWN' || operState === 'LOWERLAYERDOWN' : !carrier;
}

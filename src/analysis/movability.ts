/** May an interface change its network namespace? And who says so: that depends on the kernel. */
import type { LinkFact } from '../model/network-table.js';
import { isLoopback, wiphyOf } from './network-model.js';

export interface Movability {
  answer: 'movable' | 'immovable';
  /** Who says so. */
  source: 'kernel' | 'ethtool' | 'table' | 'nl80211';
  /** A sentence: the answer, its reason, its source. */
  reason: string;
}

/**
 * Kinds whose driver sets netns_immutable (netns_local before 6.15, NETIF_F_NETNS_LOCAL before 6.12), from
 * their sources in Linux 6.12 to 6.14.
 */
const IMMOVABLE_KINDS: Readonly<Record<string, string>> = {
  bridge: 'a bridge stays where its ports are',
  bond: 'a bond stays where its ports are',
  team: 'a team stays where its ports are',
  vrf: 'a VRF stays with its routing table',
  hsr: 'an HSR or PRP ring stays where its ports are',
  amt: 'an AMT tunnel stays where it was made',
  batadv: 'a mesh interface stays where its ports are',
  openvswitch: 'an Open vSwitch port stays with its bridge',
};

/** Made by their module in each network namespace; they cannot leave it. */
const FALLBACK_TUNNELS = new Set([
  'tunl0', 'gre0', 'gretap0', 'erspan0', 'sit0', 'ip6tnl0', 'ip6gre0', 'ip_vti0', 'ip6_vti0',
]); // prettier-ignore

const SOURCES = {
  kernel: 'says the kernel: IFLA_NETNS_IMMUTABLE',
  ethtool: 'says the ethtool feature netns-local',
  table: 'by its kind: this kernel does not tell',
  nl80211: 'says nl80211',
} as const;

function kindReason(link: LinkFact): string | null {
  if (isLoopback(link)) return 'loopback belongs to its namespace';
  if (FALLBACK_TUNNELS.has(link.name)) return 'its module made it for this namespace';
  return link.kind === null ? null : (IMMOVABLE_KINDS[link.kind] ?? null);
}

/** The kernel's word first (6.15), then the ethtool feature (up to 6.11), then what its kind is known to do. */
export function movabilityOf(link: LinkFact): Movability {
  const phy = wiphyOf(link);
  if (phy !== null)
    return {
      answer: 'movable',
      source: 'nl80211',
      reason: `it is wireless: it moves with its device, phy${phy}, and all interfaces of that (${SOURCES.nl80211})`,
    };
  const why = kindReason(link);
  if (link.netnsImmutable !== null) return told('kernel', link.netnsImmutable, why);
  if (link.featureNetnsLocal !== null) return told('ethtool', link.featureNetnsLocal, why);
  return told('table', why !== null, why);
}

function told(source: Movability['source'], isImmovable: boolean, why: string | null): Movability {
  const sentence = isImmovable
    ? `netns-local, it cannot be moved${why === null ? '' : `: ${why}`}`
    : 'it can be moved to another network namespace';
  return {
    answer: isImmovable ? 'immovable' : 'movable',
    source,
    reason: `${sentence} (${SOURCES[source]})`,
  };
}

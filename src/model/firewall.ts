/** The firewall of one network namespace in one glance. Plain data. */
import type { NamespaceKey } from './snapshot.js';

export interface FirewallChain {
  /** nftables: ip, ip6, inet, arp, bridge, netdev; iptables: ip, ip6. */
  family: string;
  table: string;
  chain: string;
  /** Where packets meet it: input, forward …; null: only jumped to. */
  hook: string | null;
  /** accept, drop; null: it has none. */
  policy: string | null;
  rules: number;
}

/** Chains of one mechanism, or a sentence why they are not known. */
export type FirewallPart = { chains: FirewallChain[] } | { unknown: string };

export interface FirewallFact {
  key: NamespaceKey;
  nftables: FirewallPart;
  /** The tables of iptables-legacy and ip6tables-legacy; those of iptables-nft are nftables. */
  legacy: FirewallPart;
  /** Tracked connections, and how many may be; null: not tracked, or not readable. */
  conntrack: { count: number; maximum: number } | null;
  forwarding: { ipv4: boolean | null; ipv6: boolean | null };
}

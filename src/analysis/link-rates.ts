/** Bytes a second of each interface, from two looks at it. */
import type { Ifindex, LinkFact, NetworkTableFact } from '../model/network-table.js';

export interface LinkRate {
  rxBytesPerSecond: number;
  txBytesPerSecond: number;
}

const ratesOfTable = new WeakMap<NetworkTableFact, Map<Ifindex, LinkRate>>();

function rateBetween(before: LinkFact, after: LinkFact, seconds: number): LinkRate {
  // Counters start anew where the interface does.
  const rate = (name: 'rxBytes' | 'txBytes'): number =>
    Math.max(0, after.statistics[name] - before.statistics[name]) / seconds;
  return { rxBytesPerSecond: rate('rxBytes'), txBytesPerSecond: rate('txBytes') };
}

/** To be called for each table that takes the place of an earlier one of the same namespace. */
export function noteRates(before: NetworkTableFact, after: NetworkTableFact): void {
  const seconds = (after.takenAt - before.takenAt) / 1000;
  if (seconds <= 0) return;
  const earlier = new Map(before.links.map((link) => [link.ifindex, link] as const));
  const rates = new Map<Ifindex, LinkRate>();
  for (const link of after.links) {
    const known = earlier.get(link.ifindex);
    if (known?.name === link.name) rates.set(link.ifindex, rateBetween(known, link, seconds));
  }
  ratesOfTable.set(after, rates);
}

/** Null before there were two looks. */
export function rateOf(table: NetworkTableFact, ifindex: Ifindex): LinkRate | null {
  return ratesOfTable.get(table)?.get(ifindex) ?? null;
}

/** Interfaces that went into another network namespace: gone from one and come to the other, soon after each other. */
import type { LinkFact, NetworkTableFact } from '../model/network-table.js';
import type { NamespaceKey } from '../model/snapshot.js';

export interface LinkReference {
  namespace: NamespaceKey;
  ifindex: number;
}

interface Sighting extends LinkReference {
  fact: LinkFact;
  /** Milliseconds since the epoch. */
  at: number;
}

/** The tables of two namespaces are read one after the other, at most this far apart. */
const REMEMBERED_MS = 10_000;

/** dev_change_net_namespace() keeps name, index (where they are free there), hardware address and kind. */
function mayBeSame(a: LinkFact, b: LinkFact): boolean {
  if (a.kind !== b.kind || a.hardwareType !== b.hardwareType || a.address !== b.address) return false;
  const hasAddress = /[1-9a-f]/.test(a.address);
  return hasAddress
    ? a.name === b.name || a.ifindex === b.ifindex
    : a.name === b.name && a.ifindex === b.ifindex;
}

function isMove(from: Sighting, to: Sighting): boolean {
  return from.namespace !== to.namespace && mayBeSame(from.fact, to.fact);
}

/** Told of each change of the tables, in order. */
export class LinkMoves {
  private gone: Sighting[] = [];
  private come: Sighting[] = [];

  /** `at`: milliseconds since the epoch. Where two interfaces may be the one that went, neither is taken for it. */
  take(
    before: readonly NetworkTableFact[],
    after: readonly NetworkTableFact[],
    at: number,
  ): { from: LinkReference; to: LinkReference }[] {
    const isRecent = (sighting: Sighting): boolean => at - sighting.at <= REMEMBERED_MS;
    this.gone = [...this.gone.filter(isRecent), ...missing(before, after, at)];
    this.come = [...this.come.filter(isRecent), ...missing(after, before, at)];
    const moves: { from: LinkReference; to: LinkReference }[] = [];
    for (const from of this.gone) {
      const there = this.come.filter((to) => isMove(from, to));
      const [to] = there;
      const isOnly = there.length === 1 && this.gone.filter((other) => isMove(other, to!)).length === 1;
      if (isOnly) moves.push({ from, to: to! });
    }
    const done = new Set<LinkReference>(moves.flatMap(({ from, to }) => [from, to]));
    this.gone = this.gone.filter((each) => !done.has(each));
    this.come = this.come.filter((each) => !done.has(each));
    return moves;
  }
}

/** Links of the one tables that the others do not have. */
function missing(
  these: readonly NetworkTableFact[],
  those: readonly NetworkTableFact[],
  at: number,
): Sighting[] {
  const known = new Map(those.map((table) => [table.key, table] as const));
  return these.flatMap((table) => {
    const other = known.get(table.key);
    if (other === table) return [];
    const there = new Set(other?.links.map(({ ifindex }) => ifindex));
    return table.links
      .filter(({ ifindex }) => !there.has(ifindex))
      .map((fact) => ({ namespace: table.key, ifindex: fact.ifindex, fact, at }));
  });
}

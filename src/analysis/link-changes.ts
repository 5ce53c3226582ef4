/** Interfaces that came, went, or changed their state between two looks at their namespaces. */
import type { LinkFact, NetworkTableFact } from '../model/network-table.js';
import type { Change } from './changes.js';
import { IFF_UP, hasNoCarrier } from './network-model.js';

/** Numbers are never given again within a namespace's life soon enough to matter; a new name is no new link. */
function stateOf(link: LinkFact): string {
  if ((link.flags & IFF_UP) === 0) return 'down';
  return hasNoCarrier(link) ? 'no carrier' : 'up';
}

/** Only of namespaces that are in both: one that is new brings its interfaces with it. */
export function findLinkChanges(
  before: readonly NetworkTableFact[],
  after: readonly NetworkTableFact[],
): Change[] {
  const earlier = new Map(before.map((table) => [table.key, table] as const));
  return after.flatMap((table) => {
    const known = earlier.get(table.key);
    return known && known !== table ? changesOf(known, table) : [];
  });
}

function changesOf(before: NetworkTableFact, after: NetworkTableFact): Change[] {
  const { key } = after;
  const known = new Map(before.links.map((link) => [link.ifindex, link] as const));
  const changes: Change[] = [];
  for (const link of after.links) {
    const old = known.get(link.ifindex);
    known.delete(link.ifindex);
    if (!old) changes.push({ change: 'link born', key, name: link.name });
    else {
      if (old.name !== link.name)
        changes.push({ change: 'link changed', key, name: `${old.name} is now ${link.name}` });
      if (stateOf(old) !== stateOf(link))
        changes.push({ change: 'link changed', key, name: `${link.name} is ${stateOf(link)}` });
    }
  }
  for (const { name } of known.values()) changes.push({ change: 'link gone', key, name });
  return changes;
}

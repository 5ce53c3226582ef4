/** What a network namespace of a plan is called under /run/netns. */
import type { NetnsPlace } from './plan.js';

const NAMED = /^\/run\/netns\/([^/]+)$/;

/** Null: it has no such name. */
export function netnsName(place: NetnsPlace): string | null {
  if ('made' in place) return place.made;
  for (const path of place.paths) {
    const found = NAMED.exec(path);
    if (found) return found[1]!;
  }
  return null;
}

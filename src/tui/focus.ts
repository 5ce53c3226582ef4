/** What a view has the collector keep fresh: told once for each change. */
import type { NamespaceKey } from '../model/snapshot.js';

/** A namespace, all in turn, or null: nobody looks. */
export type Focus = NamespaceKey | 'any' | null;

export function focusTeller(tell: (focus: Focus) => void): (focus: Focus) => void {
  let told: Focus = null;
  return (focus) => {
    if (focus === told) return;
    told = focus;
    tell(focus);
  };
}

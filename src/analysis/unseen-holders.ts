/** What may keep a namespace besides what was seen: what a look left out, and what no look can tell. */
import type { Model } from '../model/model.js';
import { kindOfKey } from '../model/namespace-kind.js';
import type { InFlightFact, LookedAt, NamespaceKey } from '../model/snapshot.js';

export type UnseenHolder =
  /** Not looked at: another look can. */
  | { unseen: 'sockets' | 'files' }
  /** Descriptors that wait to be received: of what, cannot be told. */
  | { unseen: 'in flight'; sockets: InFlightFact[] }
  /** Processes whose namespaces or descriptors may not be read. */
  | { unseen: 'processes'; count: number; errno: string };

const PROCESS_SUBJECTS: ReadonlySet<string> = new Set([
  'namespace links',
  'thread namespaces',
  'descriptors',
  'processes',
]);

/** Null: a recording of an earlier version, which does not say. */
export function wasLookedAt({ snapshot }: Model, what: LookedAt): boolean {
  return snapshot.lookedAt?.includes(what) ?? false;
}

export function unseenHolders(model: Model, key: NamespaceKey): UnseenHolder[] {
  const unseen: UnseenHolder[] = [];
  const { inFlight = [], gaps } = model.snapshot;
  const kind = kindOfKey(key);
  if (kind === 'net' && !wasLookedAt(model, 'sockets')) unseen.push({ unseen: 'sockets' });
  if (['net', 'mnt', 'pid', 'user'].includes(kind) && !wasLookedAt(model, 'files'))
    unseen.push({ unseen: 'files' });
  if (inFlight.length > 0) unseen.push({ unseen: 'in flight', sockets: inFlight });
  const refused = gaps.filter(({ subject }) => PROCESS_SUBJECTS.has(subject));
  if (refused.length > 0) {
    const most = refused.reduce((a, b) => (b.count > a.count ? b : a));
    unseen.push({ unseen: 'processes', count: most.count, errno: most.errno });
  }
  return unseen;
}

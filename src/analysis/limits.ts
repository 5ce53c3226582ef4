/**
 * How many namespaces there are of each kind against user.max_KIND_namespaces. The kernel counts for each user and
 * user namespace: a namespace counts for the user that made it, and in each ancestor of its owning user namespace for
 * the user that made that (kernel/ucount.c, inc_ucount). Who made a namespace directly in ours is not told
 * by the kernel: it is taken to be root, for that needs CAP_SYS_ADMIN; user namespaces tell their maker.
 */
import { levelOf } from './id-translation.js';
import { pidLevelOf } from './pid-namespaces.js';
import type { Model } from '../model/model.js';
import type { NamespaceKind } from '../model/namespace-kind.js';
import { NAMESPACE_KINDS } from '../model/namespace-kind.js';
import type { NamespaceKey } from '../model/snapshot.js';

export interface UserCount {
  uid: number;
  count: number;
}

export interface Gauge {
  kind: NamespaceKind;
  /** In sight, whoever made them. */
  inSight: number;
  /** Null: the kernel has no such limit here. */
  maximum: number | null;
  /** Users by how many are counted for them, most first. */
  users: UserCount[];
}

function ownUser(model: Model): NamespaceKey | undefined {
  return model.snapshot.header.observer.namespaces.user;
}

/** For whom a namespace is counted in the observer's user namespace; null: not there at all. */
function countedFor(model: Model, key: NamespaceKey, own: NamespaceKey): number | null {
  const fact = model.namespaces.get(key)?.fact;
  if (!fact) return null;
  // A user namespace is counted where its parent is, for the user that made it.
  let at: NamespaceKey | null | undefined = fact.kind === 'user' ? fact.parent : fact.owner;
  let uid = fact.kind === 'user' ? (fact.ownerUid ?? null) : 0;
  while (at && at !== own) {
    const user: { parent?: NamespaceKey | null; ownerUid?: number } | undefined =
      model.namespaces.get(at)?.fact;
    if (!user) return null;
    uid = user.ownerUid ?? null;
    at = user.parent;
  }
  return at === own ? uid : null;
}

export function gaugesOf(model: Model): Gauge[] {
  const own = ownUser(model);
  const maximums = new Map(model.snapshot.limits.map(({ kind, maximum }) => [kind, maximum] as const));
  return NAMESPACE_KINDS.map((kind) => {
    const keys = [...model.namespaces.values()].filter(({ fact }) => fact.kind === kind);
    const users = new Map<number, number>();
    for (const { fact, initial } of keys) {
      const uid = own === undefined || initial ? null : countedFor(model, fact.key, own);
      if (uid !== null) users.set(uid, (users.get(uid) ?? 0) + 1);
    }
    return {
      kind,
      inSight: keys.length,
      maximum: maximums.get(kind) ?? null,
      users: [...users].map(([uid, count]) => ({ uid, count })).sort((a, b) => b.count - a.count),
    };
  });
}

/** MAX_PID_NS_LEVEL, and the 32 of create_user_ns(). */
export const MAXIMUM_LEVEL = 32;

/** How deep namespaces are nested, as far as their ancestors are in sight. */
export function deepestLevel(model: Model, kind: 'pid' | 'user'): number {
  const levelIn = kind === 'pid' ? pidLevelOf : levelOf;
  const levels = [...model.namespaces.values()].flatMap(({ fact }) =>
    fact.kind === kind ? [levelIn(model, fact.key) ?? 0] : [],
  );
  return Math.max(0, ...levels);
}

/** One user or group id in every user namespace that it means something in. */
import type { Model } from '../model/model.js';
import type { NamespaceKey } from '../model/snapshot.js';
import type { IdExtent, UserMapFact } from '../model/user-map.js';

export type IdKind = 'uid' | 'gid';

/** What the kernel shows for an id that has no mapping: /proc/sys/kernel/overflowuid, by default. */
export const OVERFLOW_ID = 65534;
/** (uid_t)-1: no id. */
export const NO_ID = 4_294_967_295;

/** The id outside for one inside; null: not mapped. */
export function mapOut(extents: readonly IdExtent[], id: number): number | null {
  for (const { inside, outside, length } of extents) {
    if (id < inside || id >= inside + length) continue;
    return outside === NO_ID ? null : outside + (id - inside);
  }
  return null;
}

/** The id inside for one outside; null: not mapped. */
export function mapIn(extents: readonly IdExtent[], id: number): number | null {
  for (const { inside, outside, length } of extents) {
    if (outside !== NO_ID && id >= outside && id < outside + length) return inside + (id - outside);
  }
  return null;
}

function mapsOf(model: Model, key: NamespaceKey): UserMapFact | undefined {
  return model.snapshot.userMaps?.find((maps) => maps.key === key);
}

function extentsOf({ uidMap, gidMap }: UserMapFact, kind: IdKind): readonly IdExtent[] {
  return kind === 'uid' ? uidMap : gidMap;
}

/** The observer's own user namespace: its ids are those that files and processes are shown with. */
function ownUserNamespace(model: Model): NamespaceKey | undefined {
  return model.snapshot.header.observer.namespaces.user ?? model.host.user;
}

/** Between a namespace and the observer, in the direction of `map`; null: not mapped, undefined: its maps are not known. */
function translate(
  model: Model,
  key: NamespaceKey,
  kind: IdKind,
  id: number,
  map: (extents: readonly IdExtent[], id: number) => number | null,
): number | null | undefined {
  if (key === ownUserNamespace(model)) return id;
  const maps = mapsOf(model, key);
  return maps && map(extentsOf(maps, kind), id);
}

/** From inside a namespace to the observer's id. */
export function toObserver(model: Model, key: NamespaceKey, kind: IdKind, id: number) {
  return translate(model, key, kind, id, mapOut);
}

/** From the observer's id to that inside a namespace. */
export function fromObserver(model: Model, key: NamespaceKey, kind: IdKind, id: number) {
  return translate(model, key, kind, id, mapIn);
}

/** The namespace and its ancestors, outermost last; ends where the parent is out of sight. */
export function ancestorsOf(model: Model, key: NamespaceKey): NamespaceKey[] {
  const chain: NamespaceKey[] = [];
  for (let at: NamespaceKey | null | undefined = key; at && !chain.includes(at);) {
    chain.push(at);
    at = model.namespaces.get(at)?.fact.parent;
  }
  return chain;
}

/** Nesting depth: 0 for the initial one; null where not all ancestors are in sight. */
export function levelOf(model: Model, key: NamespaceKey): number | null {
  const chain = ancestorsOf(model, key);
  return chain.at(-1) === model.host.user ? chain.length - 1 : null;
}

export interface IdLevel {
  namespace: NamespaceKey;
  /** null: not mapped there, shown as 65534; undefined: not known. */
  id: number | null | undefined;
}

/** What an id inside a namespace is in it and in each of its ancestors. */
export function translateOut(model: Model, key: NamespaceKey, kind: IdKind, id: number): IdLevel[] {
  const own = toObserver(model, key, kind, id);
  return ancestorsOf(model, key).map((namespace, depth) => ({
    namespace,
    id: depth === 0 ? id : typeof own === 'number' ? fromObserver(model, namespace, kind, own) : own,
  }));
}

/** Every user namespace in which the observer's id is mapped, and to what. */
export function translateIn(model: Model, kind: IdKind, id: number): IdLevel[] {
  const keys = [...model.namespaces.values()].flatMap(({ fact }) => (fact.kind === 'user' ? [fact.key] : []));
  return keys
    .map((namespace) => ({ namespace, id: fromObserver(model, namespace, kind, id) }))
    .filter((level) => typeof level.id === 'number');
}

/** The map from a namespace to its parent: extents cut where the parent's own map is. */
export function mapToParent(model: Model, key: NamespaceKey, kind: IdKind): IdExtent[] | null {
  const maps = mapsOf(model, key);
  const parent = model.namespaces.get(key)?.fact.parent;
  if (!maps || !parent) return null;
  const own = extentsOf(maps, kind);
  if (parent === ownUserNamespace(model)) return [...own];
  const above = mapsOf(model, parent);
  return above ? own.flatMap((extent) => throughParent(extent, extentsOf(above, kind))) : null;
}

function throughParent({ inside, outside, length }: IdExtent, above: readonly IdExtent[]): IdExtent[] {
  if (outside === NO_ID) return [{ inside, outside, length }];
  return above.flatMap((parent) => {
    if (parent.outside === NO_ID) return [];
    const start = Math.max(outside, parent.outside);
    const end = Math.min(outside + length, parent.outside + parent.length);
    return start < end
      ? [
          {
            inside: inside + start - outside,
            outside: parent.inside + start - parent.outside,
            length: end - start,
          },
        ]
      : [];
  });
}

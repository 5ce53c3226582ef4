import type { Model } from '../model/model.js';
import { namespaceSetOf } from '../model/model.js';
import type { NamespaceKind } from '../model/namespace-kind.js';
import { NAMESPACE_KINDS } from '../model/namespace-kind.js';
import type { NamespaceKey, ProcessFact } from '../model/snapshot.js';

export interface KindDifference {
  kind: NamespaceKind;
  key: NamespaceKey | null;
  /** `unknown`: the link could not be read, or the kernel has no such kind. */
  relation: 'shared' | 'own' | 'unknown';
}

/** For each kind whether a process shares the host's namespace. */
export function differenceFromHost(
  model: Model,
  process: Pick<ProcessFact, 'namespaceSet'>,
): KindDifference[] {
  const set = namespaceSetOf(model, process);
  return NAMESPACE_KINDS.map((kind) => {
    const key = set[kind] ?? null;
    const host = model.host[kind];
    const relation = key === null || host === undefined ? 'unknown' : key === host ? 'shared' : 'own';
    return { kind, key, relation };
  });
}

/** By model, then by namespace set: thousands of processes share a few hundred sets. */
const isolatedSets = new WeakMap<Model, (boolean | undefined)[]>();

export function isIsolated(model: Model, process: Pick<ProcessFact, 'namespaceSet'>): boolean {
  let known = isolatedSets.get(model);
  if (!known) isolatedSets.set(model, (known = []));
  return (known[process.namespaceSet] ??= differenceFromHost(model, process).some(
    ({ relation }) => relation === 'own',
  ));
}

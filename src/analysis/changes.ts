import type { Model } from '../model/model.js';
import type { NamespaceFact, NamespaceKey, Pid } from '../model/snapshot.js';
import { namespaceName } from './namespace-name.js';

/** What happened between two looks. */
export interface Change {
  change: 'born' | 'gone' | 'joined' | 'link born' | 'link gone' | 'link changed';
  key: NamespaceKey;
  /** Of the namespace; of an interface in it, and what changed. */
  name: string;
  /** `joined`: the process that changed its namespace. */
  pid?: Pid;
}

/** The same namespace, not one that got the same inode number after it. */
export function isSameNamespace(a: NamespaceFact, b: NamespaceFact): boolean {
  if (a.key !== b.key) return false;
  return a.namespaceId === undefined || b.namespaceId === undefined || a.namespaceId === b.namespaceId;
}

/** Namespaces born and gone, and processes that moved into another, from an earlier to a later model. */
export function findChanges(before: Model, after: Model): Change[] {
  const changes: Change[] = [];
  for (const [key, { fact }] of before.namespaces) {
    const still = after.namespaces.get(key);
    if (!still || !isSameNamespace(fact, still.fact)) {
      changes.push({ change: 'gone', key, name: namespaceName(before, key) });
    }
  }
  const born = new Set<NamespaceKey>();
  for (const [key, { fact }] of after.namespaces) {
    const already = before.namespaces.get(key);
    if (!already || !isSameNamespace(already.fact, fact)) {
      born.add(key);
      changes.push({ change: 'born', key, name: namespaceName(after, key) });
    }
  }
  changes.push(...findMoves(before, after, born));
  return changes;
}

function findMoves(before: Model, after: Model, born: ReadonlySet<NamespaceKey>): Change[] {
  const moves: Change[] = [];
  for (const [pid, process] of after.processes) {
    const earlier = before.processes.get(pid);
    if (!earlier || earlier.details?.startTimeTicks !== process.details?.startTimeTicks) continue;
    const old = before.snapshot.namespaceSets[earlier.namespaceSet];
    const now = after.snapshot.namespaceSets[process.namespaceSet];
    if (old === now || !old || !now) continue;
    for (const key of Object.values(now)) {
      if (born.has(key) || Object.values(old).includes(key)) continue;
      moves.push({ change: 'joined', key, name: namespaceName(after, key), pid });
    }
  }
  return moves;
}

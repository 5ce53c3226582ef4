import type { NetworkTableFact } from './network-table.js';
import type { MountTableFact, NamespaceKey, Pid, ProcessFact, Snapshot } from './snapshot.js';

/** What changed from one snapshot to the next: absent parts are as before. Small when little happened. */
export interface SnapshotDelta extends Partial<
  Omit<Snapshot, 'processes' | 'namespaceSets' | 'mountTables' | 'networkTables'>
> {
  /** Sets are only ever appended to within one series; all of them where the series starts anew. */
  namespaceSets?: { from: number; sets: Snapshot['namespaceSets'] };
  processes?: { changed: ProcessFact[]; gone: Pid[] };
  mountTables?: MountTablesDelta;
  networkTables?: NetworkTablesDelta;
}

/** Tables of one kind that changed, whole. */
export interface TablesDelta<T> {
  changed: T[];
  gone: NamespaceKey[];
}

export type MountTablesDelta = TablesDelta<MountTableFact>;
export type NetworkTablesDelta = TablesDelta<NetworkTableFact>;

/** Sent whole where they changed: small on most machines. */
export const SMALL_PARTS = [
  'namespaces',
  'threads',
  'pins',
  'containers',
  'users',
  'limits',
  'gaps',
  'netnsNames',
  'userMaps',
  'restrictions',
  'inFlight',
  'lookedAt',
] as const;

export type SmallPart = (typeof SMALL_PARTS)[number];

const WHOLE_PARTS = ['header', ...SMALL_PARTS, 'socketTables', 'socketOwners', 'interiors'] as const;

/** The snapshot after a delta; unchanged parts are shared with the one before. */
export function applyDelta(before: Snapshot, delta: SnapshotDelta): Snapshot {
  const { namespaceSets, processes, mountTables, networkTables, ...whole } = delta;
  const after: Snapshot = {
    ...before,
    ...whole,
    namespaceSets: namespaceSets
      ? [...before.namespaceSets.slice(0, namespaceSets.from), ...namespaceSets.sets]
      : before.namespaceSets,
    processes: processes ? mergeProcesses(before.processes, processes) : before.processes,
  };
  if (mountTables) after.mountTables = mergeTables(before.mountTables, mountTables);
  if (networkTables) after.networkTables = mergeTables(before.networkTables, networkTables);
  return after;
}

export function mergeTables<T extends { key: NamespaceKey }>(
  before: readonly T[] = [],
  { changed, gone }: TablesDelta<T>,
): T[] {
  const merged = new Map(before.map((table) => [table.key, table] as const));
  for (const key of gone) merged.delete(key);
  for (const table of changed) merged.set(table.key, table);
  return [...merged.values()];
}

/** By value: a remount changes options only, a rate its counters. */
export function tablesDelta<T extends { key: NamespaceKey }>(
  before: readonly T[] = [],
  after: readonly T[] = [],
): TablesDelta<T> | null {
  const earlier = new Map(before.map((table) => [table.key, table] as const));
  const changed = after.filter((table) => {
    const known = earlier.get(table.key);
    earlier.delete(table.key);
    return known !== table && !sameValue(known, table);
  });
  const gone = [...earlier.keys()];
  return changed.length + gone.length > 0 ? { changed, gone } : null;
}

function mergeProcesses(
  before: ProcessFact[],
  { changed, gone }: { changed: ProcessFact[]; gone: Pid[] },
): ProcessFact[] {
  if (changed.length === 0 && gone.length === 0) return before;
  const fresh = new Map(changed.map((process) => [process.pid, process] as const));
  const dropped = new Set(gone);
  const merged: ProcessFact[] = [];
  for (const process of before) {
    const replacement = fresh.get(process.pid);
    if (replacement) merged.push(replacement);
    else if (!dropped.has(process.pid)) merged.push(process);
    fresh.delete(process.pid);
  }
  if (fresh.size === 0) return merged;
  return [...merged, ...fresh.values()].sort((a, b) => a.pid - b.pid);
}

/** The delta between two snapshots, by value; both of one machine, in any order of sets. */
export function deltaBetween(before: Snapshot, after: Snapshot): SnapshotDelta {
  const delta: Record<string, unknown> = {};
  for (const part of WHOLE_PARTS) {
    if (before[part] !== after[part] && !sameValue(before[part], after[part])) delta[part] = after[part];
  }
  const from = commonStart(before.namespaceSets, after.namespaceSets);
  if (from < after.namespaceSets.length || from < before.namespaceSets.length) {
    delta['namespaceSets'] = { from, sets: after.namespaceSets.slice(from) };
  }
  const earlier = new Map(before.processes.map((process) => [process.pid, process] as const));
  const changed = after.processes.filter((process) => {
    const known = earlier.get(process.pid);
    earlier.delete(process.pid);
    return known === undefined || (known !== process && !sameValue(known, process));
  });
  const gone = [...earlier.keys()];
  if (changed.length + gone.length > 0) delta['processes'] = { changed, gone };
  const mounts = tablesDelta(before.mountTables, after.mountTables);
  if (mounts) delta['mountTables'] = mounts;
  const networks = tablesDelta(before.networkTables, after.networkTables);
  if (networks) delta['networkTables'] = networks;
  return delta;
}

function sameValue(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function commonStart(a: readonly object[], b: readonly object[]): number {
  let at = 0;
  while (at < a.length && at < b.length && (a[at] === b[at] || sameValue(a[at], b[at]))) at++;
  return at;
}

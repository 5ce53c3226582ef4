/** Snapshots made by hand, for pure tests: only what matters to a test is said, the rest is filled in. */
import type { LinkName, NamespaceKind } from '../../src/model/namespace-kind.js';
import { NAMESPACE_KINDS, kindOfLink } from '../../src/model/namespace-kind.js';
import type {
  NamespaceFact,
  NamespaceKey,
  PinFact,
  ProcessDetails,
  Snapshot,
} from '../../src/model/snapshot.js';
import { SNAPSHOT_FORMAT_VERSION, namespaceKey } from '../../src/model/snapshot.js';

const HOST_INODES: Record<NamespaceKind, number> = {
  mnt: 4026531832,
  net: 4026531833,
  time: 4026531834,
  cgroup: 4026531835,
  pid: 4026531836,
  user: 4026531837,
  uts: 4026531838,
  ipc: 4026531839,
};

export interface ProcessRecipe extends Partial<ProcessDetails> {
  pid: number;
  /** Inodes where they differ from the host's; null: unreadable. */
  own?: Partial<Record<LinkName, number | null>>;
  threadsApart?: { threadId: number; own: Partial<Record<LinkName, number>> }[];
  details?: false;
}

export interface SnapshotRecipe {
  processes: ProcessRecipe[];
  pins?: PinFact[];
  /** Facts that differ from what is derived: owner, parent, id. */
  namespaces?: (Partial<NamespaceFact> & { key: NamespaceKey })[];
  containers?: Snapshot['containers'];
  gaps?: Snapshot['gaps'];
  takenAt?: number;
  users?: Record<string, string>;
}

export const hostKey = (kind: NamespaceKind): NamespaceKey => namespaceKey(kind, HOST_INODES[kind]);

function linksOf(own: ProcessRecipe['own'] = {}): Partial<Record<LinkName, NamespaceKey>> {
  const links: Partial<Record<LinkName, NamespaceKey>> = {};
  const names: LinkName[] = [...NAMESPACE_KINDS, 'pid_for_children', 'time_for_children'];
  for (const link of names) {
    const kind = kindOfLink(link);
    const inode = own[link] !== undefined ? own[link] : (own[kind] ?? HOST_INODES[kind]);
    if (inode !== null) links[link] = namespaceKey(kind, inode);
  }
  return links;
}

function detailsOf(recipe: ProcessRecipe): ProcessDetails {
  const { pid } = recipe;
  return {
    ppid: recipe.ppid ?? (pid === 1 ? 0 : 1),
    startTimeTicks: recipe.startTimeTicks ?? pid * 10,
    state: recipe.state ?? 'S',
    comm: recipe.comm ?? `comm${pid}`,
    commandLine: recipe.commandLine ?? recipe.comm ?? `comm${pid}`,
    uid: recipe.uid ?? 0,
    threads: recipe.threads ?? 1,
    namespacePids: recipe.namespacePids ?? [pid],
    residentKib: recipe.residentKib ?? 1024,
    effectiveCapabilities: recipe.effectiveCapabilities ?? '000001ffffffffff',
    cgroup: recipe.cgroup ?? ['0::/'],
  };
}

export function buildSnapshot(recipe: SnapshotRecipe): Snapshot {
  const sets: Partial<Record<LinkName, NamespaceKey>>[] = [];
  const setIndex = (own: ProcessRecipe['own']): number => {
    const links = linksOf(own);
    const text = JSON.stringify(links);
    const known = sets.findIndex((set) => JSON.stringify(set) === text);
    return known >= 0 ? known : sets.push(links) - 1;
  };
  const processes = [...recipe.processes]
    .sort((a, b) => a.pid - b.pid)
    .map((each) => {
      const fact = { pid: each.pid, namespaceSet: setIndex(each.own) };
      return each.details === false ? fact : { ...fact, details: detailsOf(each) };
    });
  const threads = recipe.processes.flatMap(({ pid, own, threadsApart = [] }) =>
    threadsApart.map((thread) => ({
      pid,
      threadId: thread.threadId,
      namespaceSet: setIndex({ ...own, ...thread.own }),
    })),
  );
  const keys = new Set<NamespaceKey>(NAMESPACE_KINDS.map(hostKey));
  for (const set of sets) for (const key of Object.values(set)) keys.add(key);
  for (const pin of recipe.pins ?? []) keys.add(pin.key);
  for (const { key } of recipe.namespaces ?? []) keys.add(key);
  return {
    header: {
      formatVersion: SNAPSHOT_FORMAT_VERSION,
      takenAt: recipe.takenAt ?? Date.UTC(2026, 0, 2, 12, 4, 31),
      hostname: 'node7',
      kernelRelease: '6.18.1-test',
      uptimeSeconds: 3600,
      bootId: 'boot',
      clockTicksPerSecond: 100,
      observer: { pid: 1, effectiveUid: 0, capabilities: '000001ffffffffff', namespaces: linksOf() },
      initialNamespaces: Object.fromEntries(NAMESPACE_KINDS.map((kind) => [kind, hostKey(kind)])),
    },
    namespaces: [...keys].map((key) => namespaceFact(key, recipe)).sort((a, b) => a.inode - b.inode),
    namespaceSets: sets,
    processes,
    threads,
    pins: recipe.pins ?? [],
    containers: recipe.containers ?? [],
    users: recipe.users ?? { 0: 'root', 33: 'www-data', 1000: 'alice' },
    limits: NAMESPACE_KINDS.map((kind) => ({ kind, maximum: 1000 })),
    gaps: recipe.gaps ?? [],
  };
}

function namespaceFact(key: NamespaceKey, recipe: SnapshotRecipe): NamespaceFact {
  const [kind, inode] = [
    key.slice(0, key.indexOf(':')) as NamespaceKind,
    Number(key.slice(key.indexOf('[') + 1, -1)),
  ];
  const isHost = key === hostKey(kind);
  const derived: NamespaceFact = {
    key,
    kind,
    inode,
    foundBy: ['process links'],
    owner: isHost && kind === 'user' ? null : hostKey('user'),
  };
  if (kind === 'pid' || kind === 'user') derived.parent = isHost ? null : hostKey(kind);
  if (kind === 'user') derived.ownerUid = 0;
  if (kind === 'net') derived.netnsid = null;
  return { ...derived, ...recipe.namespaces?.find((given) => given.key === key) };
}

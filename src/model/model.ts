import type { LinkName, NamespaceKind } from './namespace-kind.js';
import { kindOfLink } from './namespace-kind.js';
import type {
  ContainerFact,
  NamespaceFact,
  NamespaceKey,
  NamespaceSet,
  Pid,
  PinFact,
  ProcessFact,
  Snapshot,
  ThreadFact,
} from './snapshot.js';

/** A namespace with everything that relates to it. Built from a snapshot, never stored. */
export interface NamespaceNode {
  readonly fact: NamespaceFact;
  readonly initial: boolean;
  /** Member processes, by pid. */
  readonly processes: ProcessFact[];
  /** Threads that are members while their leader is not. */
  readonly threads: ThreadFact[];
  /** Processes whose next child will be a member, while they are not. */
  readonly forChildren: ProcessFact[];
  /** Threads whose next child will be a member, while neither they nor their process are. */
  readonly threadsForChildren: ThreadFact[];
  readonly pins: PinFact[];
  /** pid and user namespaces below this one. */
  readonly children: NamespaceKey[];
  /** user namespaces: what it owns. */
  readonly owns: NamespaceKey[];
}

export interface Model {
  readonly snapshot: Snapshot;
  readonly namespaces: ReadonlyMap<NamespaceKey, NamespaceNode>;
  readonly processes: ReadonlyMap<Pid, ProcessFact>;
  /** Child processes by parent pid, where details were read. */
  readonly childProcesses: ReadonlyMap<Pid, Pid[]>;
  readonly containers: ReadonlyMap<string, ContainerFact>;
  /** The namespace of each kind that counts as the host's: initial, else the observer's first process's. */
  readonly host: Partial<Record<NamespaceKind, NamespaceKey>>;
}

function emptyNode(fact: NamespaceFact, initial: boolean): NamespaceNode {
  return {
    fact,
    initial,
    processes: [],
    threads: [],
    forChildren: [],
    threadsForChildren: [],
    pins: [],
    children: [],
    owns: [],
  };
}

/** The distinct namespaces of a set: members of, and only waiting for the next child. */
function linksOf(set: NamespaceSet): { member: NamespaceKey[]; waiting: NamespaceKey[] } {
  const member: NamespaceKey[] = [];
  const waiting: NamespaceKey[] = [];
  for (const [link, key] of Object.entries(set) as [LinkName, NamespaceKey][]) {
    const kind = kindOfLink(link);
    if (kind === link) member.push(key);
    else if (set[kind] !== key) waiting.push(key);
  }
  return { member, waiting };
}

function addMembers(snapshot: Snapshot, nodes: Map<NamespaceKey, NamespaceNode>): void {
  const links = snapshot.namespaceSets.map((set) => {
    const { member, waiting } = linksOf(set);
    return {
      processLists: [
        ...member.map((key) => nodes.get(key)?.processes),
        ...waiting.map((key) => nodes.get(key)?.forChildren),
      ].filter((list) => list !== undefined),
      member,
      waiting,
    };
  });
  for (const process of snapshot.processes) {
    for (const list of links[process.namespaceSet]?.processLists ?? []) list.push(process);
  }
  const setOfLeader = new Map<Pid, number>();
  if (snapshot.threads.length > 0) {
    for (const process of snapshot.processes) setOfLeader.set(process.pid, process.namespaceSet);
  }
  for (const thread of snapshot.threads) {
    const leader = new Set(links[setOfLeader.get(thread.pid) ?? -1]?.member);
    for (const key of links[thread.namespaceSet]?.member ?? []) {
      if (!leader.has(key)) nodes.get(key)?.threads.push(thread);
    }
    const leaderWaits = new Set(links[setOfLeader.get(thread.pid) ?? -1]?.waiting);
    for (const key of links[thread.namespaceSet]?.waiting ?? []) {
      if (!leader.has(key) && !leaderWaits.has(key)) nodes.get(key)?.threadsForChildren.push(thread);
    }
  }
}

function addRelations(snapshot: Snapshot, nodes: Map<NamespaceKey, NamespaceNode>): void {
  for (const pin of snapshot.pins) nodes.get(pin.key)?.pins.push(pin);
  for (const { fact } of nodes.values()) {
    if (fact.parent) nodes.get(fact.parent)?.children.push(fact.key);
    if (fact.owner) nodes.get(fact.owner)?.owns.push(fact.key);
  }
}

function childProcessesOf(snapshot: Snapshot): Map<Pid, Pid[]> {
  const children = new Map<Pid, Pid[]>();
  for (const { pid, details } of snapshot.processes) {
    if (details === undefined) continue;
    const siblings = children.get(details.ppid);
    if (siblings) siblings.push(pid);
    else children.set(details.ppid, [pid]);
  }
  return children;
}

/** Inside a container the initial namespaces are out of sight: there pid 1, else the observer, is the measure. */
function hostOf(
  snapshot: Snapshot,
  processes: ReadonlyMap<Pid, ProcessFact>,
): Partial<Record<NamespaceKind, NamespaceKey>> {
  const first = processes.get(1);
  const firstSet = first ? snapshot.namespaceSets[first.namespaceSet] : undefined;
  const host: Partial<Record<NamespaceKind, NamespaceKey>> = {};
  for (const source of [
    snapshot.header.observer.namespaces,
    firstSet ?? {},
    snapshot.header.initialNamespaces,
  ]) {
    for (const [link, key] of Object.entries(source) as [LinkName, NamespaceKey][]) {
      if (kindOfLink(link) === link) host[link] = key;
    }
  }
  return host;
}

/** Indexes and relations of a snapshot; linear in its size. */
export function buildModel(snapshot: Snapshot): Model {
  const initial = new Set(Object.values(snapshot.header.initialNamespaces));
  const nodes = new Map(
    snapshot.namespaces.map((fact) => [fact.key, emptyNode(fact, initial.has(fact.key))] as const),
  );
  addMembers(snapshot, nodes);
  addRelations(snapshot, nodes);
  const processes = new Map(snapshot.processes.map((process) => [process.pid, process] as const));
  return {
    snapshot,
    namespaces: nodes,
    processes,
    childProcesses: childProcessesOf(snapshot),
    containers: new Map(
      snapshot.containers.map((container) => [`${container.engine}:${container.containerId}`, container]),
    ),
    host: hostOf(snapshot, processes),
  };
}

/** The namespaces that a process sees; empty where the links could not be read. */
export function namespaceSetOf(model: Model, process: { namespaceSet: number }): NamespaceSet {
  return model.snapshot.namespaceSets[process.namespaceSet] ?? {};
}

/** The member process that stands for a namespace: the lowest pid, as lsns(8) does. */
export function representativeOf(node: NamespaceNode): ProcessFact | undefined {
  return node.processes[0];
}

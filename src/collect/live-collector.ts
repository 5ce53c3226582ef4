/**
 * Keeps a Discovery up to date and says what changed. Cheap where little happened: only tasks that the perf
 * feed marked are read again (else all links), descriptors and mounts are swept slowly, details are read for
 * what is on the screen and, in the background, once for everybody else.
 */
import type { NamespaceKey, Pid, ProcessFact, Snapshot } from '../model/snapshot.js';
import type { InteriorFact } from '../model/interior.js';
import type { SessionFacts } from '../model/session.js';
import type { SocketOwnerFact, SocketTableFact } from '../model/socket-table.js';
import type { ComparisonFacts, ComparisonQuery } from '../model/comparison.js';
import type { MountUserQuery, MountUsers } from '../model/mount-users.js';
import type { FirewallFact } from '../model/firewall.js';
import type {
  MountTablesDelta,
  NetworkTablesDelta,
  SmallPart,
  SnapshotDelta,
} from '../model/snapshot-delta.js';
import { SMALL_PARTS } from '../model/snapshot-delta.js';
import { collectBindMounts } from './bind-mounts.js';
import { namespaceFacts, runCollectors, smallParts, toSnapshot } from './collect-snapshot.js';
import { collectContainerNames } from './container-names.js';
import type { CollectOptions } from './discovery.js';
import { ownNamespace } from './joined-namespaces.js';
import { Discovery, EVERYTHING } from './discovery.js';
import { collectLimits, collectUsers, readHeader } from './host-facts.js';
import { collectNetnsNames } from './netns-names.js';
import { collectNetnsids } from './netnsids.js';
import { collectListedBinds } from './listed-binds.js';
import { collectListedNamespaces } from './listed-namespaces.js';
import { collectMountNamespaceWalk } from './mount-namespace-walk.js';
import { scanFds } from './open-fds.js';
import { refreshDetails, representatives } from './process-details.js';
import { scanProcess } from './process-links.js';
import { collectRelations } from './relations.js';
import { collectSocketNamespaces } from './socket-namespaces.js';
import { sweepFiles } from './task-dump.js';
import { scanThreads } from './thread-links.js';
import { RouteEvents } from '../kernel/route-events.js';
import { collectComparison } from './comparison.js';
import { collectSession } from './session.js';
import { collectFirewall } from './firewall.js';
import { collectInteriors } from './interiors.js';
import { RestingWatch } from './resting-watch.js';
import { collectSocketOwners, collectSocketTables } from './socket-tables.js';
import { NetworkWatch } from './network-watch.js';
import { MountWatch } from './mount-watch.js';
import { collectMountUsers } from './mount-users.js';
import { collectUserMaps } from './user-maps.js';
import { collectRestrictions } from './restrictions.js';
import { TaskFeed } from './task-feed.js';

/** Milliseconds of one refresh spent on sweeping descriptors, so that a whole sweep never shows. */
const SWEEP_BUDGET_MS = 3;
/** Of one refresh for details that nobody waits for: long, for each delta makes the screen build its model anew. */
const DETAILS_BUDGET_MS = 250;
/** Refreshes between readings of what changes seldom and has no event: mounts, engines, limits. */
const SLOW_EVERY = 8;
const MAX_UNUSED_SETS = 5000;

export interface SocketNews {
  tables: SocketTableFact[];
  owners: SocketOwnerFact[];
}

function collectSockets(discovery: Discovery): SocketNews {
  return { tables: collectSocketTables(discovery), owners: collectSocketOwners(discovery) };
}

export class LiveCollector {
  private discovery: Discovery;
  private readonly options: CollectOptions;
  private readonly feed: TaskFeed;
  private sweepQueue: Pid[] = [];
  /** Processes whose details were not read yet; a refused one is not tried for ever. */
  private detailsQueue: Pid[] = [];
  private refreshes = 0;
  /** What the receiver has; compared with what is known now. */
  private sentProcesses = new Map<Pid, { namespaceSet: number; details: ProcessFact['details'] }>();
  private sentSets = 0;
  private sentParts = new Map<keyof Snapshot, string>();
  private watched: readonly Pid[] = [];
  /** Kept while nobody looks: it knows what was sent. */
  private mountWatch: MountWatch | null = null;
  private areMountsWatched = false;
  private socketWatch: RestingWatch<SocketNews> | null = null;
  private interiorWatch: RestingWatch<InteriorFact[]> | null = null;
  private networkWatch: NetworkWatch | null = null;
  private areNetworksWatched = false;
  private routeEvents: RouteEvents | null = null;
  private dirtyKeys = new Set<NamespaceKey>();
  /** Processes whose facts may differ from what was sent: a refresh does not look through all of them. */
  private touched = new Set<Pid>();
  private areNamespacesTouched = true;

  constructor(options: Partial<CollectOptions> = {}) {
    this.options = { ...EVERYTHING, ...options };
    this.discovery = new Discovery(this.options);
    this.feed = new TaskFeed();
  }

  get source(): string {
    return this.feed.isOpen ? 'events' : 'rescan';
  }

  /** Details of these processes are read at each refresh. */
  watch(pids: readonly Pid[]): void {
    this.watched = pids;
  }

  watchAll(): void {
    this.watched = [...this.discovery.links.keys()];
  }

  /** The first full look; details of representatives only, the rest follows in refreshes. */
  async start(): Promise<Snapshot> {
    // The feed opens before the scan: what happens meanwhile is marked, not missed.
    this.feed.open();
    await this.scanEverything();
    return this.snapshot();
  }

  /** The current state as a whole. */
  snapshot(): Omit<Snapshot, 'mountTables' | 'networkTables'> {
    const snapshot = toSnapshot(this.discovery);
    this.noteSent(snapshot);
    return snapshot;
  }

  private async scanEverything(): Promise<void> {
    const fresh = new Discovery(this.options);
    for (const [pid, details] of this.discovery.details) fresh.details.set(pid, details);
    this.discovery.dispose();
    this.discovery = fresh;
    runCollectors(fresh);
    for (const pid of fresh.links.keys()) this.watchIfDead(pid);
    for (const pid of fresh.details.keys()) if (!fresh.links.has(pid)) fresh.details.delete(pid);
    for (const pid of representatives(fresh)) refreshDetails(fresh, pid);
    this.detailsQueue = [...fresh.links.keys()].filter((pid) => !fresh.details.has(pid)).reverse();
    await this.readSlowParts();
    collectNetnsids(fresh);
    collectUserMaps(fresh);
  }

  private async readSlowParts(): Promise<void> {
    collectLimits(this.discovery);
    collectUsers(this.discovery);
    collectRestrictions(this.discovery);
    collectNetnsNames(this.discovery);
    await collectContainerNames(this.discovery);
  }

  /** Looks at what may have changed since the last call; null where nothing did. */
  async refresh(everything = false): Promise<SnapshotDelta | null> {
    this.refreshes++;
    const changes = this.feed.drain();
    if (everything || this.discovery.sets.size > this.usedSets() + MAX_UNUSED_SETS) {
      await this.scanEverything();
      return this.wholeDelta();
    }
    const dirty = changes === null ? this.rescanLinks() : this.rescanTasks(changes);
    for (const pid of dirty) this.touched.add(pid);
    this.sweepDescriptors(dirty);
    const slow = this.refreshes % SLOW_EVERY === 0;
    if (slow || this.refreshes === 2) sweepFiles(this.discovery);
    if (dirty.size > 0 || slow || this.refreshes === 2) {
      if (slow) collectBindMounts(this.discovery);
      this.refreshNamespaces();
    }
    if (slow) await this.readSlowParts();
    this.readDetails(dirty);
    return this.delta();
  }

  /** Takes the events that are waiting; to be called four times a second, lest their rings run over. */
  pump(): void {
    this.feed.pump();
  }

  /** Something happened outside of tasks (a bind mount under /run/netns, an engine): read the slow parts now. */
  hint(): void {
    this.refreshes = SLOW_EVERY - 1;
  }

  /** What is news of the one that is looked at now; null: nothing, or nobody looks. */
  watchMounts(focus: NamespaceKey | 'any' | null): MountTablesDelta | null {
    this.areMountsWatched = focus !== null;
    if (focus === null) return null;
    this.mountWatch ??= new MountWatch();
    this.mountWatch.focus = focus;
    return this.mountWatch.refreshFocus(this.discovery);
  }

  /** Mount tables that changed since they were sent; null where none did or nobody looks. */
  refreshMounts(): MountTablesDelta | null {
    return this.areMountsWatched ? (this.mountWatch?.refresh(this.discovery) ?? null) : null;
  }

  /** Whether some table was not read yet. */
  get isReadingMounts(): boolean {
    return this.areMountsWatched && (this.mountWatch?.isCatchingUp ?? false);
  }

  /** What is news of the network namespace that is looked at now; null: nothing, or nobody looks. */
  watchNetworks(focus: NamespaceKey | 'any' | null): NetworkTablesDelta | null {
    if (focus === null) {
      this.routeEvents?.close();
      this.routeEvents = null;
      this.areNetworksWatched = false;
      return null;
    }
    if (!this.areNetworksWatched) {
      const events = RouteEvents.open();
      this.routeEvents = typeof events === 'number' ? null : events;
    }
    this.areNetworksWatched = true;
    this.networkWatch ??= new NetworkWatch();
    this.networkWatch.focus = focus;
    return focus === 'any' ? null : this.networkWatch.refreshOne(this.discovery, focus);
  }

  refreshNetworks(): NetworkTablesDelta | null {
    return this.areNetworksWatched ? (this.networkWatch?.refresh(this.discovery) ?? null) : null;
  }

  /** Our own network namespace anew, where the kernel said that something changed there. */
  networkNews(): NetworkTablesDelta | null {
    if (!this.routeEvents?.drain() || !this.networkWatch) return null;
    const own = ownNamespace(this.discovery, 'net');
    return own === undefined ? null : this.networkWatch.refreshOne(this.discovery, own);
  }

  get isReadingNetworks(): boolean {
    return this.areNetworksWatched && (this.networkWatch?.isCatchingUp ?? false);
  }

  watchSockets(watched: boolean): void {
    this.socketWatch = watched ? (this.socketWatch ?? new RestingWatch(collectSockets)) : null;
  }

  /** All sockets, where some changed since they were sent; null where none did or nobody looks. */
  refreshSockets(): SocketNews | null {
    return this.socketWatch?.refresh(this.discovery) ?? null;
  }

  watchInteriors(watched: boolean): void {
    this.interiorWatch = watched ? (this.interiorWatch ?? new RestingWatch(collectInteriors)) : null;
  }

  refreshInteriors(): InteriorFact[] | null {
    return this.interiorWatch?.refresh(this.discovery) ?? null;
  }

  firewall(key: NamespaceKey): FirewallFact {
    return collectFirewall(this.discovery, key);
  }

  comparison(query: ComparisonQuery): ComparisonFacts {
    return collectComparison(this.discovery, query);
  }

  session(): SessionFacts {
    return collectSession(this.discovery);
  }

  mountUsers(query: MountUserQuery): MountUsers {
    return collectMountUsers(this.discovery, query);
  }

  close(): void {
    this.feed.close();
    this.routeEvents?.close();
    this.discovery.dispose();
  }

  private usedSets(): number {
    return new Set(this.discovery.links.values()).size;
  }

  /** Without events: every link again. Threads by themselves only where their process shows some. */
  private rescanLinks(): Set<Pid> {
    const { discovery } = this;
    const dirty = new Set<Pid>();
    const before = new Map(discovery.links);
    const pids = discovery.proc.listNumbers();
    if (typeof pids === 'number') return dirty;
    discovery.gaps.forget('namespace links');
    discovery.gaps.forget('thread namespaces');
    for (const pid of pids) {
      if (!scanProcess(discovery, pid)) continue;
      scanThreads(discovery, pid);
      this.watchIfDead(pid);
      if (before.get(pid) !== discovery.links.get(pid)) dirty.add(pid);
      before.delete(pid);
    }
    for (const pid of before.keys()) {
      discovery.forgetProcess(pid);
      dirty.add(pid);
    }
    return dirty;
  }

  private rescanTasks(pids: ReadonlySet<Pid>): Set<Pid> {
    const dirty = new Set(pids);
    for (const pid of pids) {
      if (!scanProcess(this.discovery, pid)) {
        this.feed.forget(pid);
        continue;
      }
      scanThreads(this.discovery, pid);
      this.markKeys(pid);
      this.watchIfDead(pid);
    }
    return dirty;
  }

  private watchIfDead(pid: Pid): void {
    const { pid: pidNamespace, net } = this.discovery.sets.get(this.discovery.links.get(pid)!);
    if (pidNamespace !== undefined && net === undefined) this.feed.watchUntilGone(pid);
  }

  /** An inode may have been reused by the namespace that a task moved to: ask for its relations again. */
  private markKeys(pid: Pid): void {
    for (const key of Object.values(this.discovery.sets.get(this.discovery.links.get(pid)!))) {
      if (!this.isInitial(key)) this.dirtyKeys.add(key);
    }
  }

  private isInitial(key: NamespaceKey): boolean {
    // The links of kthreadd: asking for the initial ones again at each fork would be work for nothing.
    const set = this.discovery.links.get(2);
    return set !== undefined && Object.values(this.discovery.sets.get(set)).includes(key);
  }

  private sweepDescriptors(dirty: ReadonlySet<Pid>): void {
    for (const pid of dirty) if (this.discovery.links.has(pid)) scanFds(this.discovery, pid);
    if (this.sweepQueue.length === 0) {
      this.discovery.gaps.forget('descriptors');
      this.sweepQueue = [...this.discovery.links.keys()];
    }
    const end = performance.now() + SWEEP_BUDGET_MS;
    while (this.sweepQueue.length > 0 && performance.now() < end) {
      const pid = this.sweepQueue.pop()!;
      if (this.discovery.links.has(pid)) scanFds(this.discovery, pid);
    }
  }

  private refreshNamespaces(): void {
    const { discovery, dirtyKeys } = this;
    this.areNamespacesTouched = true;
    const reachable = new Set<NamespaceKey>();
    collectRelations(discovery, dirtyKeys, reachable);
    dirtyKeys.clear();
    discovery.walked.clear();
    collectMountNamespaceWalk(discovery);
    collectListedNamespaces(discovery);
    collectListedBinds(discovery);
    if (discovery.options.sockets) collectSocketNamespaces(discovery);
    this.dropDead(reachable);
    collectNetnsids(discovery);
    collectUserMaps(discovery);
  }

  /** What no way leads to any more, no walk shows and no living namespace needs as parent or owner is gone. */
  private dropDead(reachable: Set<NamespaceKey>): void {
    const { namespaces, walked, socketPins, bindPins, listedBindPins } = this.discovery;
    const alive = new Set<NamespaceKey>([...reachable, ...walked.keys()]);
    for (const pin of [...socketPins, ...bindPins, ...listedBindPins]) alive.add(pin.key);
    const pending = [...alive];
    while (pending.length > 0) {
      const fact = namespaces.get(pending.pop()!);
      for (const key of [fact?.parent, fact?.owner]) {
        if (key && !alive.has(key)) {
          alive.add(key);
          pending.push(key);
        }
      }
    }
    for (const key of namespaces.keys()) if (!alive.has(key)) namespaces.delete(key);
  }

  private readDetails(dirty: ReadonlySet<Pid>): void {
    const { discovery } = this;
    const end = performance.now() + DETAILS_BUDGET_MS;
    const look = (pid: Pid): void => {
      refreshDetails(discovery, pid);
      this.touched.add(pid);
    };
    for (const pid of [...dirty, ...this.watched]) if (discovery.links.has(pid)) look(pid);
    while (this.detailsQueue.length > 0 && performance.now() < end) {
      const pid = this.detailsQueue.pop()!;
      if (discovery.links.has(pid) && !discovery.details.has(pid)) look(pid);
    }
  }

  /** Whether details are still missing: then the next refresh should come soon. */
  get isCatchingUp(): boolean {
    return this.detailsQueue.length > 0 || this.isReadingMounts || this.isReadingNetworks;
  }

  private noteSent(snapshot: Omit<Snapshot, 'mountTables' | 'networkTables'>): void {
    this.sentProcesses = new Map(
      snapshot.processes.map(({ pid, namespaceSet, details }) => [pid, { namespaceSet, details }] as const),
    );
    this.sentSets = snapshot.namespaceSets.length;
    this.touched.clear();
    for (const part of SMALL_PARTS) this.sentParts.set(part, JSON.stringify(snapshot[part]));
  }

  private wholeDelta(): SnapshotDelta {
    const gone = [...this.sentProcesses.keys()].filter((pid) => !this.discovery.links.has(pid));
    const { namespaceSets, processes, ...rest } = this.snapshot();
    return {
      ...rest,
      namespaceSets: { from: 0, sets: namespaceSets },
      processes: { changed: processes, gone },
    };
  }

  private delta(): SnapshotDelta | null {
    const { discovery } = this;
    const changed: ProcessFact[] = [];
    const gone: Pid[] = [];
    for (const pid of this.touched) {
      const namespaceSet = discovery.links.get(pid);
      if (namespaceSet === undefined) {
        if (this.sentProcesses.delete(pid)) gone.push(pid);
        continue;
      }
      const details = discovery.details.get(pid);
      const sent = this.sentProcesses.get(pid);
      if (sent?.namespaceSet === namespaceSet && sent.details === details) continue;
      this.sentProcesses.set(pid, { namespaceSet, details });
      changed.push(details ? { pid, namespaceSet, details } : { pid, namespaceSet });
    }
    this.touched.clear();
    const delta: SnapshotDelta = this.changedParts();
    if (changed.length + gone.length > 0) delta.processes = { changed, gone };
    if (discovery.sets.size > this.sentSets) {
      delta.namespaceSets = { from: this.sentSets, sets: discovery.sets.all().slice(this.sentSets) };
      this.sentSets = discovery.sets.size;
    }
    if (Object.keys(delta).length === 0) return null;
    return { ...delta, header: readHeader(discovery) };
  }

  private changedParts(): SnapshotDelta {
    const { discovery } = this;
    const parts: Partial<Pick<Snapshot, SmallPart>> = {
      ...(this.areNamespacesTouched && { namespaces: namespaceFacts(discovery) }),
      ...smallParts(discovery),
    };
    this.areNamespacesTouched = false;
    for (const part of SMALL_PARTS) {
      if (parts[part] === undefined) continue;
      const text = JSON.stringify(parts[part]);
      if (text === this.sentParts.get(part)) Reflect.deleteProperty(parts, part);
      else this.sentParts.set(part, text);
    }
    return parts;
  }
}

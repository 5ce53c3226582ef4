/** What the feed told, made into what the screen shows: models, events, history, and how the feed itself is doing. */
import type { Change } from '../analysis/changes.js';
import { findChanges } from '../analysis/changes.js';
import { InteriorModel } from '../analysis/interior-model.js';
import { findLinkChanges } from '../analysis/link-changes.js';
import type { LinkReference } from '../analysis/link-moves.js';
import { LinkMoves } from '../analysis/link-moves.js';
import { buildSocketModel } from '../analysis/socket-model.js';
import type { InteriorFact } from '../model/interior.js';
import { buildModel } from '../model/model.js';
import type { NetworkTableFact } from '../model/network-table.js';
import type { FeedMessage } from '../model/sample-feed.js';
import type { MountTableFact, Snapshot } from '../model/snapshot.js';
import { applyDelta, mergeTables } from '../model/snapshot-delta.js';
import type { SocketOwnerFact, SocketTableFact } from '../model/socket-table.js';
import { clean } from '../view/clean.js';
import { linkRowId, linkRowIdAt, networkNamespaceRowId } from '../view/network-rows.js';
import type { Chosen } from '../view/row-cursor.js';
import type { AppState } from './app-state.js';
import type { MountDesk } from './mount-desk.js';
import type { NetworkDesk } from './network-desk.js';
import { clockTime } from './view-table.js';

const MAX_EVENTS = 5000;
const MAX_HISTORY = 120;

export interface SampleStoreParts {
  mounts: MountDesk;
  networks: NetworkDesk;
  /** Which sample of a recording is shown; null: the live machine. */
  replayed: () => { index: number; length: number } | null;
  now: () => number;
  say: (text: string, isError: boolean) => void;
  /** Rows of the open view may have changed. */
  changed: () => void;
  /** Interfaces that are in another network namespace now. */
  linksMoved: (moves: readonly LinkMove[]) => void;
}

/** Streams of the feed that are no part of its snapshots; absent: nobody has looked yet. */
interface KnownTables {
  socketTables?: SocketTableFact[];
  socketOwners?: SocketOwnerFact[];
  interiors?: InteriorFact[];
}

export class SampleStore {
  private readonly state: AppState;
  private readonly parts: SampleStoreParts;
  private snapshot: Snapshot | null = null;
  private known: KnownTables = {};
  private readonly moves = new LinkMoves();

  constructor(state: AppState, parts: SampleStoreParts) {
    this.state = state;
    this.parts = parts;
  }

  /** Everything that is known at this moment, as one sample of a recording; null before the first look. */
  moment(): Snapshot | null {
    if (!this.snapshot) return null;
    const { mounts, network } = this.state;
    return {
      ...this.snapshot,
      ...this.known,
      ...(mounts.facts.length > 0 && { mountTables: [...mounts.facts] }),
      ...(network.facts.length > 0 && { networkTables: [...network.facts] }),
    };
  }

  /** Takes what is about the machine and the feed; what answers a question of the screen is not for here. */
  take(message: FeedMessage): void {
    switch (message.message) {
      case 'snapshot':
        this.takeSample(message.snapshot);
        break;
      case 'delta':
        if (this.snapshot) this.takeSample(applyDelta(this.snapshot, message.delta));
        break;
      case 'mounts':
        this.takeMounts(mergeTables(this.state.mounts.facts, message.delta));
        break;
      case 'networks':
        this.takeNetworks(mergeTables(this.state.network.facts, message.delta));
        break;
      case 'sockets':
        this.takeSockets(message.tables, message.owners);
        break;
      case 'interiors':
        this.takeInteriors(message.interiors);
        break;
      case 'status':
        this.takeStatus(message);
        break;
      case 'failed':
        this.state.failure = { since: this.parts.now(), reason: message.reason, isFinal: true };
        this.parts.say(`collecting has ended: ${firstLine(message.reason)}`, true);
        break;
    }
  }

  private takeSample(snapshot: Snapshot): void {
    const before = this.state.model;
    this.snapshot = snapshot;
    const model = buildModel(snapshot);
    this.state.model = model;
    const replayed = this.parts.replayed();
    if (replayed) {
      this.takeMounts(snapshot.mountTables ?? []);
      this.takeNetworks(snapshot.networkTables ?? []);
      this.takeSockets(snapshot.socketTables ?? [], snapshot.socketOwners ?? []);
      this.takeInteriors(snapshot.interiors ?? []);
      this.state.replay = replayed;
    }
    if (before) {
      const changes = findChanges(before, model);
      this.noteEvents(changes, snapshot.header.takenAt);
      this.noteHistory(changes.length);
    }
    this.parts.changed();
  }

  private takeMounts(facts: readonly MountTableFact[]): void {
    this.parts.mounts.take(facts);
    if (this.state.view === 'mounts') this.parts.changed();
  }

  private takeNetworks(facts: readonly NetworkTableFact[]): void {
    this.noteEvents(findLinkChanges(this.state.network.facts, facts), this.parts.now());
    const moves = this.moves.take(this.state.network.facts, facts, this.parts.now());
    this.parts.networks.take(facts);
    if (moves.length > 0) this.parts.linksMoved(moves.map(({ from, to }) => movedRow(this.state, from, to)));
    if (this.state.view === 'network') this.parts.changed();
  }

  private takeSockets(tables: readonly SocketTableFact[], owners: readonly SocketOwnerFact[]): void {
    this.known = { ...this.known, socketTables: [...tables], socketOwners: [...owners] };
    this.state.sockets = buildSocketModel(tables, owners);
    if (this.state.view === 'sockets') this.parts.changed();
  }

  private takeInteriors(facts: readonly InteriorFact[]): void {
    this.known = { ...this.known, interiors: [...facts] };
    this.state.interiors = new InteriorModel(facts);
    if (this.state.view === 'more') this.parts.changed();
  }

  /** A look that failed is followed by others: when one works again, that is said, and nothing of it stays. */
  private takeStatus({ source, busyMs, failing = null }: FeedMessage & { message: 'status' }): void {
    const { state } = this;
    const before = state.failure;
    state.source = source;
    state.busyMs = busyMs;
    if (!before?.isFinal) state.failure = failing && { ...failing, isFinal: false };
    if (failing && !before) this.parts.say(`collecting fails: ${firstLine(failing.reason)}`, true);
    else if (!failing && before && !before.isFinal)
      this.parts.say(`collecting works again; it failed from ${clockTime(before.since)} on`, false);
    if (!state.frozen) this.noteHistory(0);
  }

  private noteEvents(changes: readonly Change[], at: number): void {
    const { events } = this.state;
    for (const change of changes) events.push({ ...change, at, serial: this.state.eventCount++ });
    if (events.length > MAX_EVENTS) events.splice(0, events.length - MAX_EVENTS);
    if (changes.length > 0 && this.state.view === 'events') this.parts.changed();
  }

  private noteHistory(changes: number): void {
    const { model, history } = this.state;
    if (!model) return;
    const push = (list: number[], value: number): void => {
      list.push(value);
      if (list.length > MAX_HISTORY) list.shift();
    };
    push(history.namespaces, model.namespaces.size);
    push(history.processes, model.processes.size);
    push(history.changes, changes);
  }
}

/** Its row before and now. */
export interface LinkMove {
  from: string;
  to: Chosen;
}

function movedRow({ network }: AppState, from: LinkReference, to: LinkReference): LinkMove {
  const link = network.model.linkAt(to.namespace, to.ifindex)!;
  const path = [networkNamespaceRowId(to.namespace)];
  return {
    from: linkRowIdAt(from.namespace, from.ifindex),
    to: { rowId: linkRowId(link), path, node: null },
  };
}

function firstLine(reason: string): string {
  return clean(reason.split('\n')[0]!);
}

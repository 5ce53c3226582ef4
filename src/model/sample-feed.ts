import type { ComparisonFacts, ComparisonQuery } from './comparison.js';
import type { FirewallFact } from './firewall.js';
import type { InteriorFact } from './interior.js';
import type { MountUserQuery, MountUsers } from './mount-users.js';
import type { SessionFacts } from './session.js';
import type { SocketOwnerFact, SocketTableFact } from './socket-table.js';
import type { NamespaceKey, Pid, Snapshot } from './snapshot.js';
import type { MountTablesDelta, NetworkTablesDelta, SnapshotDelta } from './snapshot-delta.js';

/** What a running feed of samples tells. */
export type FeedMessage =
  | { message: 'snapshot'; snapshot: Snapshot }
  | { message: 'delta'; delta: SnapshotDelta }
  /** Where the feed gets its news from, for the header; `busyMs`: how long the last refresh took. */
  | {
      message: 'status';
      source: string;
      busyMs: number;
      /** Since when (milliseconds since the epoch) and why looking fails; null or absent: the last look was good. */
      failing?: { since: number; reason: string } | null;
      /** The latest request of `refresh` that a look begun after it has answered. */
      answered?: number;
    }
  /** Nothing more will come. */
  | { message: 'failed'; reason: string }
  /** Mount tables that changed; sent while mounts are watched. */
  | { message: 'mounts'; delta: MountTablesDelta }
  | { message: 'mount-users'; users: MountUsers }
  /** Network tables that changed; sent while networks are watched. */
  | { message: 'networks'; delta: NetworkTablesDelta }
  | { message: 'firewall'; firewall: FirewallFact }
  /** All sockets anew; sent while sockets are watched and something changed. */
  | { message: 'sockets'; tables: SocketTableFact[]; owners: SocketOwnerFact[] }
  /** All anew; sent while they are watched and something changed. */
  | { message: 'comparison'; facts: ComparisonFacts }
  | { message: 'session'; facts: SessionFacts }
  | { message: 'interiors'; interiors: InteriorFact[] };

/** A stream of samples that a screen looks at: the live collector's thread, or a replay. */
export interface SampleFeed {
  start: (receive: (message: FeedMessage) => void) => void;
  /**
   * Look now, also while frozen; `everything` also rescans what is otherwise swept slowly. `request`: a number above
   * those before, which comes back as `answered` of a status message once a look that began after it is over.
   */
  refresh: (everything: boolean, request?: number) => void;
  /** Details of these processes are on the screen: keep them fresh. */
  watch: (pids: Pid[]) => void;
  /** Keep the mounts of all mount namespaces fresh, that one first; null: nobody looks at mounts. */
  watchMounts: (focus: NamespaceKey | 'any' | null) => void;
  /** Who uses the files of a filesystem; answered by a `mount-users` message. */
  askMountUsers: (query: MountUserQuery) => void;
  /** Keep the interfaces of all network namespaces fresh, those of that one first; null: nobody looks. */
  watchNetworks: (focus: NamespaceKey | 'any' | null) => void;
  /** The firewall of a network namespace; answered by a `firewall` message. */
  askFirewall: (key: NamespaceKey) => void;
  /** Keep the sockets of all network namespaces fresh, or no longer. */
  watchSockets: (watched: boolean) => void;
  /** Keep what is inside of uts, ipc, cgroup and time namespaces fresh, or no longer. */
  watchInteriors: (watched: boolean) => void;
  /** Answered by a `comparison` message. */
  askComparison: (query: ComparisonQuery) => void;
  /** What our own session hangs on; answered by a `session` message. */
  askSession: () => void;
  setDelay: (milliseconds: number) => void;
  setFrozen: (frozen: boolean) => void;
  close: () => void;
}

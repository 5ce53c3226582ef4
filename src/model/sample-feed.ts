import type { Pid, Snapshot } from './snapshot.js';
import type { SnapshotDelta } from './snapshot-delta.js';

/** What a running feed of samples tells. */
export type FeedMessage =
  | { message: 'snapshot'; snapshot: Snapshot }
  | { message: 'delta'; delta: SnapshotDelta }
  /** Where the feed gets its news from, for the header; `busyMs`: how long the last refresh took. */
  | { message: 'status'; source: string; busyMs: number }
  | { message: 'failed'; reason: string };

/** A stream of samples that a screen looks at: the live collector's thread, or a replay. */
export interface SampleFeed {
  start: (receive: (message: FeedMessage) => void) => void;
  /** Look now; `everything` also rescans what is otherwise swept slowly. */
  refresh: (everything: boolean) => void;
  /** Details of these processes are on the screen: keep them fresh. */
  watch: (pids: Pid[]) => void;
  setDelay: (milliseconds: number) => void;
  setFrozen: (frozen: boolean) => void;
  close: () => void;
}

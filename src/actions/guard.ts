/** What rolls a change back unless it is confirmed: what it is asked for, and what became of it. */
import type { Operation, ReadyPlan } from './plan.js';

/** Operations that roll each step of a plan back, in the order of the steps. */
export type BackwardSteps = readonly (readonly Operation[])[];

/** Null: the plan cannot be undone. */
export function backwardSteps({ operations, rollback, undo }: ReadyPlan): BackwardSteps | null {
  if (!undo?.possible) return null;
  if (rollback?.length === operations.length) return rollback;
  return operations.map((_, at) => (at === 0 ? undo.operations : []));
}

/** A process that is ready to roll a change back, also when nsview has ended. */
export interface StartedGuard {
  /** Descriptor that is told of each step before it is made. */
  readonly journal: number;
  /** All is done: from now on the time counts. When it is rolled back, in milliseconds since the epoch. */
  made: () => number;
  /** It stays, or nothing was done. False: it was rolled back before. */
  keep: () => Promise<boolean>;
  /** What was begun is rolled back at once. */
  abandon: () => void;
}

/** Rejects with a sentence where nothing could promise the rollback: then nothing may be changed. */
export type StartGuard = (steps: BackwardSteps, seconds: number, title: string) => Promise<StartedGuard>;

export interface GuardPort {
  start: StartGuard;
}

/** What became of a guarded change when it was asked about. */
export type GuardedChange =
  | { state: 'kept'; title: string }
  | {
      state: 'rolled back';
      title: string;
      /** Milliseconds since the epoch. */
      at: number;
      reason: RollbackReason;
      /** In sentences; none: all is as it was. */
      failures: readonly string[];
    }
  /** Neither kept nor rolled back: what would have done it was killed. */
  | { state: 'abandoned'; title: string };

/** Nobody confirmed it in time, or nsview ended in the middle of it. */
export type RollbackReason = 'time' | 'unfinished';

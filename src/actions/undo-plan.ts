/** An undo as a plan like any other: with what takes it back, so that all rules of plans hold for it. */
import type { Operation, ReadyPlan, Undo } from './plan.js';

/** What was done, as far as its undo is concerned. */
export interface DonePlan {
  title: string;
  operations: readonly Operation[];
  commands: readonly string[];
}

export function planUndo(done: DonePlan, undo: Undo & { possible: true }): ReadyPlan {
  const { rollback } = undo;
  return {
    ok: true,
    title: `undo: ${done.title}`,
    operations: undo.operations,
    ...(rollback && { rollback }),
    commands: undo.commands,
    effects: undo.note === null ? [] : [undo.note],
    undo: { possible: true, operations: done.operations, commands: done.commands, note: null },
    simulated: null,
  };
}

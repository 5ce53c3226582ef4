/** Carries out plans: the only layer that changes the system. */
import { Worker } from 'node:worker_threads';
import type { Operation, Outcome } from '../actions/plan.js';

/** What the thread is asked to do. */
export interface PerformRequest {
  operations: readonly Operation[];
  /** See `ReadyPlan.rollback`. */
  rollback?: readonly (readonly Operation[])[];
}

/**
 * Runs the operations in a thread of its own, one that may join other namespaces: it has its own root
 * and working directory (CLONE_FS), and ends afterwards.
 */
export function performOperations(
  operations: readonly Operation[],
  rollback?: readonly (readonly Operation[])[],
): Promise<Outcome> {
  const request: PerformRequest = { operations, ...(rollback && { rollback }) };
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./operation-thread.js', import.meta.url), { workerData: request });
    worker.once('message', (outcome: Outcome) => resolve(outcome));
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('the thread that changes things ended without an answer')));
  });
}

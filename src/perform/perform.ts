/** Carries out plans: the only layer that changes the system. */
import { spawn } from 'node:child_process';
import { writeSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';
import type { NamespaceReference, Operation, Outcome } from '../actions/plan.js';
import { STEP_LINE } from './journal.js';

/** What the thread is asked to do. */
export interface PerformRequest {
  operations: readonly Operation[];
  /** See `ReadyPlan.rollback`. */
  rollback?: readonly (readonly Operation[])[];
  /** See `Perform`. */
  journal?: number;
}

/**
 * Runs the operations in a thread of its own, one that may join other namespaces: it has its own root and working
 * directory (CLONE_FS), and ends afterwards. Where a user namespace comes first, in a process of its own there: a
 * thread cannot join one.
 */
export function performOperations(
  operations: readonly Operation[],
  rollback?: readonly (readonly Operation[])[],
  journal?: number,
): Promise<Outcome> {
  const request: PerformRequest = { operations, ...(rollback && { rollback }) };
  const through = userNamespacesOf(operations);
  if (through.size > 1)
    return Promise.resolve({
      done: 0,
      failure: 'a plan works as root of one user namespace only',
      mountIds: [],
    });
  const [path] = through;
  if (path === undefined) return performHere({ ...request, ...(journal !== undefined && { journal }) });
  // That process does not have the descriptor: all of it may be done as soon as it runs.
  if (journal !== undefined) writeSync(journal, STEP_LINE.repeat(operations.length));
  return performThrough(request, path);
}

/** Paths to the user namespaces that operations are done in. */
export function userNamespacesOf(operations: readonly Operation[]): Set<string> {
  return new Set(operations.flatMap(placesOf).flatMap((place) => place.through ?? []));
}

export function performHere(request: PerformRequest): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./operation-thread.js', import.meta.url), { workerData: request });
    worker.once('message', (outcome: Outcome) => resolve(outcome));
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('the thread that changes things ended without an answer')));
  });
}

/** Every namespace that an operation names. */
export function placesOf(operation: Operation): NamespaceReference[] {
  const found: NamespaceReference[] = [];
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if ('key' in value && 'paths' in value) found.push(value as NamespaceReference);
    else for (const each of Object.values(value)) look(each);
  };
  look(operation);
  return found;
}

/** As root of a user namespace: nsenter joins it, and a process of ours does the rest. */
function performThrough(request: PerformRequest, path: string): Promise<Outcome> {
  const program = fileURLToPath(new URL('./operation-process.js', import.meta.url));
  const words = [`--user=${path}`, '--preserve-credentials', '--', process.execPath, program];
  return new Promise((resolve, reject) => {
    const child = spawn('nsenter', words, { stdio: ['pipe', 'pipe', 'pipe'] });
    let answer = '';
    let complaint = '';
    child.stdout.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
    child.stdin.on('error', () => undefined);
    child.on('error', reject);
    child.on('close', () => {
      if (answer !== '') resolve(JSON.parse(answer) as Outcome);
      else
        resolve({
          done: 0,
          failure: complaint.trim().split('\n')[0] ?? 'nsenter ended without an answer',
          mountIds: [],
        });
    });
    child.stdin.end(JSON.stringify(request));
  });
}

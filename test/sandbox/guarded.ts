/** A guarded change, as the command line makes it: request on standard input, what became of it on standard output. */
import { readRequest } from '../../src/perform/read-request.js';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BackwardSteps } from '../../src/actions/guard.js';
import type { Operation } from '../../src/actions/plan.js';
import { startGuard } from '../../src/perform/guard.js';
import { performOperations } from '../../src/perform/perform.js';

export interface GuardedRequest {
  operations: readonly Operation[];
  steps: BackwardSteps;
  seconds: number;
  /** So long the change is thought about when it is made. */
  stayMs?: number;
}

const { operations, steps, seconds, stayMs } = (await readRequest()) as GuardedRequest;
try {
  const guard = await startGuard(steps, seconds, 'a change of a test');
  const { failure } = await performOperations(operations, steps, guard.journal);
  if (failure === null) guard.made();
  else await guard.keep();
  console.log(failure === null ? 'made' : `failed: ${failure}`);
  await sleep(stayMs ?? 0);
} catch (error) {
  console.log(`refused: ${(error as Error).message}`);
}

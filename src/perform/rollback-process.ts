/**
 * Entry point of the process that rolls a change back unless it is confirmed. The request comes on standard input,
 * answers go to standard output, the journal is descriptor 3. It says that it is armed when it needs nothing more:
 * no file, no program, no thread, only a little memory that it has put aside.
 */
import { writeSync } from 'node:fs';
import { constants } from 'node:os';
import type { BackwardSteps, GuardedChange } from '../actions/guard.js';
import type { GuardAnswer, GuardRequest } from './guard.js';
import { outliveSession } from './outlive-session.js';
import { makePrivateDirectory } from './private-directory.js';
import { readRequest } from './read-request.js';
import { RollbackWatch } from './rollback-watch.js';
import { prepare } from './rollback-run.js';

const JOURNAL = 3;
const OWNER_ONLY = 0o077;
/** What is a fault of our own, or cannot be listened to. */
const NOT_OURS = /^SIG(KILL|STOP|CHLD|ILL|TRAP|ABRT|IOT|BUS|FPE|SEGV|SYS|STKFLT|PROF)$/;

/** No signal that can be ignored ends or stops us; SIGUSR1 would open Node's debugger. */
function ignoreSignals(): void {
  for (const name of Object.keys(constants.signals))
    if (!NOT_OURS.test(name)) process.on(name, () => undefined);
}

function say(answer: GuardAnswer): void {
  try {
    writeSync(1, `${JSON.stringify(answer)}\n`);
  } catch {
    // nsview has ended.
  }
}

function isRequest(value: unknown): value is GuardRequest {
  const { steps, seconds, title } = (value ?? {}) as Partial<Record<keyof GuardRequest, unknown>>;
  const isStep = (step: unknown): boolean =>
    Array.isArray(step) &&
    step.every((each) => typeof (each as { operation?: unknown }).operation === 'string');
  return Array.isArray(steps) && steps.every(isStep) && Number.isFinite(seconds) && typeof title === 'string';
}

async function arm(): Promise<void> {
  const request = await readRequest();
  if (!isRequest(request)) throw new Error('the request cannot be understood');
  const { seconds, title } = request;
  const steps: BackwardSteps = prepare(request.steps);
  process.umask(OWNER_ONLY);
  process.chdir(makePrivateDirectory());
  outliveSession();
  const name = `rollback-${process.pid}-${Date.now().toString(36)}`;
  const tell = (answer: GuardedChange): void => say({ answer: 'decided', change: answer });
  await new RollbackWatch({ steps, seconds, title, name, tell }).start(JOURNAL);
  // Not called nsview: who ends a hanging nsview by its name does not mean the rollback.
  process.title = `rollback-guard: ${title}`;
  say({ answer: 'armed' });
}

ignoreSignals();
arm().catch((error: unknown) => {
  say({ answer: 'refused', reason: error instanceof Error ? error.message : String(error) });
  process.exit(1);
});

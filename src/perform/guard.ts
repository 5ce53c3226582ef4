/**
 * Starts the process that rolls a change back (`rollback-process.ts`) and waits until it is armed: it survives the
 * hang-up of the session and the end of nsview, also by SIGKILL.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, writeSync } from 'node:fs';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { CLEAN_PATH } from '../actions/enter-plan.js';
import type { BackwardSteps, GuardedChange, StartedGuard } from '../actions/guard.js';
import { errnoName } from '../kernel/errno.js';
import { openPipe } from '../kernel/pipe.js';
import { KEEP_LINE, MADE_LINE } from './journal.js';
import { userNamespacesOf } from './perform.js';

export interface GuardRequest {
  steps: BackwardSteps;
  seconds: number;
  title: string;
}

export type GuardAnswer =
  { answer: 'armed' } | { answer: 'refused'; reason: string } | { answer: 'decided'; change: GuardedChange };

/** It is ready within a fifth of a second on an idle machine. */
const ARMED_WITHIN_MS = 20_000;
const NOTHING_DONE = 'the rollback cannot be promised, so nothing was done';

/** Throws where it is not armed; then it does not run any more. */
export async function startGuard(
  steps: BackwardSteps,
  seconds: number,
  title: string,
): Promise<StartedGuard> {
  const pipe = openPipe();
  if (typeof pipe === 'number') throw new Error(`${NOTHING_DONE}: pipe: ${errnoName(-pipe)}`);
  try {
    const child = start(steps, pipe.reading);
    const guard = new RunningGuard(child, pipe.writing, seconds);
    await guard.arm({ steps, seconds, title });
    return guard;
  } catch (error) {
    closeSync(pipe.writing);
    throw new Error(`${NOTHING_DONE}: ${(error as Error).message}`, { cause: error });
  } finally {
    closeSync(pipe.reading);
  }
}

function start(steps: BackwardSteps, journal: number): ChildProcess {
  const program = fileURLToPath(new URL('./rollback-process.js', import.meta.url));
  // As few threads as can be: it must start where little is left.
  const words = [process.execPath, '--v8-pool-size=0', program];
  const [userNamespace] = userNamespacesOf(steps.flat());
  if (userNamespace !== undefined)
    words.unshift('nsenter', `--user=${userNamespace}`, '--preserve-credentials', '--');
  const runtime = process.env['XDG_RUNTIME_DIR'];
  return spawn(words[0]!, words.slice(1), {
    // A session of its own: no terminal, no hang-up.
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore', journal],
    cwd: '/',
    env: {
      PATH: CLEAN_PATH,
      MALLOC_ARENA_MAX: '1',
      ...(runtime !== undefined && { XDG_RUNTIME_DIR: runtime }),
    },
  });
}

class RunningGuard implements StartedGuard {
  readonly journal: number;
  private readonly child: ChildProcess;
  private readonly seconds: number;
  private isOpen = true;
  private readonly decided: Promise<GuardedChange | null>;
  private takeAnswer: (answer: GuardAnswer) => void = () => undefined;

  constructor(child: ChildProcess, journal: number, seconds: number) {
    this.child = child;
    this.journal = journal;
    this.seconds = seconds;
    this.decided = new Promise((resolve) => {
      child.once('exit', () => resolve(null));
      this.readAnswers((answer) => {
        if (answer.answer === 'decided') resolve(answer.change);
        else this.takeAnswer(answer);
      });
    });
  }

  private readAnswers(take: (answer: GuardAnswer) => void): void {
    let rest = '';
    this.child.stdout?.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) take(JSON.parse(line) as GuardAnswer);
    });
  }

  async arm(request: GuardRequest): Promise<void> {
    try {
      await this.isArmed(request);
    } catch (error) {
      this.child.kill('SIGKILL');
      throw error;
    } finally {
      // We need not stay for it.
      this.child.unref();
      (this.child.stdout as Socket | null)?.unref();
    }
  }

  private isArmed(request: GuardRequest): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error('the process that would do it is not ready in time')),
        ARMED_WITHIN_MS,
      );
      const refuse = (reason: string): void => {
        clearTimeout(timer);
        reject(new Error(reason));
      };
      this.takeAnswer = (answer) => {
        if (answer.answer === 'refused') refuse(answer.reason);
        else {
          clearTimeout(timer);
          resolve();
        }
      };
      this.child.once('error', ({ message }) =>
        refuse(`the process that would do it cannot start: ${message}`),
      );
      this.child.once('close', (code, signal) => {
        const how = signal ?? `status ${code ?? 0}`;
        refuse(
          `the process that would do it ends at its start (${how}): there may be too few processes or too little memory (pids.max, ulimit -u, ulimit -v)`,
        );
      });
      this.child.stdin?.on('error', () => undefined);
      this.child.stdin?.end(JSON.stringify(request));
    });
  }

  made(): number {
    this.write(MADE_LINE);
    return Date.now() + this.seconds * 1000;
  }

  async keep(): Promise<boolean> {
    this.write(KEEP_LINE);
    const change = await this.stayFor(this.decided);
    this.abandon();
    return change?.state === 'kept';
  }

  abandon(): void {
    if (this.isOpen) closeSync(this.journal);
    this.isOpen = false;
  }

  private write(line: string): void {
    try {
      if (this.isOpen) writeSync(this.journal, line);
    } catch {
      // It has decided already, and says what.
    }
  }

  private async stayFor<T>(answer: Promise<T>): Promise<T> {
    this.child.ref();
    (this.child.stdout as Socket | null)?.ref();
    try {
      return await answer;
    } finally {
      this.child.unref();
      (this.child.stdout as Socket | null)?.unref();
    }
  }
}

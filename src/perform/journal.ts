/** A guarded change tells who would roll it back, by a pipe, how far it is; the end of the pipe is the end of nsview. */
import { writeSync } from 'node:fs';
import { Refused } from './refused.js';

/** A step is about to be made. */
export const STEP_LINE = 'step\n';
/** All steps are made: from now on the time counts. */
export const MADE_LINE = 'made\n';
/** It stays, or there is nothing to roll back. */
export const KEEP_LINE = 'keep\n';

/** Before the step: what is told afterwards is never told by a process that was killed. */
export function announceStep(journal: number): void {
  try {
    writeSync(journal, STEP_LINE);
  } catch {
    throw new Refused('the process that would roll this back has ended');
  }
}

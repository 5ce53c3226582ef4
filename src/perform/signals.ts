/** Signals by pidfd, pidfd_send_signal(2), Linux 5.3: never to another process that got the number meanwhile. */
import { readFileSync, readlinkSync } from 'node:fs';
import { constants } from 'node:os';
import type { Operation } from '../actions/plan.js';
import { parseStartTime } from '../formats/process-stat.js';
import * as libc from '../kernel/libc.js';
import { explainRefusal } from './refusals.js';
import { Refused } from './refused.js';

export function sendSignal({ pid, startTimeTicks, signal }: Operation & { operation: 'signal' }): void {
  if (!showsOurPids())
    throw new Refused(
      '/proc shows another pid namespace than yours: its numbers are other processes here, and nothing was done',
    );
  const fd = libc.syscall('pidfd_open', pid, 0);
  if (fd < 0) throw new Refused(explainRefusal('signal', String(pid), libc.errno()));
  try {
    // The descriptor holds the process: what is read now is of it, or it has ended.
    if (startOf(pid) !== startTimeTicks)
      throw new Refused(`process ${pid} is another one by now: nothing was done`);
    const number = constants.signals[signal as NodeJS.Signals];
    if (libc.syscall('pidfd_send_signal', fd, number, 0, 0) < 0)
      throw new Refused(explainRefusal('signal', String(pid), libc.errno()));
  } finally {
    libc.close(fd);
  }
}

function startOf(pid: number): number | null {
  try {
    return parseStartTime(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return null;
  }
}

/** Whether /proc is of our pid namespace: there NSpid of proc_pid_status(5) has one number, the one we know ourselves by. */
function showsOurPids(): boolean {
  try {
    const numbers = /^NSpid:\s*(.*)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]?.split(/\s+/);
    return readlinkSync('/proc/self') === String(process.pid) && (numbers?.length ?? 1) === 1;
  } catch {
    return false;
  }
}

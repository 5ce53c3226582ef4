/**
 * Which processes may have changed, from the perf feed. A record only marks its process dirty and the links
 * are read again: records of one task land in the rings of two CPUs out of order.
 */
import { readFileSync } from 'node:fs';
import { PerfFeed } from '../kernel/perf-feed.js';
import type { Pid } from '../model/snapshot.js';

/** Above this many forks a second the feed would cost everybody more than a rescan costs us. */
const MAX_FORKS_A_SECOND = 2000;

/**
 * After records were lost all tasks are looked at twice: the first look may meet one in the middle of its exit,
 * still with its namespaces, whose exit record was among the lost.
 */
const RESCANS_AFTER_LOSS = 2;

export class TaskFeed {
  private perf: PerfFeed | null = null;
  private cpus = '';
  private dirty = new Set<Pid>();
  /** Looked at again the next time. */
  private again = new Set<Pid>();
  /** Leaders that exit: looked at until they are gone. */
  private readonly dying = new Set<Pid>();
  private lost = false;
  private rescans = 0;
  private forks = 0;
  private lastDrain = 0;

  get isOpen(): boolean {
    return this.perf !== null;
  }

  open(): void {
    this.cpus = onlineCpus();
    const feed = PerfFeed.open(parseCpuList(this.cpus));
    this.perf = typeof feed === 'number' ? null : feed;
    this.lastDrain = performance.now();
  }

  close(): void {
    this.perf?.close();
    this.perf = null;
  }

  /** A zombie, or a dead leader of live threads: its exit record came long ago, and being reaped makes none. */
  watchUntilGone(pid: Pid): void {
    this.dying.add(pid);
  }

  /** A process is gone: nothing more will come of it. */
  forget(pid: Pid): void {
    this.dying.delete(pid);
  }

  /** Empties the rings before they are full; what they held is kept for `drain`. */
  pump(): void {
    this.perf?.drain((record) => {
      if (record.recordKind === 'lost') this.lost = true;
      // pid 0: outside of our pid namespace.
      else if (record.pid > 0) this.dirty.add(record.pid);
      if (record.recordKind === 'fork') this.forks++;
      // The record comes early in the exit, while the task still shows its namespaces (before exit_mm() since
      // Linux 6.16): a process is looked at until it is gone, the process of a thread once more.
      if (record.recordKind === 'exit')
        (record.threadId === record.pid ? this.dying : this.again).add(record.pid);
    });
  }

  /** Processes that may have changed since the last call; null: unknown, look at all of them. */
  drain(): Set<Pid> | null {
    if (!this.perf) return null;
    if (onlineCpus() !== this.cpus) return this.reopen();
    this.pump();
    if (this.lost) this.rescans = RESCANS_AFTER_LOSS;
    this.lost = false;
    const dirty = new Set([...this.dirty, ...this.dying]);
    this.dirty = this.again;
    this.again = new Set();
    this.closeIfOverwhelmed();
    if (this.rescans === 0) return dirty;
    this.rescans--;
    return null;
  }

  private closeIfOverwhelmed(): void {
    const seconds = (performance.now() - this.lastDrain) / 1000;
    if (this.forks > MAX_FORKS_A_SECOND * Math.max(seconds, 1)) this.close();
    this.lastDrain = performance.now();
    this.forks = 0;
  }

  /** CPUs came or went: new rings, and one full look for what happened in between. */
  private reopen(): null {
    this.close();
    this.open();
    this.rescans = RESCANS_AFTER_LOSS - 1;
    return null;
  }
}

function onlineCpus(): string {
  try {
    return readFileSync('/sys/devices/system/cpu/online', 'latin1').trim();
  } catch {
    return '0';
  }
}

/** `0-3,6` as [0,1,2,3,6]. */
export function parseCpuList(text: string): number[] {
  return text.split(',').flatMap((part) => {
    const [first = 0, last = first] = part.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, at) => first + at);
  });
}

/** Processes that keep a mount busy in one way (mount-holder.c). */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { compiled, endScene } from './scene.js';

/** What the kernel says to a plain unmount of a mount that is held so. */
export const WAYS_TO_HOLD = {
  cwd: 'busy',
  root: 'busy',
  fd: 'busy',
  'path-fd': 'busy',
  'directory-fd': 'busy',
  deleted: 'busy',
  map: 'busy',
  exe: 'busy',
  socket: 'busy',
  'socket-datagram': 'busy',
  'socket-deleted': 'busy',
  'socket-relative': 'busy',
  'socket-accepted': 'busy',
  'socket-elsewhere': 'busy',
  'thread-cwd': 'busy',
  'thread-fd': 'busy',
  'leader-dead': 'busy',
  'in-flight': 'busy',
  'in-flight-datagram': 'busy',
  registered: 'busy',
  'unread-events': 'busy',
  'detached-copy': 'free',
  watched: 'free',
  nothing: 'free',
} as const;

export type WayToHold = keyof typeof WAYS_TO_HOLD | 'detached-tree';

export class MountHolder {
  readonly pid: number;
  private readonly child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.child = child;
    this.pid = child.pid!;
  }

  /** In the mount namespace of a process; an Error where this kernel does not let it hold the mount so. */
  static async start(way: WayToHold, inNamespaceOf: number, directory: string): Promise<MountHolder> {
    const words = ['-t', String(inNamespaceOf), '-m', '--', compiled('mount-holder'), way, directory];
    const child = spawn('nsenter', words, { stdio: ['pipe', 'pipe', 'inherit'] });
    for await (const line of createInterface({ input: child.stdout })) {
      if (line === 'ready') return new MountHolder(child);
      await endScene(child);
      throw new Error(`${way}: ${line}`);
    }
    throw new Error(`${way}: the holder ended`);
  }

  async end(): Promise<void> {
    await endScene(this.child);
  }
}

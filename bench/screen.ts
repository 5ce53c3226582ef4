import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pty from '@lydell/node-pty';
import { REPOSITORY } from '../test/support/golden.js';

export const PROGRAM = join(REPOSITORY, 'bin', 'nsview');

/** The screen on a real pseudo-terminal of 120x40. */
export class Screen {
  private readonly child: pty.IPty;
  bytes = 0;
  onBytes: (data: string) => void = () => undefined;

  constructor(args: string[], columns = 120, rows = 40) {
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: '' };
    this.child = pty.spawn(PROGRAM, args, {
      cols: columns,
      rows,
      env: { ...env, TERM: 'xterm-256color', LANG: 'C.UTF-8' },
    });
    this.child.onData((data) => {
      this.bytes += Buffer.byteLength(data);
      this.onBytes(data);
    });
  }

  press(key: string): void {
    this.child.write(key);
  }

  async until(pattern: RegExp): Promise<void> {
    let seen = '';
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${String(pattern)} never came:\n${seen}`)), 20_000);
      timer.unref();
      this.onBytes = (data) => {
        seen += data;
        if (pattern.test(seen)) resolve();
      };
    });
    this.onBytes = () => undefined;
  }

  /** Milliseconds from a key to the first byte of its answer. */
  async latency(key: string): Promise<number> {
    const start = performance.now();
    return new Promise((resolve) => {
      const answered = (): void => {
        this.onBytes = () => undefined;
        clearTimeout(timer);
        resolve(performance.now() - start);
      };
      // At the end of the list an arrow key has no answer.
      const timer = setTimeout(answered, 1000);
      this.onBytes = answered;
      this.press(key);
    });
  }

  residentMib(): number {
    const status = readFileSync(`/proc/${this.child.pid}/status`, 'latin1');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
  }

  close(): void {
    this.child.kill('SIGKILL');
  }
}

/**
 * Being in another network namespace for the length of one synchronous function, setns(2). Only this thread
 * moves; nothing asynchronous may start meanwhile, for what starts there stays there.
 */
import * as libc from './libc.js';

const CLONE_NEWNET = 0x40000000;

/** A descriptor of our own namespace, to come back. */
export class NetworkHome {
  private readonly fd: number;

  private constructor(fd: number) {
    this.fd = fd;
  }

  static open(): NetworkHome | number {
    const path = libc.fixedPath('/proc/thread-self/ns/net');
    const fd = libc.openat(libc.AT_FDCWD, path.address, libc.O_RDONLY | libc.O_CLOEXEC, 0);
    return fd < 0 ? -libc.errno() : new NetworkHome(fd);
  }

  /** Runs `work` inside; -errno where we may not enter. Not being able to come back ends the process. */
  inside<T>(namespaceFd: number, work: () => T): T | number {
    if (libc.setns(namespaceFd, CLONE_NEWNET) < 0) return -libc.errno();
    try {
      return work();
    } finally {
      if (libc.setns(this.fd, CLONE_NEWNET) < 0) {
        process.stderr.write('nsview: cannot come back from a network namespace: ending\n');
        process.exit(1);
      }
    }
  }

  close(): void {
    libc.close(this.fd);
  }
}

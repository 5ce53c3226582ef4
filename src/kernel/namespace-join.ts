/**
 * Being in another namespace for the length of one synchronous function, setns(2). Only this thread moves;
 * nothing asynchronous may start meanwhile, for what starts there stays there.
 */
import type { NamespaceKind } from '../model/namespace-kind.js';
import { cloneFlagOf } from '../model/namespace-kind.js';
import * as libc from './libc.js';

/** Kinds that a single thread of a process may join and leave again. */
export type JoinableKind = Extract<NamespaceKind, 'net' | 'uts' | 'ipc' | 'cgroup'>;

/** A descriptor of our own namespace of one kind, to come back. */
export class NamespaceHome {
  private static isOneWay = false;
  private readonly fd: number;
  private readonly kind: JoinableKind;
  private readonly cloneFlag: number;

  private constructor(fd: number, kind: JoinableKind) {
    this.fd = fd;
    this.kind = kind;
    this.cloneFlag = cloneFlagOf(kind);
  }

  /** For a process without the right to come back (root of a user namespace below), that ends when it has looked. */
  static allowOneWay(): void {
    NamespaceHome.isOneWay = true;
  }

  static open(kind: JoinableKind): NamespaceHome | number {
    const path = libc.fixedPath(`/proc/thread-self/ns/${kind}`);
    const fd = libc.openat(libc.AT_FDCWD, path.address, libc.O_RDONLY | libc.O_CLOEXEC, 0);
    return fd < 0 ? -libc.errno() : new NamespaceHome(fd, kind);
  }

  /** Runs `work` inside; -errno where we may not enter. Not being able to come back ends the process. */
  inside<T>(namespaceFd: number, work: () => T): T | number {
    if (libc.setns(namespaceFd, this.cloneFlag) < 0) return -libc.errno();
    try {
      return work();
    } finally {
      if (libc.setns(this.fd, this.cloneFlag) < 0 && !NamespaceHome.isOneWay) {
        process.stderr.write(`nsview: cannot come back from a ${this.kind} namespace: ending\n`);
        process.exit(1);
      }
    }
  }

  close(): void {
    libc.close(this.fd);
  }
}

/** Runs holders (holders.c): each holds one namespace in one way; and asks the kernel whether a namespace lives. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { ExecutionContext } from 'ava';
import { close } from '../../src/kernel/libc.js';
import { openNamespaceByIdentity } from '../../src/kernel/namespace-handles.js';
import type { NamespaceKind } from '../../src/model/namespace-kind.js';
import { kindOfKey } from '../../src/model/namespace-kind.js';
import type { NamespaceKey } from '../../src/model/snapshot.js';
import { compiled, endScene } from './scene.js';

export interface Holder {
  pid: number;
  key: NamespaceKey;
  /** NS_GET_ID; 0 before Linux 6.18. */
  id: number;
  fd?: number;
  threadId?: number;
  process: ChildProcess;
}

/** Null where this kernel cannot be held in that way (no TUN device, no POSIX queues). */
export async function startHolder(
  t: ExecutionContext,
  way: string,
  kind: NamespaceKind,
  ...more: string[]
): Promise<Holder | null> {
  const child = spawn(compiled('holders'), [way, kind, ...more], { stdio: ['pipe', 'pipe', 'ignore'] });
  t.teardown(() => endScene(child));
  for await (const line of createInterface({ input: child.stdout })) {
    return { ...(JSON.parse(line) as Omit<Holder, 'process'>), process: child };
  }
  return null;
}

/** By open_by_handle_at(2) on nsfs (Linux 6.18), which knows a namespace until its last reference is gone. */
export function isAlive({ key, id }: Pick<Holder, 'key' | 'id'>): boolean {
  const fd = openNamespaceByIdentity(id, kindOfKey(key), Number(key.slice(key.indexOf('[') + 1, -1)));
  if (fd >= 0) close(fd);
  return fd >= 0;
}

/** Polls: the kernel ends some namespaces from a queue. */
export async function becomes(expected: boolean, holder: Pick<Holder, 'key' | 'id'>): Promise<boolean> {
  for (let tries = 0; tries < 100; tries++) {
    if (isAlive(holder) === expected) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}

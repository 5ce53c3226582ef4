/** Entry point of the thread that joins a mount namespace and waits there until it has been looked at. */
import { workerData } from 'node:worker_threads';
import { ENOENT } from '../kernel/errno.js';
import { joinByPath } from '../kernel/join-by-path.js';
import { currentThreadId, leaveSharedDirectories } from '../kernel/mount-calls.js';
import type { NamespaceKey } from '../model/snapshot.js';
import { SLOT, STATE } from './join-slots.js';

const { slots, key, paths } = workerData as { slots: Int32Array; key: NamespaceKey; paths: string[] };
const GIVE_UP_MS = 10_000;

function join(): number {
  leaveSharedDirectories();
  let failed = -ENOENT;
  for (const path of paths) {
    const result = joinByPath(path, key, null);
    if (result === 0) return 0;
    if (result !== 'another') failed = result;
  }
  return failed;
}

Atomics.store(slots, SLOT.errno, -join());
Atomics.store(slots, SLOT.threadId, currentThreadId());
Atomics.store(slots, SLOT.state, STATE.joined);
Atomics.notify(slots, SLOT.state);
Atomics.wait(slots, SLOT.state, STATE.joined, GIVE_UP_MS);

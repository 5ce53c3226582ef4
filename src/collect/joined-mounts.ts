/**
 * Mounts of a namespace that no process lives in, where the kernel cannot list them by id (before Linux 6.11):
 * a thread joins the namespace and stands still while we read its /proc/self/task/TID/mountinfo. Synchronous,
 * like all reading here; a thread that does not answer in time is given up.
 */
import { Worker } from 'node:worker_threads';
import { ETIMEDOUT } from '../kernel/errno.js';
import { ownNamespace } from './joined-namespaces.js';
import { descriptorPath } from '../model/snapshot.js';
import type { Discovery } from './discovery.js';
import type { NamespaceKey } from '../model/snapshot.js';
import { SLOT, STATE } from './join-slots.js';

const ANSWER_MS = 3000;

/** Text of mountinfo inside, or -errno. `paths`: what may lead to the namespace, best first. */
export function readJoinedMounts(
  discovery: Discovery,
  key: NamespaceKey,
  paths: readonly string[],
): string | number {
  const slots = new Int32Array(new SharedArrayBuffer(4 * Object.keys(SLOT).length));
  const worker = new Worker(new URL('./join-thread.js', import.meta.url), {
    workerData: { slots, key, paths },
    stdout: false,
  });
  worker.unref();
  try {
    if (Atomics.wait(slots, SLOT.state, STATE.starting, ANSWER_MS) === 'timed-out') return -ETIMEDOUT;
    const failed = Atomics.load(slots, SLOT.errno);
    if (failed !== 0) return -failed;
    const threadId = Atomics.load(slots, SLOT.threadId);
    return discovery.proc.readNumberFile(process.pid, `/task/${threadId}/mountinfo`);
  } finally {
    Atomics.store(slots, SLOT.state, STATE.finished);
    Atomics.notify(slots, SLOT.state);
    void worker.terminate();
  }
}

/** Ways into a namespace without a process: descriptors of processes, bind mounts of ours. */
export function pathsInto(discovery: Discovery, key: NamespaceKey): string[] {
  const own = ownNamespace(discovery, 'mnt');
  return discovery.pins().flatMap((pin) => {
    if (pin.key !== key) return [];
    if (pin.pinKind === 'fd') return [descriptorPath(pin)];
    return pin.pinKind === 'bind' && pin.mountNamespace === own ? [pin.mountPoint] : [];
  });
}

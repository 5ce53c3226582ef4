/** Entry point of the thread that enters a mount namespace and changes mounts there. All by system calls. */
import { parentPort, workerData } from 'node:worker_threads';
import type { MountPlace, NamespaceReference, Operation, Outcome } from '../actions/plan.js';
import { errnoName } from '../kernel/errno.js';
import * as mounts from '../kernel/mount-calls.js';
import { explainRefusal } from './refusals.js';

class Refused extends Error {}

let entered: string | null = null;

function enter(reference: NamespaceReference): void {
  if (entered === reference.key || (reference.isOwn && entered === null)) {
    entered = reference.key;
    return;
  }
  if (entered !== null) throw new Refused('a plan works in one mount namespace only');
  mounts.leaveSharedDirectories();
  let refused = 'nothing leads into the mount namespace any more';
  for (const path of reference.paths) {
    const failed = mounts.joinMountNamespace(path, reference.key, reference.namespaceId);
    if (failed === 'another') continue;
    if (failed === 0) {
      entered = reference.key;
      return;
    }
    refused = explainRefusal('enter', reference.key, -failed);
  }
  throw new Refused(refused);
}

/** The mount must still be the one that was chosen: ids are compared inside. */
function check({ mountPoint, mountId }: MountPlace): void {
  const found = mounts.mountIdAt(mountPoint);
  if (found < 0) throw new Refused(`cannot look at ${mountPoint}: ${errnoName(-found)}`);
  if (found !== mountId) throw new Refused(`${mountPoint} is another mount by now: nothing was done`);
}

function perform(operation: Operation): number | null {
  const target = operation.operation === 'bind-mount' ? operation.target : operation.place.mountPoint;
  enter(operation.operation === 'bind-mount' ? operation.namespace : operation.place.namespace);
  if (operation.operation !== 'bind-mount') check(operation.place);
  const failed = call(operation);
  if (failed < 0) throw new Refused(explainRefusal(operation.operation, target, -failed));
  return operation.operation === 'bind-mount' ? mounts.mountIdAt(target) : null;
}

function call(operation: Operation): number {
  switch (operation.operation) {
    case 'set-propagation':
      return mounts.setPropagation(operation.place.mountPoint, operation.propagation, operation.recursive);
    case 'unmount':
      return mounts.unmount(operation.place.mountPoint, operation.lazy);
    case 'bind-mount':
      return mounts.bindMount(operation.source, operation.target, operation.recursive);
  }
}

function performAll(operations: readonly Operation[]): Outcome {
  const mountIds: (number | null)[] = [];
  try {
    for (const operation of operations) mountIds.push(perform(operation));
    return { done: mountIds.length, failure: null, mountIds };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { done: mountIds.length, failure: error.message, mountIds };
  }
}

parentPort!.postMessage(performAll(workerData as readonly Operation[]));

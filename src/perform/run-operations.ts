/**
 * Carries out operations where it is called, one after the other, synchronously. It enters the namespaces that they are
 * for by system calls, and does not come back from all of them: for a thread or a process that ends afterwards.
 */
import { kindOfKey } from '../model/namespace-kind.js';
import type {
  MountPlace,
  NamespaceReference,
  NetworkOperation,
  Operation,
  Outcome,
} from '../actions/plan.js';
import { errnoName } from '../kernel/errno.js';
import * as inside from '../kernel/inside-calls.js';
import { joinByPath } from '../kernel/join-by-path.js';
import * as mounts from '../kernel/mount-calls.js';
import { masterOfMount } from '../kernel/mount-listing.js';
import { performInNetwork, seenBy } from './network-handlers.js';
import { announceStep } from './journal.js';
import type { PerformRequest } from './perform.js';
import { explainRefusal } from './refusals.js';
import { Refused } from './refused.js';
import { sendSignal } from './signals.js';

/** What one kind of operation does: where, what must still hold, and the call itself. */
interface Handler<O extends Operation> {
  namespace: (operation: O) => NamespaceReference;
  /** Named where the kernel refuses. */
  subject: (operation: O) => string;
  /** Why it is not what the plan was made for any more. */
  check: (operation: O) => string | null;
  /** 0 or -errno. */
  call: (operation: O) => number;
  /** The mount that it made. */
  madeMount?: (operation: O) => mounts.MountIdentity | number;
  /** Why it is not as it was to be. */
  verify?: (operation: O) => string | null;
}

/** All but those in network namespaces and signals, which have handlers of their own. */
type PlacedOperation = Exclude<Operation, NetworkOperation | { operation: 'signal' }>;

type Handlers = { [N in PlacedOperation['operation']]: Handler<Extract<Operation, { operation: N }>> };

/** The mount must still be the one that was chosen: ids are compared inside. */
function checkMount({ place }: { place: MountPlace }): string | null {
  const { mountPoint } = place;
  const found = mounts.mountIdentityAt(mountPoint);
  if (typeof found === 'number') return `cannot look at ${mountPoint}: ${errnoName(-found)}`;
  return isSameMount(place, found) ? null : `${mountPoint} is another mount by now: nothing was done`;
}

/**
 * The 32-bit id alone is given again at once, and so are the device numbers of filesystems in memory: where the kernel
 * gives unique ids (Linux 6.8) they decide. Below, id, mount point and device are all there is to compare.
 */
function isSameMount(
  { mountId, device = null, uniqueId = null, newestMount = null }: MountPlace,
  found: mounts.MountIdentity,
): boolean {
  if (found.mountId !== mountId) return false;
  if (found.uniqueId === null) return device === null || found.device === device;
  if (uniqueId !== null) return found.uniqueId === uniqueId;
  return newestMount === null || found.uniqueId <= newestMount;
}

/** Whether the mount receives from the group that it was to receive from again. */
function checkMaster(operation: { place: MountPlace; master?: number }): string | null {
  const { place, master } = operation;
  const found = mounts.mountIdentityAt(place.mountPoint);
  if (master === undefined || typeof found === 'number' || found.uniqueId === null) return null;
  const now = masterOfMount(found.uniqueId);
  if (now === null || now === master) return null;
  return `${place.mountPoint} receives from group ${now} now, not from group ${master}: others had joined its group`;
}

const HANDLERS: Handlers = {
  'set-propagation': {
    namespace: ({ place }) => place.namespace,
    subject: ({ place }) => place.mountPoint,
    check: checkMount,
    call: ({ place, propagation, recursive }) =>
      mounts.setPropagation(place.mountPoint, propagation, recursive),
    verify: checkMaster,
  },
  unmount: {
    namespace: ({ place }) => place.namespace,
    subject: ({ place }) => place.mountPoint,
    check: checkMount,
    call: ({ place, lazy }) => mounts.unmount(place.mountPoint, lazy),
  },
  'bind-mount': {
    namespace: ({ namespace }) => namespace,
    subject: ({ target }) => target,
    check: () => null,
    call: ({ source, target, recursive }) => mounts.bindMount(source, target, recursive),
    madeMount: ({ target }) => mounts.mountIdentityAt(target),
  },
  'set-uts-name': {
    namespace: ({ namespace }) => namespace,
    subject: ({ name }) => `the ${name}`,
    check: ({ name, before }) => {
      const now = inside.utsName(name);
      return now === before ? null : `the ${name} is "${now}" by now, not "${before}": nothing was done`;
    },
    call: ({ name, value }) => inside.setUtsName(name, value),
  },
  'remove-ipc': {
    namespace: ({ namespace }) => namespace,
    subject: ({ place }) => `${place.objectKind} ${place.objectKind === 'mq' ? place.name : place.id}`,
    check: ({ place }) => {
      if (place.objectKind === 'mq') return null;
      const now = inside.systemVObject(place.objectKind, place.id);
      if (!now) return `${place.objectKind} ${place.id} is gone already`;
      const isSame = now.ipcKey === place.ipcKey && now.uid === place.uid;
      return isSame ? null : `${place.objectKind} ${place.id} is another one by now: nothing was done`;
    },
    call: ({ place }) =>
      place.objectKind === 'mq'
        ? inside.removePosixQueue(place.name)
        : inside.removeSystemV(place.objectKind, place.id),
  },
};

/** Where this thread is, by kind; what is absent is where it started. */
const entered = new Map<string, string>();

function enter(reference: NamespaceReference): void {
  const kind = kindOfKey(reference.key);
  const here = entered.get(kind);
  if (here === reference.key || (here === undefined && reference.isOwn)) return;
  if (kind === 'mnt') {
    // Paths of other namespaces would be looked for in there.
    if (here !== undefined) throw new Refused('a plan works in one mount namespace only');
    mounts.leaveSharedDirectories();
  }
  let refused = `nothing leads into the ${kind} namespace any more`;
  for (const path of reference.paths) {
    const failed = joinByPath(path, reference.key, reference.namespaceId);
    if (failed === 'another') continue;
    if (failed === 0) {
      entered.set(kind, reference.key);
      return;
    }
    refused = explainRefusal('enter', reference.key, -failed);
  }
  throw new Refused(refused);
}

function performPlaced<O extends Operation>(operation: O, handler: Handler<O>): mounts.MountIdentity | null {
  enter(handler.namespace(operation));
  const changed = handler.check(operation);
  if (changed !== null) throw new Refused(changed);
  const failed = handler.call(operation);
  if (failed < 0) throw new Refused(explainRefusal(operation.operation, handler.subject(operation), -failed));
  const wrong = handler.verify?.(operation) ?? null;
  if (wrong !== null) throw new Refused(wrong);
  const made = handler.madeMount?.(operation) ?? null;
  return typeof made === 'number' ? null : made;
}

/** The mount that was made, where one was. Throws `Refused`. */
export function performOne(operation: Operation): mounts.MountIdentity | null {
  if (operation.operation in HANDLERS) {
    const handler = HANDLERS[operation.operation as PlacedOperation['operation']];
    return performPlaced(operation, handler as unknown as Handler<Operation>);
  }
  if (operation.operation === 'signal') sendSignal(operation);
  else performInNetwork(operation as NetworkOperation);
  return null;
}

export function performAll({ operations, rollback, journal }: PerformRequest): Outcome {
  const mountIds: (number | null)[] = [];
  const uniqueMountIds: (number | null)[] = [];
  try {
    for (const operation of operations) {
      if (journal !== undefined) announceStep(journal);
      const made = performOne(operation);
      mountIds.push(made?.mountId ?? null);
      uniqueMountIds.push(made?.uniqueId ?? null);
    }
    return { done: mountIds.length, failure: null, mountIds, uniqueMountIds, ...seenBy(operations) };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return takeBack(error.message, mountIds, rollback);
  }
}

/** A plan is done whole or not at all, where it says how its steps are taken back. */
function takeBack(
  reason: string,
  mountIds: (number | null)[],
  rollback: PerformRequest['rollback'],
): Outcome {
  const done = mountIds.length;
  const failure = done === 0 ? reason : reason.replace(/: nothing was done$/, '');
  const steps = (rollback ?? []).slice(0, done).reverse().flat();
  if (steps.length === 0) return { done, failure, mountIds, rolledBack: null };
  const problems: string[] = [];
  for (const step of steps) {
    try {
      performOne(step);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      problems.push(error.message);
    }
  }
  return problems.length === 0
    ? { done: 0, failure: `${failure}; what was done before was taken back`, mountIds, rolledBack: true }
    : {
        done,
        failure: `${failure}; and not all could be taken back: ${problems.join('; ')}`,
        mountIds,
        rolledBack: false,
      };
}

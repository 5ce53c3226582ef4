/** What is inside of uts, ipc, cgroup and time namespaces, by namespace; objects of an ipc namespace as one list. */
import type {
  CgroupFact,
  CgroupRoot,
  ClockOffset,
  InteriorFact,
  IpcFact,
  MessageQueueFact,
  PosixQueueFact,
  SemaphoreSetFact,
  SharedMemoryFact,
} from '../model/interior.js';
import type { Model } from '../model/model.js';
import type { NamespaceKey } from '../model/snapshot.js';

export class InteriorModel {
  private readonly byKey: ReadonlyMap<NamespaceKey, InteriorFact>;

  constructor(facts: readonly InteriorFact[]) {
    this.byKey = new Map(facts.map((fact) => [fact.key, fact] as const));
  }

  /** Of a namespace, where it could be read. */
  of<K extends InteriorFact['interior']>(
    kind: K,
    key: NamespaceKey,
  ): Extract<InteriorFact, { interior: K }> | null {
    const fact = this.byKey.get(key);
    return fact?.interior === kind ? (fact as Extract<InteriorFact, { interior: K }>) : null;
  }
}

/** Something in an ipc namespace that outlives the processes that use it. */
export type IpcObject = { namespace: NamespaceKey } & (
  | { objectKind: 'shm'; fact: SharedMemoryFact }
  | { objectKind: 'sem'; fact: SemaphoreSetFact }
  | { objectKind: 'msg'; fact: MessageQueueFact }
  | { objectKind: 'mq'; fact: PosixQueueFact }
);

export function ipcObjects({
  key: namespace,
  sharedMemory,
  semaphores,
  messageQueues,
  posixQueues,
}: IpcFact): IpcObject[] {
  return [
    ...sharedMemory.map((fact): IpcObject => ({ namespace, objectKind: 'shm', fact })),
    ...semaphores.map((fact): IpcObject => ({ namespace, objectKind: 'sem', fact })),
    ...messageQueues.map((fact): IpcObject => ({ namespace, objectKind: 'msg', fact })),
    ...(posixQueues ?? []).map((fact): IpcObject => ({ namespace, objectKind: 'mq', fact })),
  ];
}

/** `shm 3`, `mq /jobs`: as ipcrm(1) and mq_unlink(3) name it. */
export function ipcObjectName(object: IpcObject): string {
  return object.objectKind === 'mq' ? `mq ${object.fact.name}` : `${object.objectKind} ${object.fact.id}`;
}

/** The hierarchy that tells most: version 2, unless its root is the top while another's is not. */
export function mainRoot({ roots }: CgroupFact): CgroupRoot | null {
  const below = roots.filter(({ path }) => path !== null && path !== '/');
  const unified = (list: readonly CgroupRoot[]) => list.find(({ hierarchy }) => hierarchy === '');
  return unified(below) ?? below[0] ?? unified(roots) ?? roots[0] ?? null;
}

export function offsetSeconds({ seconds, nanoseconds }: ClockOffset): number {
  return seconds + nanoseconds / 1e9;
}

/** Seconds since boot as CLOCK_BOOTTIME inside tells them; null: an offset is not known. */
export function uptimeInside(model: Model, interiors: InteriorModel, key: NamespaceKey): number | null {
  const { header } = model.snapshot;
  const own = header.observer.namespaces.time;
  const here = own && interiors.of('time', own);
  const there = interiors.of('time', key);
  if (!here || !there) return null;
  return header.uptimeSeconds - offsetSeconds(here.boottime) + offsetSeconds(there.boottime);
}

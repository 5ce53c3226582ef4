/** Plans that change what is inside of a namespace: names of a uts namespace, objects of an ipc namespace. */
import { counted } from '../model/text.js';
import type { Verdict } from '../analysis/capabilities.js';
import { observerCapable, observerOf } from '../analysis/forecast.js';
import type { IpcObject } from '../analysis/interior-model.js';
import { ipcObjectName } from '../analysis/interior-model.js';
import { namespaceName } from '../analysis/namespace-name.js';
import type { UtsFact } from '../model/interior.js';
import { textBytes } from '../model/byte-text.js';
import type { Model } from '../model/model.js';
import type { NamespaceKey } from '../model/snapshot.js';
import { inNamespace, unreachable, writeWords } from './in-namespace.js';
import { namespaceReference } from './namespace-reference.js';
import { denied, forbidsChange, mayEnter } from './permission.js';
import type { IpcPlace, Operation, Plan, UtsName } from './plan.js';

/** __NEW_UTS_LEN of <linux/utsname.h>. */
const MAXIMUM_NAME_BYTES = 64;

// ---- names of a uts namespace ------------------------------------------------------------------------------

const SYSCTL: Record<UtsName, string> = {
  hostname: '/proc/sys/kernel/hostname',
  domain: '/proc/sys/kernel/domainname',
};

export function utsCommand(operation: Operation & { operation: 'set-uts-name' }): string {
  const { namespace, name, value } = operation;
  return inNamespace(namespace, ...writeWords(SYSCTL[name], value));
}

function nameProblem(value: string): string | null {
  if (value === '') return 'the name is empty';
  if (textBytes(value).length > MAXIMUM_NAME_BYTES)
    return `the kernel takes names of at most ${MAXIMUM_NAME_BYTES} bytes`;
  return /[\x00-\x20\x7f]/.test(value) ? 'the name has a blank or control character in it' : null;
}

export function planUtsName(model: Model, fact: UtsFact, name: UtsName, value: string): Plan {
  const { key } = fact;
  const namespace = namespaceReference(model, key);
  const before = fact[name];
  const reason =
    unreachable(namespace) ??
    nameProblem(value) ??
    (value === before ? `that is its ${name} already` : null) ??
    forbidsChange(model, namespace, 'SYS_ADMIN');
  if (reason !== null) return { ok: false, reason };
  const operation = { operation: 'set-uts-name', namespace, name, value, before } as const;
  const back = { operation: 'set-uts-name', namespace, name, value: before, before: value } as const;
  const members = model.namespaces.get(key)?.processes.length ?? 0;
  return {
    ok: true,
    title: `set the ${name} of ${namespaceName(model, key)} to ${value}`,
    operations: [operation],
    undo: { possible: true, operations: [back], commands: [utsCommand(back)], note: null },
    commands: [utsCommand(operation)],
    effects: [
      `${members === 1 ? 'its member process sees' : `its ${members} member processes see`} it at once; /etc/hostname and DNS stay as they are`,
      ...(namespace.isOwn ? ['it is your own namespace'] : []),
    ],
    simulated: null,
  };
}

// ---- objects of an ipc namespace ---------------------------------------------------------------------------

const IPCRM: Record<Exclude<IpcObject['objectKind'], 'mq'>, string> = {
  shm: '--shmem-id',
  sem: '--semaphore-id',
  msg: '--queue-id',
};

function placeOf(object: IpcObject): IpcPlace {
  return object.objectKind === 'mq'
    ? { objectKind: 'mq', name: object.fact.name, uid: object.fact.uid }
    : {
        objectKind: object.objectKind,
        id: object.fact.id,
        ipcKey: object.fact.ipcKey,
        uid: object.fact.uid,
      };
}

export function removeIpcCommand({ namespace, place }: Operation & { operation: 'remove-ipc' }): string {
  if (place.objectKind !== 'mq')
    return inNamespace(namespace, 'ipcrm', IPCRM[place.objectKind], String(place.id));
  return inNamespace(
    namespace,
    'unshare',
    '--mount',
    'sh',
    '-c',
    'mount -t mqueue mqueue /mnt && rm "/mnt$1"',
    'sh',
    place.name,
  );
}

/** Its owner may, and who has the capability in the user namespace of the ipc namespace. */
function mayRemove(model: Model, key: NamespaceKey, { fact }: IpcObject): Verdict | null {
  const observer = observerOf(model);
  if (observer?.details?.uid === fact.uid || namespaceReference(model, key).through !== undefined)
    return null;
  return observerCapable(model, key, 'SYS_ADMIN');
}

export function planRemoveIpc(model: Model, object: IpcObject): Plan {
  const namespace = namespaceReference(model, object.namespace);
  const reason =
    unreachable(namespace) ?? denied(mayEnter(model, namespace), mayRemove(model, object.namespace, object));
  if (reason !== null) return { ok: false, reason };
  const operation = { operation: 'remove-ipc', namespace, place: placeOf(object) } as const;
  return {
    ok: true,
    title: `remove ${ipcObjectName(object)} in ${namespaceName(model, object.namespace)}`,
    operations: [operation],
    undo: { possible: false, reason: 'what it holds is lost' },
    commands: [removeIpcCommand(operation)],
    effects: removalEffects(object),
    simulated: null,
  };
}

function removalEffects(object: IpcObject): string[] {
  switch (object.objectKind) {
    case 'shm':
      return object.fact.attached > 0
        ? [
            `it is attached ${counted(object.fact.attached, 'time')}: who has it keeps it, nobody new finds it, and it goes with the last who detaches`,
          ]
        : ['nobody has it attached: its memory is free at once'];
    case 'sem':
      return ['who waits on it is woken with EIDRM'];
    case 'msg':
      return [`its ${object.fact.messages} messages are lost; who waits on it is woken with EIDRM`];
    case 'mq':
      return ['its name goes at once; who has it open keeps it until they close it'];
  }
}

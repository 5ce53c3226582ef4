/** A plan is data: what would be done, how it is undone, and what a shell would need. Nothing here acts. */
import type { MountRequest } from '../analysis/mount-simulator.js';
import type { NamespaceKey } from '../model/snapshot.js';

/** A namespace and the ways to open it; its identity is checked again when the plan runs. */
export interface NamespaceReference {
  key: NamespaceKey;
  /** Never reused until reboot; null where the kernel gives none. */
  namespaceId: number | null;
  /** Our own: nothing to enter. */
  isOwn: boolean;
  /** Paths that lead to it, best first: /proc/PID/ns/…, a descriptor of a process, a bind mount. */
  paths: readonly string[];
}

/** A mount that exists; checked again by its id when the plan runs. */
export interface MountPlace {
  namespace: NamespaceReference;
  mountPoint: string;
  mountId: number;
}

export type PropagationChange = 'shared' | 'slave' | 'private' | 'unbindable';

export type UtsName = 'hostname' | 'domain';

/** An object of an ipc namespace; checked again when the plan runs. */
export type IpcPlace =
  | { objectKind: 'shm' | 'sem' | 'msg'; id: number; ipcKey: number; uid: number }
  /** `name` with its slash. */
  | { objectKind: 'mq'; name: string; uid: number };

export type Operation =
  | { operation: 'set-propagation'; place: MountPlace; propagation: PropagationChange; recursive: boolean }
  | { operation: 'unmount'; place: MountPlace; lazy: boolean }
  | {
      operation: 'bind-mount';
      namespace: NamespaceReference;
      source: string;
      target: string;
      recursive: boolean;
    }
  /** `before`: what it must be now, lest a change of somebody else is undone. */
  | {
      operation: 'set-uts-name';
      namespace: NamespaceReference;
      name: UtsName;
      value: string;
      before: string;
    }
  | { operation: 'remove-ipc'; namespace: NamespaceReference; place: IpcPlace };

export type Undo =
  | { possible: true; operations: readonly Operation[]; commands: readonly string[]; note: string | null }
  | { possible: false; reason: string };

export interface ReadyPlan {
  ok: true;
  title: string;
  operations: readonly Operation[];
  /** Null: it is an undo itself. */
  undo: Undo | null;
  /** The same for a shell, one command a line. */
  commands: readonly string[];
  /** What follows from it, in sentences. */
  effects: readonly string[];
  /** What the simulator says of it. */
  simulated: MountRequest | null;
}

export type Plan = ReadyPlan | { ok: false; reason: string };

/** How one run of a plan ended. */
export interface Outcome {
  /** Operations that were done. */
  done: number;
  /** The kernel's refusal, in a sentence; null: all was done. */
  failure: string | null;
  /** Ids of mounts that were made, by operation. */
  mountIds: readonly (number | null)[];
}

/** Stands for the id of the mount that the plan makes: known only after it ran. */
export const NEW_MOUNT = -1;

/** The undo with the ids of what the run made. */
export function undoAfter(undo: Undo, { mountIds }: Outcome): Undo {
  if (!undo.possible) return undo;
  const made = mountIds.find((id) => id !== null && id >= 0);
  const operations = undo.operations.map((operation): Operation => {
    if (operation.operation !== 'unmount' || operation.place.mountId !== NEW_MOUNT) return operation;
    return { ...operation, place: { ...operation.place, mountId: made ?? NEW_MOUNT } };
  });
  return { ...undo, operations };
}

import type { NamespaceKey, Pid } from './snapshot.js';

/** What is set inside of a namespace of the smaller kinds: uts, ipc, cgroup, time. */
export type InteriorFact = UtsFact | IpcFact | CgroupFact | TimeFact;

/** uts_namespaces(7). */
export interface UtsFact {
  interior: 'uts';
  key: NamespaceKey;
  hostname: string;
  /** The NIS domain name; `(none)` is the kernel's word for a name that was never set. */
  domain: string;
}

/** What System V objects have in common, sysvipc(7). */
export interface SystemVObject {
  id: number;
  /** The number that programs find it by; 0: IPC_PRIVATE. */
  ipcKey: number;
  /** Permission bits. */
  mode: number;
  /** Ids as the observer's user namespace sees them. */
  uid: number;
  gid: number;
}

export interface SharedMemoryFact extends SystemVObject {
  bytes: number;
  residentBytes: number;
  /** How many times it is attached, shmctl(2). */
  attached: number;
  creator: Pid;
  lastUser: Pid;
  /** IPC_RMID was said: it goes with the last who detaches. */
  isDoomed: boolean;
  /** Processes that have it attached, as far as their maps could be read. */
  attachedBy: Pid[];
}

export interface SemaphoreSetFact extends SystemVObject {
  semaphores: number;
}

export interface MessageQueueFact extends SystemVObject {
  bytes: number;
  messages: number;
  lastSender: Pid;
  lastReceiver: Pid;
}

/** mq_overview(7). */
export interface PosixQueueFact {
  /** With its slash, as mq_open(3) takes it. */
  name: string;
  mode: number;
  uid: number;
  gid: number;
  /** Null, like the rest: it may not be opened. */
  messages: number | null;
  maximumMessages: number | null;
  /** Bytes that one message may have. */
  messageSize: number | null;
  /** Bytes of all messages in it. */
  bytes: number | null;
  /** The process that asked to be told of a message, mq_notify(3); 0: none. */
  notified: Pid | null;
}

/** ipc_namespaces(7). */
export interface IpcFact {
  interior: 'ipc';
  key: NamespaceKey;
  sharedMemory: SharedMemoryFact[];
  semaphores: SemaphoreSetFact[];
  messageQueues: MessageQueueFact[];
  /** Null where they could not be read: a gap tells why. */
  posixQueues: PosixQueueFact[] | null;
}

/** The root of a cgroup namespace in one hierarchy. */
export interface CgroupRoot {
  /** Controllers or name of a version 1 hierarchy; empty: version 2. */
  hierarchy: string;
  /** As the observer's cgroup namespace names it; null: could not be told. */
  path: string | null;
}

/** Of the cgroup that is the root, with all below it. Null: no such controller there, or not readable. */
export interface CgroupUsage {
  memoryBytes: number | null;
  /** Null: no limit. */
  memoryMaximum: number | null;
  /** CPU time used since it was made. */
  cpuMicroseconds: number | null;
  pids: number | null;
  pidsMaximum: number | null;
}

/** cgroup_namespaces(7). */
export interface CgroupFact {
  interior: 'cgroup';
  key: NamespaceKey;
  roots: CgroupRoot[];
  /** That act on it: of cgroup.controllers, and of each version 1 hierarchy. */
  controllers: string[];
  usage: CgroupUsage;
  /** Milliseconds since the epoch. */
  takenAt: number;
}

/** Seconds that may be negative, and nanoseconds that are not, as in /proc/PID/timens_offsets. */
export interface ClockOffset {
  seconds: number;
  nanoseconds: number;
}

/** time_namespaces(7): what is added to the clocks of the initial namespace. */
export interface TimeFact {
  interior: 'time';
  key: NamespaceKey;
  monotonic: ClockOffset;
  boottime: ClockOffset;
}

/** What a recording holds of uts, ipc, cgroup and time namespaces. */
import type {
  CgroupFact,
  CgroupRoot,
  CgroupUsage,
  ClockOffset,
  InteriorFact,
  IpcFact,
  MessageQueueFact,
  PosixQueueFact,
  SemaphoreSetFact,
  SharedMemoryFact,
  SystemVObject,
  TimeFact,
  UtsFact,
} from '../model/interior.js';
import { amount, flag, listOf, oneOf, orNull, shape, tagged, text, whole } from './check.js';
import { keyOfKind, moment, pid, uid } from './common-shapes.js';

/** Permission bits, and those of its kind. */
const mode = whole(0, 0o177777);

const SYSTEM_V = {
  id: whole(),
  // A key_t is signed.
  ipcKey: whole(-(2 ** 31), 2 ** 32 - 1),
  mode,
  uid,
  gid: uid,
} satisfies Parameters<typeof shape<SystemVObject>>[0];

const sharedMemory = shape<SharedMemoryFact>({
  ...SYSTEM_V,
  bytes: amount,
  residentBytes: amount,
  attached: whole(),
  creator: pid,
  lastUser: pid,
  isDoomed: flag,
  attachedBy: listOf(pid),
});

const semaphores = shape<SemaphoreSetFact>({ ...SYSTEM_V, semaphores: whole() });

const messageQueue = shape<MessageQueueFact>({
  ...SYSTEM_V,
  bytes: amount,
  messages: whole(),
  lastSender: pid,
  lastReceiver: pid,
});

const posixQueue = shape<PosixQueueFact>({
  name: text,
  mode,
  uid,
  gid: uid,
  messages: orNull(whole()),
  maximumMessages: orNull(whole()),
  messageSize: orNull(whole()),
  bytes: orNull(amount),
  notified: orNull(pid),
});

const uts = shape<UtsFact>({
  interior: oneOf<'uts'>({ uts: true }),
  key: keyOfKind('uts'),
  hostname: text,
  domain: text,
});

const ipc = shape<IpcFact>({
  interior: oneOf<'ipc'>({ ipc: true }),
  key: keyOfKind('ipc'),
  sharedMemory: listOf(sharedMemory),
  semaphores: listOf(semaphores),
  messageQueues: listOf(messageQueue),
  posixQueues: orNull(listOf(posixQueue)),
});

const cgroup = shape<CgroupFact>({
  interior: oneOf<'cgroup'>({ cgroup: true }),
  key: keyOfKind('cgroup'),
  roots: listOf(shape<CgroupRoot>({ hierarchy: text, path: orNull(text) })),
  controllers: listOf(text),
  usage: shape<CgroupUsage>({
    memoryBytes: orNull(amount),
    memoryMaximum: orNull(amount),
    cpuMicroseconds: orNull(amount),
    pids: orNull(whole()),
    pidsMaximum: orNull(whole()),
  }),
  takenAt: moment,
});

const offset = shape<ClockOffset>({
  seconds: whole(-Number.MAX_SAFE_INTEGER),
  nanoseconds: whole(0, 999_999_999),
});

const time = shape<TimeFact>({
  interior: oneOf<'time'>({ time: true }),
  key: keyOfKind('time'),
  monotonic: offset,
  boottime: offset,
});

export const interior = tagged<InteriorFact, 'interior'>('interior', { uts, ipc, cgroup, time });

/** The wired node with what is inside of its smaller namespaces, and what restricts user namespaces there. */
import type { InteriorFact } from '../../src/model/interior.js';
import type { Snapshot } from '../../src/model/snapshot.js';
import { wiredNode } from './network-scenario.js';
import { hostKey } from './snapshot-builder.js';

const NO_OFFSET = { seconds: 0, nanoseconds: 0 };

export const INTERIORS: readonly InteriorFact[] = [
  { interior: 'uts', key: hostKey('uts'), hostname: 'node7', domain: '(none)' },
  { interior: 'uts', key: 'uts:[4026532541]', hostname: 'nginx-1', domain: 'example.org' },
  { interior: 'uts', key: 'uts:[4026532612]', hostname: 'evil\u001b[31m', domain: '(none)' },
  {
    interior: 'ipc',
    key: hostKey('ipc'),
    sharedMemory: [],
    semaphores: [],
    messageQueues: [],
    posixQueues: [],
  },
  {
    interior: 'ipc',
    key: 'ipc:[4026532613]',
    sharedMemory: [
      {
        id: 3,
        ipcKey: 0x52e2c1,
        mode: 0o600,
        uid: 1000,
        gid: 1000,
        bytes: 148_000_000,
        residentBytes: 20_000_000,
        attached: 2,
        creator: 2612,
        lastUser: 2613,
        isDoomed: false,
        attachedBy: [2612, 2613],
      },
    ],
    semaphores: [{ id: 0, ipcKey: 0x52e2c1, mode: 0o600, uid: 1000, gid: 1000, semaphores: 17 }],
    messageQueues: [],
    posixQueues: [
      {
        name: '/jobs',
        mode: 0o644,
        uid: 100_998,
        gid: 0,
        messages: 4,
        maximumMessages: 10,
        messageSize: 8192,
        bytes: 160,
        notified: 2613,
      },
    ],
  },
  {
    interior: 'cgroup',
    key: hostKey('cgroup'),
    roots: [{ hierarchy: '', path: '/' }],
    controllers: ['cpu', 'memory', 'pids'],
    usage: { memoryBytes: null, memoryMaximum: null, cpuMicroseconds: null, pids: null, pidsMaximum: null },
    takenAt: 0,
  },
  {
    interior: 'cgroup',
    key: 'cgroup:[4026532472]',
    roots: [{ hierarchy: '', path: '/system.slice/docker-3f2a9c.scope' }],
    controllers: ['cpu', 'memory', 'pids'],
    usage: {
      memoryBytes: 52_000_000,
      memoryMaximum: 536_870_912,
      cpuMicroseconds: 91_230_000,
      pids: 3,
      pidsMaximum: null,
    },
    takenAt: 0,
  },
  { interior: 'time', key: hostKey('time'), monotonic: NO_OFFSET, boottime: NO_OFFSET },
];

export function furnishedNode(): Snapshot {
  return {
    ...wiredNode(),
    interiors: [...INTERIORS],
    restrictions: [
      { name: 'user.max_user_namespaces', value: '96365' },
      { name: 'kernel.unprivileged_userns_clone', value: '1' },
      { name: 'kernel.apparmor_restrict_unprivileged_userns', value: '1' },
    ],
  };
}

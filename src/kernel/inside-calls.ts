/** Changes inside of the uts and ipc namespace of this thread: sethostname(2), shmctl(2) and kin. 0 or -errno. */
import { parseMessageQueues, parseSemaphores, parseSharedMemory } from '../formats/system-v.js';
import type { SystemVObject } from '../model/interior.js';
import { readText } from './byte-names.js';
import * as libc from './libc.js';

const IPC_RMID = 0;

function result(value: number): number {
  return value < 0 ? -libc.errno() : 0;
}

const UTS_FILES = { hostname: 'hostname', domain: 'domainname' } as const;

/** As it is now. */
export function utsName(name: keyof typeof UTS_FILES): string {
  return readText(`/proc/sys/kernel/${UTS_FILES[name]}`).replace(/\n$/, '');
}

export function setUtsName(name: keyof typeof UTS_FILES, value: string): number {
  const text = libc.fixedPath(value);
  const size = text.bytes.length - 1;
  return result(
    name === 'hostname' ? libc.sethostname(text.address, size) : libc.setdomainname(text.address, size),
  );
}

const TABLES = {
  shm: {
    file: '/proc/sysvipc/shm',
    parse: parseSharedMemory,
    remove: (id: number) => libc.shmctl(id, IPC_RMID, 0),
  },
  sem: {
    file: '/proc/sysvipc/sem',
    parse: parseSemaphores,
    remove: (id: number) => libc.semctl(id, 0, IPC_RMID),
  },
  msg: {
    file: '/proc/sysvipc/msg',
    parse: parseMessageQueues,
    remove: (id: number) => libc.msgctl(id, IPC_RMID, 0),
  },
} as const;

/** The object with that id, as it is now. */
export function systemVObject(kind: keyof typeof TABLES, id: number): SystemVObject | null {
  const { file, parse } = TABLES[kind];
  const objects: readonly SystemVObject[] = parse(readText(file));
  return objects.find((object) => object.id === id) ?? null;
}

export function removeSystemV(kind: keyof typeof TABLES, id: number): number {
  return result(TABLES[kind].remove(id));
}

/** The system call takes the name without its slash, which mq_unlink(3) asks for. */
export function removePosixQueue(name: string): number {
  return result(libc.syscall('mq_unlink', libc.fixedPath(name.replace(/^\//, '')).address));
}

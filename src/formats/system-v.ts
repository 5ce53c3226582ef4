/** Tables of /proc/sysvipc, proc_sysvipc(5): a heading, then one object a line. */
import type {
  MessageQueueFact,
  SemaphoreSetFact,
  SharedMemoryFact,
  SystemVObject,
} from '../model/interior.js';

/** SHM_DEST of <linux/shm.h>: stands among the permission bits. */
const SHM_DEST = 0o1000;
const PERMISSIONS = 0o777;
/** Keys are printed signed, ipcs(1) shows them as 32 bits without a sign. */
const UNSIGNED = 0x1_0000_0000;

type Fields = (name: string) => number;

/** Columns are found by their headings: kernels have added some. */
function parseTable<T>(text: string, record: (field: Fields) => T): T[] {
  const [heading = '', ...lines] = text.split('\n');
  const names = heading.trim().split(/\s+/);
  return lines.flatMap((line) => {
    const values = line.trim().split(/\s+/);
    if (values.length < names.length) return [];
    return [record((name) => Number(values[names.indexOf(name)] ?? Number.NaN))];
  });
}

function objectOf(field: Fields, idName: string): SystemVObject {
  const key = field('key');
  return {
    id: field(idName),
    ipcKey: key < 0 ? key + UNSIGNED : key,
    mode: parseInt(String(field('perms')), 8) & PERMISSIONS,
    uid: field('uid'),
    gid: field('gid'),
  };
}

export function parseSharedMemory(text: string): Omit<SharedMemoryFact, 'attachedBy'>[] {
  return parseTable(text, (field) => ({
    ...objectOf(field, 'shmid'),
    bytes: field('size'),
    residentBytes: field('rss') || 0,
    attached: field('nattch'),
    creator: field('cpid'),
    lastUser: field('lpid'),
    isDoomed: (parseInt(String(field('perms')), 8) & SHM_DEST) !== 0,
  }));
}

export function parseSemaphores(text: string): SemaphoreSetFact[] {
  return parseTable(text, (field) => ({ ...objectOf(field, 'semid'), semaphores: field('nsems') }));
}

export function parseMessageQueues(text: string): MessageQueueFact[] {
  return parseTable(text, (field) => ({
    ...objectOf(field, 'msqid'),
    bytes: field('cbytes'),
    messages: field('qnum'),
    lastSender: field('lspid'),
    lastReceiver: field('lrpid'),
  }));
}

/** `/SYSV0000abcd (deleted)` in /proc/PID/maps: the inode is the shmid (ipc/shm.c, newseg). */
const ATTACHED = /^\S+ ...s \S+ \S+ (\d+) +\/SYSV([0-9a-f]{8}) \(deleted\)$/gm;

/** Id and key of the shared memory that a process has attached, each once. */
export function parseAttached(maps: string): { id: number; ipcKey: number }[] {
  if (!maps.includes('/SYSV')) return [];
  const found = [...maps.matchAll(ATTACHED)].map(([, id, key]) => [Number(id), Number.parseInt(key!, 16)]);
  return [...new Map(found.map(([id, ipcKey]) => [id!, { id: id!, ipcKey: ipcKey! }])).values()];
}

/** A file of the mqueue filesystem: `QSIZE:129 NOTIFY:2 SIGNO:0 NOTIFY_PID:8260`, mq_overview(7). */
export function parsePosixQueueState(text: string): { bytes: number; notified: number } {
  const field = (name: string): number => Number(new RegExp(`\\b${name}:(\\d+)`).exec(text)?.[1] ?? 0);
  return { bytes: field('QSIZE'), notified: field('NOTIFY_PID') };
}

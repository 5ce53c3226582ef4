/**
 * Links of all processes and threads, and descriptors of namespaces, in one read by a BPF task iterator: on a
 * machine with thousands of processes a tenth of the time that three walks through /proc take. Says the same
 * as they do (a test compares), and where it is not allowed the walks run.
 */
import type { TaskDump } from '../kernel/bpf-iterator.js';
import { FILE_RECORD_SIZE, LEVELS, TASK_RECORD_SIZE, dumpTasks } from '../kernel/bpf-iterator.js';
import { parseNamespaceLink } from '../formats/namespace-link.js';
import { LINK_NAMES, isNamespaceKind } from '../model/namespace-kind.js';
import type { NamespaceKey, Pid } from '../model/snapshot.js';
import { namespaceKey } from '../model/snapshot.js';
import type { Discovery } from './discovery.js';
import { readSet } from './process-links.js';

/** Below, loading the programs costs more than the walks. */
const MANY_PROCESSES = 400;

const INODES_AT = 16;
const NUMBERS_AT = 56;
const UPID_SIZE = 16;

/** Which of the levels of struct pid is the observer's pid namespace. */
interface Level {
  level: number;
  /** The kernel's address of that namespace: only ever compared. */
  address: bigint;
}

const inodes = new Float64Array(LINK_NAMES.length);

/** Fills links, threads and descriptor pins; false where the kernel refuses or it is not worth it. */
export function collectTaskDump(discovery: Discovery): boolean {
  const { taskDump } = discovery.options;
  if (taskDump === 'never') return false;
  const pids = discovery.proc.listNumbers();
  if (typeof pids === 'number' || (taskDump === 'auto' && pids.length < MANY_PROCESSES)) return false;
  const dump = dumpTasks();
  if (typeof dump === 'number') return false;
  const level = findOwnLevel(discovery, dump);
  if (!level) return false;
  const pidOfGroup = recordLeaders(discovery, dump, level);
  // Where proc hides processes (hidepid) or shows another pid namespace, it stays the measure.
  if (pids.some((pid) => pid !== process.pid && !discovery.links.has(pid) && existsStill(discovery, pid))) {
    for (const pid of [...discovery.links.keys()]) discovery.forgetProcess(pid);
    return false;
  }
  recordThreads(discovery, dump, level, pidOfGroup);
  recordFiles(discovery, dump, pidOfGroup);
  return true;
}

function existsStill(discovery: Discovery, pid: Pid): boolean {
  return typeof discovery.proc.readNumberFile(pid, '/stat') === 'string';
}

/** Numbers in a record: the initial namespace's, and the one that the observer knows the task by. */
function numberIn({ tasks }: TaskDump, at: number, { level, address }: Level): number {
  if (tasks.readUInt32LE(at + 8) < level) return 0;
  const upid = at + NUMBERS_AT + level * UPID_SIZE;
  return tasks.readBigUInt64LE(upid + 8) === address ? tasks.readUInt32LE(upid) : 0;
}

/** The observer finds itself: the task in its pid namespace that has its pid at the innermost level. */
function findOwnLevel(discovery: Discovery, { tasks }: TaskDump): Level | null {
  const own = discovery.sets.get(readSet(discovery, process.pid, '/ns', 'namespace links')).pid;
  if (own === undefined) return null;
  for (let at = 0; at + TASK_RECORD_SIZE <= tasks.length; at += TASK_RECORD_SIZE) {
    const level = tasks.readUInt32LE(at + 8);
    if (level >= LEVELS) continue;
    const upid = at + NUMBERS_AT + level * UPID_SIZE;
    const pidInode = tasks.readUInt32LE(at + INODES_AT + 4 * LINK_NAMES.indexOf('pid'));
    if (tasks.readUInt32LE(upid) === process.pid && namespaceKey('pid', pidInode) === own) {
      return { level, address: tasks.readBigUInt64LE(upid + 8) };
    }
  }
  return null;
}

function internSet(discovery: Discovery, { tasks }: TaskDump, at: number): number {
  for (let link = 0; link < inodes.length; link++)
    inodes[link] = tasks.readUInt32LE(at + INODES_AT + 4 * link);
  return discovery.sets.intern(inodes);
}

/** Records every leader; the observer's pid by the initial one. */
function recordLeaders(discovery: Discovery, dump: TaskDump, level: Level): Map<number, Pid> {
  const pidOfGroup = new Map<number, Pid>();
  for (let at = 0; at + TASK_RECORD_SIZE <= dump.tasks.length; at += TASK_RECORD_SIZE) {
    const groupId = dump.tasks.readUInt32LE(at);
    if (groupId !== dump.tasks.readUInt32LE(at + 4)) continue;
    const pid = numberIn(dump, at, level);
    if (pid === 0) continue;
    pidOfGroup.set(groupId, pid);
    discovery.links.set(pid, internSet(discovery, dump, at));
  }
  return pidOfGroup;
}

function recordThreads(
  discovery: Discovery,
  dump: TaskDump,
  level: Level,
  pidOfGroup: ReadonlyMap<number, Pid>,
): void {
  for (let at = 0; at + TASK_RECORD_SIZE <= dump.tasks.length; at += TASK_RECORD_SIZE) {
    const groupId = dump.tasks.readUInt32LE(at);
    if (groupId === dump.tasks.readUInt32LE(at + 4)) continue;
    const pid = pidOfGroup.get(groupId);
    const threadId = numberIn(dump, at, level);
    if (pid === undefined || threadId === 0) continue;
    const namespaceSet = internSet(discovery, dump, at);
    if (namespaceSet === discovery.links.get(pid)) continue;
    const loose = discovery.threads.get(pid) ?? [];
    loose.push({ pid, threadId, namespaceSet });
    discovery.threads.set(pid, loose);
  }
}

function recordFiles(discovery: Discovery, { files }: TaskDump, pidOfGroup: ReadonlyMap<number, Pid>): void {
  if (files.length === 0) return;
  const keys = new Map<number, NamespaceKey>();
  for (const set of discovery.sets.all()) {
    for (const key of Object.values(set)) keys.set(Number(key.slice(key.indexOf('[') + 1, -1)), key);
  }
  for (let at = 0; at + FILE_RECORD_SIZE <= files.length; at += FILE_RECORD_SIZE) {
    const pid = pidOfGroup.get(files.readUInt32LE(at));
    if (pid === undefined) continue;
    const fd = files.readUInt32LE(at + 4);
    const key = keys.get(Number(files.readBigUInt64LE(at + 8))) ?? keyOfDescriptor(discovery, pid, fd);
    if (key === null) continue;
    const pins = discovery.fdPins.get(pid) ?? [];
    pins.push({ pinKind: 'fd', key, pid, fd });
    discovery.fdPins.set(pid, pins);
  }
}

/** The record tells the inode only; a namespace without members tells its kind by its link. */
function keyOfDescriptor(discovery: Discovery, pid: Pid, fd: number): NamespaceKey | null {
  const directory = discovery.proc.openNumber(pid, '/fd');
  if (typeof directory === 'number') return null;
  try {
    const identity = parseNamespaceLink(String(directory.readNumberLink(fd)));
    return identity && isNamespaceKind(identity.kindWord)
      ? namespaceKey(identity.kindWord, identity.inode)
      : null;
  } finally {
    directory.close();
  }
}

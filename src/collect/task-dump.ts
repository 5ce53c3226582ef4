/**
 * Links of all processes and threads, and descriptors of namespaces, in one read by a BPF task iterator: on a
 * machine with thousands of processes a tenth of the time that three walks through /proc take. Says the same
 * as they do (a test compares), and where it is not allowed the walks run.
 */
import type { TaskDump } from '../kernel/bpf-iterator.js';
import { LEVELS, TASK_RECORD_SIZE, dumpTasks } from '../kernel/bpf-iterator.js';
import { LINK_NAMES } from '../model/namespace-kind.js';
import type { Pid } from '../model/snapshot.js';
import { namespaceKey } from '../model/snapshot.js';
import type { Discovery } from './discovery.js';
import { recordFiles } from './file-holders.js';
import { scanFds } from './open-fds.js';
import { readSet, scanProcess } from './process-links.js';
import { scanThreads } from './thread-links.js';

/** Below, loading the programs costs more than the walks. */
const MANY_PROCESSES = 400;
/** A kernel may hide a guarded process from BPF: few are looked at by themselves. Others began since. */
const MOST_MISSING = 32;

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
  const { taskDump, everyFile } = discovery.options;
  if (taskDump === 'never') return false;
  const pids = discovery.proc.listNumbers();
  if (typeof pids === 'number' || (taskDump === 'auto' && !everyFile && pids.length < MANY_PROCESSES))
    return false;
  const dump = dumpTasks(everyFile);
  if (typeof dump === 'number') return false;
  const level = findOwnLevel(discovery, dump);
  if (!level) return false;
  recordLeaders(discovery, dump, level);
  const missing = pids.filter((pid) => !discovery.links.has(pid) && existsStill(discovery, pid));
  // Where proc shows another pid namespace, it stays the measure.
  if (missing.length > Math.max(MOST_MISSING, pids.length / 10)) {
    for (const pid of [...discovery.links.keys()]) discovery.forgetProcess(pid);
    return false;
  }
  const pidOfGroup = pidsOfGroups(dump, level);
  recordThreads(discovery, dump, level, pidOfGroup);
  for (const pid of missing) scanProcess(discovery, pid);
  recordDump(discovery, dump, level, pidOfGroup);
  for (const pid of missing) {
    if (!discovery.links.has(pid)) continue;
    scanThreads(discovery, pid);
    scanFds(discovery, pid);
  }
  return true;
}

/** What descriptors keep, anew and whole, with the links as they are known; false where the kernel refuses. */
export function sweepFiles(discovery: Discovery): boolean {
  const { taskDump, everyFile } = discovery.options;
  if (taskDump === 'never') return false;
  const dump = dumpTasks(everyFile);
  const level = typeof dump === 'number' ? null : findOwnLevel(discovery, dump);
  if (typeof dump === 'number' || !level) return false;
  const pidOfGroup = pidsOfGroups(dump, level);
  const seen = new Set(pidOfGroup.values());
  recordDump(discovery, dump, level, pidOfGroup);
  for (const pid of discovery.links.keys()) if (!seen.has(pid)) scanFds(discovery, pid);
  return true;
}

function recordDump(
  discovery: Discovery,
  dump: TaskDump,
  level: Level,
  pidOfGroup: ReadonlyMap<number, Pid>,
): void {
  recordFiles(discovery, dump.files, {
    pidOfGroup,
    threadOf: (groupId, threadId) => threadNumber(dump, level, groupId, threadId),
  });
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

/** The observer's pid by the initial one. */
function pidsOfGroups(dump: TaskDump, level: Level): Map<number, Pid> {
  const pidOfGroup = new Map<number, Pid>();
  forEachLeader(dump, level, (at, pid) => pidOfGroup.set(dump.tasks.readUInt32LE(at), pid));
  return pidOfGroup;
}

function recordLeaders(discovery: Discovery, dump: TaskDump, level: Level): void {
  forEachLeader(dump, level, (at, pid) => discovery.links.set(pid, internSet(discovery, dump, at)));
}

function forEachLeader(dump: TaskDump, level: Level, look: (at: number, pid: Pid) => void): void {
  for (let at = 0; at + TASK_RECORD_SIZE <= dump.tasks.length; at += TASK_RECORD_SIZE) {
    if (dump.tasks.readUInt32LE(at) !== dump.tasks.readUInt32LE(at + 4)) continue;
    const pid = numberIn(dump, at, level);
    if (pid !== 0) look(at, pid);
  }
}

/** Our number of a thread that has a table of its own: few have. */
function threadNumber(dump: TaskDump, level: Level, groupId: number, threadId: number): Pid | undefined {
  for (let at = 0; at + TASK_RECORD_SIZE <= dump.tasks.length; at += TASK_RECORD_SIZE) {
    if (dump.tasks.readUInt32LE(at + 4) !== threadId || dump.tasks.readUInt32LE(at) !== groupId) continue;
    return numberIn(dump, at, level) || undefined;
  }
  return undefined;
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

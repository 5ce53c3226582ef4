/**
 * Every task of the machine with its namespaces in one read: BPF task iterators (Linux 5.8, BTF), assembled
 * here and loaded by plain bpf(2). Needs CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN. All kernel memory is read
 * by bpf_probe_read_kernel, which cannot fault; offsets come from the running kernel's BTF.
 */
import type { BtfAnswers } from '../formats/btf.js';
import { kernelBtf } from './btf-cache.js';
import type { OffsetOf } from './bpf-program.js';
import { R3, R7, R8, R10, RECORD, SCRATCH, iterate, prologue } from './bpf-program.js';
import { ENOSYS } from './errno.js';
import type { FileRecord } from './file-program.js';
import {
  FILE_RECORD_SIZE,
  FILE_STRUCTS,
  OPTIONAL_FILE_STRUCTS,
  decodeFileRecord,
  fileProgram,
} from './file-program.js';
import type * as libc from './libc.js';

const NS_OWNERS = ['uts_namespace', 'ipc_namespace', 'mnt_namespace', 'pid_namespace', 'net', 'time_namespace', 'cgroup_namespace', 'user_namespace'] as const; // prettier-ignore

const WANTED = {
  structs: {
    task_struct: ['pid', 'tgid', 'thread_pid', 'real_cred', 'nsproxy'],
    pid: ['level', 'numbers'],
    upid: ['nr', 'ns'],
    cred: ['user_ns'],
    nsproxy: [
      'uts_ns',
      'ipc_ns',
      'mnt_ns',
      'pid_ns_for_children',
      'net_ns',
      'time_ns',
      'time_ns_for_children',
      'cgroup_ns',
    ],
    ns_common: ['inum'],
    ...FILE_STRUCTS,
    ...Object.fromEntries(NS_OWNERS.map((name) => [name, ['ns']])),
  },
  functions: ['bpf_iter_task', 'bpf_iter_task_file'],
};

/** A task as the iterator writes it; twelve u32, then `LEVELS` × struct upid. */
export const TASK_RECORD_SIZE = 120;
/** Levels of pid namespaces, from the initial one down, whose numbers are told. */
export const LEVELS = 4;
const INODES_AT = 16;
const NUMBERS_AT = 56;
const UPID_SIZE = 16;

/** Order of the inodes in a task record: that of LINK_NAMES. */
const INODE_ORDER = [
  'mnt',
  'net',
  'pid',
  'user',
  'uts',
  'ipc',
  'cgroup',
  'time',
  'pid_for_children',
  'time_for_children',
];

function inodeSlot(link: string): number {
  return RECORD + INODES_AT + 4 * INODE_ORDER.indexOf(link);
}

function taskProgram(offsetOf: OffsetOf): libc.FixedBuffer {
  const inum = (owner: string): number => offsetOf(owner, 'ns') + offsetOf('ns_common', 'inum');
  const program = prologue()
    .clearRecord(TASK_RECORD_SIZE)
    .probeAt(RECORD, 4, R7, offsetOf('task_struct', 'tgid'))
    .probeAt(RECORD + 4, 4, R7, offsetOf('task_struct', 'pid'))
    .follow(R8, R7, offsetOf('task_struct', 'thread_pid'), 'user')
    .probeAt(RECORD + 8, 4, R8, offsetOf('pid', 'level'))
    .probeAt(RECORD + NUMBERS_AT, LEVELS * UPID_SIZE, R8, offsetOf('pid', 'numbers'))
    .load32(R3, R10, RECORD + 8)
    .emit(0x67, R3, 0, 0, 4) // level × sizeof(struct upid)
    .emit(0x0f, R3, R8)
    .add(R3, offsetOf('pid', 'numbers') + offsetOf('upid', 'ns'))
    .probe(SCRATCH, 8)
    .load64(R3, R10, SCRATCH)
    .jumpIfEqual(R3, 0, 'user')
    .add(R3, inum('pid_namespace'))
    .probe(inodeSlot('pid'), 4)
    .label('user')
    .follow(R8, R7, offsetOf('task_struct', 'real_cred'), 'proxy')
    .follow(R8, R8, offsetOf('cred', 'user_ns'), 'proxy')
    .probeAt(inodeSlot('user'), 4, R8, inum('user_namespace'))
    .label('proxy')
    .follow(R8, R7, offsetOf('task_struct', 'nsproxy'), 'write');
  for (const [link, member, owner] of [
    ['mnt', 'mnt_ns', 'mnt_namespace'],
    ['net', 'net_ns', 'net'],
    ['uts', 'uts_ns', 'uts_namespace'],
    ['ipc', 'ipc_ns', 'ipc_namespace'],
    ['cgroup', 'cgroup_ns', 'cgroup_namespace'],
    ['time', 'time_ns', 'time_namespace'],
    ['pid_for_children', 'pid_ns_for_children', 'pid_namespace'],
    ['time_for_children', 'time_ns_for_children', 'time_namespace'],
  ] as const) {
    program
      .follow(R3, R8, offsetOf('nsproxy', member), `after ${link}`)
      .add(R3, inum(owner))
      .probe(inodeSlot(link), 4)
      .label(`after ${link}`);
  }
  return program.label('write').writeRecord(TASK_RECORD_SIZE).end();
}

export interface TaskDump {
  /** TASK_RECORD_SIZE bytes each: tgid, pid (both initial numbers), level, then inodes and numbers. */
  tasks: Buffer;
  /** What descriptors keep. */
  files: FileRecord[];
}

/** All tasks and all descriptors that keep namespaces; -errno where the kernel refuses or cannot. */
export function dumpTasks(withCredentials = false): TaskDump | number {
  let answers: BtfAnswers;
  try {
    answers = kernelBtf({ structs: mergedStructs(), functions: WANTED.functions });
  } catch {
    return -ENOSYS;
  }
  const { offsets, functionIds } = answers;
  const isComplete =
    WANTED.functions.every((name) => functionIds.has(name)) &&
    Object.entries(WANTED.structs).every(([struct, members]) =>
      members.every((member) => offsets.has(`${struct}.${member}`)),
    );
  if (!isComplete) return -ENOSYS;
  const offsetOf: OffsetOf = (struct, member) => offsets.get(`${struct}.${member}`)!;
  const has = (...members: readonly string[]): boolean => members.every((member) => offsets.has(member));
  const tasks = iterate(taskProgram(offsetOf), functionIds.get('bpf_iter_task')!);
  if (typeof tasks === 'number') return tasks;
  const program = fileProgram(offsetOf, has, withCredentials);
  const files = iterate(program, functionIds.get('bpf_iter_task_file')!);
  return typeof files === 'number' ? files : { tasks, files: decodeFiles(files) };
}

function mergedStructs(): Record<string, readonly string[]> {
  const merged: Record<string, readonly string[]> = { ...WANTED.structs };
  for (const [struct, members] of Object.entries(OPTIONAL_FILE_STRUCTS)) {
    merged[struct] = [...(merged[struct] ?? []), ...members];
  }
  return merged;
}

function decodeFiles(bytes: Buffer): FileRecord[] {
  const records: FileRecord[] = [];
  for (let at = 0; at + FILE_RECORD_SIZE <= bytes.length; at += FILE_RECORD_SIZE)
    records.push(decodeFileRecord(bytes, at));
  return records;
}

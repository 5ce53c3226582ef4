/**
 * Every task of the machine with its namespaces in one read: BPF task iterators (Linux 5.8, BTF), assembled
 * here and loaded by plain bpf(2). Needs CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN. All kernel memory is read
 * by bpf_probe_read_kernel, which cannot fault; offsets come from the running kernel's BTF.
 */
import type { BtfAnswers } from '../formats/btf.js';
import { kernelBtf } from './btf-cache.js';
import { EAGAIN, EINTR, ENOSYS } from './errno.js';
import * as libc from './libc.js';

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
    file: ['f_inode'],
    inode: ['i_sb', 'i_ino'],
    super_block: ['s_magic'],
    ...Object.fromEntries(NS_OWNERS.map((name) => [name, ['ns']])),
  },
  functions: ['bpf_iter_task', 'bpf_iter_task_file'],
};

/** A task as the iterator writes it; twelve u32, then `LEVELS` × struct upid. */
export const TASK_RECORD_SIZE = 120;
export const FILE_RECORD_SIZE = 16;
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

const BPF_PROG_LOAD = 5;
const BPF_LINK_CREATE = 28;
const BPF_ITER_CREATE = 33;
const BPF_PROG_TYPE_TRACING = 26;
const BPF_TRACE_ITER = 28;
const HELPER_PROBE_READ_KERNEL = 113;
const HELPER_SEQ_WRITE = 127;
const NSFS_MAGIC = 0x6e736673;
const ATTRIBUTE_SIZE = 128;
const READ_SIZE = 256 * 1024;
const MAX_TRIES = 10;

const [R0, R1, R2, R3, , , R6, R7, R8, R9, R10] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10] as const;
/** Stack: the record, then two words of scratch. */
const RECORD = -128;
const SCRATCH = -136;

/** Puts instructions together; jumps go to labels that are placed later. */
class Assembler {
  private readonly code: {
    op: number;
    registers: number;
    offset: number;
    immediate: number;
    label?: string;
  }[] = [];
  private readonly labels = new Map<string, number>();

  emit(op: number, destination: number, source = 0, offset = 0, immediate = 0): this {
    this.code.push({ op, registers: destination | (source << 4), offset, immediate });
    return this;
  }

  jumpIfEqual(register: number, immediate: number, label: string): this {
    this.code.push({ op: 0x15, registers: register, offset: 0, immediate, label });
    return this;
  }

  jumpUnlessEqual(register: number, immediate: number, label: string): this {
    this.code.push({ op: 0x55, registers: register, offset: 0, immediate, label });
    return this;
  }

  label(name: string): this {
    this.labels.set(name, this.code.length);
    return this;
  }

  move(destination: number, source: number): this {
    return this.emit(0xbf, destination, source);
  }

  set(destination: number, immediate: number): this {
    return this.emit(0xb7, destination, 0, 0, immediate);
  }

  add(destination: number, immediate: number): this {
    return this.emit(0x07, destination, 0, 0, immediate);
  }

  load64(destination: number, base: number, offset: number): this {
    return this.emit(0x79, destination, base, offset);
  }

  load32(destination: number, base: number, offset: number): this {
    return this.emit(0x61, destination, base, offset);
  }

  /** Reads `size` bytes at the address in r3 to the stack. */
  probe(stack: number, size: number): this {
    return this.move(R1, R10).add(R1, stack).set(R2, size).emit(0x85, 0, 0, 0, HELPER_PROBE_READ_KERNEL);
  }

  probeAt(stack: number, size: number, base: number, offset: number): this {
    return this.move(R3, base).add(R3, offset).probe(stack, size);
  }

  /** Follows a pointer member: its value in `destination`, or a jump where it is NULL. */
  follow(destination: number, base: number, offset: number, ifNull: string): this {
    return this.probeAt(SCRATCH, 8, base, offset)
      .load64(destination, R10, SCRATCH)
      .jumpIfEqual(destination, 0, ifNull);
  }

  clearRecord(size: number): this {
    for (let at = 0; at < size; at += 8) this.emit(0x7a, R10, 0, RECORD + at, 0);
    return this;
  }

  writeRecord(size: number): this {
    return this.move(R1, R9)
      .move(R2, R10)
      .add(R2, RECORD)
      .set(R3, size)
      .emit(0x85, 0, 0, 0, HELPER_SEQ_WRITE);
  }

  end(): libc.FixedBuffer {
    this.label('end').set(R0, 0).emit(0x95, 0);
    const program = libc.fixedBuffer(this.code.length * 8);
    this.code.forEach(({ op, registers, offset, immediate, label }, at) => {
      const target = label === undefined ? offset : this.labels.get(label)! - at - 1;
      program.bytes.writeUInt8(op, at * 8);
      program.bytes.writeUInt8(registers, at * 8 + 1);
      program.bytes.writeInt16LE(target, at * 8 + 2);
      program.bytes.writeInt32LE(immediate, at * 8 + 4);
    });
    return program;
  }
}

type OffsetOf = (struct: string, member: string) => number;

/** r7 the task, r9 the seq_file; ends where there is no task. */
function prologue(): Assembler {
  return new Assembler()
    .move(R6, R1)
    .load64(R8, R6, 0)
    .load64(R9, R8, 0)
    .load64(R7, R6, 8)
    .jumpIfEqual(R7, 0, 'end');
}

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

function fileProgram(offsetOf: OffsetOf): libc.FixedBuffer {
  return prologue()
    .load64(R8, R6, 24)
    .jumpIfEqual(R8, 0, 'end')
    .follow(R8, R8, offsetOf('file', 'f_inode'), 'end')
    .follow(R3, R8, offsetOf('inode', 'i_sb'), 'end')
    .add(R3, offsetOf('super_block', 's_magic'))
    .probe(SCRATCH, 8)
    .load64(R1, R10, SCRATCH)
    .jumpUnlessEqual(R1, NSFS_MAGIC, 'end')
    .clearRecord(FILE_RECORD_SIZE)
    .probeAt(RECORD, 4, R7, offsetOf('task_struct', 'tgid'))
    .load32(R1, R6, 16)
    .emit(0x63, R10, R1, RECORD + 4)
    .probeAt(RECORD + 8, 8, R8, offsetOf('inode', 'i_ino'))
    .writeRecord(FILE_RECORD_SIZE)
    .end();
}

function bpf(command: number, attributes: libc.FixedBuffer): number {
  for (let tries = 1; ; tries++) {
    const result = libc.syscall('bpf', command, attributes.address, ATTRIBUTE_SIZE);
    if (result >= 0) return result;
    const error = libc.errno();
    // A signal came while the program was looked through.
    if ((error !== EAGAIN && error !== EINTR) || tries >= MAX_TRIES) return -error;
  }
}

function loadProgram(program: libc.FixedBuffer, attachTo: number): number {
  const attributes = libc.fixedBuffer(ATTRIBUTE_SIZE);
  const license = libc.fixedPath('Dual MIT/GPL');
  attributes.view.setUint32(0, BPF_PROG_TYPE_TRACING, true);
  attributes.view.setUint32(4, program.bytes.length / 8, true);
  attributes.view.setBigUint64(8, BigInt(program.address), true);
  attributes.view.setBigUint64(16, BigInt(license.address), true);
  attributes.view.setUint32(68, BPF_TRACE_ITER, true);
  attributes.view.setUint32(108, attachTo, true);
  return bpf(BPF_PROG_LOAD, attributes);
}

/** Runs a program over all it iterates; what it wrote, or -errno. */
function iterate(program: libc.FixedBuffer, attachTo: number): Buffer | number {
  const descriptors: number[] = [];
  const kept = (descriptor: number): number => {
    if (descriptor >= 0) descriptors.push(descriptor);
    return descriptor;
  };
  try {
    const loaded = kept(loadProgram(program, attachTo));
    if (loaded < 0) return loaded;
    const attributes = libc.fixedBuffer(ATTRIBUTE_SIZE);
    attributes.view.setUint32(0, loaded, true);
    attributes.view.setUint32(8, BPF_TRACE_ITER, true);
    const link = kept(bpf(BPF_LINK_CREATE, attributes));
    if (link < 0) return link;
    attributes.bytes.fill(0);
    attributes.view.setUint32(0, link, true);
    const iterator = kept(bpf(BPF_ITER_CREATE, attributes));
    return iterator < 0 ? iterator : readAll(iterator);
  } finally {
    for (const descriptor of descriptors.reverse()) libc.close(descriptor);
  }
}

function readAll(descriptor: number): Buffer | number {
  const chunk = libc.fixedBuffer(READ_SIZE);
  const chunks: Buffer[] = [];
  for (;;) {
    const length = libc.read(descriptor, chunk.address, READ_SIZE);
    if (length < 0) {
      const error = libc.errno();
      // A signal came (a profiler's, say): the iterator goes on where it was.
      if (error === EINTR) continue;
      return -error;
    }
    if (length === 0) return Buffer.concat(chunks);
    chunks.push(Buffer.from(chunk.bytes.subarray(0, length)));
  }
}

export interface TaskDump {
  /** TASK_RECORD_SIZE bytes each: tgid, pid (both initial numbers), level, then inodes and numbers. */
  tasks: Buffer;
  /** FILE_RECORD_SIZE bytes each: tgid, descriptor, u64 inode of a namespace held open. */
  files: Buffer;
}

/** All tasks and all descriptors of namespaces; -errno where the kernel refuses or cannot. */
export function dumpTasks(): TaskDump | number {
  let answers: BtfAnswers;
  try {
    answers = kernelBtf(WANTED);
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
  const tasks = iterate(taskProgram(offsetOf), functionIds.get('bpf_iter_task')!);
  if (typeof tasks === 'number') return tasks;
  const files = iterate(fileProgram(offsetOf), functionIds.get('bpf_iter_task_file')!);
  return typeof files === 'number' ? files : { tasks, files };
}

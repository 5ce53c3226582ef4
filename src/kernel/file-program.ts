/**
 * What every descriptor of the machine keeps of a namespace, by the BPF iterator over the files of all tasks
 * (Linux 5.8): descriptors of namespaces by whatever path they were opened, and files that hold a reference of
 * their own: sockets, TUN devices, files of /proc/PID/net, mount tables, perf events, pidfds of processes that
 * ended. Tables that threads have for themselves are walked too. Nothing is copied, opened or waited for.
 */
import type { NamespaceKind } from '../model/namespace-kind.js';
import type { Assembler, OffsetOf } from './bpf-program.js';
import { R1, R3, R6, R7, R8, R10, RECORD, SCRATCH, prologue } from './bpf-program.js';
import type * as libc from './libc.js';

/** Members that every program needs: without them there is no dump. */
export const FILE_STRUCTS = {
  file: ['f_inode'],
  inode: ['i_sb', 'i_ino'],
  super_block: ['s_magic'],
} as const;

/** Without one of these, what it leads to is not looked at. */
export const OPTIONAL_FILE_STRUCTS = {
  file: ['private_data', 'f_cred'],
  inode: ['i_rdev', 'i_private'],
  ns_common: ['ns_id'],
  socket: ['sk'],
  sock_common: ['skc_net', 'skc_family'],
  unix_sock: ['scm_stat'],
  seq_file: ['private'],
  proc_mounts: ['ns'],
  proc_inode: ['pid', 'pde', 'vfs_inode'],
  proc_dir_entry: ['parent', 'data'],
  net: ['proc_net'],
  perf_event: ['ns'],
  fs_context: ['net_ns', 'user_ns'],
  pid: ['tasks'],
} as const;

/** How a file keeps a namespace; the number stands in the record. */
export const FILE_USES = {
  nsfs: 1,
  socket: 2,
  inFlight: 3,
  deadPid: 5,
  procNet: 6,
  mountTable: 7,
  perfEvent: 8,
  fsContextNet: 9,
  fsContextUser: 10,
  tun: 11,
  credentials: 12,
} as const;

export interface FileRecord {
  /** Numbers of the initial pid namespace. */
  groupId: number;
  threadId: number;
  fd: number;
  /** A value of FILE_USES. */
  use: number;
  inode: number;
  /** In flight: how many descriptors wait in the socket. */
  count: number;
  /** NS_GET_ID (Linux 6.18); 0: the kernel has none. */
  namespaceId: number;
}

export const FILE_RECORD_SIZE = 32;
const AT = { group: 0, fd: 4, use: 8, thread: 12, inode: 16, count: 20, id: 24 } as const;

export function decodeFileRecord(bytes: Buffer, at: number): FileRecord {
  return {
    groupId: bytes.readUInt32LE(at + AT.group),
    threadId: bytes.readUInt32LE(at + AT.thread),
    fd: bytes.readUInt32LE(at + AT.fd),
    use: bytes.readUInt32LE(at + AT.use),
    inode: bytes.readUInt32LE(at + AT.inode),
    count: bytes.readUInt32LE(at + AT.count),
    namespaceId: Number(bytes.readBigUInt64LE(at + AT.id)),
  };
}

/** <linux/magic.h>, and PID_FS_MAGIC of Linux 6.9. */
const MAGIC = {
  nsfs: 0x6e736673,
  sockfs: 0x534f434b,
  proc: 0x9fa0,
  anonymous: 0x09041934,
  pidfs: 0x50494446,
};
const AF_UNIX = 1;
/** misc device 200, drivers/net/tun.c; tap devices have a major of their own among the dynamic ones. */
const TUN_DEVICE = (10 << 20) | 200;
const FIRST_DYNAMIC_MAJOR = 200 << 20;
/** Inodes of namespaces begin at PROC_*_INIT_INO, <linux/proc_ns.h>; what lies far above is no inode of one. */
const BEFORE_FIRST_INODE = 0x10000010;
/** PROC_USER_INIT_INO. */
export const INITIAL_USER_INODE = 0xeffffffd;
const MOST_INODES = 0x2000000;
/** Stack words that outlive calls, below the scratch word. */
const SAVED = SCRATCH - 8;
/** Directories below /proc/PID/net are this deep at most. */
const PROC_NET_DEPTH = 3;

const STRUCT_OF: Partial<Record<NamespaceKind, string>> = {
  net: 'net',
  mnt: 'mnt_namespace',
  pid: 'pid_namespace',
  user: 'user_namespace',
};

/** Whether all of these are known of the running kernel. */
type Has = (...members: readonly `${string}.${string}`[]) => boolean;

class FileProgram {
  private labels = 0;

  private readonly program: Assembler;
  private readonly offsetOf: OffsetOf;
  private readonly has: Has;

  constructor(program: Assembler, offsetOf: OffsetOf, has: Has) {
    this.program = program;
    this.offsetOf = offsetOf;
    this.has = has;
  }

  private fresh(word: string): string {
    return `${word} ${++this.labels}`;
  }

  private common(kind: NamespaceKind): number {
    return this.offsetOf(STRUCT_OF[kind]!, 'ns');
  }

  /** Writes a record of the namespace whose struct r8 points to, where it is one. */
  private write(use: number, kind: NamespaceKind): void {
    const { program, offsetOf } = this;
    const done = this.fresh('written');
    program
      .put32(RECORD + AT.inode, 0)
      .probeAt(RECORD + AT.inode, 4, R8, this.common(kind) + offsetOf('ns_common', 'inum'))
      .load32(R1, R10, RECORD + AT.inode)
      .emit(0x04, R1, 0, 0, BEFORE_FIRST_INODE)
      .jumpIfGreater(R1, MOST_INODES, done);
    if (this.has('ns_common.ns_id'))
      program.probeAt(RECORD + AT.id, 8, R8, this.common(kind) + offsetOf('ns_common', 'ns_id'));
    program
      .put32(RECORD + AT.use, use)
      .writeRecord(FILE_RECORD_SIZE)
      .label(done);
  }

  /** As `write`, where it is another one than the task's own. */
  private writeForeign(use: number, kind: 'net' | 'mnt'): void {
    const { program, offsetOf } = this;
    const own = this.fresh('own');
    program
      .follow(R3, R7, offsetOf('task_struct', 'nsproxy'), own)
      .follow(R3, R3, offsetOf('nsproxy', kind === 'net' ? 'net_ns' : 'mnt_ns'), own)
      .jumpIfSame(R8, R3, own);
    this.write(use, kind);
    program.label(own);
  }

  /** r8: the inode. */
  nsfs(): void {
    this.program
      .label('nsfs')
      .probeAt(RECORD + AT.inode, 4, R8, this.offsetOf('inode', 'i_ino'))
      .put32(RECORD + AT.use, FILE_USES.nsfs)
      .writeRecord(FILE_RECORD_SIZE)
      .jump('made');
  }

  /** r8: the struct sock. */
  private sock(use: number): void {
    const { program, offsetOf, has } = this;
    if (use === FILE_USES.socket && has('unix_sock.scm_stat', 'sock_common.skc_family')) {
      program
        .store64(SCRATCH, R8)
        .probeAt(SCRATCH, 2, R8, offsetOf('sock_common', 'skc_family'))
        .emit(0x69, R1, R10, SCRATCH)
        .jumpUnlessEqual(R1, AF_UNIX, 'no unix')
        .probeAt(RECORD + AT.count, 4, R8, offsetOf('unix_sock', 'scm_stat'))
        .load32(R1, R10, RECORD + AT.count)
        .jumpIfEqual(R1, 0, 'no unix')
        .put32(RECORD + AT.use, FILE_USES.inFlight)
        .writeRecord(FILE_RECORD_SIZE)
        .put32(RECORD + AT.count, 0)
        .label('no unix');
    }
    program.follow(R8, R8, offsetOf('sock_common', 'skc_net'), 'made');
    this.writeForeign(use, 'net');
  }

  socket(): void {
    const { program, offsetOf, has } = this;
    program.label('socket');
    if (has('file.private_data', 'socket.sk', 'sock_common.skc_net')) {
      program
        .follow(R8, R6, offsetOf('file', 'private_data'), 'made')
        .follow(R8, R8, offsetOf('socket', 'sk'), 'made');
      this.sock(FILE_USES.socket);
    }
    program.jump('made');
  }

  /** A TUN or tap device begins its file's data with a struct sock. r8: the inode. */
  device(): void {
    const { program, offsetOf, has } = this;
    if (!has('inode.i_rdev', 'file.private_data', 'sock_common.skc_net')) {
      program.jump('made');
      return;
    }
    program
      .probeAt(SCRATCH, 4, R8, offsetOf('inode', 'i_rdev'))
      .load32(R1, R10, SCRATCH)
      .jumpIfEqual(R1, TUN_DEVICE, 'tun')
      .jumpIfGreater(R1, FIRST_DYNAMIC_MAJOR, 'tun')
      .jump('made')
      .label('tun')
      .follow(R8, R6, offsetOf('file', 'private_data'), 'made');
    this.sock(FILE_USES.tun);
    program.jump('made');
  }

  /** r3: a struct pid. Where its process ended, the pid namespace that it still refers to. */
  private deadPid(): void {
    const { program, offsetOf } = this;
    const done = this.fresh('lives');
    program
      .store64(SAVED, R3)
      .add(R3, offsetOf('pid', 'tasks'))
      .probe(SCRATCH, 8)
      .load64(R1, R10, SCRATCH)
      .jumpUnlessEqual(R1, 0, done)
      .load64(R8, R10, SAVED)
      .put32(SCRATCH, 0)
      .probeAt(SCRATCH, 4, R8, offsetOf('pid', 'level'))
      .load32(R3, R10, SCRATCH)
      .emit(0x67, R3, 0, 0, 4) // level × sizeof(struct upid)
      .emit(0x0f, R3, R8)
      .add(R3, offsetOf('pid', 'numbers') + offsetOf('upid', 'ns'))
      .probe(SCRATCH, 8)
      .load64(R8, R10, SCRATCH)
      .jumpIfEqual(R8, 0, done);
    this.write(FILE_USES.deadPid, 'pid');
    program.label(done);
  }

  pidfs(): void {
    const { program, offsetOf, has } = this;
    program.label('pidfs');
    if (has('inode.i_private', 'pid.tasks')) {
      program.follow(R3, R8, offsetOf('inode', 'i_private'), 'made');
      this.deadPid();
    }
    program.jump('made');
  }

  /** r8: the inode, part of a struct proc_inode. */
  proc(): void {
    const { program, offsetOf, has } = this;
    program.label('proc');
    if (has('proc_inode.pid', 'proc_inode.pde', 'proc_inode.vfs_inode', 'pid.tasks', 'file.private_data')) {
      const start = -offsetOf('proc_inode', 'vfs_inode');
      program.follow(R3, R8, start + offsetOf('proc_inode', 'pid'), 'no pid').store64(SCRATCH - 16, R8);
      this.deadPid();
      program.jump('mount table').label('no pid');
      if (has('proc_dir_entry.parent', 'proc_dir_entry.data', 'net.proc_net')) this.procNet(start);
    }
    program.jump('made').label('mount table');
    if (has('seq_file.private', 'proc_mounts.ns', 'file.private_data')) {
      program
        .follow(R8, R6, offsetOf('file', 'private_data'), 'made')
        .follow(R8, R8, offsetOf('seq_file', 'private'), 'made')
        .follow(R8, R8, offsetOf('proc_mounts', 'ns'), 'made');
      this.writeForeign(FILE_USES.mountTable, 'mnt');
    }
    program.jump('made');
  }

  /** The directory that a file of /proc/PID/net lies in belongs to a namespace, which says so itself. */
  private procNet(start: number): void {
    const { program, offsetOf } = this;
    // A directory that is open holds no reference: only what is being read does.
    program
      .follow(R3, R6, offsetOf('file', 'private_data'), 'made')
      .follow(R8, R8, start + offsetOf('proc_inode', 'pde'), 'made');
    for (let depth = 1; depth <= PROC_NET_DEPTH; depth++) {
      program
        .follow(R8, R8, offsetOf('proc_dir_entry', 'parent'), 'made')
        .follow(R3, R8, offsetOf('proc_dir_entry', 'data'), `above ${depth}`)
        .store64(SAVED, R3)
        .add(R3, offsetOf('net', 'proc_net'))
        .put32(SCRATCH, 0)
        .probe(SCRATCH, 8)
        .load64(R1, R10, SCRATCH)
        .jumpIfSame(R1, R8, 'is net')
        .label(`above ${depth}`);
    }
    program.jump('made').label('is net').load64(R8, R10, SAVED);
    this.writeForeign(FILE_USES.procNet, 'net');
  }

  /** What an anonymous file is, its link tells afterwards: here it is read as if it were each of them. */
  anonymous(): void {
    const { program, offsetOf, has } = this;
    program.label('anonymous');
    if (has('file.private_data', 'perf_event.ns')) {
      program
        .follow(R8, R6, offsetOf('file', 'private_data'), 'made')
        .follow(R8, R8, offsetOf('perf_event', 'ns'), 'no event');
      this.write(FILE_USES.perfEvent, 'pid');
      program.label('no event');
    }
    for (const [member, use, kind] of [
      ['net_ns', FILE_USES.fsContextNet, 'net'],
      ['user_ns', FILE_USES.fsContextUser, 'user'],
    ] as const) {
      if (!has('file.private_data', `fs_context.${member}`)) continue;
      const none = this.fresh('no context');
      program
        .follow(R8, R6, offsetOf('file', 'private_data'), 'made')
        .follow(R8, R8, offsetOf('fs_context', member), none);
      this.write(use, kind);
      program.label(none);
    }
    program.jump('made');
  }

  /** A file opened in another user namespace than its holder is in. */
  credentials(): void {
    const { program, offsetOf, has } = this;
    if (!has('file.f_cred')) return;
    program
      .follow(R8, R6, offsetOf('file', 'f_cred'), 'end')
      .follow(R8, R8, offsetOf('cred', 'user_ns'), 'end')
      .follow(R3, R7, offsetOf('task_struct', 'real_cred'), 'end')
      .follow(R3, R3, offsetOf('cred', 'user_ns'), 'end')
      .jumpIfSame(R8, R3, 'end')
      // Most programs inherit what was opened in the initial one, which never ends.
      .put32(SCRATCH, 0)
      .probeAt(SCRATCH, 4, R8, this.common('user') + offsetOf('ns_common', 'inum'))
      .load32(R1, R10, SCRATCH)
      .emit(0x04, R1, 0, 0, -INITIAL_USER_INODE)
      .jumpIfEqual(R1, 0, 'end');
    this.write(FILE_USES.credentials, 'user');
  }
}

/** `withCredentials`: also the user namespaces that files were opened in, a read more for each file. */
export function fileProgram(offsetOf: OffsetOf, has: Has, withCredentials: boolean): libc.FixedBuffer {
  const program = prologue()
    .load64(R8, R6, 24)
    .jumpIfEqual(R8, 0, 'end')
    .clearRecord(FILE_RECORD_SIZE)
    .load32(R1, R6, 16)
    .store32(RECORD + AT.fd, R1)
    .move(R6, R8)
    .follow(R8, R6, offsetOf('file', 'f_inode'), 'end')
    .probeAt(RECORD + AT.group, 4, R7, offsetOf('task_struct', 'tgid'))
    .probeAt(RECORD + AT.thread, 4, R7, offsetOf('task_struct', 'pid'))
    .follow(R3, R8, offsetOf('inode', 'i_sb'), 'end')
    .add(R3, offsetOf('super_block', 's_magic'))
    .probe(SCRATCH, 8)
    .load64(R1, R10, SCRATCH)
    .jumpIfEqual(R1, MAGIC.nsfs, 'nsfs')
    .jumpIfEqual(R1, MAGIC.sockfs, 'socket')
    .jumpIfEqual(R1, MAGIC.proc, 'proc')
    .jumpIfEqual(R1, MAGIC.anonymous, 'anonymous')
    .jumpIfEqual(R1, MAGIC.pidfs, 'pidfs');
  const parts = new FileProgram(program, offsetOf, has);
  parts.device();
  parts.nsfs();
  parts.socket();
  parts.proc();
  parts.anonymous();
  parts.pidfs();
  program.label('made');
  if (withCredentials) parts.credentials();
  return program.end();
}

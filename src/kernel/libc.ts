/**
 * The C library through koffi: the only file that imports it.
 *
 * Pointers are passed as plain addresses (`uintptr_t`): koffi then neither allocates nor copies, 0.6 µs a
 * call. An address is only good for buffers that never move and outlive the call: make them with
 * `fixedBuffer`. `errno` must be read right after the call that set it.
 */
import koffi from 'koffi';
import { arch } from 'node:process';
import { encodeText } from './byte-names.js';

const libc = koffi.load(null);

type Int = number;

function prototyped(prototype: string): (...args: Int[]) => Int {
  return libc.func(prototype);
}

export const openat = prototyped('int openat(int fd, uintptr_t path, int flags, int mode)');
export const close = prototyped('int close(int fd)');
export const read = prototyped('long read(int fd, uintptr_t buffer, size_t size)');
export const readlinkat = prototyped(
  'long readlinkat(int fd, uintptr_t path, uintptr_t buffer, size_t size)',
);
export const statx = prototyped(
  'int statx(int fd, uintptr_t path, int flags, unsigned int mask, uintptr_t buffer)',
);
export const lseek = prototyped('long lseek(int fd, long offset, int whence)');
export const ioctl = prototyped('int ioctl(int fd, unsigned long request, uintptr_t argument)');
export const mmap = prototyped(
  'uintptr_t mmap(uintptr_t at, size_t length, int protection, int flags, int fd, long offset)',
);
export const munmap = prototyped('int munmap(uintptr_t at, size_t length)');
export const sysconf = prototyped('long sysconf(int name)');
export const socket = prototyped('int socket(int domain, int type, int protocol)');
export const sendto = prototyped(
  'long sendto(int fd, uintptr_t buffer, size_t size, int flags, uintptr_t address, uint32_t length)',
);
export const bind = prototyped('int bind(int fd, uintptr_t address, uint32_t size)');
export const setsockopt = prototyped(
  'int setsockopt(int fd, int level, int name, uintptr_t value, uint32_t size)',
);
export const recv = prototyped('long recv(int fd, uintptr_t buffer, size_t size, int flags)');
export const mount = prototyped(
  'int mount(uintptr_t source, uintptr_t target, uintptr_t type, unsigned long flags, uintptr_t data)',
);
export const umount2 = prototyped('int umount2(uintptr_t target, int flags)');
export const setns = prototyped('int setns(int fd, int kind)');
export const sethostname = prototyped('int sethostname(uintptr_t name, size_t size)');
export const setdomainname = prototyped('int setdomainname(uintptr_t name, size_t size)');
export const shmctl = prototyped('int shmctl(int id, int command, uintptr_t buffer)');
export const semctl = prototyped('int semctl(int id, int number, int command)');
export const msgctl = prototyped('int msgctl(int id, int command, uintptr_t buffer)');
export const signal = prototyped('uintptr_t signal(int number, uintptr_t handler)');
export const tcsetpgrp = prototyped('int tcsetpgrp(int fd, int group)');
export const getpgrp = prototyped('int getpgrp()');
export const gettid = prototyped('int gettid()');
export const execve = prototyped('int execve(uintptr_t path, uintptr_t words, uintptr_t environment)');
export const unshare = prototyped('int unshare(int flags)');
export const pipe2 = prototyped('int pipe2(uintptr_t descriptors, int flags)');
export const clock_gettime = prototyped('int clock_gettime(int clock, uintptr_t time)');
const syscall5 = prototyped('long syscall(long number, long a, long b, long c, long d, long e)');

export function errno(): number {
  return koffi.errno();
}

/** Zeroed memory that never moves, with its address. */
export interface FixedBuffer {
  readonly bytes: Buffer;
  readonly address: number;
  readonly view: DataView;
}

export function fixedBuffer(size: number): FixedBuffer {
  const bytes = Buffer.allocUnsafeSlow(size).fill(0);
  return {
    bytes,
    address: Number(koffi.address(bytes)),
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length),
  };
}

/** A NUL-terminated path that never moves. */
export function fixedPath(path: string): FixedBuffer {
  const text = encodeText(path);
  const buffer = fixedBuffer(text.length + 1);
  text.copy(buffer.bytes);
  return buffer;
}

/** Foreign memory as a view without a copy; valid while it stays mapped. */
export function viewMemory(address: number, size: number): DataView {
  return new DataView(koffi.view(address, size));
}

export type SyscallName =
  | 'getdents64'
  | 'perf_event_open'
  | 'kcmp'
  | 'pidfd_open'
  | 'pidfd_send_signal'
  | 'pidfd_getfd'
  | 'statmount'
  | 'listmount'
  | 'listns'
  | 'open_by_handle_at'
  | 'fsopen'
  | 'fsconfig'
  | 'fsmount'
  | 'mq_getsetattr'
  | 'mq_unlink'
  | 'bpf';

/** Numbers of asm/unistd.h; those from 424 on are the same on every architecture. */
const GENERIC = {
  pidfd_send_signal: 424,
  fsopen: 430,
  fsconfig: 431,
  fsmount: 432,
  pidfd_open: 434,
  pidfd_getfd: 438,
  statmount: 457,
  listmount: 458,
  listns: 470,
};
/** The table that newer architectures share, asm-generic/unistd.h. */
const ASM_GENERIC: Record<SyscallName, number> = {
  getdents64: 61,
  kcmp: 272,
  mq_unlink: 181,
  mq_getsetattr: 185,
  perf_event_open: 241,
  open_by_handle_at: 265,
  bpf: 280,
  ...GENERIC,
};
const SYSCALL_NUMBERS: Partial<Record<string, Record<SyscallName, number>>> = {
  x64: {
    getdents64: 217,
    kcmp: 312,
    mq_unlink: 241,
    mq_getsetattr: 245,
    perf_event_open: 298,
    open_by_handle_at: 304,
    bpf: 321,
    ...GENERIC,
  },
  arm64: ASM_GENERIC,
  riscv64: ASM_GENERIC,
};

/** A raw system call; -1 and errno ENOSYS on an architecture that has no table here. */
export function syscall(name: SyscallName, a: Int, b = 0, c = 0, d = 0, e = 0): number {
  const number = SYSCALL_NUMBERS[arch]?.[name] ?? 0xffff;
  return syscall5(number, a, b, c, d, e);
}

export const O_RDONLY = 0;
export const O_NONBLOCK = 0x800;
export const O_DIRECTORY = arch === 'x64' ? 0x10000 : 0x4000;
export const O_CLOEXEC = 0x80000;
export const O_PATH = 0x200000;
export const AT_FDCWD = -100;

/** Fast reads below one /proc: listings, links and small files, with reused buffers and no strings. */
import { decodeNumericEntries } from '../formats/directory-entries.js';
import { decodeLinkInode } from '../formats/namespace-link.js';
import { decodeText, writeText } from './byte-names.js';
import { EINVAL, ENOENT, ESRCH, KernelError } from './errno.js';
import * as libc from './libc.js';

const DIRECTORY_FLAGS = libc.O_RDONLY | libc.O_DIRECTORY | libc.O_CLOEXEC;
const LISTING_SIZE = 64 * 1024;
const LINK_SIZE = 128;
/** `cgroup:[4026531835]` is the longest there is: five words. */
const TARGET_SIZE = 32;
const COMPARED_WORDS = 5;
const FILE_SIZE = 64 * 1024;
const PATH_SIZE = 4096;
const DIGIT_ZERO = 0x30;
/** struct statx, statx(2), Linux 4.11. */
const STATX_NLINK = 4;
const STATX_NLINK_AT = 16;
const STATX_SIZE = 256;

const path = libc.fixedBuffer(PATH_SIZE);
const target = libc.fixedBuffer(PATH_SIZE);
const link = libc.fixedBuffer(LINK_SIZE);
const listing = libc.fixedBuffer(LISTING_SIZE);
const status = libc.fixedBuffer(STATX_SIZE);
let file = libc.fixedBuffer(FILE_SIZE);

/**
 * A link that is read for every process. Most processes have the same target as the one before them, so the
 * last text is kept and compared as words before it is decoded anew.
 */
export class RepeatedLink {
  private readonly name: libc.FixedBuffer;
  private readonly target = libc.fixedBuffer(TARGET_SIZE);
  private readonly words: Int32Array;
  private readonly lastWords = new Int32Array(TARGET_SIZE / 4);
  private lastInode = -1;

  constructor(name: string) {
    this.name = libc.fixedPath(name);
    const { buffer, byteOffset } = this.target.bytes;
    this.words = new Int32Array(buffer, byteOffset, TARGET_SIZE / 4);
  }

  /** Inode of the namespace link below an open directory; -errno where refused. */
  readInode(directoryFd: number): number {
    const length = libc.readlinkat(directoryFd, this.name.address, this.target.address, TARGET_SIZE);
    if (length < 0) return -libc.errno();
    const { words, lastWords } = this;
    for (let at = 0; at < COMPARED_WORDS; at++) {
      if (words[at] !== lastWords[at]) {
        lastWords.set(words);
        return (this.lastInode = decodeLinkInode(this.target.bytes, length));
      }
    }
    return this.lastInode;
  }
}

/** Writes `NUMBER` + `suffix` as the path of the next call. */
function writeNumberPath(value: number, suffix: string): void {
  let digits = 1;
  for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) digits++;
  for (let at = digits - 1, rest = value; at >= 0; at--, rest = Math.floor(rest / 10)) {
    path.bytes[at] = DIGIT_ZERO + (rest % 10);
  }
  // Byte by byte: for these few, Buffer.write would cost more than the open that follows.
  for (let at = 0; at < suffix.length; at++) path.bytes[digits + at] = suffix.charCodeAt(at);
  path.bytes[digits + suffix.length] = 0;
}

function writePath(text: string): void {
  path.bytes[writeText(path.bytes, text)] = 0;
}

/** An open directory; every method returns -errno where the kernel refused. */
export class Directory {
  readonly fd: number;

  private constructor(fd: number) {
    this.fd = fd;
  }

  static open(absolutePath: string): Directory {
    writePath(absolutePath);
    const fd = libc.openat(libc.AT_FDCWD, path.address, DIRECTORY_FLAGS, 0);
    if (fd < 0) throw new KernelError('open', absolutePath, libc.errno());
    return new Directory(fd);
  }

  /** Opens `NUMBER/suffix` below; a Directory or -errno. */
  openNumber(value: number, suffix: string): Directory | number {
    writeNumberPath(value, suffix);
    const fd = libc.openat(this.fd, path.address, DIRECTORY_FLAGS, 0);
    return fd < 0 ? -libc.errno() : new Directory(fd);
  }

  /**
   * Opens `NUMBER/suffix` below as a bare handle for links under it (O_PATH): no read check is made. A plain
   * descriptor, or -errno: the hot path makes no object for each process.
   */
  openHandle(value: number, suffix: string): number {
    writeNumberPath(value, suffix);
    const fd = libc.openat(this.fd, path.address, libc.O_PATH | libc.O_DIRECTORY | libc.O_CLOEXEC, 0);
    return fd < 0 ? -libc.errno() : fd;
  }

  /** Numeric names of the directory, in the kernel's order. */
  listNumbers(): number[] | number {
    const numbers: number[] = [];
    // A directory that was listed before stands at its end.
    libc.lseek(this.fd, 0, 0);
    for (;;) {
      const length = libc.syscall('getdents64', this.fd, listing.address, LISTING_SIZE);
      if (length < 0) return -libc.errno();
      if (length === 0) return numbers;
      decodeNumericEntries(listing.bytes, length, numbers);
    }
  }

  /** Text of the link named by a number, at most 127 bytes; -errno where refused. */
  readNumberLink(value: number): string | number {
    const length = this.readNumberLinkBytes(value);
    return length < 0 ? length : decodeText(link.bytes, 0, length);
  }

  /** As readNumberLink, but leaves the bytes in `linkBytes` and returns their count. */
  readNumberLinkBytes(value: number): number {
    writeNumberPath(value, '');
    const length = libc.readlinkat(this.fd, path.address, link.address, LINK_SIZE);
    return length < 0 ? -libc.errno() : length;
  }

  /** Target of the link `NUMBER/suffix`, of any length; -errno where refused. */
  readNumberTarget(value: number, suffix: string): string | number {
    writeNumberPath(value, suffix);
    const length = libc.readlinkat(this.fd, path.address, target.address, PATH_SIZE);
    return length < 0 ? -libc.errno() : decodeText(target.bytes, 0, length);
  }

  /** Hard links of `NUMBER/suffix`: for `task` that is threads + 2 (fs/proc/base.c); -errno where refused. */
  countLinks(value: number, suffix: string): number {
    writeNumberPath(value, suffix);
    const failed = libc.statx(this.fd, path.address, 0, STATX_NLINK, status.address) < 0;
    return failed ? -libc.errno() : status.view.getUint32(STATX_NLINK_AT, true);
  }

  /** Opens `NUMBER/suffix` below for its ioctls; a descriptor or -errno. */
  openFile(value: number, suffix: string): number {
    writeNumberPath(value, suffix);
    const fd = libc.openat(this.fd, path.address, libc.O_RDONLY | libc.O_NONBLOCK | libc.O_CLOEXEC, 0);
    return fd < 0 ? -libc.errno() : fd;
  }

  /** Content of the file `NUMBER/suffix`; -errno where refused. */
  readNumberFile(value: number, suffix: string): string | number {
    writeNumberPath(value, suffix);
    return this.readOpened(libc.openat(this.fd, path.address, libc.O_RDONLY | libc.O_CLOEXEC, 0));
  }

  /** Content of a file below; -errno where refused. */
  readFile(relativePath: string): string | number {
    writePath(relativePath);
    return this.readOpened(libc.openat(this.fd, path.address, libc.O_RDONLY | libc.O_CLOEXEC, 0));
  }

  private readOpened(fd: number): string | number {
    if (fd < 0) return -libc.errno();
    try {
      for (let filled = 0; ;) {
        const got = libc.read(fd, file.address + filled, file.bytes.length - filled);
        if (got < 0) return -libc.errno();
        if (got === 0) return decodeText(file.bytes, 0, filled);
        filled += got;
        if (filled === file.bytes.length) growFile();
      }
    } finally {
      libc.close(fd);
    }
  }

  close(): void {
    libc.close(this.fd);
  }
}

/** The bytes of the last link that was read. */
export const linkBytes: Buffer = link.bytes;

function growFile(): void {
  const larger = libc.fixedBuffer(file.bytes.length * 2);
  file.bytes.copy(larger.bytes);
  file = larger;
}

/** The process or thread ended while it was looked at: not a gap. */
export function isGone(negativeErrno: number): boolean {
  return negativeErrno === -ENOENT || negativeErrno === -ESRCH;
}

/** Of mountinfo: the task has left its mount namespace or its root already, for it is ending (fs/proc_namespace.c). */
export function hasLeftMounts(negativeErrno: number): boolean {
  return isGone(negativeErrno) || negativeErrno === -EINVAL;
}

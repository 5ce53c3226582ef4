/**
 * Files that others may have put there: only regular ones are read, up to a limit, and nothing waits. A FIFO would
 * hang the reader, /dev/zero never ends, and opening a device can act on it, so the kind is asked for first.
 */
import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs';
import type { Stats } from 'node:fs';

/** A file that is not read for what it is; the message is a sentence without its path. */
export class UnfitFileError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UnfitFileError';
  }
}

export interface ReadRules {
  /** Bytes; a larger file is refused. */
  limit: number;
  /** Only what belongs to us, is writable by us alone, and is not reached through a symbolic link. */
  ownOnly?: boolean;
}

const { O_RDONLY, O_NONBLOCK, O_NOCTTY, O_NOFOLLOW } = constants;
const CHUNK = 65_536;
/** S_IWGRP | S_IWOTH */
const WRITABLE_BY_OTHERS = 0o022;

function kindOf(status: Stats): string {
  if (status.isDirectory()) return 'a directory';
  if (status.isFIFO()) return 'a FIFO';
  if (status.isSocket()) return 'a socket';
  return 'a device';
}

function checkKind(status: Stats): void {
  if (!status.isFile()) throw new UnfitFileError(`it is ${kindOf(status)}, not a regular file`);
}

/** A descriptor of a regular file; throws an UnfitFileError for others, and what open(2) says. */
export function openRegularFile(path: string, ownOnly = false): number {
  checkKind(statSync(path));
  const fd = openSync(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | (ownOnly ? O_NOFOLLOW : 0));
  try {
    // What the name leads to may have changed meanwhile.
    const status = fstatSync(fd);
    checkKind(status);
    if (ownOnly && (status.uid !== process.geteuid?.() || (status.mode & WRITABLE_BY_OTHERS) !== 0))
      throw new UnfitFileError('it belongs to somebody else, or others may write to it');
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** The text of a regular file; throws an UnfitFileError where it breaks a rule, and what open(2), read(2) say. */
export function readTextFile(path: string, { limit, ownOnly = false }: ReadRules): string {
  const fd = openRegularFile(path, ownOnly);
  try {
    const chunks: Buffer[] = [];
    // The size that fstat(2) gives is not asked: it may grow, and files of /proc tell none.
    for (let total = 0; ;) {
      const chunk = Buffer.alloc(CHUNK);
      const got = readSync(fd, chunk, 0, CHUNK, null);
      if (got === 0) return Buffer.concat(chunks).toString('utf8');
      total += got;
      if (total > limit) throw new UnfitFileError(`it is larger than ${Math.round(limit / 1024)} KiB`);
      chunks.push(chunk.subarray(0, got));
    }
  } finally {
    closeSync(fd);
  }
}

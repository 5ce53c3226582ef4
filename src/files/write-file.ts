/**
 * Files of our own: made under a name that nobody can foresee, flushed, then renamed, so that a reader sees the old
 * content or the new one, and no link that others planted is followed. Nothing is written where others could put
 * something in our way: with sudo, HOME is somebody else's.
 */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fchmodSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
const STICKY = 0o1000;
const WRITABLE_BY_GROUP = 0o020;
const WRITABLE_BY_ALL = 0o002;

/** Opens a file that must not be there yet, for writing. `mode` holds whatever the umask is. */
export function openNewFile(path: string, mode: number): number {
  const fd = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode & 0o600);
  fchmodSync(fd, mode);
  return fd;
}

/** A name beside `path`, on the same filesystem, that nobody can foresee. */
export function temporaryNameFor(path: string): string {
  return join(dirname(path), `.nsview-${randomBytes(12).toString('hex')}`);
}

function writeWhole(path: string, text: string, mode: number): void {
  const fd = openNewFile(path, mode);
  try {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
    fsyncSync(fd);
  } catch (error) {
    unlinkSync(path);
    throw error;
  } finally {
    closeSync(fd);
  }
}

/** Makes a file that was not there (EEXIST where it was), whole or not at all. */
export function createFile(path: string, text: string, mode: number): void {
  writeWhole(path, text, mode);
}

/** Gives a file new content at once, whatever it was: a symbolic link is replaced, not followed. */
export function replaceFile(path: string, text: string, mode: number): void {
  const temporary = temporaryNameFor(path);
  writeWhole(temporary, text, mode);
  try {
    renameSync(temporary, path);
  } catch (error) {
    unlinkSync(temporary);
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

/** Every directory from the root down to `path`, as far as they exist. */
function existingSteps(path: string): { steps: string[]; missing: string[] } {
  const steps = ['/'];
  const missing: string[] = [];
  for (const name of path.split('/').filter(Boolean)) {
    const step = join(missing[0] === undefined ? steps.at(-1)! : missing.at(-1)!, name);
    try {
      if (missing.length === 0) {
        lstatSync(step);
        steps.push(step);
        continue;
      }
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    missing.push(step);
  }
  return { steps, missing };
}

/** Whether only we and root can change what stands in a directory, or where a symbolic link leads. */
function isOurs(path: string): boolean {
  const status = lstatSync(path);
  const { uid, gid, mode } = status;
  // In a user namespace root's own directories belong to whom "/" belongs to.
  if (uid !== process.geteuid?.() && uid !== 0 && uid !== lstatSync('/').uid) return false;
  if (status.isSymbolicLink() || (mode & STICKY) !== 0) return true;
  const ownGroup = gid === 0 || gid === process.getegid?.();
  return (mode & WRITABLE_BY_ALL) === 0 && ((mode & WRITABLE_BY_GROUP) === 0 || ownGroup);
}

/**
 * Makes a directory for files of ours, with what is missing above it. False, and nothing is made: a part of the
 * way belongs to somebody else than us and root, or others may write there.
 */
export function makeOwnDirectory(path: string): boolean {
  const { steps, missing } = existingSteps(path);
  const real = existingSteps(realpathSync(steps.at(-1)!)).steps;
  if (![...steps, ...real].every(isOurs)) return false;
  // What is there already must be ours to write in, not only safe to pass.
  if (missing.length === 0 && lstatSync(real.at(-1)!).uid !== process.geteuid?.()) return false;
  for (const step of missing) mkdirSync(step, { mode: 0o700 });
  return true;
}

/**
 * A directory that nobody but its user can change: no component of its path belongs to somebody else, may be written
 * to by others (but for a sticky one, where they cannot rename what is ours), or is a symbolic link.
 */
import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { join, normalize } from 'node:path';

const OTHERS_WRITE = 0o022;
const STICKY = 0o1000;

/** Why others could change what a path leads to; null: only root and we can. */
function weakness(path: string, uid: number): string | null {
  if (!path.startsWith('/')) return `${path === '' ? 'an empty path' : path} is not an absolute path`;
  if (normalize(path) !== path) return `${path} has "..", "." or empty components`;
  const parts = path.split('/').slice(1);
  for (let length = 0; length <= parts.length; length++) {
    const at = `/${parts.slice(0, length).join('/')}`;
    const found = problemOf(at, uid);
    if (found !== null) return found;
  }
  return null;
}

function problemOf(at: string, uid: number): string | null {
  let status: Stats;
  try {
    status = lstatSync(at);
  } catch (error) {
    return `${at}: ${codeOf(error)}`;
  }
  if (!status.isDirectory()) return `${at} is not a directory${status.isSymbolicLink() ? ' but a link' : ''}`;
  if (status.uid !== 0 && status.uid !== uid) return `${at} belongs to user ${status.uid}`;
  if ((status.mode & OTHERS_WRITE) !== 0 && (status.mode & STICKY) === 0) return `others may write to ${at}`;
  return null;
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}

/** `/run` for root, whoever root is logged in as; else the one of the login, see XDG_RUNTIME_DIR of pam_systemd(8). */
function parents(uid: number): string[] {
  const named = process.env['XDG_RUNTIME_DIR'];
  const ofLogin = named === undefined ? [] : [named.length > 1 ? named.replace(/\/+$/, '') : named];
  return uid === 0 ? ['/run', ...ofLogin] : [...ofLogin, `/run/user/${uid}`];
}

/** Ours below `parent`, mode 0700; made where it is not there. Throws where it would not be ours alone. */
function ownDirectory(parent: string, uid: number, make: boolean): string {
  const weak = weakness(parent, uid);
  if (weak !== null) throw new Error(weak);
  const path = join(parent, 'nsview');
  try {
    if (make) mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw new Error(`${path}: ${codeOf(error)}`, { cause: error });
  }
  const status = lstatSync(path);
  const other = problemOf(path, uid);
  if (other !== null) throw new Error(other);
  if (status.uid !== uid) throw new Error(`${path} belongs to user ${status.uid}`);
  if ((status.mode & 0o777) !== 0o700) chmodSync(path, 0o700);
  return path;
}

/** The first that is only ours; an Error that says why there is none. */
export function makePrivateDirectory(): string {
  const uid = process.geteuid!();
  const problems: string[] = [];
  for (const parent of parents(uid)) {
    try {
      return ownDirectory(parent, uid, true);
    } catch (error) {
      problems.push((error as Error).message);
    }
  }
  throw new Error(`there is no directory that only you can change (${problems.join('; ')})`);
}

/** All that are there. */
export function privateDirectories(): string[] {
  const uid = process.geteuid!();
  return parents(uid).flatMap((parent) => {
    try {
      return [ownDirectory(parent, uid, false)];
    } catch {
      return [];
    }
  });
}

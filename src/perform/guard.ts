/**
 * A process of its own that takes a change back unless it is told not to: it survives the hang-up of the session and
 * the end of nsview, also by SIGKILL. It is told by the removal of its file.
 */
import { spawn } from 'node:child_process';
import { lstatSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Operation } from '../actions/plan.js';

export interface RollbackRequest {
  operations: readonly Operation[];
  /** Milliseconds since the epoch. */
  deadline: number;
  title: string;
}

export interface Guard {
  /** The file whose removal keeps the change. */
  file: string;
  deadline: number;
}

const PREFIX = 'nsview-rollback-';

/** Where files of guards are: only their user may look in. */
function guardDirectory(): string {
  return process.env['XDG_RUNTIME_DIR'] ?? tmpdir();
}

export function startGuard(operations: readonly Operation[], seconds: number, title: string): Guard {
  const file = join(mkdtempSync(join(guardDirectory(), PREFIX)), 'pending.json');
  const deadline = Date.now() + seconds * 1000;
  writeFileSync(file, JSON.stringify({ operations, deadline, title } satisfies RollbackRequest), {
    mode: 0o600,
  });
  const program = fileURLToPath(new URL('./rollback-process.js', import.meta.url));
  const child = spawn(process.execPath, [program, file], {
    // A session of its own: no terminal, no hang-up.
    detached: true,
    stdio: 'ignore',
    cwd: '/',
  });
  child.unref();
  return { file, deadline };
}

/** Keeps what was done. False: it was taken back already. */
export function keepChange(file: string): boolean {
  try {
    rmSync(file);
    rmSync(dirname(file), { recursive: true, force: true });
    return true;
  } catch {
    return false;
  }
}

/** Files of guards that still wait, of this user. */
export function pendingGuards(): string[] {
  const directory = guardDirectory();
  return readdirSync(directory)
    .filter((name) => name.startsWith(PREFIX) && isOwnDirectory(join(directory, name)))
    .map((name) => join(directory, name, 'pending.json'));
}

/** The directory may be one that everybody writes to: what somebody else put there is none of ours. */
function isOwnDirectory(path: string): boolean {
  const status = lstatSync(path, { throwIfNoEntry: false });
  return status !== undefined && status.isDirectory() && status.uid === process.geteuid?.();
}

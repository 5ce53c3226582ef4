/** A shell in the root directory of a process. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { fsPath } from '../kernel/byte-names.js';
import type { Pid } from '../model/snapshot.js';
import { resolveInRoot } from './path-in-root.js';

const SHELLS = ['/bin/bash', '/usr/bin/bash', '/bin/sh', '/usr/bin/sh', '/bin/ash', '/bin/busybox'];

/** A shell in the root of a process; null where there is none: an image without one. */
export function findShell(pid: Pid): string | null {
  const root = `/proc/${pid}/root`;
  const found = SHELLS.find((path) => {
    const resolved = resolveInRoot(root, path);
    return resolved !== null && isExecutable(join(root, resolved));
  });
  return found ?? null;
}

function isExecutable(path: string): boolean {
  try {
    const { mode } = statSync(fsPath(path));
    return (mode & 0o170000) === 0o100000 && (mode & 0o111) !== 0;
  } catch {
    return false;
  }
}

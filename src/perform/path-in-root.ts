/** Paths below another root directory, whose absolute links lead below it too: path_resolution(7) by hand. */
import { lstatSync, readlinkSync } from 'node:fs';
import { join, posix } from 'node:path';

const MAXIMUM_LINKS = 40;

/** Where the path leads, as a path below the root; null where it leads nowhere. */
export function resolveInRoot(root: string, path: string): string | null {
  let rest = path.split('/').filter(Boolean);
  let at = '/';
  for (let links = 0; rest.length > 0;) {
    const [name, ...more] = rest;
    const next = posix.join(at, name!);
    try {
      if (!lstatSync(join(root, next)).isSymbolicLink()) {
        at = next;
        rest = more;
        continue;
      }
      if (++links > MAXIMUM_LINKS) return null;
      const target = readlinkSync(join(root, next));
      if (target.startsWith('/')) at = '/';
      rest = [...target.split('/').filter(Boolean), ...more];
    } catch {
      return null;
    }
  }
  return at;
}

/** Paths below another root directory, whose absolute links lead below it too: path_resolution(7) by hand. */
import { join, posix } from 'node:path';
import { lookAtLink, readLinkText } from '../kernel/byte-names.js';

const MAXIMUM_LINKS = 40;

/** Where the path leads, as a path below the root; null where it leads nowhere. */
export function resolveInRoot(root: string, path: string): string | null {
  let rest = path.split('/').filter(Boolean);
  let at = '/';
  for (let links = 0; rest.length > 0;) {
    const [name, ...more] = rest;
    const next = posix.join(at, name!);
    try {
      if (!lookAtLink(join(root, next)).isSymbolicLink()) {
        at = next;
        rest = more;
        continue;
      }
      if (++links > MAXIMUM_LINKS) return null;
      const target = readLinkText(join(root, next));
      if (target.startsWith('/')) at = '/';
      rest = [...target.split('/').filter(Boolean), ...more];
    } catch {
      return null;
    }
  }
  return at;
}

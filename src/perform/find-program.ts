/** Where a program is. */
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

/** The first of that name in a PATH; null: there is none. A name with a slash is a path already. */
export function findProgram(name: string, path: string): string | null {
  if (name.includes('/')) return name;
  const found = path.split(':').find((directory) => isExecutable(join(directory, name)));
  return found === undefined ? null : join(found, name);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Text goldens: `UPDATE_GOLDENS=1 npm test` writes them anew; look at the difference before you commit it. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';

/** The repository, from dist/test/support. */
export const REPOSITORY = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

export function matchesGolden(t: ExecutionContext, name: string, text: string): void {
  const path = join(REPOSITORY, 'test', 'goldens', name);
  if (process.env['UPDATE_GOLDENS'] === '1') {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  t.is(
    text,
    readFileSync(path, 'utf8'),
    `differs from test/goldens/${name}; UPDATE_GOLDENS=1 npm test takes it over`,
  );
}

/** Runs a shell script where this thread is; what it starts may stay. */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readText } from '../kernel/byte-names.js';
import { CLEAN_PATH } from '../actions/enter-plan.js';
import { startable } from './program-words.js';

/** `words` of sh(1). Null: it ended well; else the last that it said, or how it ended. */
export function runScript(words: readonly string[]): string | null {
  // A file, not a pipe: a daemon that keeps it open would be waited for.
  const directory = mkdtempSync(join(tmpdir(), 'nsview-script-'));
  const complaints = join(directory, 'stderr');
  const fd = openSync(complaints, 'w', 0o600);
  try {
    const sh = startable('sh', words, { PATH: CLEAN_PATH });
    const { status, signal, error } = spawnSync(sh.program, sh.words, {
      stdio: ['ignore', 'ignore', fd],
      env: sh.environment,
    });
    if (error) return `sh cannot be started: ${error.message}`;
    if (status === 0) return null;
    const said = readText(complaints).trim().split('\n').at(-1) ?? '';
    return said === '' ? `it ended with ${status ?? signal ?? 'nothing'}` : said;
  } finally {
    closeSync(fd);
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Guarded changes of this user that wait, and what became of those that nobody has asked about yet. */
import { readdirSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import type { GuardedChange } from '../actions/guard.js';
import { KEEP_LINE } from './journal.js';
import { privateDirectories } from './private-directory.js';
import { readRecord } from './rollback-record.js';

const NAME = /^rollback-[0-9a-z-]+\.json$/;

/** Keeps all that wait; what has been rolled back is told once. */
export async function keepChanges(): Promise<GuardedChange[]> {
  const records = privateDirectories().flatMap((directory) =>
    readdirSync(directory)
      .filter((name) => NAME.test(name))
      .map((name) => join(directory, name)),
  );
  const changes = await Promise.all(records.map(keepChange));
  return changes.filter((change) => change !== null);
}

async function keepChange(record: string): Promise<GuardedChange | null> {
  const socket = record.replace(/json$/, 'sock');
  const answer = await ask(socket);
  if (answer?.state === 'kept') return answer;
  // Of what was rolled back the file tells, also when it happened just now.
  const told = readRecord(record);
  rmSync(record, { force: true });
  rmSync(socket, { force: true });
  if (!told) return answer;
  const { title, state, at, reason, failures } = told;
  return state === 'waiting' ? { state: 'abandoned', title } : { state, title, at, reason, failures };
}

/** Null: nobody listens there any more. */
function ask(path: string): Promise<GuardedChange | null> {
  return new Promise((resolve) => {
    let text = '';
    const socket = createConnection(shortPath(path));
    socket.on('connect', () => socket.write(KEEP_LINE));
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.on('error', () => resolve(null));
    socket.on('close', () => resolve(text === '' ? null : (JSON.parse(text) as GuardedChange)));
  });
}

/** A socket's name has 107 bytes at most, unix(7). */
function shortPath(path: string): string {
  const at = path.lastIndexOf('/');
  process.chdir(path.slice(0, at));
  return `.${path.slice(at)}`;
}

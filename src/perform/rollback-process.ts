/** Entry point of the process that waits and takes a change back: `rollback-process.js FILE`. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { nameProcess } from '../kernel/own-name.js';
import type { RollbackRequest } from './guard.js';
import { performOperations } from './perform.js';

const LOOK_EVERY_MS = 100;

async function wait(file: string, deadline: number): Promise<boolean> {
  while (Date.now() < deadline) {
    if (!existsSync(file)) return false;
    await sleep(Math.min(LOOK_EVERY_MS, Math.max(1, deadline - Date.now())));
  }
  // Whoever renames it first has it: a confirmation in the last moment counts, or it does not, never half.
  try {
    renameSync(file, `${file}.done`);
    return true;
  } catch {
    return false;
  }
}

async function main(file: string): Promise<void> {
  nameProcess();
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
  const { operations, deadline } = JSON.parse(readFileSync(file, 'utf8')) as RollbackRequest;
  if (!(await wait(file, deadline))) return;
  const failures: string[] = [];
  // One by one: what cannot be taken back must not keep the rest from it.
  for (const operation of operations) {
    const { failure } = await performOperations([operation]);
    if (failure !== null) failures.push(failure);
  }
  writeFileSync(`${file}.done`, JSON.stringify({ takenBack: failures.length === 0, failures }));
}

void main(process.argv[2]!);

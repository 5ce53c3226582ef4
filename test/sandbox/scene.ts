/** Runs scenes (scene.c): compiled once, each in a process that ends with the test. */
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ExecutionContext } from 'ava';
import type { NamespaceKey } from '../../src/model/snapshot.js';
import { REPOSITORY } from '../support/golden.js';

export interface Scene {
  pid: number;
  key: NamespaceKey;
  threadId?: number;
  fd?: number;
  zombie?: number;
  init?: number;
  process: ChildProcess;
}

export const SCENES = [
  'process', 'thread', 'dead-leader', 'for-children', 'fd', 'socket', 'bind', 'parent', 'owner', 'in-flight',
  'bind-in-flight', 'zombie', 'dead-init', 'hostile',
] as const; // prettier-ignore

export function sceneProgram(): string {
  return compiled('scene');
}

/** A program of this directory, compiled; tests run in several processes, so it is put in place by a rename. */
export function compiled(name: string): string {
  const source = join(REPOSITORY, 'test', 'sandbox', `${name}.c`);
  const directory = join(tmpdir(), `nsview-scene-${process.getuid?.() ?? 0}`);
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  const program = join(directory, `${name}-${Math.floor(statSync(source).mtimeMs)}`);
  if (!existsSync(program)) {
    const temporary = `${program}.${process.pid}`;
    execFileSync('gcc', ['-O1', '-pthread', '-o', temporary, source]);
    renameSync(temporary, program);
  }
  return program;
}

export async function startScene(t: ExecutionContext, name: string, ...more: string[]): Promise<Scene> {
  const child = spawn(sceneProgram(), [name, ...more], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.teardown(() => endScene(child));
  for await (const line of createInterface({ input: child.stdout })) {
    return { ...(JSON.parse(line) as Omit<Scene, 'process'>), process: child };
  }
  throw new Error(`scene ${name} ended at once`);
}

/** Ends a scene and waits until it is gone, so that the next test sees none of it. */
export async function endScene(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.stdin?.end();
  const timer = setTimeout(() => child.kill('SIGKILL'), 500);
  await ended;
  clearTimeout(timer);
}

/** A program that says `ready` when it is, and ends with the test. */
export async function started(t: ExecutionContext, ...words: string[]): Promise<ChildProcess> {
  const child = spawn(words[0]!, words.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] });
  t.teardown(() => endScene(child));
  for await (const line of createInterface({ input: child.stdout })) if (line === 'ready') return child;
  throw new Error(`${words.join(' ')} ended`);
}

/** Kernel tests need root; a run that cannot says why, and in CI that is a failure. */
export function needsRoot(t: ExecutionContext): boolean {
  if (process.geteuid?.() === 0) return true;
  if (process.env['CI'] !== undefined) t.fail('kernel tests need root in CI');
  else t.pass('skipped: needs root');
  return false;
}

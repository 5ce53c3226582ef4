/** The program as a person starts it. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { REPOSITORY } from './golden.js';

export const PROGRAM = join(REPOSITORY, 'bin', 'nsview.cjs');

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  env?: Record<string, string>;
  cwd?: string;
  input?: Buffer | string;
  /** Words put before node: `setpriv …`, `unshare …`. */
  through?: string[];
}

export function environment(more: Record<string, string> = {}): Record<string, string> {
  const { PATH = '', HOME = '/root' } = process.env;
  return { PATH, HOME, LANG: 'C.UTF-8', TERM: 'xterm-256color', ...more };
}

/** Runs any program to its end. */
export function runCommand(words: readonly string[], { env, cwd, input }: RunOptions = {}): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(words[0]!, words.slice(1), { env: environment(env), cwd: cwd ?? REPOSITORY });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

export function runNsview(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  return runCommand([...(options.through ?? []), process.execPath, PROGRAM, ...args], options);
}

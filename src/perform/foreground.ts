/** Programs that are given the whole terminal: shells and tools in chosen namespaces. */
import { execFile, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import type { EnterPlan } from '../actions/enter-plan.js';
import { CLEAN_PATH, isHarmlessVariable } from '../actions/enter-plan.js';
import type { UnsharePlan } from '../actions/unshare-plan.js';
import { fsPath, readText } from '../kernel/byte-names.js';
import { findProgram } from './find-program.js';
import { startable } from './program-words.js';
import { findDhcpClient } from './find-dhcp-client.js';
import type { ToolFacts, ToolName } from '../actions/tools.js';
import { parseHelpOptions } from '../formats/help-options.js';
import { parseStartTime } from '../formats/process-stat.js';
import { leadsTo } from '../kernel/namespace-identity.js';
import { takeTerminal } from '../kernel/terminal-group.js';
import { kindOfKey } from '../model/namespace-kind.js';
import type { Pid } from '../model/snapshot.js';

/** How a program ended: its exit status, or 128 and the number of the signal, as shells say it. */
export interface Ended {
  status: number;
  /** Why it could not be started; null: it ran. */
  failure: string | null;
}

const SIGNAL_BASE = 128;

/** What nsenter and unshare can do here. */
export async function probeTools(): Promise<ToolFacts> {
  const [nsenter, unshare] = await Promise.all((['nsenter', 'unshare'] as const).map(probe));
  const [user, mapped, uts] = await Promise.all(TRIALS.map(attempt));
  return {
    nsenter: nsenter!,
    unshare: unshare!,
    dhcp: findDhcpClient(),
    trials: { user: user!, mapped: mapped!, uts: uts! },
  };
}

const TRIALS: readonly (readonly string[])[] = [['--user'], ['--user', '--map-root-user'], ['--uts']];

/** The last that unshare(1) said; null: it worked, or there is none to ask. */
function attempt(options: readonly string[]): Promise<string | null> {
  return new Promise((resolve) => {
    execFile(
      'unshare',
      [...options, '--', 'true'],
      { env: { ...process.env, LC_ALL: 'C' } },
      (error, _, stderr) => {
        resolve(error && error.code !== 'ENOENT' ? (stderr.trim().split('\n').at(-1) ?? '') : null);
      },
    );
  });
}

function probe(tool: ToolName): Promise<string[] | null> {
  return new Promise((resolve) => {
    execFile(tool, ['--help'], { env: { ...process.env, LC_ALL: 'C' } }, (error, stdout) => {
      resolve(error && stdout === '' ? null : parseHelpOptions(stdout));
    });
  });
}

/** Why the target is not what the plan was made for any more; null: it is. */
export function changedSince({ process: target, namespaces }: EnterPlan): string | null {
  if (target) {
    const started = startOf(target.pid);
    if (started !== target.startTimeTicks)
      return started === null
        ? `process ${target.pid} is gone: nothing was done`
        : `process ${target.pid} is another one by now: nothing was done`;
  }
  for (const { key, namespaceId, paths } of namespaces) {
    const path = target ? `/proc/${target.pid}/ns/${kindOfKey(key)}` : paths[0];
    if (path === undefined || !leadsTo(path, key, namespaceId))
      return `${path ?? key} is another namespace by now: nothing was done`;
  }
  return null;
}

function startOf(pid: Pid): number | null {
  try {
    return parseStartTime(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return null;
  }
}

/** Variables of the program: ours, next to none, or those of the target process. */
function environmentOf({ environment, process: target }: EnterPlan): NodeJS.ProcessEnv {
  if (environment === 'keep') return process.env;
  const term = process.env['TERM'] ?? 'dumb';
  if (environment === 'target' && target) {
    const entries = readText(`/proc/${target.pid}/environ`).split('\0').filter(Boolean);
    const pairs = entries.map((entry) => entry.split(/=(.*)/s, 2) as [string, string | undefined]);
    const given = pairs.filter(([name, value]) => value !== undefined && isHarmlessVariable(name));
    return { ...Object.fromEntries(given), TERM: term };
  }
  return { TERM: term, PATH: CLEAN_PATH, ...(process.env['LANG'] && { LANG: process.env['LANG'] }) };
}

/** Runs it on our terminal, and takes the terminal back, whatever became of it. */
export function runForeground(plan: EnterPlan): Promise<Ended> {
  const changed = changedSince(plan);
  if (changed !== null) return Promise.resolve({ status: 1, failure: changed });
  return runWords(plan.words, environmentOf(plan));
}

/** The files that keep namespaces are made first, as unshare(1) wants them. */
export function runUnshare({ words, files }: UnsharePlan): Promise<Ended> {
  try {
    for (const path of files) closeSync(openSync(fsPath(path), 'a', 0o600));
  } catch (error) {
    return Promise.resolve({ status: 1, failure: `cannot make the file: ${(error as Error).message}` });
  }
  return runWords(words, process.env);
}

function runWords(words: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  return new Promise((resolve) => {
    // Found in our PATH: Node would look in that of the program.
    const program = findProgram(words[0]!, process.env['PATH'] ?? CLEAN_PATH) ?? words[0]!;
    const start = startable(program, words.slice(1), { ...env });
    const child = spawn(start.program, start.words, { stdio: 'inherit', env: start.environment });
    child.on('error', (error) => {
      takeTerminal(0);
      resolve({ status: 127, failure: `${words[0]!} cannot be started: ${error.message}` });
    });
    child.on('close', (code, signal) => {
      takeTerminal(0);
      resolve({ status: code ?? SIGNAL_BASE + signalNumber(signal), failure: null });
    });
  });
}

function signalNumber(signal: NodeJS.Signals | null): number {
  return signal === null ? 0 : constants.signals[signal];
}

/** Running a program in chosen namespaces of a process or namespace: the words of nsenter(1) for it. */
import type { KeysByKind } from '../analysis/enter-forecast.js';
import { enterTogether } from '../analysis/enter-forecast.js';
import { fromObserver } from '../analysis/id-translation.js';
import { namespaceName } from '../analysis/namespace-name.js';
import type { Model } from '../model/model.js';
import { namespaceSetOf } from '../model/model.js';
import type { NamespaceKind } from '../model/namespace-kind.js';
import { NAMESPACE_KINDS, kindOfKey } from '../model/namespace-kind.js';
import type { NamespaceKey, Pid, ProcessFact } from '../model/snapshot.js';
import { KIND_OPTIONS } from './in-namespace.js';
import { namespaceReference } from './namespace-reference.js';
import type { NamespaceReference } from './plan.js';
import { scriptWords, shellCommand } from './shell-words.js';
import type { ToolFacts } from './tools.js';
import { missingOption } from './tools.js';

/** What is entered: a process with all its namespaces, or one namespace, with a member that stands for it. */
export interface EnterTarget {
  name: string;
  process: ProcessFact | null;
  /** Those that differ from ours: the others need not be entered. */
  namespaces: KeysByKind;
}

export interface EnterChoice {
  kinds: readonly NamespaceKind[];
  /** `root` there, `same` ids as now, those of the `target` process, or numbers inside. */
  user: 'root' | 'same' | 'target' | { uid: number; gid: number };
  /** Where the program starts: the top of another mount namespace, else where we are; the target's; or a path. */
  directory: 'default' | 'target' | { path: string };
  /** Also the root directory of the target process: a chroot. */
  changeRoot: boolean;
  environment: 'keep' | 'clean' | 'target';
  joinCgroup: boolean;
  /** Empty: a shell. */
  program: readonly string[];
}

export interface EnterPlan {
  ok: true;
  title: string;
  /** The program to run and its arguments. */
  words: readonly string[];
  command: string;
  environment: EnterChoice['environment'];
  /** Checked again before it runs. */
  process: { pid: Pid; startTimeTicks: number } | null;
  namespaces: readonly NamespaceReference[];
  effects: readonly string[];
}

export type EnterAnswer = EnterPlan | { ok: false; reason: string };

export const CLEAN_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

function ownKeys(model: Model): KeysByKind {
  return model.snapshot.header.observer.namespaces;
}

export function processTarget(model: Model, process: ProcessFact): EnterTarget {
  const set = namespaceSetOf(model, process);
  const own = ownKeys(model);
  const different = NAMESPACE_KINDS.flatMap((kind) =>
    set[kind] !== undefined && set[kind] !== own[kind] ? [[kind, set[kind]] as const] : [],
  );
  return {
    name: `${process.pid} ${process.details?.comm ?? ''}`.trim(),
    process,
    namespaces: Object.fromEntries(different),
  };
}

/** With those of its first member, for who wants to be inside of more than the one. */
export function namespaceTarget(model: Model, key: NamespaceKey): EnterTarget {
  const kind = kindOfKey(key);
  const process = model.namespaces.get(key)?.processes[0] ?? null;
  const name = `${key} ${namespaceName(model, key)}`;
  if (process) return { ...processTarget(model, process), name };
  return { name, process: null, namespaces: ownKeys(model)[kind] === key ? {} : { [kind]: key } };
}

/** A shell in everything, as the target sees it. */
export function shellChoice({ namespaces }: EnterTarget): EnterChoice {
  return {
    kinds: NAMESPACE_KINDS.filter((kind) => kind in namespaces),
    user: 'root',
    directory: 'default',
    changeRoot: false,
    environment: 'mnt' in namespaces ? 'clean' : 'keep',
    joinCgroup: false,
    program: [],
  };
}

/** A tool of the host in the target's network only: for images without tools. */
export function toolChoice(target: EnterTarget, program: readonly string[]): EnterChoice {
  const kinds: NamespaceKind[] = 'net' in target.namespaces ? ['net'] : [];
  return { ...shellChoice(target), kinds, directory: 'default', user: 'same', environment: 'keep', program };
}

export function planEnter(
  model: Model,
  target: EnterTarget,
  choice: EnterChoice,
  tools: ToolFacts,
  shell: string | null,
): EnterAnswer {
  const problem =
    toolProblem(target, choice, tools) ??
    kindProblem(model, target, choice) ??
    programProblem(target, choice, shell);
  if (problem !== null) return { ok: false, reason: problem };
  const program = choice.program.length > 0 ? choice.program : [shell ?? 'sh'];
  const references = choice.kinds.map((kind) => namespaceReference(model, target.namespaces[kind]!));
  const words = [
    'nsenter',
    ...namespaceWords(target, references),
    ...userWords(model, target, choice),
    ...placeWords(target, choice),
    ...(choice.joinCgroup ? ['--join-cgroup'] : []),
    '--',
    ...program,
  ];
  const { process } = target;
  return {
    ok: true,
    title: `${program.join(' ')} in ${target.name}`,
    words,
    command: withEnvironment(choice, target, words),
    environment: choice.environment,
    process: process?.details ? { pid: process.pid, startTimeTicks: process.details.startTimeTicks } : null,
    namespaces: references,
    effects: effectsOf(model, target, choice),
  };
}

function toolProblem({ process }: EnterTarget, choice: EnterChoice, tools: ToolFacts): string | null {
  const needed = [
    ...choice.kinds.map((kind) => KIND_OPTIONS[kind]),
    ...(choice.joinCgroup ? ['join-cgroup'] : []),
    ...(choice.changeRoot ? ['root'] : []),
    ...(typeof choice.directory === 'object' ? [directoryOption(choice)] : []),
  ];
  for (const option of needed) {
    const missing = missingOption(tools, 'nsenter', option);
    if (missing !== null) return missing;
  }
  const needsProcess =
    choice.joinCgroup ||
    choice.changeRoot ||
    choice.directory === 'target' ||
    choice.environment === 'target' ||
    choice.user === 'target';
  return needsProcess && !process ? 'that is taken from a process, and the namespace has none' : null;
}

function kindProblem(
  model: Model,
  { namespaces, process }: EnterTarget,
  { kinds }: EnterChoice,
): string | null {
  if (process && Object.keys(namespaceSetOf(model, process)).length === 0)
    return `the namespaces of process ${process.pid} cannot be read: it takes its user, or CAP_SYS_PTRACE in its user namespace`;
  if (kinds.length === 0) return 'nothing is chosen that differs from where you are';
  const keys: KeysByKind = {};
  for (const kind of kinds) {
    const key = namespaces[kind];
    if (key === undefined) return `its ${kind} namespace is yours already`;
    keys[kind] = key;
    if (namespaceReference(model, key).paths.length === 0) return `nothing in sight leads into ${key}`;
  }
  for (const [kind, verdict] of Object.entries(enterTogether(model, keys)))
    if (verdict.allowed === false) return `${kind}: ${verdict.reason}`;
  return null;
}

function programProblem(
  target: EnterTarget,
  { kinds, program }: EnterChoice,
  shell: string | null,
): string | null {
  if (program.length > 0 || shell !== null || !kinds.includes('mnt')) return null;
  return `there is no shell inside of ${target.name}: leave out mnt, or x runs a tool of the host in its network`;
}

/** With --target, as people know it, where one process has them all; else a file for each. */
function namespaceWords({ process }: EnterTarget, references: readonly NamespaceReference[]): string[] {
  const kinds = references.map(({ key }) => kindOfKey(key));
  if (process) return ['--target', String(process.pid), ...kinds.map((kind) => `--${KIND_OPTIONS[kind]}`)];
  return references.map(({ paths }, at) => `--${KIND_OPTIONS[kinds[at]!]}=${paths[0]!}`);
}

/** nsenter becomes root of a user namespace by itself; where no id is mapped to 0 that fails. */
function userWords(
  model: Model,
  { namespaces, process }: EnterTarget,
  { kinds, user }: EnterChoice,
): string[] {
  const userKey = kinds.includes('user') ? namespaces.user : undefined;
  const ids = (uid: number, gid: number): string[] => ['--setuid', String(uid), '--setgid', String(gid)];
  if (user === 'same') return userKey ? ['--preserve-credentials'] : [];
  if (typeof user === 'object') return ids(user.uid, user.gid);
  if (user === 'target' && process?.details) {
    const { uid } = process.details;
    const inside = userKey ? fromObserver(model, userKey, 'uid', uid) : uid;
    return typeof inside === 'number' ? ids(inside, inside) : ['--preserve-credentials'];
  }
  if (!userKey) return [];
  return canBecomeRoot(model, userKey) ? [] : ['--preserve-credentials'];
}

/** nsenter drops supplementary groups too, which setgroups=deny refuses; without a mapping there is no root. */
function canBecomeRoot(model: Model, userKey: NamespaceKey): boolean {
  const maps = model.snapshot.userMaps?.find(({ key }) => key === userKey);
  return !maps || (maps.setgroups !== 'deny' && maps.uidMap.some(({ inside }) => inside === 0));
}

/** A path is meant as it is inside: nsenter opens that of --wd before it enters, that of --wdns afterwards. */
function directoryOption({ kinds, changeRoot }: EnterChoice): 'wd' | 'wdns' {
  return kinds.includes('mnt') || changeRoot ? 'wdns' : 'wd';
}

function placeWords({ process }: EnterTarget, choice: EnterChoice): string[] {
  const { changeRoot, directory } = choice;
  const words = changeRoot ? ['--root'] : [];
  if (directory === 'target' && process) words.push('--wd');
  else if (typeof directory === 'object') words.push(`--${directoryOption(choice)}=${directory.path}`);
  return words;
}

/**
 * Variables that would load code into nsenter itself, or write files, while it is where we are: the process that they
 * are taken from chose them. ld.so(8), "Secure-execution mode".
 */
const LOADER_VARIABLES = ['LD_*', 'GCONV_PATH', 'GLIBC_TUNABLES', 'LOCPATH', 'MALLOC_TRACE', 'NLSPATH'];

/** Whether a variable of the target may be given to nsenter. */
export function isHarmlessVariable(name: string): boolean {
  return /^[A-Za-z_]/.test(name) && !name.startsWith('LD_') && !LOADER_VARIABLES.includes(name);
}

/**
 * `"$@"` holds what another process calls its environment: env(1) would run a word without `=`. nsenter is found in our
 * PATH: env would look in that of the target.
 */
const TAKE_VARIABLES =
  `for word do shift; case $word in ${LOADER_VARIABLES.map((name) => `${name}=*`).join('|')}) ;; ` +
  '[A-Za-z_]*=*) set -- "$@" "$word";; esac; done; exec env -i "$@" "$(command -v nsenter)"';

/** xargs keeps blanks and line ends of values; -a leaves the standard input to the program. */
function withEnvironment(
  { environment }: EnterChoice,
  { process }: EnterTarget,
  words: readonly string[],
): string {
  if (environment === 'clean') return `env -i TERM="$TERM" PATH=${CLEAN_PATH} ${shellCommand(...words)}`;
  if (environment !== 'target' || !process) return shellCommand(...words);
  const { text, parameters } = scriptWords(words.slice(1), (place) => `word${place}`);
  const taken = parameters.map((_, at) => `word${at + 1}=$1; shift; `).join('');
  const script = `${taken}${TAKE_VARIABLES} ${text}`;
  const environ = `/proc/${process.pid}/environ`;
  return shellCommand('xargs', '-0', '-a', environ, 'sh', '-c', script, 'sh', ...parameters);
}

function effectsOf(
  model: Model,
  { namespaces }: EnterTarget,
  { kinds, user, environment }: EnterChoice,
): string[] {
  const effects: string[] = [];
  if (kinds.includes('user') && user === 'root' && !canBecomeRoot(model, namespaces.user!))
    effects.push(
      'nobody can become root in this user namespace: the program keeps your ids, as they are mapped there',
    );
  if (kinds.includes('pid') && 'mnt' in namespaces && !kinds.includes('mnt'))
    effects.push('without mnt, /proc still shows the processes of where you are');
  if (environment === 'target')
    effects.push('LD_PRELOAD and its like are left out of the environment: nsenter itself would obey them');
  return effects;
}

/** Running a program in new namespaces: the words of unshare(1), and which combinations are refused and why. */
import { capableIn } from '../analysis/capabilities.js';
import { observerOf } from '../analysis/forecast.js';
import { levelOf } from '../analysis/id-translation.js';
import { isKernelAtLeast } from '../analysis/kernel-release.js';
import { MAXIMUM_LEVEL, gaugesOf } from '../analysis/limits.js';
import { restrictionsOf } from '../analysis/restrictions.js';
import type { Model } from '../model/model.js';
import type { NamespaceKind } from '../model/namespace-kind.js';
import { NAMESPACE_KINDS } from '../model/namespace-kind.js';
import { KIND_OPTIONS } from './in-namespace.js';
import { shellCommand } from './shell-words.js';
import type { ToolFacts } from './tools.js';
import { missingOption, trialProblem } from './tools.js';

export interface UnshareChoice {
  /** New ones; a path: a file that keeps it when the program has ended. */
  namespaces: Partial<Record<NamespaceKind, true | string>>;
  fork: boolean;
  /** A signal, or empty: SIGKILL; null: it is not killed. */
  killChild: string | null;
  /** SIGTERM and SIGINT go on to the child. */
  forwardSignals: boolean;
  /** A directory, or empty: the usual one; null: it is not mounted. */
  mountProc: string | null;
  mountBinfmt: string | null;
  /** What binfmt_misc is told inside, `:name:type:…`; empty: nothing. */
  interpreter: string;
  /** Null: as unshare(1) does it, private. */
  propagation: 'private' | 'slave' | 'shared' | 'unchanged' | null;
  map: 'none' | 'root' | 'current' | 'auto' | 'subids';
  /** You as this id inside; empty: as `map` says. */
  mapUser: string;
  mapGroup: string;
  /** `OUTER,INNER,COUNT`; empty: none. */
  mapUsers: string;
  mapGroups: string;
  setgroups: 'allow' | 'deny' | null;
  /** `UID:GID` whose user namespace it will be; empty: ours. */
  owner: string;
  uid: string;
  gid: string;
  rootDirectory: string;
  workingDirectory: string;
  /** Seconds; empty: none. */
  monotonic: string;
  boottime: string;
  keepCapabilities: boolean;
  /** Variables that go along: all, none, or `NAME,NAME`. */
  environment: 'keep' | 'clear' | { names: string };
  program: readonly string[];
}

export interface UnsharePlan {
  ok: true;
  title: string;
  words: readonly string[];
  command: string;
  /** Files that must be there before. */
  files: readonly string[];
  effects: readonly string[];
}

export type UnshareAnswer = UnsharePlan | { ok: false; reason: string };

export const NO_UNSHARE: UnshareChoice = {
  namespaces: {},
  fork: false,
  killChild: null,
  forwardSignals: false,
  mountProc: null,
  mountBinfmt: null,
  interpreter: '',
  propagation: null,
  map: 'none',
  mapUser: '',
  mapGroup: '',
  mapUsers: '',
  mapGroups: '',
  setgroups: null,
  owner: '',
  uid: '',
  gid: '',
  rootDirectory: '',
  workingDirectory: '',
  monotonic: '',
  boottime: '',
  keepCapabilities: false,
  environment: 'keep',
  program: [],
};

/** Mapping ids makes a user namespace, mounting proc a mount namespace: unshare(1) implies them. */
export function impliedKinds(choice: UnshareChoice): Set<NamespaceKind> {
  const kinds = new Set(Object.keys(choice.namespaces) as NamespaceKind[]);
  const { mapGroup, mapGroups, owner, mountProc } = choice;
  const hasBinfmt = choice.mountBinfmt !== null || choice.interpreter !== '';
  if (mapsUsers(choice) || hasBinfmt || [mapGroup, mapGroups, owner].some((text) => text !== ''))
    kinds.add('user');
  if (mountProc !== null || hasBinfmt) kinds.add('mnt');
  return kinds;
}

function mapsUsers({ map, mapUser, mapUsers }: UnshareChoice): boolean {
  return map !== 'none' || mapUser !== '' || mapUsers !== '';
}

/** unshare(1) writes setgroups=deny by itself with these: the kernel asks for it before a group is mapped. */
function deniesSetgroups({ map, mapGroup }: UnshareChoice): boolean {
  return map === 'root' || map === 'current' || mapGroup !== '';
}

// ---- refusals ----------------------------------------------------------------------------------------------

type Rule = (choice: UnshareChoice, kinds: ReadonlySet<NamespaceKind>) => string | null;

const EXTENT = /^\d+,\d+,[1-9]\d*$/;
const SECONDS = /^-?\d+$/;

/** What unshare(1) and the kernel refuse whoever asks; the first that fits is told. */
const RULES: readonly Rule[] = [
  (_, kinds) => (kinds.size === 0 ? 'no namespace is chosen' : null),
  ({ fork, killChild, forwardSignals }, kinds) =>
    kinds.has('pid') && !fork && killChild === null && !forwardSignals
      ? 'a pid namespace needs fork: without it the first child becomes its init, ends, and every later fork gives ENOMEM'
      : null,
  ({ mountProc }, kinds) =>
    mountProc !== null && !kinds.has('pid')
      ? 'mount proc is for a pid namespace: without one it shows the same processes'
      : null,
  ({ propagation }, kinds) =>
    propagation !== null && !kinds.has('mnt') ? 'propagation is of a mount namespace' : null,
  ({ monotonic, boottime }, kinds) =>
    (monotonic !== '' || boottime !== '') && !kinds.has('time')
      ? 'clock offsets are of a time namespace'
      : null,
  ({ monotonic, boottime }) =>
    [monotonic, boottime].some((text) => text !== '' && !SECONDS.test(text))
      ? 'a clock offset is a number of seconds'
      : null,
  ({ setgroups }, kinds) =>
    setgroups !== null && !kinds.has('user') ? 'setgroups is of a user namespace' : null,
  (choice) =>
    choice.setgroups === 'allow' && deniesSetgroups(choice)
      ? `setgroups=allow cannot be had with ${choice.mapGroup === '' ? `map ${choice.map}` : 'map group'}: that map is written with setgroups=deny`
      : null,
  ({ map, mapUser, mapGroup }) =>
    (map === 'root' || map === 'current') && (mapUser !== '' || mapGroup !== '')
      ? `map ${map} says already which ids are yours inside`
      : null,
  ({ setgroups, map, mapUsers, mapGroups }) =>
    setgroups !== null && (map === 'auto' || map === 'subids' || mapUsers !== '' || mapGroups !== '')
      ? 'setgroups cannot be written once ids are mapped, and unshare maps them first'
      : null,
  ({ mapUsers, mapGroups }) =>
    [mapUsers, mapGroups].some((text) => text !== '' && text !== 'auto' && !EXTENT.test(text))
      ? 'a map is OUTER,INNER,COUNT: 100000,0,65536'
      : null,
  ({ mountBinfmt, interpreter }, kinds) =>
    (mountBinfmt === '' || (mountBinfmt === null && interpreter !== '')) && !kinds.has('pid')
      ? 'binfmt_misc lies on proc, which is mounted along with it: that takes a new pid namespace'
      : null,
  ({ owner }) => (owner !== '' && !/^\d+:\d+$/.test(owner) ? 'an owner is UID:GID' : null),
  ({ killChild }) =>
    killChild !== null && killChild !== '' && !/^(SIG)?[A-Z]+[0-9+-]*$/.test(killChild)
      ? `"${killChild}" is no name of a signal`
      : null,
  ({ mountProc, mountBinfmt }) =>
    [mountProc, mountBinfmt].some((path) => path !== null && path !== '' && !path.startsWith('/'))
      ? 'what is mounted is mounted on an absolute path'
      : null,
  ({ interpreter }) =>
    interpreter !== '' && !interpreter.startsWith(':')
      ? 'an interpreter is :name:type:offset:magic:mask:interpreter:flags'
      : null,
  ({ environment }) =>
    typeof environment === 'object' && !/^[A-Za-z_]\w*(,[A-Za-z_]\w*)*$/.test(environment.names)
      ? 'variables are NAME,NAME'
      : null,
  ({ keepCapabilities }, kinds) =>
    keepCapabilities && !kinds.has('user')
      ? 'keep-caps is for a user namespace: capabilities come from there'
      : null,
  ({ uid, gid, mapUser, mapGroup }) =>
    [uid, gid, mapUser, mapGroup].some((text) => text !== '' && !/^\d+$/.test(text))
      ? 'uid and gid are numbers'
      : null,
  ({ namespaces }) =>
    Object.values(namespaces).some((path) => path !== true && !path.startsWith('/'))
      ? 'the file that keeps a namespace is an absolute path'
      : null,
  ({ rootDirectory, workingDirectory }) =>
    [rootDirectory, workingDirectory].some((path) => path !== '' && !path.startsWith('/'))
      ? 'directories are absolute paths'
      : null,
];

function ruleProblem(choice: UnshareChoice, kinds: ReadonlySet<NamespaceKind>): string | null {
  for (const rule of RULES) {
    const problem = rule(choice, kinds);
    if (problem !== null) return problem;
  }
  return null;
}

function isPrivileged(model: Model): boolean | null {
  const observer = observerOf(model);
  const own = model.snapshot.header.observer.namespaces.user;
  return observer && own ? capableIn(model, observer, own, 'SYS_ADMIN').allowed : null;
}

/** What it takes here and now: capabilities, sysctls, limits, depth. */
function rightsProblem(
  model: Model,
  choice: UnshareChoice,
  kinds: ReadonlySet<NamespaceKind>,
  { trials }: ToolFacts,
): string | null {
  const privileged = isPrivileged(model);
  if (!kinds.has('user')) {
    return privileged === false
      ? 'it takes CAP_SYS_ADMIN in your user namespace: make a user namespace along with it, mapped to root'
      : (limitProblem(model, kinds) ?? trialProblem('new namespaces', trials.uts));
  }
  const own = model.snapshot.header.observer.namespaces.user;
  if ((choice.mountBinfmt !== null || choice.interpreter !== '') && !isKernelAtLeast(model, 6, 7))
    return 'a binfmt_misc of a user namespace came with Linux 6.7';
  if (own && (levelOf(model, own) ?? 0) >= MAXIMUM_LEVEL)
    return `user namespaces are nested ${MAXIMUM_LEVEL} deep at most: ENOSPC`;
  if (privileged === false) {
    const [restriction] = restrictionsOf(model).filter(
      ({ restricts, name }) => restricts && !name.startsWith('/sys/'),
    );
    if (choice.owner !== '')
      return 'another owner takes CAP_SETUID and CAP_SETGID: unshare becomes that user first';
    if (restriction) return `${restriction.name} = ${restriction.value}: ${restriction.effect}`;
    const persistent = Object.entries(choice.namespaces).find(([, path]) => path !== true);
    if (persistent)
      return 'a file that keeps a namespace is a bind mount: that takes CAP_SYS_ADMIN where you are';
  }
  return (
    limitProblem(model, kinds) ??
    (mapsUsers(choice)
      ? trialProblem('a user namespace with ids mapped', trials.mapped)
      : trialProblem('a user namespace', trials.user))
  );
}

function limitProblem(model: Model, kinds: ReadonlySet<NamespaceKind>): string | null {
  const uid = observerOf(model)?.details?.uid ?? null;
  for (const { kind, maximum, users } of gaugesOf(model)) {
    if (!kinds.has(kind) || maximum === null) continue;
    const count = users.find((user) => user.uid === uid)?.count ?? 0;
    if (count >= maximum)
      return `user.max_${kind}_namespaces is ${maximum} and ${count} are yours already: ENOSPC`;
  }
  return null;
}

// ---- words -------------------------------------------------------------------------------------------------

/** Each option with its value; null: without one. */
function optionsOf(choice: UnshareChoice): [string, string | null][] {
  const { namespaces, propagation, map, environment } = choice;
  const options: [string, string | null][] = NAMESPACE_KINDS.flatMap((kind): [string, string | null][] => {
    const wanted = namespaces[kind];
    return wanted === undefined ? [] : [[KIND_OPTIONS[kind], wanted === true ? null : wanted]];
  });
  const add = (name: string, value: string | null | false): void => {
    if (value !== false) options.push([name, value]);
  };
  const given = (text: string): string | false => (text === '' ? false : text);
  const optional = (text: string | null): string | null | false => (text === null ? false : text || null);
  add('fork', choice.fork ? null : false);
  add('kill-child', optional(choice.killChild));
  add('forward-signals', choice.forwardSignals ? null : false);
  add('mount-proc', optional(choice.mountProc));
  add('mount-binfmt', optional(choice.mountBinfmt));
  add('load-interp', given(choice.interpreter));
  add('propagation', propagation ?? false);
  add('map-root-user', map === 'root' ? null : false);
  add('map-current-user', map === 'current' ? null : false);
  add('map-auto', map === 'auto' ? null : false);
  add('map-subids', map === 'subids' ? null : false);
  add('map-user', given(choice.mapUser));
  add('map-group', given(choice.mapGroup));
  add('map-users', given(choice.mapUsers));
  add('map-groups', given(choice.mapGroups));
  // Said twice it is refused.
  add('setgroups', deniesSetgroups(choice) ? false : (choice.setgroups ?? false));
  add('owner', given(choice.owner));
  add('setuid', given(choice.uid));
  add('setgid', given(choice.gid));
  add('root', given(choice.rootDirectory));
  add('wd', given(choice.workingDirectory));
  add('monotonic', given(choice.monotonic));
  add('boottime', given(choice.boottime));
  add('keep-caps', choice.keepCapabilities ? null : false);
  add('clear-env', environment === 'clear' ? null : false);
  add('whitelist-env', typeof environment === 'object' ? environment.names : false);
  return options;
}

export function planUnshare(
  model: Model,
  choice: UnshareChoice,
  tools: ToolFacts,
  shell: string,
): UnshareAnswer {
  const kinds = impliedKinds(choice);
  const options = optionsOf(choice);
  const problem =
    ruleProblem(choice, kinds) ??
    options.map(([name]) => missingOption(tools, 'unshare', name)).find((each) => each !== null) ??
    rightsProblem(model, choice, kinds, tools);
  if (problem !== null) return { ok: false, reason: problem };
  const program = choice.program.length > 0 ? choice.program : [shell];
  const words = [
    'unshare',
    ...options.map(([name, value]) => (value === null ? `--${name}` : `--${name}=${value}`)),
    '--',
    ...program,
  ];
  const files = Object.values(choice.namespaces).filter((path): path is string => path !== true);
  const touch = files.length > 0 ? `${shellCommand('touch', ...files)} && ` : '';
  return {
    ok: true,
    title: `${program.join(' ')} in new ${[...kinds].join(', ')}`,
    words,
    command: `${touch}${shellCommand(...words)}`,
    files,
    effects: effectsOf(model, choice, kinds),
  };
}

function effectsOf(model: Model, choice: UnshareChoice, kinds: ReadonlySet<NamespaceKind>): string[] {
  const { map, mapUsers, mountProc, propagation, namespaces, killChild } = choice;
  return [
    ...(kinds.has('user') && !mapsUsers(choice)
      ? ['no id is mapped: inside you are nobody (65534), with all capabilities until exec']
      : []),
    ...(kinds.has('pid') && mountProc === null
      ? ['without mount proc, ps inside shows the processes of where you are']
      : []),
    ...(kinds.has('mnt') && (propagation === null || propagation === 'private')
      ? ['mounts are private: neither side sees those of the other']
      : []),
    ...(propagation === 'shared' || propagation === 'unchanged'
      ? ['mounts made inside spread to where they are shared with']
      : []),
    ...(kinds.has('net') ? ['it starts with a loopback that is down, and no way out'] : []),
    ...(kinds.has('pid') && killChild === null
      ? ['the program goes on when unshare is killed: kill child ends it']
      : []),
    ...Object.entries(namespaces).flatMap(([kind, path]) =>
      path === true ? [] : [`${path} keeps the ${kind} namespace until it is unmounted`],
    ),
    ...(map === 'auto' || map === 'subids'
      ? ['your ranges must be in /etc/subuid and /etc/subgid']
      : isPrivileged(model) !== true && (mapUsers !== '' || choice.mapGroups !== '')
        ? ['newuidmap must allow these ids: /etc/subuid and /etc/subgid say which are yours']
        : []),
    ...(isPrivileged(model) === null ? ['whether nsview may do that is not known'] : []),
  ];
}

/** `nsview unshare`: a program in new namespaces, refused beforehand where the kernel would; and `nsview signal`. */
import { KIND_OPTIONS } from '../actions/in-namespace.js';
import { SIGNALS, planSignal } from '../actions/signal-plan.js';
import type { UnshareChoice } from '../actions/unshare-plan.js';
import { NO_UNSHARE, planUnshare } from '../actions/unshare-plan.js';
import { findGoToTarget } from '../analysis/go-to.js';
import { buildModel } from '../model/model.js';
import { NAMESPACE_KINDS } from '../model/namespace-kind.js';
import type { NamespaceKind } from '../model/namespace-kind.js';
import { planLines } from '../view/plan-lines.js';
import { GUARD_OPTIONS, PLAN_OPTIONS, carryOut } from './carry-out.js';
import type { CliContext } from './cli-context.js';
import { EXIT_OK } from './cli-context.js';
import type { CommandRecord } from './command.js';
import { JSON_OPTION, STRICT_OPTION, reportGaps } from './command.js';
import type { OptionRecord, ParsedArguments } from './option-parser.js';
import { showProgram, statusOf } from './run-program.js';
import { UsageError } from './usage-error.js';

const LETTERS: Record<NamespaceKind, string> = {
  mnt: 'm',
  net: 'n',
  pid: 'p',
  user: 'U',
  uts: 'u',
  ipc: 'i',
  cgroup: 'C',
  time: 'T',
};

/** With a file the namespace outlives the program: `--net=/run/netns/lab`. */
const NEW = 'a new one';
const USUAL = 'the usual one';

function choiceOf(args: ParsedArguments): UnshareChoice {
  const text = (name: string): string => {
    const value = args.options.get(name);
    return typeof value === 'string' ? value : '';
  };
  /** With a value, or what is usual where it has none. */
  const optional = (name: string): string | null => {
    const value = args.options.get(name);
    return value === undefined ? null : value === USUAL || value === true ? '' : value;
  };
  const has = (name: string): boolean => args.options.has(name);
  const namespaces = Object.fromEntries(
    NAMESPACE_KINDS.flatMap((kind) => {
      const value = text(KIND_OPTIONS[kind]);
      return value === '' ? [] : [[kind, value === NEW ? true : value] as const];
    }),
  );
  return {
    ...NO_UNSHARE,
    namespaces,
    fork: has('fork'),
    killChild: optional('kill-child'),
    forwardSignals: has('forward-signals'),
    mountProc: optional('mount-proc'),
    mountBinfmt: optional('mount-binfmt'),
    interpreter: text('load-interp'),
    propagation: (text('propagation') || null) as UnshareChoice['propagation'],
    map: has('map-root-user')
      ? 'root'
      : has('map-current-user')
        ? 'current'
        : has('map-auto')
          ? 'auto'
          : has('map-subids')
            ? 'subids'
            : 'none',
    mapUser: text('map-user'),
    mapGroup: text('map-group'),
    mapUsers: text('map-users'),
    mapGroups: text('map-groups'),
    setgroups: (text('setgroups') || null) as UnshareChoice['setgroups'],
    owner: text('owner'),
    uid: text('setuid'),
    gid: text('setgid'),
    rootDirectory: text('root'),
    workingDirectory: text('wd'),
    monotonic: text('monotonic'),
    boottime: text('boottime'),
    keepCapabilities: has('keep-caps'),
    environment: has('clear-env')
      ? 'clear'
      : has('whitelist-env')
        ? { names: text('whitelist-env') }
        : 'keep',
    program: args.operands,
  };
}

async function runUnshare(cli: CliContext, args: ParsedArguments): Promise<number> {
  const snapshot = await cli.takeSnapshot({ details: 'all', userMaps: true });
  const shell = cli.environment['SHELL'] ?? '/bin/sh';
  const plan = planUnshare(buildModel(snapshot), choiceOf(args), await cli.probeTools(), shell);
  if (!plan.ok) throw new Error(plan.reason);
  if (showProgram(cli, args, plan)) return EXIT_OK;
  return statusOf(await cli.runUnshare(plan));
}

const kindOptions: OptionRecord[] = NAMESPACE_KINDS.map((kind) => ({
  long: KIND_OPTIONS[kind],
  short: LETTERS[kind],
  argument: 'FILE',
  implied: NEW,
  help: `a new ${kind} namespace; FILE keeps it afterwards`,
}));

export const UNSHARE_COMMAND: CommandRecord = {
  name: 'unshare',
  operands: '[--] [PROGRAM...]',
  summary: 'a shell, or the program, in new namespaces; tells beforehand what would be refused, and why',
  options: [
    ...kindOptions,
    { long: 'fork', short: 'f', help: 'the program is a child: needed for a pid namespace' },
    { long: 'kill-child', argument: 'SIGNAL', implied: USUAL, help: 'the child ends with unshare: SIGKILL' },
    { long: 'forward-signals', help: 'SIGTERM and SIGINT go on to the child' },
    {
      long: 'mount-proc',
      argument: 'DIRECTORY',
      implied: USUAL,
      help: 'a proc for the new pid namespace, on /proc',
    },
    {
      long: 'mount-binfmt',
      argument: 'DIRECTORY',
      implied: USUAL,
      help: 'binfmt_misc of the new user namespace',
    },
    { long: 'load-interp', short: 'l', argument: 'STRING', help: 'an interpreter for that binfmt_misc' },
    {
      long: 'propagation',
      argument: 'TYPE',
      choices: ['private', 'slave', 'shared', 'unchanged'],
      help: 'of the mounts; private where none is given',
    },
    { long: 'map-root-user', short: 'r', help: 'you as root in a new user namespace' },
    { long: 'map-current-user', short: 'c', help: 'you as yourself in a new user namespace' },
    { long: 'map-auto', help: 'also the ranges of /etc/subuid and /etc/subgid, from 0 on' },
    { long: 'map-subids', help: 'these ranges as they are' },
    { long: 'map-user', argument: 'UID', help: 'you as this user id inside' },
    { long: 'map-group', argument: 'GID', help: 'you as this group id inside' },
    { long: 'map-users', argument: 'OUTER,INNER,COUNT', help: 'these user ids' },
    { long: 'map-groups', argument: 'OUTER,INNER,COUNT', help: 'these group ids' },
    {
      long: 'setgroups',
      argument: 'WORD',
      choices: ['allow', 'deny'],
      help: 'whether groups can be dropped inside',
    },
    { long: 'owner', argument: 'UID:GID', help: 'whose the new user namespace will be' },
    { long: 'setuid', short: 'S', argument: 'UID', help: 'user id inside' },
    { long: 'setgid', short: 'G', argument: 'GID', help: 'group id inside' },
    { long: 'root', short: 'R', argument: 'DIRECTORY', help: 'root directory' },
    { long: 'wd', short: 'w', argument: 'DIRECTORY', help: 'where it starts' },
    { long: 'monotonic', argument: 'SECONDS', help: 'offset of CLOCK_MONOTONIC in a new time namespace' },
    { long: 'boottime', argument: 'SECONDS', help: 'offset of CLOCK_BOOTTIME in a new time namespace' },
    { long: 'keep-caps', help: 'keep the capabilities of the new user namespace' },
    { long: 'clear-env', help: 'no variable of the environment goes along' },
    { long: 'whitelist-env', argument: 'NAME,NAME', help: 'only these go along' },
    { long: 'dry-run', help: 'print the command and run nothing' },
    JSON_OPTION,
  ],
  run: runUnshare,
};

async function runSignal(cli: CliContext, args: ParsedArguments): Promise<number> {
  const [who, word = 'TERM', ...more] = args.operands;
  if (who === undefined || more.length > 0)
    throw new UsageError('give a process and a signal: nsview signal 4711 TERM');
  const signal = SIGNALS.find((name) => name === word || name === `SIG${word}`);
  if (!signal) throw new UsageError(`"${word}" is none of ${SIGNALS.map((name) => name.slice(3)).join(' ')}`);
  const snapshot = await cli.takeSnapshot({ details: 'all', containerNames: true });
  const model = buildModel(snapshot);
  const found = findGoToTarget(model, who, 'act');
  if (found.target === 'nothing') throw new Error(found.reason);
  const process = found.target === 'process' ? model.processes.get(found.pid) : undefined;
  if (!process) throw new Error(`"${who}" is no single process: name a pid, or a pid inside, as 1@${who}`);
  await carryOut(cli, args, planSignal(model, process, signal), (plan) => planLines(null, plan), model);
  return reportGaps(cli, args, snapshot);
}

export const SIGNAL_COMMAND: CommandRecord = {
  name: 'signal',
  operands: 'PID|PID@CONTAINER [SIGNAL]',
  summary: 'signal a process by pidfd; tells who dies with the init of a pid namespace; needs --yes',
  options: [...PLAN_OPTIONS, ...GUARD_OPTIONS, JSON_OPTION, STRICT_OPTION],
  run: runSignal,
};

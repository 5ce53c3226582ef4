/** `nsview enter`: a shell or a program in all or chosen namespaces of a process or namespace. */
import type { EnterChoice, EnterPlan, EnterTarget } from '../actions/enter-plan.js';
import { namespaceTarget, planEnter, processTarget, shellChoice, toolChoice } from '../actions/enter-plan.js';
import { hostFirst } from '../analysis/namespace-name.js';
import { findGoToTarget } from '../analysis/go-to.js';
import type { Model } from '../model/model.js';
import { buildModel } from '../model/model.js';
import type { NamespaceKind } from '../model/namespace-kind.js';
import { isNamespaceKind } from '../model/namespace-kind.js';
import { clean } from '../view/clean.js';
import type { CliContext } from './cli-context.js';
import { EXIT_FAILED, EXIT_OK } from './cli-context.js';
import type { CommandRecord } from './command.js';
import { JSON_OPTION, SOCKETS_OPTION } from './command.js';
import type { ParsedArguments } from './option-parser.js';
import { showProgram, statusOf } from './run-program.js';
import { UsageError } from './usage-error.js';

function targetOf(model: Model, text: string): EnterTarget {
  const found = findGoToTarget(model, text, 'act');
  if (found.target === 'nothing') throw new Error(found.reason);
  if (found.target === 'namespace') return namespaceTarget(model, found.key);
  const process = found.pid === null ? undefined : model.processes.get(found.pid);
  if (process) return processTarget(model, process);
  throw new Error(`${text} leads to no process: name a namespace`);
}

function kindsOf(text: string): NamespaceKind[] {
  return text.split(',').map((kind) => {
    if (!isNamespaceKind(kind)) throw new UsageError(`"${kind}" is no type of namespace`);
    return kind;
  });
}

function userOf(text: string): EnterChoice['user'] {
  if (text === 'root' || text === 'same' || text === 'target') return text;
  const [, uid, gid] = /^(\d+)(?::(\d+))?$/.exec(text) ?? [];
  if (uid === undefined)
    throw new UsageError(`--user takes root, same, target, UID or UID:GID, not "${text}"`);
  return { uid: Number(uid), gid: Number(gid ?? uid) };
}

function choiceOf(target: EnterTarget, args: ParsedArguments, program: readonly string[]): EnterChoice {
  const usual = shellChoice(target);
  const option = (name: string): string | undefined => {
    const value = args.options.get(name);
    return typeof value === 'string' ? value : undefined;
  };
  const [only, user, directory, environment] = ['only', 'user', 'wd', 'env'].map(option);
  return {
    kinds: only === undefined ? usual.kinds : kindsOf(only),
    user: user === undefined ? usual.user : userOf(user),
    directory:
      directory === undefined ? usual.directory : directory === 'target' ? 'target' : { path: directory },
    changeRoot: args.options.has('root'),
    environment:
      environment === undefined
        ? only !== undefined && !only.split(',').includes('mnt')
          ? 'keep'
          : usual.environment
        : (environment as EnterChoice['environment']),
    joinCgroup: args.options.has('join-cgroup'),
    program,
  };
}

/** The program in every network namespace, one after the other, with a heading; the worst status. */
async function runInEach(
  cli: CliContext,
  args: ParsedArguments,
  program: readonly string[],
): Promise<number> {
  if (program.length === 0) throw new UsageError('give a program: nsview enter --each -- ip -br addr');
  const model = buildModel(
    await cli.takeSnapshot({
      details: 'all',
      containerNames: true,
      userMaps: true,
      sockets: args.options.has('sockets'),
    }),
  );
  const tools = await cli.probeTools();
  const own = model.snapshot.header.observer.namespaces.net;
  const keys = [...model.namespaces.values()].flatMap(({ fact }) => (fact.kind === 'net' ? [fact.key] : []));
  let worst = EXIT_OK;
  for (const { key, name } of hostFirst(model, keys, model.host.net)) {
    cli.write(`== ${clean(name)} ${key}\n`);
    const target = namespaceTarget(model, key);
    const plan =
      key === own ? hereInstead(program) : planEnter(model, target, toolChoice(target, program), tools, null);
    if (!plan.ok) cli.warn(`nsview: ${clean(plan.reason)}\n`);
    const { status, failure } = plan.ok
      ? await cli.runForeground(plan)
      : { status: EXIT_FAILED, failure: null };
    if (failure !== null) cli.warn(`nsview: ${clean(failure)}\n`);
    worst = Math.max(worst, status);
  }
  return worst;
}

/** Our own is not entered. */
function hereInstead(program: readonly string[]): EnterPlan {
  return {
    ok: true,
    title: program.join(' '),
    words: program,
    command: program.join(' '),
    environment: 'keep',
    process: null,
    namespaces: [],
    effects: [],
  };
}

async function run(cli: CliContext, args: ParsedArguments): Promise<number> {
  if (args.options.has('each')) return runInEach(cli, args, args.operands);
  const [where, ...program] = args.operands;
  if (where === undefined) throw new UsageError('give a process or namespace: nsview enter 4711 -- ip addr');
  const snapshot = await cli.takeSnapshot({
    details: 'all',
    containerNames: true,
    userMaps: true,
    sockets: args.options.has('sockets'),
  });
  const model = buildModel(snapshot);
  const target = targetOf(model, where);
  const choice = choiceOf(target, args, program);
  const shell = target.process && choice.kinds.includes('mnt') ? cli.findShell(target.process.pid) : null;
  const plan = planEnter(model, target, choice, await cli.probeTools(), shell);
  if (!plan.ok) throw new Error(plan.reason);
  if (showProgram(cli, args, plan)) return EXIT_OK;
  for (const effect of plan.effects) cli.warn(`nsview: ${clean(effect)}\n`);
  return statusOf(await cli.runForeground(plan));
}

export const ENTER_COMMAND: CommandRecord = {
  name: 'enter',
  operands: 'NAMESPACE|PID [--] [PROGRAM...]',
  summary: 'a shell, or the program, in its namespaces; exits with the status of the program',
  options: [
    {
      long: 'only',
      short: 'n',
      argument: 'TYPES',
      help: 'only these, as net,uts: with net alone the tools of the host',
    },
    {
      long: 'user',
      short: 'u',
      argument: 'WHO',
      help: 'root there (usual), same ids as now, target: those of the process, or UID[:GID]',
    },
    {
      long: 'wd',
      short: 'w',
      argument: 'DIRECTORY',
      help: 'where it starts; target: the directory of the process',
    },
    { long: 'root', short: 'r', help: 'also the root directory of the process: a chroot' },
    {
      long: 'env',
      short: 'e',
      argument: 'WHICH',
      choices: ['keep', 'clean', 'target'],
      help: 'your environment, next to none, or that of the process',
    },
    { long: 'join-cgroup', help: 'also its cgroup, so that its limits hold (util-linux 2.41)' },
    { long: 'each', help: 'the program in every network namespace, one after the other' },
    { long: 'dry-run', help: 'print the command and run nothing' },
    JSON_OPTION,
    SOCKETS_OPTION,
  ],
  run,
};

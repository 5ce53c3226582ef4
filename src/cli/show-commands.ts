import type { Model } from '../model/model.js';
import { buildModel } from '../model/model.js';
import type { GoToTarget } from '../analysis/go-to.js';
import { findGoToTarget } from '../analysis/go-to.js';
import type { NamespaceKey } from '../model/snapshot.js';
import { pidChain, innerPid } from '../analysis/pid-chain.js';
import { parseFilter } from '../analysis/filter.js';
import { containerOf } from '../analysis/container-of.js';
import { differenceFromHost, isIsolated } from '../analysis/difference.js';
import { commandOf, namespaceName, userName } from '../analysis/namespace-name.js';
import { problemsOf } from '../analysis/problems.js';
import { unseenHolders, wasLookedAt } from '../analysis/unseen-holders.js';
import { whyAlive } from '../analysis/why-alive.js';
import { clean } from '../view/clean.js';
import type { DetailSubject } from '../view/detail-tabs.js';
import { DETAIL_TABS, rawFacts } from '../view/detail-tabs.js';
import { lineText } from '../view/line.js';
import { differenceLetters } from '../view/difference-letters.js';
import { reasonLines } from '../view/reason-lines.js';
import { unseenLines } from '../view/unseen-lines.js';
import { renderTable } from '../view/text-table.js';
import type { CliContext } from './cli-context.js';
import type { CommandRecord } from './command.js';
import { COMMON_OPTIONS, JSON_OPTION, reportGaps, snapshotFor } from './command.js';
import type { ParsedArguments } from './option-parser.js';
import { printJson } from './print.js';
import { UsageError } from './usage-error.js';

function onlyOperand(args: ParsedArguments, what: string): string {
  const [operand, ...more] = args.operands;
  if (operand === undefined || more.length > 0) throw new UsageError(`give one ${what}`);
  return operand;
}

function subjectOf(model: Model, text: string): DetailSubject {
  const found = findGoToTarget(model, text);
  if (found.target === 'nothing') throw new Error(`${found.reason}${notLookedAt(model)}`);
  const pid = found.target === 'namespace' ? null : found.pid;
  if (pid !== null) return { subject: 'process', process: model.processes.get(pid)! };
  const key = found.target === 'namespace' ? found.key : found.target === 'group' ? found.keys[0] : undefined;
  return { subject: 'namespace', node: model.namespaces.get(key!)! };
}

/** What is not there may be where nobody looked. */
function notLookedAt(model: Model): string {
  if (!wasLookedAt(model, 'sockets')) return ', as far as was looked: perhaps --sockets';
  const { inFlight = [] } = model.snapshot;
  return inFlight.length > 0 ? ': not seen, but a descriptor in flight may hold it' : '';
}

async function show(context: CliContext, args: ParsedArguments): Promise<number> {
  const operand = onlyOperand(args, 'namespace or pid');
  const snapshot = await snapshotFor(context, args, {
    details: 'all',
    containerNames: true,
    everyFile: true,
  });
  const model = buildModel(snapshot);
  const subject = subjectOf(model, operand);
  if (args.options.has('json')) {
    printJson(context, rawFacts(model, subject));
    return reportGaps(context, args, snapshot);
  }
  for (const { name, lines } of DETAIL_TABS.filter((tab) => tab.name !== 'Raw')) {
    const text = (lines(model, subject) ?? []).map((line) => `  ${lineText(line)}`.trimEnd());
    context.write(`${name}\n${text.join('\n')}\n\n`);
  }
  return reportGaps(context, args, snapshot);
}

/** The namespaces themselves, those of a container, or those in which a process differs from the host. */
function namespacesOf(model: Model, found: GoToTarget): readonly NamespaceKey[] {
  switch (found.target) {
    case 'nothing':
      throw new Error(found.reason);
    case 'namespace':
      return [found.key];
    case 'group':
      return found.keys;
    case 'process':
      return differenceFromHost(model, model.processes.get(found.pid)!).flatMap(({ key }) =>
        key ? [key] : [],
      );
  }
}

async function why(context: CliContext, args: ParsedArguments): Promise<number> {
  const operand = onlyOperand(args, 'namespace');
  const snapshot = await snapshotFor(context, args, {
    details: 'all',
    containerNames: true,
    everyFile: true,
  });
  const model = buildModel(snapshot);
  const found = findGoToTarget(model, operand);
  const keys = namespacesOf(model, found);
  if (keys.length === 0) context.warn(`nsview: ${clean(operand)} has no namespace of its own\n`);
  if (args.options.has('json')) {
    const answer = keys.map((key) => ({
      namespace: key,
      reasons: whyAlive(model, key),
      unseen: unseenHolders(model, key),
      problems: problemsOf(model, key),
    }));
    printJson(context, found.target === 'namespace' ? answer[0] : answer);
    return reportGaps(context, args, snapshot);
  }
  for (const key of keys) {
    context.write(`${clean(`${key} ${namespaceName(model, key)}`)} is alive because of\n`);
    for (const line of whyAlive(model, key).flatMap((reason) => reasonLines(model, reason))) {
      context.write(`  ${lineText(line)}\n`);
    }
    for (const line of unseenLines(model, key)) context.write(`  ${lineText(line)}\n`);
    for (const { sentence } of problemsOf(model, key)) context.write(`  problem: ${clean(sentence)}\n`);
  }
  return reportGaps(context, args, snapshot);
}

async function ps(context: CliContext, args: ParsedArguments): Promise<number> {
  const parsed = parseFilter(args.operands.join(' '));
  if (!parsed.ok) throw new UsageError(`bad filter: ${parsed.reason}`);
  const snapshot = await snapshotFor(context, args, { details: 'all', containerNames: true });
  const model = buildModel(snapshot);
  const isolatedOnly = !args.options.has('all') && args.operands.length === 0;
  const processes = [...model.processes.values()].filter(
    (process) => parsed.test(model, { process }) && (!isolatedOnly || isIsolated(model, process)),
  );
  if (args.options.has('json')) {
    const list = processes.map((process) => rawFacts(model, { subject: 'process', process }));
    printJson(context, { processes: list, gaps: snapshot.gaps });
    return reportGaps(context, args, snapshot);
  }
  const heads = ['PID', 'IN-NS', 'CHAIN', 'USER', 'DIFF', 'CONTAINER', 'COMMAND'];
  const rows = processes.map((process) => [
    String(process.pid),
    String(innerPid(process)),
    pidChain(model, process)
      .map(({ pid }) => pid)
      .join('>'),
    process.details ? clean(userName(model, process.details.uid)) : '?',
    differenceLetters(model, process),
    clean(containerOf(model, process)?.name ?? '-'),
    clean(commandOf(process)) || '?',
  ]);
  const columns = heads.map((heading, at) => ({
    heading,
    align: at < 2 ? ('right' as const) : ('left' as const),
  }));
  const lines = renderTable(columns, rows, {
    headings: !args.options.has('noheadings'),
    raw: false,
    width: context.terminalColumns,
  });
  context.write(lines.map((line) => `${line}\n`).join(''));
  return reportGaps(context, args, snapshot);
}

export const SHOW_COMMAND: CommandRecord = {
  name: 'show',
  operands: 'NAMESPACE|PID',
  summary:
    'everything about a namespace (inode, its end, net:NAME, mount point), process (pid, PID@NAME) or container (name, id)',
  options: [JSON_OPTION, ...COMMON_OPTIONS],
  run: show,
};

export const WHY_COMMAND: CommandRecord = {
  name: 'why',
  operands: 'NAMESPACE|PID',
  summary: 'what keeps a namespace alive',
  options: [JSON_OPTION, ...COMMON_OPTIONS],
  run: why,
};

export const PS_COMMAND: CommandRecord = {
  name: 'ps',
  operands: '[FILTER...]',
  summary:
    'processes with their pid in every pid namespace; without a filter, those that differ from the host',
  options: [
    { long: 'all', short: 'a', help: 'also those that share everything with the host' },
    { long: 'noheadings', short: 'n', help: 'no heading line' },
    JSON_OPTION,
    ...COMMON_OPTIONS,
  ],
  run: ps,
};

import type { Model, NamespaceNode } from '../model/model.js';
import { namespaceSetOf, representativeOf } from '../model/model.js';
import type { NamespaceKey, ProcessFact } from '../model/snapshot.js';
import { containerOf, unitOf } from '../analysis/container-of.js';
import { differenceFromHost } from '../analysis/difference.js';
import { commandOf, namespaceName, userName } from '../analysis/namespace-name.js';
import { pidChain } from '../analysis/pid-chain.js';
import { problemsOf } from '../analysis/problems.js';
import { whyAlive } from '../analysis/why-alive.js';
import { canLines } from './can-lines.js';
import { clean } from './clean.js';
import { jsonLines } from './json-lines.js';
import type { Line } from './line.js';
import { unseenLines } from './unseen-lines.js';
import { span } from './line.js';
import { namespaceLabel, processLabel, reasonLines } from './reason-lines.js';
import { padText } from './text-width.js';

/** What the detail pane is about. */
export type DetailSubject =
  { subject: 'process'; process: ProcessFact } | { subject: 'namespace'; node: NamespaceNode };

/** A tab of the detail pane, and a section of `nsview show`. */
export interface DetailTab {
  name: string;
  /** Null where the tab has nothing to say of such a subject. */
  lines: (model: Model, subject: DetailSubject) => Line[] | null;
}

function field(name: string, ...rest: Line): Line {
  return [span(padText(name, 12), 'dim'), ...rest];
}

function inode(key: NamespaceKey): string {
  return key.slice(key.indexOf('[') + 1, -1);
}

export function startedAgo(model: Model, process: ProcessFact): string {
  const { uptimeSeconds, clockTicksPerSecond } = model.snapshot.header;
  const ticks = process.details?.startTimeTicks;
  if (ticks === undefined) return '?';
  return duration(Math.max(0, uptimeSeconds - ticks / clockTicksPerSecond));
}

/** `2d 04:11`, `04:11:09`. */
export function duration(seconds: number): string {
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  const clock = `${two((seconds % 86400) / 3600)}:${two((seconds % 3600) / 60)}`;
  return seconds >= 86400 ? `${Math.floor(seconds / 86400)}d ${clock}` : `${clock}:${two(seconds % 60)}`;
}

function processOverview(model: Model, process: ProcessFact): Line[] {
  const { details } = process;
  const container = containerOf(model, process);
  const unit = unitOf(process);
  const lines: Line[] = [field('command', span(clean(commandOf(process)) || '?', 'strong'))];
  if (!details) return [...lines, [span('its details could not be read or are not read yet', 'warn')]];
  lines.push(
    field('user', span(clean(userName(model, details.uid))), span(` uid ${details.uid}`, 'dim')),
    field(
      'started',
      span(`${startedAgo(model, process)} ago`),
      span(`  state ${details.state}  parent ${details.ppid}`, 'dim'),
    ),
  );
  if (container) {
    const image = container.fact?.image ? ` image ${container.fact.image}` : '';
    lines.push(
      field(
        'container',
        span(clean(`${container.engine} ${container.name}`), 'accent'),
        span(clean(image), 'dim'),
      ),
    );
  }
  if (unit !== null) lines.push(field('unit', span(clean(unit))));
  const chain = pidChain(model, process)
    .map(({ namespace, pid }) => `${namespace ? clean(namespaceName(model, namespace)) : '?'} ${pid}`)
    .join(' > ');
  lines.push(field('pid chain', span(chain)));
  lines.push(field('caps', span(details.effectiveCapabilities)));
  return lines;
}

function differenceLines(model: Model, process: ProcessFact): Line[] {
  const lines: Line[] = [[]];
  for (const { kind, key, relation } of differenceFromHost(model, process)) {
    if (key === null) {
      lines.push([span(padText(kind, 12), kind), span('? not readable, or the kernel has none', 'warn')]);
      continue;
    }
    const name =
      relation === 'shared' ? span('shared with the host', 'dim') : span(clean(namespaceName(model, key)));
    const mark = relation === 'own' ? span('own    ', 'accent') : span('=      ', 'dim');
    lines.push([span(padText(kind, 12), kind), mark, span(padText(inode(key), 12)), name]);
  }
  const waiting = namespaceSetOf(model, process);
  for (const link of ['pid_for_children', 'time_for_children'] as const) {
    const key = waiting[link];
    const own = waiting[link === 'pid_for_children' ? 'pid' : 'time'];
    if (key && own && key !== own) {
      lines.push([span(padText('children', 12), 'dim'), span(`get ${key}`, 'warn')]);
    }
  }
  return lines;
}

function namespaceOverview(model: Model, node: NamespaceNode): Line[] {
  const { fact } = node;
  const relation = (key: NamespaceKey | null | undefined): string =>
    key === undefined ? '? unknown' : key === null ? 'none, or out of sight' : namespaceLabel(model, key);
  const lines: Line[] = [
    field(
      'name',
      span(clean(namespaceName(model, fact.key)), 'strong'),
      span(node.initial ? '  initial' : '', 'dim'),
    ),
    field(
      'inode',
      span(String(fact.inode)),
      span(fact.namespaceId === undefined ? '' : `  id ${fact.namespaceId}`, 'dim'),
    ),
    field('owner', span(relation(fact.owner))),
  ];
  if (fact.kind === 'pid' || fact.kind === 'user') lines.push(field('parent', span(relation(fact.parent))));
  if (fact.ownerUid !== undefined) {
    lines.push(
      field('made by', span(clean(userName(model, fact.ownerUid))), span(` uid ${fact.ownerUid}`, 'dim')),
    );
  }
  if (fact.netnsid !== undefined) {
    lines.push(
      field(
        'netnsid',
        span(fact.netnsid === null ? 'unassigned' : String(fact.netnsid)),
        span('  as your network namespace numbers it', 'dim'),
      ),
    );
  }
  lines.push(field('found by', span(fact.foundBy.join(', '), 'dim')));
  for (const { sentence } of problemsOf(model, fact.key))
    lines.push(field('problem', span(sentence, 'warn')));
  const process = representativeOf(node);
  if (process) lines.push([], field('first', span(processLabel(model, process.pid))));
  return lines;
}

function overview(model: Model, subject: DetailSubject): Line[] {
  if (subject.subject === 'namespace') return namespaceOverview(model, subject.node);
  return [...processOverview(model, subject.process), ...differenceLines(model, subject.process)];
}

function whyLines(model: Model, key: NamespaceKey): Line[] {
  return whyAlive(model, key).flatMap((reason) => reasonLines(model, reason));
}

function why(model: Model, subject: DetailSubject): Line[] {
  if (subject.subject === 'namespace') {
    const { key } = subject.node.fact;
    return [...whyLines(model, key), ...unseenLines(model, key)];
  }
  const own = differenceFromHost(model, subject.process).filter(({ relation }) => relation === 'own');
  if (own.length === 0) return [[span('every namespace of this process is the host’s', 'dim')]];
  return own.flatMap(({ kind, key }) => [
    [span(`${kind} `, kind), span(key === null ? '' : inode(key), 'strong')],
    ...whyLines(model, key!).map((line) => [span('  '), ...line]),
  ]);
}

const MAX_PROCESSES = 500;

function processes(model: Model, subject: DetailSubject): Line[] | null {
  if (subject.subject === 'process') {
    return pidChain(model, subject.process).map(({ namespace, pid }, depth) => [
      span('  '.repeat(depth) + padText(String(pid), 8), 'strong'),
      span(namespace ? namespaceLabel(model, namespace) : '? pid namespace out of sight', 'dim'),
    ]);
  }
  const { node } = subject;
  const lines: Line[] = [[span('    PID  IN-NS USER     COMMAND', 'column')]];
  for (const process of node.processes.slice(0, MAX_PROCESSES)) {
    const inner = process.details?.namespacePids.at(-1) ?? '?';
    const user = process.details ? clean(userName(model, process.details.uid)) : '?';
    lines.push([
      span(padText(String(process.pid), 7, 'right'), 'strong'),
      span(padText(String(inner), 7, 'right'), 'dim'),
      span(` ${padText(user, 8)} `),
      span(clean(commandOf(process)) || '?'),
    ]);
  }
  if (node.processes.length > MAX_PROCESSES) {
    lines.push([span(`and ${node.processes.length - MAX_PROCESSES} more`, 'dim')]);
  }
  for (const { pid, threadId } of node.threads) {
    lines.push([
      span(padText(String(threadId), 7, 'right'), 'strong'),
      span(`        thread of ${processLabel(model, pid)}`),
    ]);
  }
  return lines;
}

/** What is known of the subject, as data: the same for --json and the raw tab. */
export function rawFacts(model: Model, subject: DetailSubject): unknown {
  if (subject.subject === 'process') {
    const { process } = subject;
    return {
      ...process,
      namespaces: namespaceSetOf(model, process),
      container: containerOf(model, process),
      unit: unitOf(process),
      pidChain: pidChain(model, process),
    };
  }
  const { node } = subject;
  return {
    ...node.fact,
    name: namespaceName(model, node.fact.key),
    initial: node.initial,
    processes: node.processes.map(({ pid }) => pid),
    threads: node.threads,
    forChildren: node.forChildren.map(({ pid }) => pid),
    threadsForChildren: node.threadsForChildren,
    pins: node.pins,
    children: node.children,
    owns: node.owns,
    problems: problemsOf(model, node.fact.key),
  };
}

export const DETAIL_TABS: readonly DetailTab[] = [
  { name: 'Difference', lines: overview },
  { name: 'Why alive', lines: why },
  { name: 'Processes', lines: processes },
  { name: 'Can', lines: canLines },
  {
    name: 'Raw',
    lines: (model, subject) => jsonLines(rawFacts(model, subject)),
  },
];

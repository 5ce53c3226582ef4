import type { Model } from '../model/model.js';
import type { DescriptorFact, HoldingFile, NamespaceKey, Pid } from '../model/snapshot.js';
import { commandOf, namespaceName } from '../analysis/namespace-name.js';
import type { Reason } from '../analysis/why-alive.js';
import { clean } from './clean.js';
import type { Line } from './line.js';
import { span } from './line.js';
import { counted } from './network-words.js';

const MAX_NAMED = 12;

export function processLabel(model: Model, pid: Pid): string {
  const process = model.processes.get(pid);
  return clean(`${pid} ${commandOf(process) || '?'}`);
}

export function namespaceLabel(model: Model, key: NamespaceKey): string {
  return clean(`${key} ${namespaceName(model, key)}`);
}

function listed<T>(head: string, items: T[], text: (item: T) => string): Line[] {
  const lines: Line[] = [[span(head, 'strong')]];
  for (const item of items.slice(0, MAX_NAMED)) lines.push([span('  '), span(text(item))]);
  if (items.length > MAX_NAMED) lines.push([span(`  and ${items.length - MAX_NAMED} more`, 'dim')]);
  return lines;
}

function threadLabel(model: Model, pid: Pid, threadId: Pid): string {
  return `thread ${threadId} of ${processLabel(model, pid)}`;
}

function descriptorLabel(model: Model, { pid, threadId, fd }: DescriptorFact): string {
  return `fd ${fd} of ${threadId === undefined ? processLabel(model, pid) : threadLabel(model, pid, threadId)}`;
}

const FILE_WORDS: Readonly<Record<HoldingFile, string>> = {
  tun: 'TUN or tap device that was opened inside',
  'proc-net': 'file of /proc/PID/net that is being read',
  'mount-table': 'mountinfo or mounts of a process inside',
  'perf-event': 'perf event that was opened inside',
  pidfd: 'pidfd or part of /proc/PID of a process that ended',
  'mount-context': 'mount in preparation, fsopen(2)',
  credentials: 'opened with the credentials of this user namespace',
};

/** One reason in words, with who it is. */
export function reasonLines(model: Model, reason: Reason): Line[] {
  switch (reason.reasonKind) {
    case 'initial':
      return [[span('initial namespace', 'strong'), span(': it lives as long as the kernel', 'dim')]];
    case 'processes':
      return listed(counted(reason.pids.length, 'member process', 'member processes'), reason.pids, (pid) =>
        processLabel(model, pid),
      );
    case 'threads':
      return listed(
        `${counted(reason.threads.length, 'thread')} inside, while the process is elsewhere`,
        reason.threads,
        ({ pid, threadId }) => threadLabel(model, pid, threadId),
      );
    case 'for children':
      return listed('the next child will be a member', reason.pids, (pid) => processLabel(model, pid));
    case 'threads for children':
      return listed('the next child of a thread will be a member', reason.threads, ({ pid, threadId }) =>
        threadLabel(model, pid, threadId),
      );
    case 'fd':
    case 'socket':
      return listed(
        counted(reason.holders.length, reason.reasonKind === 'fd' ? 'open descriptor' : 'socket'),
        reason.holders,
        (holder) => descriptorLabel(model, holder),
      );
    case 'file':
      return listed(
        `${counted(reason.holders.length, 'open file')}: ${FILE_WORDS[reason.file]}`,
        reason.holders,
        (holder) => descriptorLabel(model, holder),
      );
    case 'bind':
    case 'proc mount':
      return [
        [
          span(reason.reasonKind === 'bind' ? 'bind mount ' : 'proc file system ', 'strong'),
          span(clean(reason.mountPoint)),
          span(
            reason.mountNamespace
              ? ` in ${namespaceLabel(model, reason.mountNamespace)}`
              : ' in your mount namespace',
            'dim',
          ),
        ],
      ];
    case 'child namespaces':
    case 'owned namespaces':
      return listed(
        counted(
          reason.keys.length,
          reason.reasonKind === 'child namespaces' ? 'child namespace' : 'owned namespace',
        ),
        reason.keys,
        (key) => namespaceLabel(model, key),
      );
    case 'unknown':
      return [
        [
          span('nothing seen', 'warn'),
          span(
            ', yet it exists: a socket or a descriptor in flight, a reference of the kernel, or a process out of sight',
            'dim',
          ),
        ],
      ];
  }
}

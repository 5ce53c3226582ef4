/** What is inside of a namespace, as lines of the detail pane and of `nsview more NAMESPACE`. */
import type { NamespaceKind } from '../model/namespace-kind.js';
import { kindOfKey } from '../model/namespace-kind.js';
import type { Model } from '../model/model.js';
import type { NamespaceKey, Pid } from '../model/snapshot.js';
import type { CgroupUsage } from '../model/interior.js';
import type { IpcObject } from '../analysis/interior-model.js';
import { ipcObjectName, ipcObjects, uptimeInside } from '../analysis/interior-model.js';
import { namespaceName, userName } from '../analysis/namespace-name.js';
import {
  ancestorsOf,
  livingIn,
  pidIn,
  pidLevelOf,
  pidNamespace,
  subtreeOf,
} from '../analysis/pid-namespaces.js';
import { clean } from './clean.js';
import { duration } from './detail-tabs.js';
import type { MoreContext } from './inside-words.js';
import { NO_DOMAIN, ipcObjectWords, modeWords, offsetWords } from './inside-words.js';
import type { Line, Role } from './line.js';
import { span } from './line.js';
import { byteWords, counted } from './network-words.js';
import { namespaceLabel, processLabel } from './reason-lines.js';
import { padText } from './text-width.js';

const FIELD_WIDTH = 14;
const MAX_LISTED = 300;

function field(name: string, text: string, role: Role = 'text'): Line {
  return [span(padText(name, FIELD_WIDTH), 'dim'), span(text, role)];
}

function notKnown(what: string): Line[] {
  return [[span(`${what} not known: not read yet, or refused (nsview needs to join it, setns(2))`, 'warn')]];
}

// ---- pid ---------------------------------------------------------------------------------------------------

function pidLines({ model }: MoreContext, key: NamespaceKey): Line[] {
  const { init, state } = pidNamespace(model, key);
  const level = pidLevelOf(model, key);
  const ancestors = ancestorsOf(model, key);
  return [
    field(
      'nesting',
      clean(
        [key, ...ancestors]
          .reverse()
          .map((each) => namespaceName(model, each))
          .join(' > '),
      ),
    ),
    field('', level === null ? 'not all levels are in sight' : `level ${level} of 32`, 'dim'),
    ...initLines(model, init?.pid ?? null, state),
    ...fateLines(model, key, init?.pid ?? null),
    field('is seen by', ancestors.length === 0 ? 'nobody above in sight' : 'processes here, and of'),
    ...ancestors.map((each) => field('', namespaceLabel(model, each))),
    ...memberLines(model, key),
  ];
}

function initLines(model: Model, pid: Pid | null, state: string): Line[] {
  if (pid !== null) {
    const zombie = state === 'zombie';
    return [
      field('init', processLabel(model, pid), zombie ? 'bad' : 'strong'),
      ...(zombie
        ? [field('', 'a zombie: its parent has not waited for it; nothing can be started inside', 'bad')]
        : []),
    ];
  }
  return state === 'dead'
    ? [field('init', 'gone: fork into this namespace fails with ENOMEM', 'bad')]
    : [field('init', 'not in sight', 'warn')];
}

/** pid_namespaces(7): the kernel kills all others when the init ends. */
function fateLines(model: Model, key: NamespaceKey, init: Pid | null): Line[] {
  if (init === null) return [];
  const victims = livingIn(model, key).length - 1;
  const nested = subtreeOf(model, key).length - 1;
  if (model.host.pid === key)
    return [field('if it dies', 'the kernel panics, or the container ends', 'warn')];
  const below = nested === 0 ? '' : `, with ${counted(nested, 'nested pid namespace')}`;
  return [
    field(
      'if it dies',
      `${counted(victims, 'other process', 'other processes')} ${victims === 1 ? 'is' : 'are'} killed (SIGKILL)${below}`,
      'warn',
    ),
  ];
}

function memberLines(model: Model, key: NamespaceKey): Line[] {
  const living = livingIn(model, key);
  return [
    [],
    [
      span(padText('pid here', 10, 'right'), 'column'),
      span(padText('for you', 10, 'right'), 'column'),
      span('  command', 'column'),
    ],
    ...living
      .slice(0, MAX_LISTED)
      .map((process): Line => [
        span(padText(String(pidIn(model, process, key) ?? '?'), 10, 'right'), 'strong'),
        span(padText(String(process.pid), 10, 'right'), 'dim'),
        span(`  ${processLabel(model, process.pid).replace(/^\d+ /, '')}`),
        span(process.details?.state === 'Z' ? '  zombie' : '', 'bad'),
      ]),
    ...(living.length > MAX_LISTED ? [[span(`and ${living.length - MAX_LISTED} more`, 'dim')]] : []),
  ];
}

// ---- uts, time ---------------------------------------------------------------------------------------------

function utsLines({ interiors }: MoreContext, key: NamespaceKey): Line[] {
  const fact = interiors.of('uts', key);
  if (!fact) return notKnown('its names are');
  return [
    field('hostname', clean(fact.hostname), 'strong'),
    field('NIS domain', fact.domain === NO_DOMAIN ? 'none' : clean(fact.domain)),
  ];
}

function timeLines(context: MoreContext, key: NamespaceKey): Line[] {
  const { model, interiors } = context;
  const fact = interiors.of('time', key);
  if (!fact) return notKnown('its offsets are');
  const uptime = uptimeInside(model, interiors, key);
  return [
    field('monotonic', offsetWords(fact.monotonic), 'strong'),
    field('boottime', offsetWords(fact.boottime), 'strong'),
    field('uptime inside', uptime === null ? 'not known' : duration(uptime)),
    field('uptime here', duration(model.snapshot.header.uptimeSeconds)),
    [span('wall-clock time (CLOCK_REALTIME) is the same in all time namespaces', 'dim')],
  ];
}

// ---- ipc ---------------------------------------------------------------------------------------------------

function ipcLines(context: MoreContext, key: NamespaceKey): Line[] {
  const fact = context.interiors.of('ipc', key);
  if (!fact) return notKnown('its objects are');
  const objects = ipcObjects(fact);
  const lines = objects.map((object): Line => [
    span(padText(clean(ipcObjectName(object)), 20), 'strong'),
    span(padText(clean(userName(context.model, object.fact.uid)), 10), 'dim'),
    span(ipcObjectWords(object)),
  ]);
  if (fact.posixQueues === null) lines.push([span('POSIX message queues are not readable', 'warn')]);
  return lines.length > 0 ? lines : [[span('nothing in it', 'dim')]];
}

export function ipcObjectLines(model: Model, object: IpcObject): Line[] {
  const { fact } = object;
  return [
    field('object', clean(ipcObjectName(object)), 'strong'),
    field('in', namespaceLabel(model, object.namespace)),
    ...(object.objectKind === 'mq'
      ? []
      : [field('key', `0x${object.fact.ipcKey.toString(16).padStart(8, '0')}`)]),
    field('owner', clean(`${userName(model, fact.uid)} uid ${fact.uid} gid ${fact.gid}`)),
    field('permissions', modeWords(fact.mode)),
    ...factLines(model, object),
  ];
}

function factLines(model: Model, object: IpcObject): Line[] {
  const pid = (name: string, value: Pid): Line[] =>
    value === 0
      ? []
      : [field(name, model.processes.has(value) ? processLabel(model, value) : `${value}, gone`)];
  const number = (value: number | null): string => (value === null ? 'not readable' : String(value));
  switch (object.objectKind) {
    case 'shm': {
      const { fact } = object;
      return [
        field('size', `${fact.bytes} bytes, ${fact.residentBytes} resident`),
        ...(fact.isDoomed ? [field('', 'removed: it goes with the last who detaches', 'warn')] : []),
        ...pid('made by', fact.creator),
        ...pid('last used by', fact.lastUser),
        field('attached', counted(fact.attached, 'time')),
        ...fact.attachedBy.map((each) => field('', processLabel(model, each))),
      ];
    }
    case 'sem':
      return [field('semaphores', String(object.fact.semaphores))];
    case 'msg':
      return [
        field('holds', `${counted(object.fact.messages, 'message')}, ${object.fact.bytes} bytes`),
        ...pid('last sender', object.fact.lastSender),
        ...pid('last receiver', object.fact.lastReceiver),
      ];
    case 'mq':
      return [
        field('holds', `${number(object.fact.messages)} of ${number(object.fact.maximumMessages)} messages`),
        field('', `${number(object.fact.bytes)} bytes, at most ${number(object.fact.messageSize)} a message`),
        ...pid('notifies', object.fact.notified ?? 0),
      ];
  }
}

// ---- cgroup ------------------------------------------------------------------------------------------------

function cgroupLines({ interiors }: MoreContext, key: NamespaceKey): Line[] {
  const fact = interiors.of('cgroup', key);
  if (!fact) return notKnown('its root is');
  return [
    [span('root, as your cgroup namespace names it', 'column')],
    ...fact.roots.map(({ hierarchy, path }) =>
      field(
        hierarchy || 'version 2',
        path === null ? 'not known: all its members are outside of it' : clean(path),
        path === null ? 'warn' : 'strong',
      ),
    ),
    [],
    field('controllers', fact.controllers.join(' ') || 'none'),
    ...usageLines(fact.usage),
  ];
}

function usageLines(usage: CgroupUsage): Line[] {
  const { memoryBytes, memoryMaximum, cpuMicroseconds, pids, pidsMaximum } = usage;
  const limit = (maximum: string | null): string => (maximum === null ? 'no limit' : `of ${maximum}`);
  return [
    field(
      'memory',
      memoryBytes === null
        ? 'not accounted there'
        : `${byteWords(memoryBytes)} ${limit(memoryMaximum === null ? null : byteWords(memoryMaximum))}`,
    ),
    field(
      'cpu',
      cpuMicroseconds === null ? 'not accounted there' : `${(cpuMicroseconds / 1e6).toFixed(2)} s used`,
    ),
    field(
      'pids',
      pids === null
        ? 'not accounted there'
        : `${pids} ${limit(pidsMaximum === null ? null : String(pidsMaximum))}`,
    ),
  ];
}

const INSIDE_LINES: Partial<Record<NamespaceKind, (context: MoreContext, key: NamespaceKey) => Line[]>> = {
  pid: pidLines,
  uts: utsLines,
  ipc: ipcLines,
  cgroup: cgroupLines,
  time: timeLines,
};

export function insideLines(context: MoreContext, key: NamespaceKey): Line[] {
  const kind = kindOfKey(key);
  return INSIDE_LINES[kind]?.(context, key) ?? [[span('it has a view of its own', 'dim')]];
}

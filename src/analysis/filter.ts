import type { Model } from '../model/model.js';
import { namespaceSetOf } from '../model/model.js';
import type { NamespaceKind } from '../model/namespace-kind.js';
import { isNamespaceKind, NAMESPACE_KINDS } from '../model/namespace-kind.js';
import type { NamespaceKey, ProcessFact } from '../model/snapshot.js';
import { containerOf, unitOf } from './container-of.js';
import { bindName, commandOf, namespaceName, userName } from './namespace-name.js';
import { innerPid } from './pid-chain.js';
import { problemsOf } from './problems.js';

/** What a filter is asked about: a process, a namespace, or both (a process seen under a namespace). */
export interface FilterSubject {
  process?: ProcessFact | undefined;
  key?: NamespaceKey | undefined;
  /** Words of what is neither, an event for example. */
  text?: string | undefined;
}

export type FilterTest = (model: Model, subject: FilterSubject) => boolean;

export type ParsedFilter = { ok: true; test: FilterTest } | { ok: false; reason: string };

interface FilterKey {
  key: string;
  help: string;
  /** The test for a value, or a sentence why the value is bad. */
  build: (value: string) => FilterTest | string;
}

function numeric(value: string, use: (wanted: number) => FilterTest): FilterTest | string {
  return /^[0-9]+$/.test(value) ? use(Number(value)) : `"${value}" is not a number`;
}

function includes(text: string | null | undefined, wanted: string): boolean {
  return text?.toLowerCase().includes(wanted.toLowerCase()) ?? false;
}

function nodeOf(model: Model, { key }: FilterSubject) {
  return key === undefined ? undefined : model.namespaces.get(key);
}

const HELD_WORDS = ['proc', 'thread', 'fd', 'bind', 'socket', 'child'];

function heldTest(word: string): FilterTest {
  return (model, subject) => {
    const node = nodeOf(model, subject);
    if (!node) return false;
    if (word === 'proc') return node.processes.length > 0;
    if (word === 'thread') return node.threads.length > 0;
    if (word === 'child') return node.children.length + node.owns.length > 0;
    return node.pins.some((pin) => pin.pinKind === word);
  };
}

function namespaceTest(kind: NamespaceKind | null, value: string): FilterTest {
  return (model, { process, key }) => {
    const keys = process ? Object.values(namespaceSetOf(model, process)) : key ? [key] : [];
    return keys.some(
      (candidate) =>
        (kind === null || candidate.startsWith(`${kind}:`)) &&
        (candidate.slice(0, -1).endsWith(value) || includes(namespaceName(model, candidate), value)),
    );
  };
}

/** The keys of a filter: help, completion and parser are made of this table. */
export const FILTER_KEYS: readonly FilterKey[] = [
  {
    key: 'type',
    help: 'kind of namespace: mnt net pid user uts ipc cgroup time',
    build: (value) =>
      isNamespaceKind(value)
        ? (_, { key }) => key?.startsWith(`${value}:`) ?? false
        : `"${value}" is no kind of namespace: ${NAMESPACE_KINDS.join(' ')}`,
  },
  {
    key: 'ns',
    help: 'inode (or its end) or name of a namespace',
    build: (value) => namespaceTest(null, value),
  },
  {
    key: 'pid',
    help: 'host pid',
    build: (value) =>
      numeric(
        value,
        (pid) =>
          (_, { process }) =>
            process?.pid === pid,
      ),
  },
  {
    key: 'inpid',
    help: 'pid inside its own namespace',
    build: (value) =>
      numeric(
        value,
        (pid) =>
          (_, { process }) =>
            process !== undefined && innerPid(process) === pid,
      ),
  },
  {
    key: 'user',
    help: 'user name or uid',
    build:
      (value) =>
      (model, { process, key }) => {
        const owner = key === undefined ? undefined : model.namespaces.get(key)?.fact.ownerUid;
        const uid = process?.details?.uid ?? owner;
        return uid !== undefined && (String(uid) === value || userName(model, uid) === value);
      },
  },
  {
    key: 'name',
    help: 'part of the name of the process',
    build:
      (value) =>
      (_, { process }) =>
        includes(process?.details?.comm, value),
  },
  {
    key: 'container',
    help: 'part of the name or id of the container',
    build:
      (value) =>
      (model, { process }) => {
        const container = containerOf(model, process);
        return includes(container?.name, value) || includes(container?.containerId, value);
      },
  },
  {
    key: 'unit',
    help: 'part of the systemd unit',
    build:
      (value) =>
      (_, { process }) =>
        includes(unitOf(process), value),
  },
  {
    key: 'held',
    help: `what keeps it: ${HELD_WORDS.join(' ')}`,
    build: (value) =>
      HELD_WORDS.includes(value) ? heldTest(value) : `"${value}" is none of: ${HELD_WORDS.join(' ')}`,
  },
  ...NAMESPACE_KINDS.filter((kind) => kind !== 'pid' && kind !== 'user').map((kind) => ({
    key: kind,
    help: `inode (or its end) or name of the ${kind} namespace`,
    build: (value: string) => namespaceTest(kind, value),
  })),
];

/** What a plain word is looked for in. */
export function searchText(model: Model, { process, key, text }: FilterSubject): string {
  const node = nodeOf(model, { key });
  return [
    key ?? '',
    key === undefined ? '' : namespaceName(model, key),
    node ? (bindName(node) ?? '') : '',
    process ? `${process.pid} ${commandOf(process)}` : '',
    containerOf(model, process)?.name ?? '',
    text ?? '',
  ].join(' ');
}

function wordTest(word: string): FilterTest {
  return (model, subject) => includes(searchText(model, subject), word);
}

function parseTerm(term: string): FilterTest | string {
  const colon = term.indexOf(':');
  const record = colon > 0 ? FILTER_KEYS.find(({ key }) => key === term.slice(0, colon)) : undefined;
  if (record) {
    const value = term.slice(colon + 1);
    return value === '' ? `"${record.key}:" needs a value` : record.build(value);
  }
  if (colon > 0 && /^[a-z]+$/.test(term.slice(0, colon))) {
    return `there is no key "${term.slice(0, colon)}": ${FILTER_KEYS.map(({ key }) => key).join(' ')}`;
  }
  return wordTest(term);
}

/** `net:2323 user:33 !sh`: terms separated by blanks, all must hold, `!` negates, a bare word is looked for. */
export function parseFilter(text: string): ParsedFilter {
  const tests: FilterTest[] = [];
  for (const term of text.split(/\s+/).filter(Boolean)) {
    const negated = term.startsWith('!');
    const body = negated ? term.slice(1) : term;
    if (body === '') return { ok: false, reason: '"!" needs a term after it' };
    const test = parseTerm(body);
    if (typeof test === 'string') return { ok: false, reason: test };
    tests.push(negated ? (model, subject) => !test(model, subject) : test);
  }
  return { ok: true, test: (model, subject) => tests.every((test) => test(model, subject)) };
}

export function hasProblem(model: Model, key: NamespaceKey | undefined): boolean {
  return key !== undefined && problemsOf(model, key).length > 0;
}

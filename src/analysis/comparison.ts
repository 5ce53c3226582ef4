/**
 * Two processes or two namespaces side by side, over all eight kinds and what is in them. What both have alike is
 * not told, except that they share a namespace.
 */
import type { ComparisonFacts, ComparisonQuery, ProcessProfile } from '../model/comparison.js';
import type { Model } from '../model/model.js';
import { namespaceSetOf } from '../model/model.js';
import type { NamespaceKind } from '../model/namespace-kind.js';
import { NAMESPACE_KINDS, kindOfKey } from '../model/namespace-kind.js';
import type { NetworkTableFact } from '../model/network-table.js';
import type { NamespaceKey, ProcessFact } from '../model/snapshot.js';
import type { IdExtent } from '../model/user-map.js';
import { capabilityNames } from './capability-names.js';
import { containerOf, unitOf } from './container-of.js';
import type { MountDifference } from './mount-difference.js';
import { mountDifferences } from './mount-difference.js';
import { buildMountModel } from './mount-model.js';
import { InteriorModel, ipcObjectName, ipcObjects, mainRoot, offsetSeconds } from './interior-model.js';
import { namespaceName, userName } from './namespace-name.js';
import { routeTableName, routeText } from './route-words.js';

/** A process with its namespaces, or one namespace with a member of it that stands for it. */
export interface ComparedSubject {
  name: string;
  process: ProcessFact | null;
  namespaces: Partial<Record<NamespaceKind, NamespaceKey>>;
}

/** Something that differs; null: it is not there. */
export interface Difference {
  what: string;
  a: string | null;
  b: string | null;
}

export interface ComparisonSection {
  section: string;
  /** Why nothing is compared here: shared, or not known. */
  note: string | null;
  differences: Difference[];
}

export interface Comparison {
  a: ComparedSubject;
  b: ComparedSubject;
  sections: ComparisonSection[];
  /** Of the mount namespaces, where they are two and both are known. */
  mounts: MountDifference[] | null;
}

export function comparedProcess(model: Model, process: ProcessFact): ComparedSubject {
  const set = namespaceSetOf(model, process);
  const own = NAMESPACE_KINDS.flatMap((kind) => (set[kind] ? [[kind, set[kind]] as const] : []));
  const container = containerOf(model, process)?.name;
  return {
    name: `${process.pid} ${process.details?.comm ?? ''}${container === undefined ? '' : ` in ${container}`}`.trim(),
    process,
    namespaces: Object.fromEntries(own),
  };
}

/** With its first member, where it has one: then everything else is compared too. */
export function comparedNamespace(model: Model, key: NamespaceKey): ComparedSubject {
  const kind = kindOfKey(key);
  const process = model.namespaces.get(key)?.processes[0] ?? null;
  const name = `${key} ${namespaceName(model, key)}`;
  return process
    ? { ...comparedProcess(model, process), name }
    : { name, process: null, namespaces: { [kind]: key } };
}

/** What it is compared with where nothing else is named: the host's namespaces, and its first process. */
export function hostSubject(model: Model, { process, namespaces }: ComparedSubject): ComparedSubject {
  const kinds = Object.keys(namespaces) as NamespaceKind[];
  return {
    name: 'host',
    process: process ? (model.processes.get(1) ?? null) : null,
    namespaces: Object.fromEntries(
      kinds.flatMap((kind) => (model.host[kind] ? [[kind, model.host[kind]] as const] : [])),
    ),
  };
}

/** What must be read for it. */
export function comparisonQuery(a: ComparedSubject, b: ComparedSubject): ComparisonQuery {
  const both = (kind: NamespaceKind): NamespaceKey[] => {
    const [one, other] = [a.namespaces[kind], b.namespaces[kind]];
    return one && other && one !== other ? [one, other] : [];
  };
  return {
    pids: [a, b].flatMap(({ process }) => (process ? [process.pid] : [])),
    mountNamespaces: both('mnt'),
    networkNamespaces: both('net'),
  };
}

type Pair<T> = [T, T];

/** Entries of two lists by what they say: those that are in one of them only. */
function onlyInOne(what: string, [a, b]: Pair<readonly string[]>): Difference[] {
  const [inA, inB] = [new Set(a), new Set(b)];
  return [
    ...[...inA].filter((each) => !inB.has(each)).map((each) => ({ what, a: each, b: null })),
    ...[...inB].filter((each) => !inA.has(each)).map((each) => ({ what, a: null, b: each })),
  ];
}

function differing(values: readonly (readonly [string, string | null, string | null])[]): Difference[] {
  return values.flatMap(([what, a, b]) => (a === b ? [] : [{ what, a, b }]));
}

/** A section about what is in the namespaces of a kind: `compare` is asked where they are two that are known. */
function ofKind<T>(
  section: string,
  kind: NamespaceKind,
  subjects: Pair<ComparedSubject>,
  find: (key: NamespaceKey) => T | null,
  compare: (pair: Pair<T>) => Difference[],
): ComparisonSection {
  const [one, other] = subjects.map(({ namespaces }) => namespaces[kind]);
  if (!one || !other) return { section, note: `the ${kind} namespace of one is not known`, differences: [] };
  if (one === other) return { section, note: 'the same namespace', differences: [] };
  const [a, b] = [find(one), find(other)];
  if (a === null || b === null) return { section, note: 'not readable', differences: [] };
  return { section, note: null, differences: compare([a, b]) };
}

// ---- namespaces and rights ---------------------------------------------------------------------------------

function namespaceSection(model: Model, [a, b]: Pair<ComparedSubject>): ComparisonSection {
  const words = (key: NamespaceKey | undefined): string | null =>
    key === undefined ? null : `${key} ${namespaceName(model, key)}`;
  return {
    section: 'namespaces',
    note: null,
    differences: differing(
      NAMESPACE_KINDS.map((kind) => [kind, words(a.namespaces[kind]), words(b.namespaces[kind])] as const),
    ),
  };
}

function processSection(
  model: Model,
  [a, b]: Pair<ComparedSubject>,
  [one, other]: Pair<ProcessProfile | null>,
): ComparisonSection {
  if (!a.process?.details || !b.process?.details)
    return { section: 'process', note: 'a namespace without a process has none to compare', differences: [] };
  const details: Pair<NonNullable<ProcessFact['details']>> = [a.process.details, b.process.details];
  const pair = (
    what: string,
    text: (at: 0 | 1) => string | number | boolean | null | undefined,
  ): [string, string | null, string | null] => [what, asText(text(0)), asText(text(1))];
  const profiles = [one, other] as const;
  const processes = [a.process, b.process] as const;
  return {
    section: 'process',
    note: one && other ? null : 'only what the list shows: more could not be read',
    differences: differing([
      pair('user', (at) => userName(model, details[at].uid)),
      pair('container', (at) => containerOf(model, processes[at])?.name),
      pair('unit', (at) => unitOf(processes[at])),
      pair('root directory', (at) => path(profiles[at], 'rootDirectory')),
      pair('working directory', (at) => path(profiles[at], 'workingDirectory')),
      pair('executable', (at) => path(profiles[at], 'executable')),
      pair('groups', (at) => profiles[at]?.groups.join(' ')),
      pair('no_new_privs', (at) => profiles[at]?.noNewPrivileges),
      pair('seccomp', (at) => SECCOMP[profiles[at]?.seccomp ?? -1]),
      pair('security label', (at) => profiles[at]?.securityLabel),
      ...cgroupPairs(details),
    ]),
  };
}

/** Of a kernel thread there is none to read; of others it may be refused. */
function path(
  profile: ProcessProfile | null,
  name: 'rootDirectory' | 'workingDirectory' | 'executable',
): string | null {
  return profile && (profile[name] ?? 'not readable');
}

const SECCOMP: Record<number, string> = { 0: 'none', 1: 'strict', 2: 'filter' };

function asText(value: string | number | boolean | null | undefined): string | null {
  return value === null || value === undefined || value === '' ? null : String(value);
}

function cgroupPairs([a, b]: Pair<NonNullable<ProcessFact['details']>>) {
  const byHierarchy = (lines: readonly string[] = []): Map<string, string> =>
    new Map(
      lines.map((line) => {
        const [, hierarchy = '', path = ''] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
        return [hierarchy, path] as const;
      }),
    );
  const [one, other] = [byHierarchy(a.cgroup), byHierarchy(b.cgroup)];
  return [...new Set([...one.keys(), ...other.keys()])].map(
    (hierarchy): [string, string | null, string | null] => [
      hierarchy === '' ? 'cgroup' : `cgroup ${hierarchy}`,
      one.get(hierarchy) ?? null,
      other.get(hierarchy) ?? null,
    ],
  );
}

const CAPABILITY_SETS = ['effective', 'permitted', 'inheritable', 'bounding', 'ambient'] as const;

function capabilitySection(profiles: Pair<ProcessProfile | null>): ComparisonSection {
  const [a, b] = profiles;
  if (!a || !b) return { section: 'capabilities', note: 'not readable', differences: [] };
  return {
    section: 'capabilities',
    note: null,
    differences: CAPABILITY_SETS.flatMap((set) => {
      const [one, other] = [capabilityNames(a.capabilities[set]), capabilityNames(b.capabilities[set])];
      const only = (list: string[], others: string[]): string | null =>
        list.filter((name) => !others.includes(name)).join(' ') || null;
      return differing([[set, only(one, other), only(other, one)]]);
    }),
  };
}

function limitSection([a, b]: Pair<ProcessProfile | null>): ComparisonSection {
  if (!a || !b) return { section: 'limits', note: 'not readable', differences: [] };
  const words = (value: number | null): string => (value === null ? 'unlimited' : String(value));
  const byName = ({ limits }: ProcessProfile): Map<string, string> =>
    new Map(
      limits.map(({ name, soft, hard, unit }) => [name, `${words(soft)} / ${words(hard)} ${unit}`.trim()]),
    );
  const [one, other] = [byName(a), byName(b)];
  return {
    section: 'limits',
    note: null,
    differences: differing(
      [...new Set([...one.keys(), ...other.keys()])].map(
        (name) => [name, one.get(name) ?? null, other.get(name) ?? null] as const,
      ),
    ),
  };
}

// ---- what is in the namespaces -----------------------------------------------------------------------------

function extentWords(extents: readonly IdExtent[]): string {
  return (
    extents.map(({ inside, outside, length }) => `${inside} ${outside} ${length}`).join(', ') || 'nothing'
  );
}

function networkDifferences([a, b]: Pair<NetworkTableFact>): Difference[] {
  const nameIn =
    ({ links }: NetworkTableFact) =>
    (ifindex: number): string =>
      links.find((link) => link.ifindex === ifindex)?.name ?? `#${ifindex}`;
  const each = (words: (table: NetworkTableFact) => string[]): Pair<string[]> => [words(a), words(b)];
  return [
    ...onlyInOne(
      'interface',
      each(({ links }) =>
        links.map(({ name, kind, mtu, flags }) =>
          `${name} ${kind ?? ''} mtu ${mtu} ${(flags & 1) === 1 ? 'up' : 'down'}`.replace('  ', ' '),
        ),
      ),
    ),
    ...onlyInOne(
      'address',
      each((table) =>
        table.addresses.map(
          ({ address, prefixLength, ifindex }) => `${address}/${prefixLength} dev ${nameIn(table)(ifindex)}`,
        ),
      ),
    ),
    ...onlyInOne(
      'route',
      each((table) =>
        // What the kernel makes of each address by itself would say it a second time.
        table.routes
          .filter(({ table: number }) => routeTableName(number) !== 'local')
          .map((route) => `${routeText(route, nameIn(table))} table ${routeTableName(route.table)}`),
      ),
    ),
    ...onlyInOne(
      'rule',
      each(({ rules }) =>
        rules.map(({ family, priority, from, to, table, action }) =>
          [family, priority, 'from', from, 'to', to, action, routeTableName(table)].join(' '),
        ),
      ),
    ),
    ...differing([
      ['IPv4 forwarding', asText(a.forwarding.ipv4), asText(b.forwarding.ipv4)],
      ['IPv6 forwarding', asText(a.forwarding.ipv6), asText(b.forwarding.ipv6)],
    ]),
  ];
}

export function compare(
  model: Model,
  a: ComparedSubject,
  b: ComparedSubject,
  facts: ComparisonFacts,
): Comparison {
  const subjects: Pair<ComparedSubject> = [a, b];
  const profileOf = ({ process }: ComparedSubject): ProcessProfile | null =>
    facts.profiles.find(({ pid }) => pid === process?.pid) ?? null;
  const profiles: Pair<ProcessProfile | null> = [profileOf(a), profileOf(b)];
  const interiors = new InteriorModel(facts.interiors);
  const mounts = buildMountModel(facts.mountTables);
  const tableOf = ({ namespaces }: ComparedSubject) => namespaces.mnt && mounts.tables.get(namespaces.mnt);
  const [tableA, tableB] = [tableOf(a), tableOf(b)];
  const mountSection = ofKind(
    'mounts',
    'mnt',
    subjects,
    (key) => mounts.tables.get(key) ?? null,
    () => [],
  );
  return {
    a,
    b,
    mounts: mountSection.note === null && tableA && tableB ? mountDifferences(tableA, tableB) : null,
    sections: [
      namespaceSection(model, subjects),
      processSection(model, subjects, profiles),
      capabilitySection(profiles),
      limitSection(profiles),
      ofKind(
        'id maps',
        'user',
        subjects,
        (key) => model.snapshot.userMaps?.find((maps) => maps.key === key) ?? null,
        ([one, other]) =>
          differing([
            ['uid map', extentWords(one.uidMap), extentWords(other.uidMap)],
            ['gid map', extentWords(one.gidMap), extentWords(other.gidMap)],
            ['setgroups', one.setgroups, other.setgroups],
          ]),
      ),
      ofKind(
        'names',
        'uts',
        subjects,
        (key) => interiors.of('uts', key),
        ([one, other]) =>
          differing([
            ['hostname', one.hostname, other.hostname],
            ['NIS domain', one.domain, other.domain],
          ]),
      ),
      ofKind(
        'network',
        'net',
        subjects,
        (key) => facts.networkTables.find((table) => table.key === key) ?? null,
        networkDifferences,
      ),
      ofKind(
        'ipc objects',
        'ipc',
        subjects,
        (key) => interiors.of('ipc', key),
        ([one, other]) =>
          onlyInOne('object', [ipcObjects(one).map(ipcObjectName), ipcObjects(other).map(ipcObjectName)]),
      ),
      ofKind(
        'cgroup root',
        'cgroup',
        subjects,
        (key) => interiors.of('cgroup', key),
        ([one, other]) => differing([['root', mainRoot(one)?.path ?? null, mainRoot(other)?.path ?? null]]),
      ),
      ofKind(
        'clocks',
        'time',
        subjects,
        (key) => interiors.of('time', key),
        ([one, other]) =>
          differing([
            ['monotonic', `${offsetSeconds(one.monotonic)}s`, `${offsetSeconds(other.monotonic)}s`],
            ['boottime', `${offsetSeconds(one.boottime)}s`, `${offsetSeconds(other.boottime)}s`],
          ]),
      ),
      mountSection,
    ],
  };
}

/**
 * What an operand means, on the command line and in the screen: exactly first; the end of an inode or the beginning of
 * an id only where it fits one thing. What fits several is refused with their list.
 */
import type { Model } from '../model/model.js';
import { namespaceSetOf } from '../model/model.js';
import type { NamespaceKind } from '../model/namespace-kind.js';
import { isNamespaceKind, kindOfKey } from '../model/namespace-kind.js';
import type { NamespaceKey, Pid, ProcessFact } from '../model/snapshot.js';
import { findInnerPid } from './inner-pid.js';
import type { NamedThing } from './named-things.js';
import { containersByIdPrefix, operandOfKey, thingsNamed } from './named-things.js';
import { commandOf, namespaceName } from './namespace-name.js';
import { namespacesByEnd, namespacesByInode } from './namespace-number.js';

export type GoToTarget =
  | { target: 'process'; pid: Pid }
  | { target: 'namespace'; key: NamespaceKey }
  /** A container, or a name that one process gives several namespaces. */
  | { target: 'group'; name: string; keys: readonly NamespaceKey[]; pid: Pid | null }
  | { target: 'nothing'; reason: string };

/**
 * `act`: something will be done to it. Then a bare number that may be the pid of a process that has ended meanwhile
 * is not taken for the end of an inode or the beginning of an id.
 */
export type OperandUse = 'look' | 'act';

/** PID_MAX_LIMIT of the kernel (include/linux/threads.h), proc_sys_kernel(5). */
const MAXIMUM_PID = 4_194_304;
const MAXIMUM_LISTED = 8;

function nothing(reason: string): GoToTarget {
  return { target: 'nothing', reason };
}

/** `1234` pid or inode, `17@name` inner pid, `net:[4026531840]`, `net:2323` or `net:web`, a name, an id, a path. */
export function findGoToTarget(model: Model, text: string, use: OperandUse = 'look'): GoToTarget {
  const wanted = text.trim();
  const [, inner, scope] = /^([0-9]+)@(.+)$/.exec(wanted) ?? [];
  if (inner !== undefined && scope !== undefined) {
    const found = findInnerPid(model, Number(inner), scope);
    return 'pid' in found ? { target: 'process', pid: found.pid } : nothing(found.reason);
  }
  const things = meanings(model, wanted, use);
  if (things.length > 1) return nothing(ambiguous(wanted, things));
  const [thing] = things;
  if (!thing) return nothing(`no process or namespace "${wanted}"`);
  if (thing.target !== undefined) return thing.target;
  const [key, ...more] = thing.keys;
  if (key !== undefined && more.length === 0 && thing.sort !== 'container')
    return { target: 'namespace', key };
  return { target: 'group', name: wanted, keys: thing.keys, pid: thing.pid };
}

/** A thing, or a process or namespace that is meant by its number. */
type Meaning = NamedThing & { target?: GoToTarget };

function processMeaning(model: Model, pid: Pid): Meaning {
  return {
    label: `process ${pid} ${commandOf(model.processes.get(pid))}`.trim(),
    sort: 'process',
    keys: [],
    pid,
    operand: `${pid}@host`,
    target: { target: 'process', pid },
  };
}

function namespaceMeaning(model: Model, key: NamespaceKey): Meaning {
  return {
    label: `${key} ${namespaceName(model, key)}`,
    sort: 'mount',
    keys: [key],
    pid: null,
    operand: operandOfKey(key),
    target: { target: 'namespace', key },
  };
}

/** All that the text means: exactly, else by a beginning or an end. */
function meanings(model: Model, text: string, use: OperandUse): Meaning[] {
  const exact = exactMeanings(model, text);
  if (exact.length > 0 || text === '') return exact;
  const parts = [
    ...namespacesByEnd(model, text).map((key) => namespaceMeaning(model, key)),
    ...containersByIdPrefix(model, text),
  ];
  // The second list holds the first only where a bare number may be a pid: it is refused, with what it may mean.
  if (use === 'act' && /^[0-9]+$/.test(text) && Number(text) <= MAXIMUM_PID && parts.length === 1) {
    const refused = nothing(
      `there is no process ${text}; ${parts[0]!.label} would fit, but the number may be of a process that has ended: write ${parts[0]!.operand}`,
    );
    return [{ ...parts[0]!, target: refused }];
  }
  return parts;
}

function exactMeanings(model: Model, text: string): Meaning[] {
  const pid = /^[0-9]+$/.test(text) ? Number(text) : null;
  const [, kind, rest] = /^([a-z]+):(.+)$/.exec(text) ?? [];
  const ofKind =
    kind !== undefined && rest !== undefined && isNamespaceKind(kind)
      ? namespacesNamed(model, kind, rest)
      : [];
  return [
    ...(pid !== null && model.processes.has(pid) ? [processMeaning(model, pid)] : []),
    ...namespacesByInode(model, text).map((key) => namespaceMeaning(model, key)),
    ...thingsNamed(model, text),
    ...ofKind.map((key) => namespaceMeaning(model, key)),
  ];
}

/** The sentence that refuses what fits several things, and tells how to name each. */
function ambiguous(text: string, things: readonly NamedThing[]): string {
  const listed = things.slice(0, MAXIMUM_LISTED).map(({ label, operand }) => `${label} (write ${operand})`);
  const more = things.length - listed.length;
  return `"${text}" fits ${things.length} things: ${listed.join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}

// ---- of one type -------------------------------------------------------------------------------------------

/** Namespaces of a type that exactly this name leads to. */
function namespacesNamed(model: Model, kind: NamespaceKind, text: string): NamespaceKey[] {
  const keys = thingsNamed(model, text).flatMap((thing) => namespaceOfThing(model, thing, kind) ?? []);
  return [...new Set(keys)];
}

/** Its own; of a container also the one that it shares with the host. */
function namespaceOfThing(model: Model, thing: NamedThing, kind: NamespaceKind): NamespaceKey | null {
  const own = thing.keys.find((key) => kindOfKey(key) === kind);
  if (own !== undefined || thing.sort !== 'container' || thing.pid === null) return own ?? null;
  return setOfPid(model, thing.pid)[kind] ?? null;
}

function setOfPid(model: Model, pid: Pid): ReturnType<typeof namespaceSetOf> {
  const process = model.processes.get(pid);
  return process ? namespaceSetOf(model, process) : {};
}

/**
 * The namespace of a kind that is meant: itself, by its name, or that of a process or container. Throws a sentence,
 * also where that is more than one.
 */
export function namespaceOfKind(
  model: Model,
  kind: NamespaceKind,
  text: string,
  use: OperandUse = 'look',
): NamespaceKey {
  const wanted = text.trim();
  const named = /^[0-9]+(@|$)/.test(wanted) ? [] : namespacesNamed(model, kind, wanted);
  if (named.length > 1) {
    throw new Error(
      ambiguous(
        wanted,
        named.map((key) => namespaceMeaning(model, key)),
      ),
    );
  }
  if (named[0] !== undefined) return named[0];
  const found = findGoToTarget(model, withKind(model, kind, wanted, use), use);
  if (found.target === 'nothing') throw new Error(found.reason);
  const keys =
    found.target === 'namespace' ? throughMembers(model, found.key, kind) : setsOfTarget(model, found, kind);
  const [key, ...more] = keys;
  if (key === undefined) throw new Error(`the ${kind} namespace of ${wanted} is not known`);
  if (more.length > 0) {
    throw new Error(
      ambiguous(
        wanted,
        keys.map((each) => namespaceMeaning(model, each)),
      ),
    );
  }
  return key;
}

/** The end of an inode is looked for among namespaces of the type that is wanted first. */
function withKind(model: Model, kind: NamespaceKind, text: string, use: OperandUse): string {
  const isEnd = /^[0-9]+$/.test(text) && exactMeanings(model, text).length === 0;
  const mayBePid = use === 'act' && Number(text) <= MAXIMUM_PID;
  return isEnd && !mayBePid && namespacesByEnd(model, `${kind}:${text}`).length > 0
    ? `${kind}:${text}`
    : text;
}

function setsOfTarget(
  model: Model,
  found: Extract<GoToTarget, { target: 'process' | 'group' }>,
  kind: NamespaceKind,
): NamespaceKey[] {
  const own = found.target === 'group' ? found.keys.filter((key) => kindOfKey(key) === kind) : [];
  if (own.length > 0 || found.pid === null) return own;
  const key = setOfPid(model, found.pid)[kind];
  return key === undefined ? [] : [key];
}

/** Of a namespace of another type: that of its members, where they agree. */
function throughMembers(model: Model, key: NamespaceKey, kind: NamespaceKind): NamespaceKey[] {
  if (kindOfKey(key) === kind) return [key];
  const members = model.namespaces.get(key)?.processes ?? [];
  return [...new Set(members.flatMap((process) => namespaceSetOf(model, process)[kind] ?? []))];
}

/** Words that lead to this namespace and no other: its name where that does. */
export function operandFor(model: Model, key: NamespaceKey): string {
  const kind = kindOfKey(key);
  const netnsName = model.snapshot.netnsNames?.find((each) => each.key === key)?.name;
  for (const name of [netnsName, namespaceName(model, key)]) {
    if (name === undefined || /^[0-9]+(@|$)/.test(name)) continue;
    const [only, ...more] = namespacesNamed(model, kind, name);
    if (only === key && more.length === 0) return name;
  }
  return operandOfKey(key);
}

/** All namespaces that an operand means; throws a sentence. */
export function namespacesMeant(model: Model, text: string): readonly NamespaceKey[] {
  const found = findGoToTarget(model, text);
  if (found.target === 'nothing') throw new Error(found.reason);
  if (found.target === 'process') throw new Error(`there is no namespace "${text}": it is a process`);
  return found.target === 'namespace' ? [found.key] : found.keys;
}

/** The process that an operand means; throws a sentence. */
export function processMeant(model: Model, text: string, use: OperandUse = 'look'): ProcessFact {
  const found = findGoToTarget(model, text, use);
  if (found.target === 'nothing') throw new Error(found.reason);
  const pid = found.target === 'namespace' ? null : found.pid;
  const process = pid === null ? undefined : model.processes.get(pid);
  if (!process) throw new Error(`"${text}" is a namespace: name a process`);
  return process;
}

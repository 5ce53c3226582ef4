/**
 * What an ordinary user may look into only as root of a user namespace that is his: setns(2) asks for CAP_SYS_ADMIN
 * where we are as well, and a thread cannot join a user namespace. So a process of ours goes in, looks, and ends.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { EPERM } from '../kernel/errno.js';
import type { InteriorFact } from '../model/interior.js';
import type { NetworkTableFact } from '../model/network-table.js';
import type { NamespaceKey } from '../model/snapshot.js';
import type { Discovery } from './discovery.js';
import { ownNamespace } from './joined-namespaces.js';

/** What the process is asked for, as JSON on its standard input. */
export interface InsideRequest {
  networks: NamespaceKey[];
  /** uts and ipc. */
  interiors: NamespaceKey[];
}

export interface InsideAnswer {
  networkTables: NetworkTableFact[];
  interiors: InteriorFact[];
}

const NOTHING: InsideAnswer = { networkTables: [], interiors: [] };
/** The time from one look to the next is at least this many times what a look takes: it is a whole process. */
const REST_FACTOR = 20;
const TIMEOUT_MS = 10_000;
const MAX_ANSWER = 256 * 1024 * 1024;

interface Look {
  asked: string;
  answer: InsideAnswer;
  nextLook: number;
}

const looks = new WeakMap<Discovery, Map<NamespaceKey, Look>>();

/** Facts of those to which the direct way was refused; what cannot be seen so either is a gap. */
export function lookThroughOwn<T extends { key: NamespaceKey }>(
  discovery: Discovery,
  subject: string,
  refused: readonly NamespaceKey[],
  pick: (answer: InsideAnswer) => readonly T[],
): readonly T[] {
  const facts = pick(lookInside(discovery, refused));
  const seen = new Set(facts.map(({ key }) => key));
  for (const key of refused) if (!seen.has(key)) discovery.gaps.add(subject, EPERM, key);
  return facts;
}

function lookInside(discovery: Discovery, refused: readonly NamespaceKey[]): InsideAnswer {
  if (refused.length === 0 || process.geteuid?.() === 0) return NOTHING;
  const groups = new Map<NamespaceKey, NamespaceKey[]>();
  for (const key of refused) {
    const top = ownTop(discovery, key);
    if (top) groups.set(top, [...(groups.get(top) ?? []), key]);
  }
  const answers = [...groups].map(([top, keys]) => lookThrough(discovery, top, keys));
  return {
    networkTables: answers.flatMap(({ networkTables }) => networkTables),
    interiors: answers.flatMap(({ interiors }) => interiors),
  };
}

/** The outermost user namespace that this user made, of those that a namespace belongs to. */
function ownTop(discovery: Discovery, key: NamespaceKey): NamespaceKey | null {
  const { namespaces } = discovery;
  const ours = ownNamespace(discovery, 'user');
  const uid = process.geteuid?.();
  let top: NamespaceKey | null = null;
  for (let at = namespaces.get(key)?.owner; at && at !== ours; at = namespaces.get(at)?.parent)
    if (namespaces.get(at)?.ownerUid === uid) top = at;
  return top;
}

/** All of the group in one look, whatever part of it is wanted now: a process has its price. */
function lookThrough(discovery: Discovery, top: NamespaceKey, wanted: readonly NamespaceKey[]): InsideAnswer {
  const known = looks.get(discovery) ?? new Map<NamespaceKey, Look>();
  looks.set(discovery, known);
  const request = requestFor(discovery, top);
  const asked = JSON.stringify(request);
  const start = performance.now();
  let look = known.get(top);
  if (!look || look.asked !== asked || start >= look.nextLook) {
    const answer = ask(discovery, top, asked) ?? NOTHING;
    const end = performance.now();
    look = { asked, answer, nextLook: end + (end - start) * REST_FACTOR };
    known.set(top, look);
  }
  const isWanted = ({ key }: { key: NamespaceKey }): boolean => wanted.includes(key);
  return {
    networkTables: look.answer.networkTables.filter(isWanted),
    interiors: look.answer.interiors.filter(isWanted),
  };
}

function requestFor(discovery: Discovery, top: NamespaceKey): InsideRequest {
  const request: InsideRequest = { networks: [], interiors: [] };
  for (const { key, kind } of discovery.namespaces.values()) {
    const list =
      kind === 'net' ? request.networks : kind === 'uts' || kind === 'ipc' ? request.interiors : null;
    if (list && ownTop(discovery, key) === top) list.push(key);
  }
  return request;
}

/** Null: nobody is in it to be followed, nsenter is missing, or it went wrong inside. */
function ask(discovery: Discovery, top: NamespaceKey, request: string): InsideAnswer | null {
  const member = [...discovery.links].find(([, set]) => discovery.sets.get(set).user === top)?.[0];
  if (member === undefined) return null;
  const program = fileURLToPath(new URL('./inside-process.js', import.meta.url));
  const words = [`--user=/proc/${member}/ns/user`, '--preserve-credentials', '--', process.execPath, program];
  const { stdout } = spawnSync('nsenter', words, {
    input: request,
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
    maxBuffer: MAX_ANSWER,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  return stdout ? (JSON.parse(stdout) as InsideAnswer) : null;
}

/** Pid namespaces, pid_namespaces(7): who is the init of each, whom it takes with it, who sees whom. */
import type { Model, NamespaceNode } from '../model/model.js';
import { namespaceSetOf } from '../model/model.js';
import type { NamespaceKey, ProcessFact } from '../model/snapshot.js';

export type InitState =
  /** The initial one is not under `/proc` of a container, and details may be refused. */
  | 'unknown'
  | 'alive'
  | 'zombie'
  /** There was one: a namespace can be opened only once it had. */
  | 'dead';

export interface PidNamespace {
  key: NamespaceKey;
  init: ProcessFact | null;
  state: InitState;
}

/** The member whose innermost pid is 1. */
function findInit(node: NamespaceNode): ProcessFact | null {
  return node.processes.find(({ details }) => details?.namespacePids.at(-1) === 1) ?? null;
}

export function pidNamespace(model: Model, key: NamespaceKey): PidNamespace {
  const node = model.namespaces.get(key);
  const init = node ? findInit(node) : null;
  return { key, init, state: node ? stateOf(model, node, init) : 'unknown' };
}

function stateOf(model: Model, node: NamespaceNode, init: ProcessFact | null): InitState {
  if (init) return init.details?.state === 'Z' || init.details?.state === 'X' ? 'zombie' : 'alive';
  if (node.initial || model.host.pid === node.fact.key) return 'unknown';
  if (node.processes.some(({ details }) => details === undefined)) return 'unknown';
  // Known by a walk only: it may never have had one, between unshare(2) and the first fork.
  if (
    node.processes.length + node.forChildren.length + node.threadsForChildren.length + node.pins.length ===
    0
  )
    return 'unknown';
  // A member of a namespace below keeps its init, which lives here or above, so it would have been seen.
  if (node.processes.length === 0 && hasLivingBelow(model, node)) return 'unknown';
  return 'dead';
}

function hasLivingBelow(model: Model, node: NamespaceNode): boolean {
  return node.children.some((key) => {
    const child = model.namespaces.get(key);
    return child !== undefined && (child.processes.length > 0 || hasLivingBelow(model, child));
  });
}

/** A namespace with all pid namespaces below it, outermost first. */
export function subtreeOf(model: Model, key: NamespaceKey): NamespaceKey[] {
  const children = model.namespaces.get(key)?.children ?? [];
  return [key, ...children.flatMap((child) => subtreeOf(model, child))];
}

/** Its ancestors, nearest first, as far as they are in sight. */
export function ancestorsOf(model: Model, key: NamespaceKey): NamespaceKey[] {
  const parent = model.namespaces.get(key)?.fact.parent;
  return parent ? [parent, ...ancestorsOf(model, parent)] : [];
}

/** Those that live in it and below: what its /proc shows, and what is killed when its init ends. */
export function livingIn(model: Model, key: NamespaceKey): ProcessFact[] {
  return subtreeOf(model, key).flatMap((each) => model.namespaces.get(each)?.processes ?? []);
}

/** Whether a process can see another one: it lives in the same pid namespace or below. */
export function sees(model: Model, viewer: ProcessFact, other: ProcessFact): boolean | null {
  const from = namespaceSetOf(model, viewer).pid;
  const to = namespaceSetOf(model, other).pid;
  if (from === undefined || to === undefined) return null;
  return to === from || ancestorsOf(model, to).includes(from);
}

/** The pid that a process has in a namespace; null: it is not seen there. */
export function pidIn(model: Model, process: ProcessFact, key: NamespaceKey): number | null {
  const own = namespaceSetOf(model, process).pid;
  if (own === undefined) return null;
  const levels = [own, ...ancestorsOf(model, own)].indexOf(key);
  if (levels < 0) return null;
  return process.details?.namespacePids.at(-1 - levels) ?? null;
}

/** Levels above it; null where not all are in sight. 32 is the most, MAX_PID_NS_LEVEL. */
export function pidLevelOf(model: Model, key: NamespaceKey): number | null {
  const ancestors = ancestorsOf(model, key);
  return (ancestors.at(-1) ?? key) === model.host.pid ? ancestors.length : null;
}

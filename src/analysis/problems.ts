import type { Model, NamespaceNode } from '../model/model.js';
import type { NamespaceKey } from '../model/snapshot.js';
import { pidNamespace } from './pid-namespaces.js';

export interface Problem {
  /** A stable name, for JSON. */
  problem: string;
  sentence: string;
}

/** What deserves a look: each record tells its sentence, or null where all is well. */
const PROBLEM_TABLE: readonly {
  problem: string;
  find: (model: Model, node: NamespaceNode) => string | null;
}[] = [
  {
    problem: 'held-by-fd',
    find: (_, node) =>
      memberCount(node) === 0 &&
      node.pins.length > 0 &&
      node.pins.every((pin) => pin.pinKind !== 'bind' && pin.pinKind !== 'proc')
        ? 'no process is inside, only an open descriptor is seen to keep it: perhaps a leak'
        : null,
  },
  {
    problem: 'unreachable',
    find: (_, node) =>
      memberCount(node) + node.pins.length + node.children.length + node.owns.length === 0 && !node.initial
        ? 'nothing is seen to keep it: a socket or descriptor in flight, a reference of the kernel, or a process out of sight'
        : null,
  },
  {
    problem: 'dead-init',
    find: (model, node) => deadInit(model, node),
  },
  {
    problem: 'loose-threads',
    find: (_, node) =>
      node.processes.length === 0 && node.threads.length > 0
        ? 'only single threads are inside, not their process: tools that look at processes miss it'
        : null,
  },
];

function memberCount(node: NamespaceNode): number {
  return (
    node.processes.length + node.threads.length + node.forChildren.length + node.threadsForChildren.length
  );
}

/** pid_namespaces(7): once the init is dead, fork into the namespace fails with ENOMEM. */
function deadInit(model: Model, { fact }: NamespaceNode): string | null {
  if (fact.kind !== 'pid') return null;
  const { state } = pidNamespace(model, fact.key);
  if (state === 'zombie') return 'its init is a zombie: nothing can be started inside any more';
  return state === 'dead' ? 'its init is gone: nothing can be started inside any more' : null;
}

export function problemsOf(model: Model, key: NamespaceKey): Problem[] {
  const node = model.namespaces.get(key);
  if (!node) return [];
  return PROBLEM_TABLE.flatMap(({ problem, find }) => {
    const sentence = find(model, node);
    return sentence === null ? [] : [{ problem, sentence }];
  });
}

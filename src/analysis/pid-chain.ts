import type { Model } from '../model/model.js';
import { namespaceSetOf } from '../model/model.js';
import type { NamespaceKey, Pid, ProcessFact } from '../model/snapshot.js';

export interface PidLevel {
  /** null where the namespace's key is out of sight. */
  namespace: NamespaceKey | null;
  pid: Pid;
}

/** The pid of a process in each pid namespace, outermost visible first; NSpid and the chain of parents. */
export function pidChain(model: Model, process: ProcessFact): PidLevel[] {
  const pids = process.details?.namespacePids ?? [process.pid];
  const levels: (NamespaceKey | null)[] = [];
  let key = namespaceSetOf(model, process).pid ?? null;
  for (let at = 0; at < pids.length; at++) {
    levels.unshift(key);
    key = key === null ? null : (model.namespaces.get(key)?.fact.parent ?? null);
  }
  return pids.map((pid, at) => ({ namespace: levels[at] ?? null, pid }));
}

/** The pid that a process has for itself, in the innermost namespace. */
export function innerPid(process: ProcessFact): Pid {
  return process.details?.namespacePids.at(-1) ?? process.pid;
}

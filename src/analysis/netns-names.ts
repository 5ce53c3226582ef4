/** What ip-netns(8) `list`, `identify` and `pids` say, and what it does not: broken names, namespaces without one. */
import { mountNamespaceWords, namesMountedElsewhere } from './name-removal.js';
import type { Model } from '../model/model.js';
import type { NamespaceKey, NetnsNameFact, Pid } from '../model/snapshot.js';

export interface NamedNetns extends NetnsNameFact {
  pids: readonly Pid[];
  /** Of a name that leads nowhere from here: the namespace that is mounted on its file in another mount namespace. */
  elsewhere: NameElsewhere | null;
}

export interface NameElsewhere {
  key: NamespaceKey;
  /** Where, and who is there. */
  words: string;
}

export interface NetnsNames {
  named: readonly NamedNetns[];
  /** Network namespaces that no name leads to, but the host's own. */
  unnamed: readonly { key: NamespaceKey; pids: readonly Pid[] }[];
}

export function netnsNames(model: Model): NetnsNames {
  const pidsOf = (key: NamespaceKey | null): Pid[] =>
    (key && model.namespaces.get(key)?.processes.map(({ pid }) => pid)) || [];
  const elsewhere = namesElsewhere(model);
  const named = (model.snapshot.netnsNames ?? []).map((name) => {
    const found = elsewhere.get(name.name) ?? null;
    return { ...name, pids: pidsOf(name.key ?? found?.key ?? null), elsewhere: found };
  });
  const known = new Set(named.map(({ key, elsewhere: found }) => key ?? found?.key));
  const unnamed = [...model.namespaces.values()].flatMap(({ fact }) =>
    fact.kind === 'net' && !known.has(fact.key) && fact.key !== model.host.net
      ? [{ key: fact.key, pids: pidsOf(fact.key) }]
      : [],
  );
  return { named, unnamed };
}

/** Broken names by name, as far as a network namespace is mounted on their file in another mount namespace. */
export function namesElsewhere(model: Model): Map<string, NameElsewhere> {
  const found = new Map<string, NameElsewhere>();
  for (const { fact, pins } of model.namespaces.values()) {
    if (fact.kind !== 'net') continue;
    for (const { name, mountNamespace } of namesMountedElsewhere(model, pins)) {
      if (!found.has(name.name))
        found.set(name.name, { key: fact.key, words: mountNamespaceWords(model, mountNamespace) });
    }
  }
  return found;
}

/** What ip-netns(8) `list`, `identify` and `pids` say, and what it does not: broken names, namespaces without one. */
import type { Model } from '../model/model.js';
import type { NamespaceKey, NetnsNameFact, Pid } from '../model/snapshot.js';

export interface NamedNetns extends NetnsNameFact {
  pids: readonly Pid[];
}

export interface NetnsNames {
  named: readonly NamedNetns[];
  /** Network namespaces that no name leads to, but the host's own. */
  unnamed: readonly { key: NamespaceKey; pids: readonly Pid[] }[];
}

export function netnsNames(model: Model): NetnsNames {
  const pidsOf = (key: NamespaceKey | null): Pid[] =>
    (key && model.namespaces.get(key)?.processes.map(({ pid }) => pid)) || [];
  const named = (model.snapshot.netnsNames ?? []).map((name) => ({ ...name, pids: pidsOf(name.key) }));
  const known = new Set(named.map(({ key }) => key));
  const unnamed = [...model.namespaces.values()].flatMap(({ fact }) =>
    fact.kind === 'net' && !known.has(fact.key) && fact.key !== model.host.net
      ? [{ key: fact.key, pids: pidsOf(fact.key) }]
      : [],
  );
  return { named, unnamed };
}

/** What we may do ourselves: the rules of capabilities.ts for the process that looks, or rather a child of it. */
import type { Model } from '../model/model.js';
import { namespaceSetOf } from '../model/model.js';
import { NAMESPACE_KINDS } from '../model/namespace-kind.js';
import type { NamespaceKind } from '../model/namespace-kind.js';
import type { NamespaceKey, ProcessFact } from '../model/snapshot.js';
import type { Ability, CapabilityName, Verdict } from './capabilities.js';
import { abilitiesOf, canEnter, capableIn } from './capabilities.js';

/**
 * The observer as a child that it starts for the deed (nsenter, a shell): with one thread. Null: it is not in the
 * snapshot, or its details could not be read.
 */
export function observerOf(model: Model): ProcessFact | null {
  const process = model.processes.get(model.snapshot.header.observer.pid);
  return process?.details ? { ...process, details: { ...process.details, threads: 1 } } : null;
}

export function observerAbilities(model: Model, key: NamespaceKey): Ability[] {
  const observer = observerOf(model);
  return observer ? abilitiesOf(model, observer, key) : [];
}

/** Whether we have a capability towards the owner of a namespace. */
export function observerCapable(model: Model, key: NamespaceKey, capability: CapabilityName): Verdict {
  const observer = observerOf(model);
  const owner = model.namespaces.get(key)?.fact.owner;
  if (!observer) return { allowed: null, reason: 'what nsview itself may do is not known' };
  if (!owner) return { allowed: null, reason: 'the user namespace that owns it is not known' };
  return capableIn(model, observer, owner, capability);
}

export interface EnterForecast {
  kind: NamespaceKind;
  key: NamespaceKey;
  /** Null: we are in it. */
  verdict: Verdict | null;
}

/** Each namespace of a process: may we enter it. */
export function enterForecasts(model: Model, process: ProcessFact): EnterForecast[] {
  const observer = observerOf(model);
  const own = observer ? namespaceSetOf(model, observer) : {};
  const set = namespaceSetOf(model, process);
  return NAMESPACE_KINDS.flatMap((kind) => {
    const key = set[kind];
    if (key === undefined || !observer) return [];
    return [{ kind, key, verdict: own[kind] === key ? null : canEnter(model, observer, key) }];
  });
}

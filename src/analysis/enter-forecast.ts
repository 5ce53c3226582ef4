/**
 * May we enter several namespaces at once, as nsenter(1) does it: with our own rights, or after the user namespace,
 * whose entering gives all capabilities in it and below, user_namespaces(7).
 */
import type { Model } from '../model/model.js';
import type { NamespaceKind } from '../model/namespace-kind.js';
import type { NamespaceKey } from '../model/snapshot.js';
import type { Verdict } from './capabilities.js';
import { canEnter } from './capabilities.js';
import { observerOf } from './forecast.js';
import { ancestorsOf } from './id-translation.js';
import { namespaceName } from './namespace-name.js';

export type KeysByKind = Partial<Record<NamespaceKind, NamespaceKey>>;

/** A verdict for each kind that would be entered. */
export function enterTogether(model: Model, keys: KeysByKind): Partial<Record<NamespaceKind, Verdict>> {
  const observer = observerOf(model);
  const verdicts: Partial<Record<NamespaceKind, Verdict>> = {};
  const user = keys.user;
  const throughUser = user !== undefined && observer ? canEnter(model, observer, user) : null;
  for (const [kind, key] of Object.entries(keys) as [NamespaceKind, NamespaceKey][]) {
    if (!observer) {
      verdicts[kind] = { allowed: null, reason: 'what nsview itself may do is not known' };
      continue;
    }
    const before = canEnter(model, observer, key);
    const owner = model.namespaces.get(key)?.fact.owner;
    const isBelow = user !== undefined && owner ? ancestorsOf(model, owner).includes(user) : false;
    verdicts[kind] =
      before.allowed !== true && kind !== 'user' && throughUser?.allowed === true && isBelow
        ? { allowed: true, reason: `as root of user namespace ${namespaceName(model, user!)}` }
        : before;
  }
  return verdicts;
}

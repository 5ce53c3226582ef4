/** Whether we may do what a plan wants, before it is offered: the forecast that all plans use. */
import type { CapabilityName, Verdict } from '../analysis/capabilities.js';
import { canEnter } from '../analysis/capabilities.js';
import { observerCapable, observerOf } from '../analysis/forecast.js';
import type { Model } from '../model/model.js';
import type { NamespaceReference } from './plan.js';

/** The first reason not to try; what is not known is left to the kernel. */
export function denied(...verdicts: (Verdict | null)[]): string | null {
  const no = verdicts.find((verdict) => verdict?.allowed === false);
  return no ? `nsview may not: ${no.reason}` : null;
}

/** Null: we are inside already. */
export function mayEnter(model: Model, reference: NamespaceReference): Verdict | null {
  const observer = observerOf(model);
  return reference.isOwn || reference.through !== undefined || !observer
    ? null
    : canEnter(model, observer, reference.key);
}

/** Why a change inside of a namespace would be refused: entering it, or the capability towards its owner. */
export function forbidsChange(
  model: Model,
  reference: NamespaceReference,
  capability: CapabilityName,
): string | null {
  // As its root we have all capabilities there.
  if (reference.through !== undefined) return null;
  return denied(mayEnter(model, reference), observerCapable(model, reference.key, capability));
}

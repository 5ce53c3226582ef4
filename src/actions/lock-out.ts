/** Whether a plan would cut the session that it is made in: then its name is typed, and it is rolled back by itself. */
import { buildNetworkModel } from '../analysis/network-model.js';
import { sessionPath } from '../analysis/session-path.js';
import { buildSocketModel } from '../analysis/socket-model.js';
import type { Model } from '../model/model.js';
import type { SessionFacts } from '../model/session.js';
import { RULES } from './cut-rules.js';
import type { CutRule, Danger, Threat } from './cut-rules.js';
import type { Operation, ReadyPlan } from './plan.js';

export type { Threat } from './cut-rules.js';

/** What would cut us off, an interface before all else. */
export function threatOf(danger: Danger, { operations }: ReadyPlan): Threat | null {
  const threats = operations.flatMap((operation) => {
    const rule = RULES[operation.operation] as CutRule<Operation>;
    return rule === 'cannot cut' ? [] : (rule(danger, operation) ?? []);
  });
  const isLink = ({ name }: Threat): boolean => danger.path.links.some(({ fact }) => fact.name === name);
  return threats.find(isLink) ?? threats[0] ?? null;
}

/** Whether a plan could cut anything at all: only then the session is looked for. */
export function couldCut({ operations }: ReadyPlan): boolean {
  return operations.some(({ operation }) => RULES[operation] !== 'cannot cut');
}

/** The threat of a plan, from what was read just now; null: none, or nobody is connected from elsewhere. */
export function findThreat(model: Model, plan: ReadyPlan, facts: SessionFacts): Threat | null {
  const network = buildNetworkModel(facts.networkTables);
  const sockets = buildSocketModel(facts.socketTables, facts.socketOwners);
  const path = sessionPath(model, network, sockets, facts.ancestors);
  return path && threatOf({ model, network, path, members: facts.members }, plan);
}

/** Seconds until it is rolled back, unless it is confirmed. */
export const ROLLBACK_SECONDS = 60;

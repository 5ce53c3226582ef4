/** Counts over a whole machine, made once for each model: the screen asks for them at every key. */
import type { Model } from '../model/model.js';
import type { NamespaceKind } from '../model/namespace-kind.js';
import { isIsolated } from './difference.js';

export interface Totals {
  readonly namespaces: Readonly<Partial<Record<NamespaceKind, number>>>;
  /** Processes that have some namespace of their own. */
  readonly isolatedProcesses: number;
}

const totalsOfModel = new WeakMap<Model, Totals>();

function countTotals(model: Model): Totals {
  const namespaces: Partial<Record<NamespaceKind, number>> = {};
  for (const { fact } of model.namespaces.values()) namespaces[fact.kind] = (namespaces[fact.kind] ?? 0) + 1;
  let isolatedProcesses = 0;
  for (const process of model.processes.values()) if (isIsolated(model, process)) isolatedProcesses++;
  return { namespaces, isolatedProcesses };
}

export function totalsOf(model: Model): Totals {
  let totals = totalsOfModel.get(model);
  if (!totals) totalsOfModel.set(model, (totals = countTotals(model)));
  return totals;
}

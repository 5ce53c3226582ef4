/** The containers of a machine with their processes. */
import type { Model } from '../model/model.js';
import { namespaceSetOf } from '../model/model.js';
import { NAMESPACE_KINDS } from '../model/namespace-kind.js';
import type { NamespaceKey, ProcessFact } from '../model/snapshot.js';
import type { ContainerLabel } from './container-of.js';
import { containerOf } from './container-of.js';
import { innerPid } from './pid-chain.js';

export interface Container {
  label: ContainerLabel;
  /** Those whose details were read. */
  processes: readonly ProcessFact[];
  /** Its init: the process that is pid 1 inside, else the one that was started first. */
  main: ProcessFact;
  /** Namespaces of its init that are not the host's. */
  keys: readonly NamespaceKey[];
}

const containersOfModel = new WeakMap<Model, Container[]>();

export function containersOf(model: Model): readonly Container[] {
  let containers = containersOfModel.get(model);
  if (!containers) containersOfModel.set(model, (containers = groupContainers(model)));
  return containers;
}

function groupContainers(model: Model): Container[] {
  const groups = new Map<string, { label: ContainerLabel; processes: ProcessFact[] }>();
  for (const process of model.processes.values()) {
    const label = containerOf(model, process);
    if (!label) continue;
    const id = `${label.engine}:${label.containerId}`;
    const group = groups.get(id);
    if (group) group.processes.push(process);
    else groups.set(id, { label, processes: [process] });
  }
  return [...groups.values()].map(({ label, processes }) => {
    const main = initOf(processes);
    const set = namespaceSetOf(model, main);
    const keys = NAMESPACE_KINDS.flatMap((kind) => {
      const key = set[kind];
      return key !== undefined && key !== model.host[kind] ? [key] : [];
    });
    return { label, processes, main, keys };
  });
}

/** A program that an engine runs inside later (`docker exec`) is none of the init's children. */
function initOf(processes: readonly ProcessFact[]): ProcessFact {
  const started = (process: ProcessFact): number => process.details?.startTimeTicks ?? Infinity;
  const isInit = (process: ProcessFact): boolean =>
    innerPid(process) === 1 && (process.details?.namespacePids.length ?? 0) > 1;
  return processes.reduce((best, process) => {
    if (isInit(best) !== isInit(process)) return isInit(process) ? process : best;
    return started(process) < started(best) ? process : best;
  });
}

/** What is inside of a namespace as data, for JSON: the facts that were read, and for pid namespaces who lives there. */
import type { InteriorFact } from '../model/interior.js';
import type { Model } from '../model/model.js';
import { kindOfKey } from '../model/namespace-kind.js';
import type { NamespaceKey, Pid } from '../model/snapshot.js';
import type { InteriorModel } from './interior-model.js';
import { uptimeInside } from './interior-model.js';
import type { InitState } from './pid-namespaces.js';
import { livingIn, pidIn, pidLevelOf, pidNamespace } from './pid-namespaces.js';

export interface PidInside {
  interior: 'pid';
  key: NamespaceKey;
  /** As the observer counts; null: none in sight. */
  init: Pid | null;
  state: InitState;
  level: number | null;
  /** Those that live there and below: the pid there, and the observer's. */
  processes: { pid: Pid; inside: Pid | null }[];
}

export type InsideFacts = InteriorFact | PidInside | (InteriorFact & { uptimeInside: number | null });

/** Null: it could not be read. */
export function insideFacts(model: Model, interiors: InteriorModel, key: NamespaceKey): InsideFacts | null {
  const kind = kindOfKey(key);
  switch (kind) {
    case 'pid':
      return pidInside(model, key);
    case 'time': {
      const fact = interiors.of('time', key);
      return fact && { ...fact, uptimeInside: uptimeInside(model, interiors, key) };
    }
    case 'uts':
    case 'ipc':
    case 'cgroup':
      return interiors.of(kind, key);
    default:
      return null;
  }
}

function pidInside(model: Model, key: NamespaceKey): PidInside {
  const { init, state } = pidNamespace(model, key);
  return {
    interior: 'pid',
    key,
    init: init?.pid ?? null,
    state,
    level: pidLevelOf(model, key),
    processes: livingIn(model, key).map((process) => ({
      pid: process.pid,
      inside: pidIn(model, process, key),
    })),
  };
}

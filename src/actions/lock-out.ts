/** Whether a plan would cut the session that it is made in: then its name is typed, and it is taken back by itself. */
import { buildNetworkModel } from '../analysis/network-model.js';
import type { SessionPath } from '../analysis/session-path.js';
import { sessionPath } from '../analysis/session-path.js';
import { buildSocketModel } from '../analysis/socket-model.js';
import type { Model } from '../model/model.js';
import type { SessionFacts } from '../model/session.js';
import type { LinkPlace, NetnsPlace, Operation, ReadyPlan } from './plan.js';

export interface Threat {
  /** What has to be typed: the name of what would be cut. */
  name: string;
  /** One sentence. */
  reason: string;
}

function sameNamespace(place: NetnsPlace, key: string): boolean {
  return 'key' in place && place.key === key;
}

function isOnPath({ links }: SessionPath, { netns, name, ifindex }: LinkPlace): boolean {
  return links.some(
    ({ namespace, fact }) =>
      sameNamespace(netns, namespace) && (ifindex === null ? fact.name === name : fact.ifindex === ifindex),
  );
}

const ENDING = new Set(['SIGTERM', 'SIGKILL', 'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGSTOP']);
const CUTTING = new Set(['link-move', 'wiphy-move', 'link-down', 'link-delete', 'link-master']);

function threatOfOperation(path: SessionPath, operation: Operation): Threat | null {
  const whose = path.isGuess ? 'it may be your session’s way' : 'your own session goes through it';
  switch (operation.operation) {
    case 'link-move':
    case 'wiphy-move':
    case 'link-down':
    case 'link-delete':
    case 'link-master':
      return isOnPath(path, operation.link)
        ? { name: operation.link.name, reason: `${operation.link.name}: ${whose}` }
        : null;
    case 'address-delete': {
      const [address = ''] = operation.address.split('/');
      return path.localAddresses.includes(address)
        ? { name: address, reason: `${address}: your own session is connected to it` }
        : null;
    }
    case 'signal':
      return path.processes.includes(operation.pid) && ENDING.has(operation.signal)
        ? { name: String(operation.pid), reason: `process ${operation.pid}: your own session runs in it` }
        : null;
    default:
      return null;
  }
}

/** The first of its operations that would cut us off; null: none, or nobody is connected from elsewhere. */
export function threatOf(path: SessionPath | null, { operations }: ReadyPlan): Threat | null {
  if (!path) return null;
  for (const operation of operations) {
    const threat = threatOfOperation(path, operation);
    if (threat) return threat;
  }
  return null;
}

/** Whether a plan could cut anything at all: only then the session is looked for. */
export function couldCut({ operations }: ReadyPlan): boolean {
  return operations.some(
    ({ operation }) => CUTTING.has(operation) || operation === 'address-delete' || operation === 'signal',
  );
}

/** The threat of a plan, from what was read of networks and sockets just now. */
export function findThreat(model: Model, plan: ReadyPlan, facts: SessionFacts): Threat | null {
  const network = buildNetworkModel(facts.networkTables);
  const sockets = buildSocketModel(facts.socketTables, facts.socketOwners);
  return threatOf(sessionPath(model, network, sockets, facts.ancestors), plan);
}

/** Seconds until it is taken back, unless it is confirmed. */
export const ROLLBACK_SECONDS = 60;

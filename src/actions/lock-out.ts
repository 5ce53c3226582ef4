/** Whether a plan would cut the session that it is made in: then its name is typed, and it is rolled back by itself. */
import { sameNetwork } from '../analysis/addresses.js';
import { namespaceName } from '../analysis/namespace-name.js';
import { buildNetworkModel } from '../analysis/network-model.js';
import type { NetworkModel } from '../analysis/network-model.js';
import { livingIn, pidNamespace } from '../analysis/pid-namespaces.js';
import { takesOver } from '../analysis/routing.js';
import type { SessionPath } from '../analysis/session-path.js';
import { sessionPath } from '../analysis/session-path.js';
import { buildSocketModel } from '../analysis/socket-model.js';
import { namespaceSetOf } from '../model/model.js';
import type { Model } from '../model/model.js';
import type { SessionFacts } from '../model/session.js';
import type { NamespaceKey, Pid } from '../model/snapshot.js';
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

interface Danger {
  model: Model;
  network: NetworkModel;
  path: SessionPath;
  members: SessionFacts['members'];
}

type Rule<O extends Operation> = (danger: Danger, operation: O) => Threat | null;

/** The operation of that name, also where a record holds several names. */
type Named<N, O = Operation> = O extends Operation ? (N extends O['operation'] ? O : never) : never;

type Rules = { [N in Operation['operation']]?: Rule<Named<N>> };

const whose = ({ isGuess }: SessionPath): string =>
  isGuess ? 'it may be your session’s way' : 'your own session goes through it';

function throughLink({ path }: Danger, { link }: { link: LinkPlace }): Threat | null {
  return isOnPath(path, link) ? { name: link.name, reason: `${link.name}: ${whose(path)}` } : null;
}

/** A network beside the way, narrower than the route in use, that holds the other end: packets would go there. */
function divertsTo(
  { network, path }: Danger,
  netns: NetnsPlace,
  destination: string,
  device: LinkPlace,
): Threat | null {
  const here = path.namespaces.find((key) => sameNamespace(netns, key));
  const table = here && network.tables.get(here);
  if (!table || isOnPath(path, device)) return null;
  const remote = path.remoteAddresses.find((each) => takesOver(table.fact, destination, each));
  if (remote === undefined) return null;
  const reason = `${destination} holds ${remote}, the other end of your own session: it would be looked for there`;
  return { name: remote, reason };
}

const ENDING = new Set(['SIGTERM', 'SIGKILL', 'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGSTOP']);
const KILLING = new Set(['SIGTERM', 'SIGKILL', 'SIGHUP', 'SIGINT', 'SIGQUIT']);

/** Who ends with it: all of a pid namespace, where it is the init of that. */
function endWith(model: Model, pid: Pid): Set<Pid> {
  const process = model.processes.get(pid);
  const key = process && namespaceSetOf(model, process).pid;
  const isInit = key !== undefined && pidNamespace(model, key).init === process;
  return new Set([pid, ...(isInit ? livingIn(model, key).map((each) => each.pid) : [])]);
}

/** Processes that were in it when the plan was made and are there now: other looks at the machine only pass through. */
function lastingMembers({ model, members }: Danger, key: NamespaceKey): Pid[] {
  const before = new Set(model.namespaces.get(key)?.processes.map(({ pid }) => pid));
  return members.flatMap(({ pid, namespace }) => (namespace === key && before.has(pid) ? [pid] : []));
}

/** Bind mounts of it; `but`: not counting that one and its copies in other mount namespaces. */
function isBound({ model }: Danger, key: NamespaceKey, but: string | null): boolean {
  const pins = model.namespaces.get(key)?.pins ?? [];
  return pins.some((pin) => pin.pinKind === 'bind' && pin.mountPoint !== but);
}

/** The namespace on the way that only these processes keep. */
function keptBy(danger: Danger, pids: ReadonlySet<Pid>): NamespaceKey | undefined {
  return danger.path.namespaces.find((key) => {
    const members = lastingMembers(danger, key);
    const isInitial = danger.model.namespaces.get(key)?.initial ?? true;
    return (
      !isInitial && !isBound(danger, key, null) && members.length > 0 && members.every((pid) => pids.has(pid))
    );
  });
}

/** What could cut a session: by moving, ending or diverting what it goes through. */
const RULES: Rules = {
  'link-move': throughLink,
  'wiphy-move': throughLink,
  'link-down': throughLink,
  'link-delete': throughLink,
  'link-master': throughLink,
  'dhcp-stop': throughLink,
  'address-delete': ({ path }, operation) => {
    const [address = ''] = operation.address.split('/');
    return path.localAddresses.includes(address)
      ? { name: address, reason: `${address}: your own session is connected to it` }
      : null;
  },
  'address-add': (danger, { link, address }) => divertsTo(danger, link.netns, address, link),
  'route-add': (danger, { netns, route }) => {
    const device: LinkPlace = { netns, name: route.device ?? '', ifindex: null };
    return route.destination === 'default' ? null : divertsTo(danger, netns, route.destination, device);
  },
  'route-delete': (danger, { netns, route: { destination, device } }) => {
    const link: LinkPlace = { netns, name: device ?? '', ifindex: null };
    const { path } = danger;
    const isUsed =
      isOnPath(path, link) &&
      (destination === 'default' || path.remoteAddresses.some((each) => sameNetwork(destination, each)));
    return isUsed ? throughLink(danger, { link }) : null;
  },
  /** Where the session is forwarded. */
  sysctl: ({ path }, { netns, name, value }) =>
    name.endsWith('forward') && value === '0' && path.forwarding.some((key) => sameNamespace(netns, key))
      ? { name, reason: `${name}: your own session is forwarded there` }
      : null,
  /** What nsview adds to a firewall translates the addresses of one guest; without it that one is cut off. */
  nft: ({ path }, { netns, script }) =>
    script.startsWith('delete ') && path.forwarding.some((key) => sameNamespace(netns, key))
      ? {
          name: script.split(' ').at(-1)!,
          reason: 'your own session is forwarded there, and may be translated by it',
        }
      : null,
  'netns-remove-name': (danger, { name }) => {
    const { model, path } = danger;
    const known = model.snapshot.netnsNames?.find((each) => each.name === name);
    if (!known?.key || !path.namespaces.includes(known.key)) return null;
    const lives = lastingMembers(danger, known.key).length > 0 || isBound(danger, known.key, known.path);
    return lives ? null : { name, reason: `${name} ends with its name: ${whose(path)}` };
  },
  signal: (danger, { pid, signal }) => {
    const { model, path } = danger;
    if (path.processes.includes(pid) && ENDING.has(signal))
      return { name: String(pid), reason: `process ${pid}: your own session runs in it` };
    if (!KILLING.has(signal)) return null;
    const dying = endWith(model, pid);
    const lost = path.processes.find((each) => dying.has(each));
    if (lost !== undefined)
      return { name: String(pid), reason: `process ${lost} of your own session ends with it` };
    const key = keptBy(danger, dying);
    return key
      ? { name: String(pid), reason: `${namespaceName(model, key)} ends with it: ${whose(path)}` }
      : null;
  },
};

/** What would cut us off, an interface before all else. */
function threatOf(danger: Danger, { operations }: ReadyPlan): Threat | null {
  const threats = operations.flatMap((operation) => {
    const rule = RULES[operation.operation] as Rule<Operation> | undefined;
    return rule?.(danger, operation) ?? [];
  });
  const isLink = ({ name }: Threat): boolean => danger.path.links.some(({ fact }) => fact.name === name);
  return threats.find(isLink) ?? threats[0] ?? null;
}

/** Whether a plan could cut anything at all: only then the session is looked for. */
export function couldCut({ operations }: ReadyPlan): boolean {
  return operations.some(({ operation }) => operation in RULES);
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

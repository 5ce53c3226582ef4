/** Which operation cuts a session off, and how: one rule for each kind. */
import { sameNetwork } from '../analysis/addresses.js';
import { forecastRemoval } from '../analysis/name-removal.js';
import { namespaceName } from '../analysis/namespace-name.js';
import type { NetworkModel } from '../analysis/network-model.js';
import { livingIn, pidNamespace } from '../analysis/pid-namespaces.js';
import { takesOver } from '../analysis/routing.js';
import type { SessionPath } from '../analysis/session-path.js';
import { namespaceSetOf } from '../model/model.js';
import type { Model } from '../model/model.js';
import type { SessionFacts } from '../model/session.js';
import type { NamespaceKey, Pid, PinFact } from '../model/snapshot.js';
import type { LinkPlace, NetnsPlace, Operation, RoutePlace } from './plan.js';

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

export interface Danger {
  model: Model;
  network: NetworkModel;
  path: SessionPath;
  members: SessionFacts['members'];
}

type Rule<O extends Operation> = (danger: Danger, operation: O) => Threat | null;

/** The operation of that name, also where a record holds several names. */
type Named<N, O = Operation> = O extends Operation ? (N extends O['operation'] ? O : never) : never;

/** Null: this one does not. */
export type CutRule<O extends Operation> = Rule<O> | 'cannot cut';

/** Each kind of operation has one: the compiler asks for it. */
type Rules = { readonly [N in Operation['operation']]: CutRule<Named<N>> };

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

/** Bind mounts of it, but these. */
function isBoundBesides({ model }: Danger, key: NamespaceKey, but: readonly PinFact[]): boolean {
  const pins = model.namespaces.get(key)?.pins ?? [];
  return pins.some((pin) => pin.pinKind === 'bind' && !but.includes(pin));
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

/** A default route beside the way, that is better than the one in use. */
function outranks(
  { network, path }: Danger,
  netns: NetnsPlace,
  { family, metric, device, table }: RoutePlace,
): Threat | null {
  const here = path.namespaces.find((key) => sameNamespace(netns, key));
  const known = here && network.tables.get(here);
  const isUsed = path.remoteAddresses.some((each) => each.includes(':') === (family === 'inet6'));
  if (!known || !isUsed || (table !== null && table !== TABLE_MAIN)) return null;
  if (isOnPath(path, { netns, name: device ?? '', ifindex: null })) return null;
  const usual = family === 'inet6' ? IPV6_METRIC : 0;
  const inUse = known.fact.routes.filter(
    (each) =>
      each.family === family &&
      each.destination === 'default' &&
      each.table === TABLE_MAIN &&
      path.links.some(({ namespace, fact }) => namespace === here && fact.ifindex === each.outInterface),
  );
  return inUse.some((each) => (metric ?? usual) < (each.metric ?? usual))
    ? {
        name: device ?? 'default',
        reason: `the default route of your own session would be another one: ${device ?? ''} comes before it`,
      }
    : null;
}

const TABLE_MAIN = 254;
const IPV6_METRIC = 1024;

/** The interface, where it is known, by what it has: its networks are reached through it once it is up. */
function divertsByItself(danger: Danger, place: LinkPlace): Threat | null {
  const { netns, name } = place;
  const key = danger.path.namespaces.find((each) => sameNamespace(netns, each));
  const link = key && danger.network.tables.get(key)?.links.find(({ fact }) => fact.name === name);
  const threats = (link?.addresses ?? []).flatMap(
    ({ address, prefixLength }) => divertsTo(danger, netns, `${address}/${prefixLength}`, place) ?? [],
  );
  return threats[0] ?? null;
}

/** A switch of a namespace on the way, net.*: what stops packets, or the routes that an advertisement brought. */
function switchThreat(
  { path, network }: Danger,
  netns: NetnsPlace,
  name: string,
  value: string,
): Threat | null {
  const key = path.namespaces.find((each) => sameNamespace(netns, each));
  if (key === undefined) return null;
  const threat = (reason: string): Threat => ({ name, reason: `${name}: ${reason}` });
  const isIpv6 = path.remoteAddresses.some((each) => each.includes(':'));
  if (/forward(ing)?$/.test(name)) {
    if (value === '0')
      return path.forwarding.includes(key) ? threat('your own session is forwarded there') : null;
    // A router takes no advertisements: accept_ra counts as 0 then.
    const isAdvertised = network.tables
      .get(key)
      ?.fact.routes.some(({ protocol, family }) => protocol === 'ra' && family === 'inet6');
    return name.includes('ipv6') && isIpv6 && isAdvertised
      ? threat('the route of your own session was advertised, and a router takes no advertisements')
      : null;
  }
  if (name.endsWith('disable_ipv6') && value === '1' && isIpv6)
    return threat('your own session goes by IPv6');
  if (name.endsWith('rp_filter') && value !== '0')
    return threat('packets of your own session may be taken for forged');
  return /arp_ignore$|disable_policy$|accept_local$/.test(name) && value !== '0' ? threat(whose(path)) : null;
}

/** A name under /run/netns, or a mount, that alone keeps a namespace on the way. */
function endsWithMount(danger: Danger, mountPoint: string, name: string): Threat | null {
  const { model, path } = danger;
  const key = path.namespaces.find((each) =>
    model.namespaces.get(each)?.pins.some((pin) => pin.pinKind === 'bind' && pin.mountPoint === mountPoint),
  );
  if (key === undefined) return null;
  const lives = lastingMembers(danger, key).length > 0 || isBound(danger, key, mountPoint);
  return lives ? null : { name, reason: `${name} ends with its name: ${whose(path)}` };
}

const anyOnPath = ({ path }: Danger, links: readonly LinkPlace[]): Threat | null => {
  const found = links.find((link) => isOnPath(path, link));
  return found ? { name: found.name, reason: `${found.name}: ${whose(path)}` } : null;
};

/** What could cut a session: by moving, ending or diverting what it goes through. */
export const RULES: Rules = {
  'link-move': throughLink,
  'wiphy-move': throughLink,
  'link-down': throughLink,
  'link-delete': throughLink,
  'link-master': throughLink,
  'dhcp-stop': throughLink,
  /** The client takes the addresses away that are there before it asks. */
  'dhcp-start': throughLink,
  /** Rules of a firewall and services know it by its name. */
  'link-rename': throughLink,
  'link-up': (danger, { link }) => divertsByItself(danger, link),
  'link-alias': 'cannot cut',
  'link-alternative-names': 'cannot cut',
  'link-queue': 'cannot cut',
  'link-sysctls': (danger, { link, values }) => {
    const set = (['ipv4', 'ipv6'] as const).flatMap((family) =>
      Object.entries(values[family]).map(
        ([name, value]) => [`net.${family}.conf.${link.name}.${name}`, String(value)] as const,
      ),
    );
    if (!isOnPath(danger.path, link)) return null;
    const threats = set.flatMap(([name, value]) => switchThreat(danger, link.netns, name, value) ?? []);
    return threats[0] ? { ...threats[0], name: link.name } : null;
  },
  'port-settings': throughLink,
  'bridge-settings': throughLink,
  'bridge-vlans': throughLink,
  'neighbour-add': throughLink,
  'forwarding-add': throughLink,
  'group-add': 'cannot cut',
  /** A new one is used by nothing yet, and a group only gets its members again. */
  'next-hop-add': 'cannot cut',
  /** passthru takes all packets of what it stands on. */
  'link-add': (danger, { netns, options }) =>
    'mode' in options && options.mode === 'passthru'
      ? anyOnPath(danger, [options.lowerLink ?? { netns, name: options.lower, ifindex: null }])
      : null,
  'address-delete': ({ path }, operation) => {
    const [address = ''] = operation.address.split('/');
    return path.localAddresses.includes(address)
      ? { name: address, reason: `${address}: your own session is connected to it` }
      : null;
  },
  'address-add': (danger, { link, address }) => {
    const [own = ''] = address.split('/');
    const { path } = danger;
    const isHere = path.namespaces.some((key) => sameNamespace(link.netns, key));
    return isHere && path.remoteAddresses.includes(own)
      ? { name: own, reason: `${own} is the other end of your own session: packets to it would stay here` }
      : divertsTo(danger, link.netns, address, link);
  },
  'route-add': (danger, { netns, route }) => {
    const device: LinkPlace = { netns, name: route.device ?? '', ifindex: null };
    return route.destination === 'default'
      ? outranks(danger, netns, route)
      : divertsTo(danger, netns, route.destination, device);
  },
  'route-delete': (danger, { netns, route: { destination, device } }) => {
    const link: LinkPlace = { netns, name: device ?? '', ifindex: null };
    const { path } = danger;
    const isUsed =
      isOnPath(path, link) &&
      (destination === 'default' || path.remoteAddresses.some((each) => sameNetwork(destination, each)));
    return isUsed ? throughLink(danger, { link }) : null;
  },
  sysctl: (danger, { netns, name, value }) => switchThreat(danger, netns, name, value),
  /** What nsview adds to a firewall translates the addresses of one guest; without it that one is cut off. */
  nft: ({ path }, { netns, script }) =>
    script.startsWith('delete ') && path.forwarding.some((key) => sameNamespace(netns, key))
      ? {
          name: script.split(' ').at(-1)!,
          reason: 'your own session is forwarded there, and may be translated by it',
        }
      : null,
  'netns-add': 'cannot cut',
  'netns-attach': 'cannot cut',
  'netns-set-id': 'cannot cut',
  'netns-remove-name': (danger, { name }) => {
    const { model, path } = danger;
    const known = model.snapshot.netnsNames?.find((each) => each.name === name);
    // Also what is mounted on that file in other mount namespaces goes.
    const lost =
      known &&
      forecastRemoval(model, known).namespaces.find(
        ({ key, mounts }) =>
          path.namespaces.includes(key) &&
          lastingMembers(danger, key).length === 0 &&
          !isBoundBesides(danger, key, mounts),
      );
    const what = lost?.key === known?.key ? name : lost?.key;
    return lost ? { name, reason: `${what} ends with its name: ${whose(path)}` } : null;
  },
  unmount: (danger, { place: { mountPoint } }) => endsWithMount(danger, mountPoint, mountPoint),
  'bind-mount': 'cannot cut',
  'set-propagation': 'cannot cut',
  'set-uts-name': 'cannot cut',
  'remove-ipc': 'cannot cut',
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

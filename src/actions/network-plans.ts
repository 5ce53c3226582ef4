/** Plans in network namespaces: names, interfaces, addresses, and the two ways of wiring. */
import { addressProblem, sameNetwork } from '../analysis/addresses.js';
import type { Link, NetworkModel } from '../analysis/network-model.js';
import { IFF_UP, isLoopback, singleFarEnd } from '../analysis/network-model.js';
import { movabilityOf } from '../analysis/movability.js';
import { namespaceName } from '../analysis/namespace-name.js';
import { forecastDeletion } from '../analysis/netns-deletion.js';
import type { Model } from '../model/model.js';
import type { RouteFact } from '../model/network-table.js';
import type { NamespaceKey, PinFact } from '../model/snapshot.js';
import { unreachable } from './in-namespace.js';
import { namespaceReference } from './namespace-reference.js';
import { networkCommand } from './network-commands.js';
import { forbidsChange } from './permission.js';
import type { LinkPlace, NetnsPlace, NetworkOperation, NewLinkOptions, Plan, RoutePlace } from './plan.js';

export interface NetworkScene {
  model: Model;
  network: NetworkModel;
}

/** One operation and what takes it back. */
export interface Step {
  done: NetworkOperation;
  undo: readonly NetworkOperation[];
}

const no = (reason: string): Plan => ({ ok: false, reason });

/** A plan that is done whole or not at all. `lost`: why it cannot be undone afterwards. */
export function planOfSteps(
  title: string,
  steps: readonly Step[],
  effects: readonly string[],
  lost: string | null = null,
): Plan {
  const back = [...steps].reverse().flatMap(({ undo }) => undo);
  return {
    ok: true,
    title,
    operations: steps.map(({ done }) => done),
    rollback: steps.map(({ undo }) => undo),
    commands: steps.map(({ done }) => networkCommand(done)),
    undo:
      lost === null
        ? { possible: true, operations: back, commands: back.map(networkCommand), note: null }
        : { possible: false, reason: lost },
    effects,
    simulated: null,
  };
}

// ---- places ------------------------------------------------------------------------------------------------

export function netnsPlace(model: Model, key: NamespaceKey): NetnsPlace {
  return namespaceReference(model, key);
}

function linkPlace(model: Model, { namespace, fact }: Link): LinkPlace {
  return { netns: netnsPlace(model, namespace), name: fact.name, ifindex: fact.ifindex };
}

/** Why nothing can be changed in a network namespace; null: it can. */
function blocked(model: Model, key: NamespaceKey): string | null {
  const reference = namespaceReference(model, key);
  return unreachable(reference) ?? forbidsChange(model, reference, 'NET_ADMIN');
}

const MAXIMUM_NAME = 15;

/** dev_valid_name() of net/core/dev.c. */
export function linkNameProblem(name: string): string | null {
  if (name === '') return 'the interface has no name';
  if (name.length > MAXIMUM_NAME) return `"${name}" is longer than ${MAXIMUM_NAME} characters`;
  return name === '.' || name === '..' || /[\s/:]/.test(name)
    ? `"${name}" is no name for an interface`
    : null;
}

export function netnsNameProblem(model: Model, name: string): string | null {
  if (name === '' || name === '.' || name === '..' || name.includes('/'))
    return `"${name}" is no name for a network namespace`;
  const taken = model.snapshot.netnsNames?.some((each) => each.name === name) ?? false;
  return taken ? `the name ${name} is taken` : null;
}

function nameTaken({ network }: NetworkScene, key: NamespaceKey, name: string): boolean {
  return network.tables.get(key)?.links.some(({ fact }) => fact.name === name) ?? false;
}

// ---- one interface -----------------------------------------------------------------------------------------

function isUp({ fact }: Link): boolean {
  return (fact.flags & IFF_UP) !== 0;
}

export function planUpDown(scene: NetworkScene, link: Link, up: boolean): Plan {
  const { model, network } = scene;
  const problem =
    blocked(model, link.namespace) ?? (isUp(link) === up ? `it is ${up ? 'up' : 'down'} already` : null);
  if (problem !== null) return no(problem);
  const place = linkPlace(model, link);
  const routes = keptRoutes(network.tables.get(link.namespace)?.fact.routes ?? [], link);
  const undo: NetworkOperation[] = up
    ? [{ operation: 'link-down', link: place }]
    : [
        { operation: 'link-up', link: place },
        ...routes.map((route) => ({ operation: 'route-add', netns: place.netns, route }) as const),
      ];
  return planOfSteps(
    `set ${link.fact.name} ${up ? 'up' : 'down'}`,
    [{ done: { operation: up ? 'link-up' : 'link-down', link: place }, undo }],
    up || routes.length === 0
      ? []
      : [`${routes.length} routes through it go, and do not come back by themselves`],
  );
}

export function planRename(scene: NetworkScene, link: Link, newName: string): Plan {
  const { model } = scene;
  const problem =
    blocked(model, link.namespace) ??
    linkNameProblem(newName) ??
    (nameTaken(scene, link.namespace, newName) ? `${newName} is taken there` : null);
  if (problem !== null) return no(problem);
  const place = linkPlace(model, link);
  const back: LinkPlace = { ...place, name: newName };
  return planOfSteps(
    `rename ${link.fact.name} to ${newName}`,
    [
      {
        done: { operation: 'link-rename', link: place, newName },
        undo: [{ operation: 'link-rename', link: back, newName: link.fact.name }],
      },
    ],
    isUp(link) ? ['it is up: kernels before 6.2 refuse that'] : [],
  );
}

export function planDeleteLink(scene: NetworkScene, link: Link): Plan {
  const { model, network } = scene;
  const problem =
    blocked(model, link.namespace) ??
    (isLoopback(link.fact) ? 'the loopback cannot be deleted' : null) ??
    (link.fact.kind === null ? 'hardware cannot be deleted: only what software made can' : null);
  if (problem !== null) return no(problem);
  const far = singleFarEnd(network, link);
  const effects = [
    ...(far && link.fact.kind === 'veth'
      ? [`its other end goes too: ${far.fact.name} in ${namespaceName(model, far.namespace)}`]
      : []),
    ...network.ports(link).map(({ fact }) => `${fact.name} is no port of it any more`),
    ...network
      .uppers(link)
      .map(
        ({ fact, namespace }) =>
          `${fact.name} in ${namespaceName(model, namespace)} stands on it and goes too`,
      ),
  ];
  return planOfSteps(
    `delete ${link.fact.name}`,
    [{ done: { operation: 'link-delete', link: linkPlace(model, link) }, undo: [] }],
    effects,
    'it would have to be made anew, with another hardware address',
  );
}

export function planMaster(scene: NetworkScene, link: Link, master: string | null): Plan {
  const { model, network } = scene;
  const before = network.master(link)?.fact.name ?? null;
  const problem =
    blocked(model, link.namespace) ??
    (before === master
      ? master === null
        ? 'it is a port of nothing'
        : `it is a port of ${master} already`
      : null);
  if (problem !== null) return no(problem);
  const place = linkPlace(model, link);
  return planOfSteps(
    master === null
      ? `take ${link.fact.name} out of ${before!}`
      : `make ${link.fact.name} a port of ${master}`,
    [
      {
        done: { operation: 'link-master', link: place, master },
        undo: [{ operation: 'link-master', link: place, master: before }],
      },
    ],
    link.addresses.length > 0 && master !== null
      ? ['addresses of a port are of little use: they belong on the bridge']
      : [],
  );
}

export function planAddress(scene: NetworkScene, link: Link, address: string, add: boolean): Plan {
  const { model } = scene;
  const problem =
    blocked(model, link.namespace) ??
    addressProblem(address) ??
    (add || keptAddresses(link).includes(address) ? null : `${link.fact.name} does not have ${address}`);
  if (problem !== null) return no(problem);
  const place = linkPlace(model, link);
  const lost = add ? [] : routesThrough(scene, link, address);
  const undo: NetworkOperation[] = add
    ? [{ operation: 'address-delete', link: place, address }]
    : [
        { operation: 'address-add', link: place, address },
        ...lost.map((route) => ({ operation: 'route-add', netns: place.netns, route }) as const),
      ];
  return planOfSteps(
    `${add ? 'add' : 'delete'} ${address} ${add ? 'to' : 'from'} ${link.fact.name}`,
    [{ done: { operation: add ? 'address-add' : 'address-delete', link: place, address }, undo }],
    lost.map(
      ({ destination, gateway }) =>
        `the route to ${destination}${gateway === null ? '' : ` via ${gateway}`} goes with it`,
    ),
  );
}

/** Routes that the kernel drops with the address: their gateway is reached by no other, or it is their source. */
function routesThrough({ network }: NetworkScene, link: Link, address: string): RoutePlace[] {
  const [own = ''] = address.split('/');
  const others = keptAddresses(link).filter((each) => each !== address);
  const routes = keptRoutes(network.tables.get(link.namespace)?.fact.routes ?? [], link);
  return routes.filter(
    ({ gateway, source }) =>
      source === own ||
      (gateway !== null &&
        sameNetwork(address, gateway) &&
        !others.some((other) => sameNetwork(other, gateway))),
  );
}

// ---- moving ------------------------------------------------------------------------------------------------

/** Those that somebody gave it: link-local ones come by themselves. */
export function keptAddresses({ addresses }: Link): string[] {
  return addresses
    .filter(({ scope, family }) => !(family === 'inet6' && scope === 'link'))
    .map(({ address, prefixLength }) => `${address}/${prefixLength}`);
}

const TABLE_LOCAL = 255;

/** Routes through it that do not come with its addresses; those without a gateway first, for others need them. */
export function keptRoutes(routes: readonly RouteFact[], { fact }: Link): RoutePlace[] {
  return routes
    .filter(
      ({ outInterface, table, protocol, kind }) =>
        outInterface === fact.ifindex && table !== TABLE_LOCAL && protocol !== 'kernel' && kind === 'unicast',
    )
    .map(({ destination, family, gateway, metric, source, table }) => ({
      destination,
      family: family === 'inet6' ? ('inet6' as const) : ('inet' as const),
      gateway,
      device: fact.name,
      metric: metric === 0 ? null : metric,
      source,
      table,
    }))
    .sort((a, b) => Number(a.gateway !== null) - Number(b.gateway !== null));
}

/** All that makes it what it was, at a place where it has just come. */
function restore(scene: NetworkScene, link: Link, place: LinkPlace, withMaster: boolean): NetworkOperation[] {
  const master = withMaster ? (scene.network.master(link)?.fact.name ?? null) : null;
  return [
    ...(master === null ? [] : [{ operation: 'link-master', link: place, master } as const]),
    ...(isUp(link) ? [{ operation: 'link-up', link: place } as const] : []),
    ...keptAddresses(link).map((address) => ({ operation: 'address-add', link: place, address }) as const),
    ...(isUp(link)
      ? keptRoutes(scene.network.tables.get(link.namespace)?.fact.routes ?? [], link).map(
          (route) =>
            ({
              operation: 'route-add',
              netns: place.netns,
              route: { ...route, device: place.name },
            }) as const,
        )
      : []),
  ];
}

export interface MoveChoice {
  /** Its addresses, routes and up state go with it. */
  keep: boolean;
  /** Another name there; null: the same. */
  newName: string | null;
  /** The bridge there that it becomes a port of; null: none. */
  master: string | null;
}

export function planMove(
  scene: NetworkScene,
  link: Link,
  to: NamespaceKey,
  { keep, newName, master }: MoveChoice,
): Plan {
  const { model, network } = scene;
  const { answer, reason } = movabilityOf(link.fact);
  const name = newName ?? link.fact.name;
  const problem =
    (to === link.namespace ? 'it is there already' : null) ??
    (answer === 'immovable' ? reason : null) ??
    blocked(model, link.namespace) ??
    blocked(model, to) ??
    linkNameProblem(name) ??
    (nameTaken(scene, to, name) ? `${name} is taken there: give it another name` : null) ??
    (master !== null && !nameTaken(scene, to, master) ? `there is no bridge ${master} there` : null);
  if (problem !== null) return no(problem);
  const from = linkPlace(model, link);
  const there: LinkPlace = { netns: netnsPlace(model, to), name, ifindex: null };
  const back: LinkPlace = { netns: from.netns, name: from.name, ifindex: null };
  const renamed = name === link.fact.name ? null : name;
  const move: Step = {
    done: { operation: 'link-move', link: from, to: there.netns, newName: renamed },
    undo: [
      {
        operation: 'link-move',
        link: there,
        to: from.netns,
        newName: renamed === null ? null : link.fact.name,
      },
      ...restore(scene, link, back, true),
    ],
  };
  const after: NetworkOperation[] = [
    ...(master === null ? [] : [{ operation: 'link-master', link: there, master } as const]),
    ...(keep ? restore(scene, link, there, false) : []),
  ];
  return planOfSteps(
    `move ${link.fact.name} to ${namespaceName(model, to)}${renamed === null ? '' : ` as ${name}`}`,
    [move, ...after.map((done): Step => ({ done, undo: [] }))],
    moveEffects(scene, link, keep, after.length > 0 || network.master(link) !== null),
  );
}

function moveEffects(
  { model, network }: NetworkScene,
  link: Link,
  keep: boolean,
  hasState: boolean,
): string[] {
  const master = network.master(link);
  return [
    ...(keep || !hasState ? [] : ['a move takes it down and drops its addresses and routes']),
    ...(master ? [`it is no port of ${master.fact.name} any more`] : []),
    ...network
      .uppers(link)
      .filter(({ fact }) => fact.kind === 'vxlan')
      .map(
        ({ fact, namespace }) =>
          `${fact.name} in ${namespaceName(model, namespace)} stands on it and is destroyed`,
      ),
  ];
}

// ---- making ------------------------------------------------------------------------------------------------

export interface NewLink {
  name: string;
  options: NewLinkOptions;
  addresses: readonly string[];
  up: boolean;
  master: string | null;
}

export function planNewLink(
  scene: NetworkScene,
  key: NamespaceKey,
  { name, options, addresses, up, master }: NewLink,
): Plan {
  const { model } = scene;
  const problem =
    blocked(model, key) ??
    linkNameProblem(name) ??
    (nameTaken(scene, key, name) ? `${name} is taken there` : null) ??
    optionsProblem(scene, key, options) ??
    addresses.map(addressProblem).find((each) => each !== null) ??
    null;
  if (problem !== null) return no(problem);
  const netns = netnsPlace(model, key);
  const link: LinkPlace = { netns, name, ifindex: null };
  return planOfSteps(
    `make ${options.kind} ${name} in ${namespaceName(model, key)}`,
    [
      { done: { operation: 'link-add', netns, name, options }, undo: [{ operation: 'link-delete', link }] },
      ...settingUp(link, addresses, up, master),
    ],
    [],
  );
}

/** What goes with a link that was made needs no undo of its own. */
function settingUp(
  link: LinkPlace,
  addresses: readonly string[],
  up: boolean,
  master: string | null,
): Step[] {
  const done: NetworkOperation[] = [
    ...(master === null ? [] : [{ operation: 'link-master', link, master } as const]),
    ...addresses.map((address) => ({ operation: 'address-add', link, address }) as const),
    ...(up ? [{ operation: 'link-up', link } as const] : []),
  ];
  return done.map((each) => ({ done: each, undo: [] }));
}

const MAXIMUM_VLAN = 4094;

function optionsProblem(scene: NetworkScene, key: NamespaceKey, options: NewLinkOptions): string | null {
  switch (options.kind) {
    case 'veth': {
      const far = options.peerNetns && 'key' in options.peerNetns ? options.peerNetns.key : key;
      return (
        linkNameProblem(options.peerName) ??
        blocked(scene.model, far) ??
        (nameTaken(scene, far, options.peerName) ? `${options.peerName} is taken at the other end` : null)
      );
    }
    case 'macvlan':
    case 'vlan':
      if (!nameTaken(scene, key, options.lower)) return `there is no interface ${options.lower} there`;
      if (options.kind === 'macvlan') return null;
      return options.id >= 1 && options.id <= MAXIMUM_VLAN ? null : `a vlan id is 1 to ${MAXIMUM_VLAN}`;
    default:
      return null;
  }
}

export interface Wire {
  key: NamespaceKey;
  name: string;
  /** Empty: none. */
  address: string;
  /** The bridge that this end becomes a port of; null: none. */
  master?: string | null;
}

function missingBridge(scene: NetworkScene, { key, master }: Wire): string | null {
  if (master === undefined || master === null || nameTaken(scene, key, master)) return null;
  return `there is no bridge ${master} in ${namespaceName(scene.model, key)}`;
}

/** The wizard "connect two namespaces": a veth pair, an address at each end, both up. */
export function planConnect(scene: NetworkScene, a: Wire, b: Wire): Plan {
  const { model } = scene;
  const problem =
    (a.key === b.key && a.name === b.name ? 'the two ends need two names' : null) ??
    [a, b]
      .map(({ address }) => (address === '' ? null : addressProblem(address)))
      .find((each) => each !== null) ??
    blocked(model, a.key) ??
    linkNameProblem(a.name) ??
    (nameTaken(scene, a.key, a.name) ? `${a.name} is taken in ${namespaceName(model, a.key)}` : null) ??
    missingBridge(scene, a) ??
    missingBridge(scene, b) ??
    optionsProblem(scene, a.key, { kind: 'veth', peerName: b.name, peerNetns: netnsPlace(model, b.key) });
  if (problem !== null) return no(problem);
  const [one, other] = [a, b].map(({ key, name }): LinkPlace => ({
    netns: netnsPlace(model, key),
    name,
    ifindex: null,
  })) as [LinkPlace, LinkPlace];
  const options: NewLinkOptions = {
    kind: 'veth',
    peerName: b.name,
    peerNetns: a.key === b.key ? null : other.netns,
  };
  return planOfSteps(
    `connect ${namespaceName(model, a.key)} and ${namespaceName(model, b.key)}`,
    [
      {
        done: { operation: 'link-add', netns: one.netns, name: a.name, options },
        undo: [{ operation: 'link-delete', link: one }],
      },
      ...settingUp(one, a.address === '' ? [] : [a.address], true, a.master ?? null),
      ...settingUp(other, b.address === '' ? [] : [b.address], true, b.master ?? null),
    ],
    a.address !== '' && b.address !== '' && !sameNetwork(a.address, b.address)
      ? ['the two addresses are not in one network: they will not reach each other without routes']
      : [],
  );
}

/** The wizard "give this namespace internet": a veth pair to the host, forwarding and NAT there. */
export function planInternet(scene: NetworkScene, key: NamespaceKey, uplink: Link, subnet: number): Plan {
  const { model, network } = scene;
  const host = uplink.namespace;
  const inner = freeName(scene, key, 'eth');
  const outer = freeName(scene, host, 'nsv');
  const [gateway, own] = [`10.211.${subnet}.1`, `10.211.${subnet}.2`];
  const connected = planConnect(
    scene,
    { key: host, name: outer, address: `${gateway}/24` },
    { key, name: inner, address: `${own}/24` },
  );
  if (!connected.ok) return connected;
  const forwarding = network.tables.get(host)?.fact.forwarding.ipv4 ?? null;
  const there = netnsPlace(model, key);
  const here = netnsPlace(model, host);
  const table = `nsview_${outer}`;
  const nat = `table ip ${table} { chain postrouting { type nat hook postrouting priority 100; ip saddr ${own} oifname "${uplink.fact.name}" masquerade; }; }`;
  const route: RoutePlace = {
    destination: 'default',
    family: 'inet',
    gateway,
    device: inner,
    metric: null,
    source: null,
    table: null,
  };
  const more: Step[] = [
    { done: { operation: 'route-add', netns: there, route }, undo: [] },
    ...(forwarding === true
      ? []
      : [
          {
            done: { operation: 'sysctl', netns: here, name: 'net.ipv4.ip_forward', value: '1', before: null },
            undo: [
              { operation: 'sysctl', netns: here, name: 'net.ipv4.ip_forward', value: '0', before: '1' },
            ],
          } satisfies Step,
        ]),
    {
      done: { operation: 'nft', netns: here, script: nat },
      undo: [{ operation: 'nft', netns: here, script: `delete table ip ${table}` }],
    },
  ];
  const first = connected.operations.map((done, at): Step => ({
    done: done as NetworkOperation,
    undo: (connected.rollback?.[at] ?? []) as NetworkOperation[],
  }));
  return planOfSteps(
    `give ${namespaceName(model, key)} a way out through ${uplink.fact.name}`,
    [...first, ...more],
    [
      `${own} goes out as the address of ${uplink.fact.name}; a firewall of the host may still drop what is forwarded`,
      'names need /etc/netns/NAME/resolv.conf, or the resolver of the mount namespace that asks',
    ],
  );
}

function freeName(scene: NetworkScene, key: NamespaceKey, prefix: string): string {
  for (let number = 0; ; number++)
    if (!nameTaken(scene, key, `${prefix}${number}`)) return `${prefix}${number}`;
}

/** A /24 of 10.211.0.0/16 that no address of the host lies in. */
export function freeSubnet({ network }: NetworkScene, host: NamespaceKey): number | null {
  const used = new Set(
    network.tables
      .get(host)
      ?.fact.addresses.flatMap(({ address }) => /^10\.211\.(\d+)\./.exec(address)?.[1] ?? []) ?? [],
  );
  for (let subnet = 1; subnet < 255; subnet++) if (!used.has(String(subnet))) return subnet;
  return null;
}

// ---- names -------------------------------------------------------------------------------------------------

export function planNetnsAdd({ model }: NetworkScene, name: string): Plan {
  const own = model.snapshot.header.observer.namespaces.net;
  const problem =
    netnsNameProblem(model, name) ??
    (own ? forbidsChange(model, namespaceReference(model, own), 'SYS_ADMIN') : null);
  if (problem !== null) return no(problem);
  const netns: NetnsPlace = { made: name };
  return planOfSteps(
    `make network namespace ${name}`,
    [
      { done: { operation: 'netns-add', name }, undo: [{ operation: 'netns-remove-name', name }] },
      { done: { operation: 'link-up', link: { netns, name: 'lo', ifindex: null } }, undo: [] },
    ],
    [],
  );
}

export function planAttach({ model }: NetworkScene, key: NamespaceKey, name: string): Plan {
  const namespace = namespaceReference(model, key);
  const problem = netnsNameProblem(model, name) ?? unreachable(namespace);
  if (problem !== null) return no(problem);
  return planOfSteps(
    `name ${key} ${name}`,
    [
      {
        done: { operation: 'netns-attach', name, namespace },
        undo: [{ operation: 'netns-remove-name', name }],
      },
    ],
    ['ip netns knows it then; the name keeps the namespace alive'],
  );
}

/** What keeps it besides that file. Copies of the mount elsewhere go with it where they are its peers. */
function otherHolders(model: Model, key: NamespaceKey, path: string): { certain: number; copies: number } {
  const node = model.namespaces.get(key);
  if (!node) return { certain: 0, copies: 0 };
  const { processes, threads, forChildren, pins, children, owns } = node;
  const isCopy = (pin: PinFact): boolean => pin.pinKind === 'bind' && pin.mountPoint === path;
  const own = model.snapshot.header.observer.namespaces.mnt;
  const copies = pins.filter(
    (pin) =>
      isCopy(pin) && pin.pinKind === 'bind' && pin.mountNamespace !== null && pin.mountNamespace !== own,
  );
  const others = pins.filter((pin) => !isCopy(pin));
  const lists = [processes, threads, forChildren, others, children, owns];
  return { certain: lists.reduce((sum, list) => sum + list.length, 0), copies: copies.length };
}

/** Takes a name away, also a broken one; what happens to the namespace is told. */
export function planRemoveName(scene: NetworkScene, name: string): Plan {
  const { model, network } = scene;
  const known = model.snapshot.netnsNames?.find((each) => each.name === name);
  if (!known) return no(`there is no name ${name}`);
  if (known.key === null) {
    return planOfSteps(
      `remove the broken name ${name}`,
      [{ done: { operation: 'netns-remove-name', name }, undo: [] }],
      [known.reason ?? ''].filter(Boolean),
      'it led nowhere',
    );
  }
  const { certain: others, copies } = otherHolders(model, known.key, known.path);
  if (others > 0) {
    return planOfSteps(
      `remove the name ${name}`,
      [
        {
          done: { operation: 'netns-remove-name', name },
          undo: [{ operation: 'netns-attach', name, namespace: namespaceReference(model, known.key) }],
        },
      ],
      [`the namespace lives on: ${others} others keep it`],
    );
  }
  const { fates } = forecastDeletion(model, network, known.key);
  const effects = fates.flatMap(({ link, fate, newName, takesAlong }) => [
    ...(isLoopback(link.fact)
      ? []
      : [
          fate === 'returns'
            ? `${link.fact.name} comes back to the initial namespace as ${newName ?? link.fact.name}`
            : `${link.fact.name} dies`,
        ]),
    ...takesAlong.map((each) => `${each.fact.name} in ${namespaceName(model, each.namespace)} dies with it`),
  ]);
  return planOfSteps(
    `delete network namespace ${name}`,
    [{ done: { operation: 'netns-remove-name', name }, undo: [] }],
    [
      copies === 0
        ? 'nothing else keeps it: it ends'
        : `${copies} copies of this mount in other mount namespaces may keep it; else it ends`,
      ...effects,
    ],
    'the namespace is gone with its last name',
  );
}

export function planSetNetnsid(
  { model }: NetworkScene,
  from: NamespaceKey,
  target: NamespaceKey,
  netnsid: number,
): Plan {
  const problem =
    blocked(model, from) ??
    unreachable(namespaceReference(model, target)) ??
    (Number.isInteger(netnsid) && netnsid >= 0 ? null : 'a netnsid is a number from 0');
  if (problem !== null) return no(problem);
  return planOfSteps(
    `number ${namespaceName(model, target)} ${netnsid} in ${namespaceName(model, from)}`,
    [
      {
        done: {
          operation: 'netns-set-id',
          netns: netnsPlace(model, from),
          target: netnsPlace(model, target),
          netnsid,
        },
        undo: [],
      },
    ],
    [],
    'the kernel never takes a number back',
  );
}

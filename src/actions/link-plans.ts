/** Plans for one interface: up, down, rename, delete, port of a bridge, addresses, and moving it. */
import { addressProblem, sameNetwork } from '../analysis/addresses.js';
import { movabilityOf } from '../analysis/movability.js';
import { isKernelAtLeast } from '../analysis/kernel-release.js';
import { namespaceName } from '../analysis/namespace-name.js';
import { isLoopback, singleFarEnd, wiphyOf } from '../analysis/network-model.js';
import type { Link } from '../analysis/network-model.js';
import type { NamespaceKey } from '../model/snapshot.js';
import { isUp, keptAddresses, restore, routesBack, routesOf } from './link-state.js';
import {
  blocked,
  linkNameProblem,
  linkPlace,
  nameTaken,
  netnsPlace,
  no,
  planOfSteps,
} from './network-steps.js';
import type { NetworkScene, Step } from './network-steps.js';
import { rebuildLink } from './rebuild-link.js';
import type { LinkPlace, NetworkOperation, Plan, RoutePlace } from './plan.js';

export function planUpDown(scene: NetworkScene, link: Link, up: boolean): Plan {
  const { model } = scene;
  const problem =
    blocked(model, link.namespace) ?? (isUp(link) === up ? `it is ${up ? 'up' : 'down'} already` : null);
  if (problem !== null) return no(problem);
  const place = linkPlace(model, link);
  const routes = routesOf(scene, link);
  const undo: NetworkOperation[] = up
    ? [{ operation: 'link-down', link: place }]
    : upAgain(scene, link, place);
  return planOfSteps(
    `set ${link.fact.name} ${up ? 'up' : 'down'}`,
    [{ done: { operation: up ? 'link-up' : 'link-down', link: place }, undo }],
    up
      ? []
      : [
          ...(routes.length === 0
            ? []
            : [`${routes.length} routes through it go, and do not come back by themselves`]),
          ...keptAddresses(link)
            .filter((address) => address.includes(':'))
            .map((address) => `${address} goes, and does not come back by itself`),
        ],
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
  const named: LinkPlace = { ...place, name: newName };
  const rename: Step = {
    done: { operation: 'link-rename', link: place, newName },
    undo: [{ operation: 'link-rename', link: named, newName: link.fact.name }],
  };
  const title = `rename ${link.fact.name} to ${newName}`;
  if (!isUp(link) || isKernelAtLeast(model, 6, 2)) return planOfSteps(title, [rename], []);
  const [down, up] = (['link-down', 'link-up'] as const).map((operation) => ({ operation, link: named }));
  return planOfSteps(
    title,
    [
      { done: { operation: 'link-down', link: place }, undo: upAgain(scene, link, place) },
      rename,
      { done: up!, undo: [down!] },
      ...upAgain(scene, link, named)
        .slice(1)
        .map((done): Step => ({ done, undo: [] })),
    ],
    ['it goes down for a moment: kernels before 6.2 rename only what is down'],
  );
}

/** Up, with what the kernel drops when it goes down: IPv6 addresses and routes. */
function upAgain(scene: NetworkScene, link: Link, place: LinkPlace): NetworkOperation[] {
  return [
    { operation: 'link-up', link: place },
    ...keptAddresses(link)
      .filter((address) => address.includes(':'))
      // Where net.ipv6.conf.*.keep_addr_on_down is set it is still there.
      .map((address) => ({ operation: 'address-add', link: place, address, replace: true }) as const),
    ...routesBack(scene, link, place),
  ];
}

export function planDeleteLink(scene: NetworkScene, link: Link): Plan {
  const { model, network } = scene;
  const problem =
    blocked(model, link.namespace) ??
    (isLoopback(link.fact) ? 'the loopback cannot be deleted' : null) ??
    (link.fact.kind === null ? 'hardware cannot be deleted: only what software made can' : null);
  if (problem !== null) return no(problem);
  const far = singleFarEnd(network, link);
  const anew = rebuildLink(scene, link);
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
    [{ done: { operation: 'link-delete', link: linkPlace(model, link) }, undo: anew.operations }],
    effects,
    anew.lost,
    anew.note,
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
function routesThrough(scene: NetworkScene, link: Link, address: string): RoutePlace[] {
  const [own = ''] = address.split('/');
  const others = keptAddresses(link).filter((each) => each !== address);
  const routes = routesOf(scene, link);
  return routes.filter(
    ({ gateway, source }) =>
      source === own ||
      (gateway !== null &&
        sameNetwork(address, gateway) &&
        !others.some((other) => sameNetwork(other, gateway))),
  );
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
    (wiphyOf(link.fact) !== null && nameTaken(scene, to, link.fact.name)
      ? `${link.fact.name} is taken there, and a wireless interface arrives under its own name`
      : null) ??
    (nameTaken(scene, to, name) ? `${name} is taken there: give it another name` : null) ??
    (master !== null && !nameTaken(scene, to, master) ? `there is no bridge ${master} there` : null);
  if (problem !== null) return no(problem);
  const from = linkPlace(model, link);
  const there: LinkPlace = { netns: netnsPlace(model, to), name, ifindex: null };
  const back: LinkPlace = { netns: from.netns, name: from.name, ifindex: null };
  const renamed = name === link.fact.name ? null : name;
  const phy = wiphyOf(link.fact);
  const [carry, ...rename] =
    phy === null ? [carryLink(from, there, renamed)] : carryWiphy(scene, link, phy, there, renamed);
  const move: Step = { done: carry!.done, undo: [...carry!.undo, ...restore(scene, link, back, true)] };
  const after: NetworkOperation[] = [
    ...(master === null ? [] : [{ operation: 'link-master', link: there, master } as const]),
    ...(keep ? restore(scene, link, there, false) : []),
  ];
  return planOfSteps(
    `move ${link.fact.name} to ${namespaceName(model, to)}${renamed === null ? '' : ` as ${name}`}`,
    [move, ...rename, ...after.map((done): Step => ({ done, undo: [] }))],
    moveEffects(scene, link, keep, after.length > 0 || network.master(link) !== null),
  );
}

function carryLink(from: LinkPlace, there: LinkPlace, newName: string | null): Step {
  const nameBack = newName === null ? null : from.name;
  return {
    done: { operation: 'link-move', link: from, to: there.netns, newName },
    undo: [{ operation: 'link-move', link: there, to: from.netns, newName: nameBack }],
  };
}

/** By nl80211, that knows no new name: it is renamed there. Its number may be another one there. */
function carryWiphy(
  { model }: NetworkScene,
  link: Link,
  phy: number,
  { netns }: LinkPlace,
  newName: string | null,
): Step[] {
  const from = linkPlace(model, link);
  const there: LinkPlace = { netns, name: from.name, ifindex: null };
  const back: NetworkOperation = { operation: 'wiphy-move', link: there, phy, to: from.netns };
  const move: Step = { done: { operation: 'wiphy-move', link: from, phy, to: netns }, undo: [back] };
  if (newName === null) return [move];
  const named: LinkPlace = { ...there, name: newName };
  return [
    move,
    {
      done: { operation: 'link-rename', link: there, newName },
      undo: [{ operation: 'link-rename', link: named, newName: from.name }],
    },
  ];
}

function moveEffects(
  { model, network }: NetworkScene,
  link: Link,
  keep: boolean,
  hasState: boolean,
): string[] {
  const master = network.master(link);
  const phy = wiphyOf(link.fact);
  const fellows =
    phy === null
      ? []
      : (network.tables.get(link.namespace)?.links ?? []).filter(
          (each) => each !== link && wiphyOf(each.fact) === phy,
        );
  return [
    ...fellows.map(({ fact }) => `${fact.name} goes too: it is on the same device`),
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

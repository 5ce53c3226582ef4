/** Plans for one interface: up, down, rename, delete, port of a bridge. */
import { isKernelAtLeast } from '../analysis/kernel-release.js';
import { namespaceName } from '../analysis/namespace-name.js';
import { fallenWith } from '../analysis/netns-deletion.js';
import { isLoopback, isPeerKind, singleFarEnd } from '../analysis/network-model.js';
import type { Link } from '../analysis/network-model.js';
import { isUp, keptAddresses, routesOf, upAgain } from './link-state.js';
import { blocked, linkNameProblem, linkPlace, nameTaken, no, planOfSteps } from './network-steps.js';
import type { NetworkScene, Step } from './network-steps.js';
import { hasPortSettings, masterAgain } from './port-state.js';
import { rebuildLink } from './rebuild-link.js';
import type { LinkPlace, NetworkOperation, Plan, RoutePlace } from './plan.js';

export function planUpDown(scene: NetworkScene, link: Link, up: boolean): Plan {
  const { model } = scene;
  const problem =
    blocked(model, link.namespace) ?? (isUp(link) === up ? `it is ${up ? 'up' : 'down'} already` : null);
  if (problem !== null) return no(problem);
  const place = linkPlace(model, link);
  const undo: NetworkOperation[] = up
    ? [{ operation: 'link-down', link: place }]
    : [...upAgain(scene, link, place), ...vlansUpAgain(scene, link)];
  return planOfSteps(
    `set ${link.fact.name} ${up ? 'up' : 'down'}`,
    [{ done: { operation: up ? 'link-up' : 'link-down', link: place }, undo }],
    up ? [] : downEffects(scene, link),
  );
}

/** A vlan goes down and up with what it stands on, also in another namespace: its routes are lost too. */
function vlansUpAgain(scene: NetworkScene, link: Link): NetworkOperation[] {
  return vlansOn(scene, link).flatMap((upper) => upAgain(scene, upper, linkPlace(scene.model, upper)));
}

function vlansOn({ network }: NetworkScene, link: Link): Link[] {
  return network.uppers(link).filter((upper) => upper.fact.kind === 'vlan' && isUp(upper));
}

function downEffects(scene: NetworkScene, link: Link): string[] {
  const routes = routesOf(scene, link);
  const named = routes.slice(0, NAMED_ROUTES).map(routeLabel).join(', ');
  const more = routes.length > NAMED_ROUTES ? ` and ${routes.length - NAMED_ROUTES} more` : '';
  return [
    ...(routes.length === 0
      ? []
      : [
          routes.length === 1
            ? `the route ${named} goes, and does not come back by itself`
            : `${routes.length} routes through it go, and do not come back by themselves: ${named}${more}`,
        ]),
    ...keptAddresses(link)
      .filter((address) => address.includes(':'))
      .map((address) => `${address} goes, and does not come back by itself`),
    ...vlansOn(scene, link).map(
      ({ fact }) => `${fact.name}, a vlan on it, goes down too, and loses its routes`,
    ),
  ];
}

const NAMED_ROUTES = 4;

function routeLabel({ destination, gateway, replay }: RoutePlace): string {
  const several = (replay?.links.length ?? 0) > 1 ? ' (one of several next hops)' : '';
  return `${destination}${gateway === null ? '' : ` via ${gateway}`}${several}`;
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

export function planDeleteLink(scene: NetworkScene, link: Link): Plan {
  const { model, network } = scene;
  const problem =
    blocked(model, link.namespace) ??
    (isLoopback(link.fact) ? 'the loopback cannot be deleted' : null) ??
    (link.fact.kind === null ? 'hardware cannot be deleted: only what software made can' : null);
  if (problem !== null) return no(problem);
  const again = rebuildLink(scene, link);
  const effects = [
    ...network.ports(link).map(({ fact }) => `${fact.name} is no port of it any more`),
    ...fallenWords(scene, link),
  ];
  return planOfSteps(
    `delete ${link.fact.name}`,
    [{ done: { operation: 'link-delete', link: linkPlace(model, link) }, undo: again.operations }],
    effects,
    again.lost,
    again.note,
  );
}

/** What goes with it, whatever namespace that is in. */
function fallenWords({ model, network }: NetworkScene, link: Link): string[] {
  const peer = isPeerKind(link.fact) ? singleFarEnd(network, link) : null;
  const uppers = network.uppers(link);
  const nameOf = ({ fact, namespace }: Link): string => `${fact.name} in ${namespaceName(model, namespace)}`;
  const others = [...fallenWith(network, [link])].filter((each) => each !== peer);
  return [
    ...(peer ? [`its other end goes too: ${nameOf(peer)}`] : []),
    ...(isPeerKind(link.fact) && !peer
      ? ['its other end goes too, with what stands on that: it is out of sight']
      : []),
    ...others.map(
      (each) => `${nameOf(each)} ${uppers.includes(each) ? 'stands on it and goes too' : 'goes too'}`,
    ),
  ];
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
  const found = network.tables.get(link.namespace)?.links.find(({ fact }) => fact.name === master);
  const bridge = found && linkPlace(model, found);
  return planOfSteps(
    master === null
      ? `take ${link.fact.name} out of ${before!}`
      : `make ${link.fact.name} a port of ${master}`,
    [
      {
        done: { operation: 'link-master', link: place, master, ...(bridge && { bridge }) },
        undo:
          before === null
            ? [{ operation: 'link-master', link: place, master: null }]
            : masterAgain(scene, link, place),
      },
    ],
    [
      ...(link.addresses.length > 0 && master !== null
        ? ['addresses of a port are of little use: they belong on the bridge']
        : []),
      ...(hasPortSettings(scene, link)
        ? [`its settings as a port of ${before!} (isolation, vlans, cost …) go with that`]
        : []),
    ],
  );
}

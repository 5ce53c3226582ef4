/** Routes that an interface loses when it goes down or away, and the next hops that they name. */
import { nextHopIdOf, nextHopObjectsOf, remainsOf, sysctlOf } from '../analysis/link-remains.js';
import type { Link } from '../analysis/network-model.js';
import type { RouteFact } from '../model/network-table.js';
import { linkPlace } from './network-steps.js';
import type { NetworkScene } from './network-steps.js';
import type { LinkPlace, NetworkOperation, NumberedLink, RoutePlace } from './plan.js';

const TABLE_LOCAL = 255;

/** A router's advertisement brings them again, where the kernel listens to it. */
function comesByItself({ network }: NetworkScene, link: Link, { protocol, family }: RouteFact): boolean {
  if (protocol !== 'ra' || family !== 'inet6') return false;
  return sysctlOf(network, link, 'ipv6', 'accept_ra') !== 0;
}

function isThrough({ outInterface, nextHops }: RouteFact, ifindex: number): boolean {
  return outInterface === ifindex || nextHops.some((hop) => hop.outInterface === ifindex);
}

/** Routes through it that somebody made, also with other next hops beside it. */
function factsOf(scene: NetworkScene, link: Link): RouteFact[] {
  const routes = scene.network.tables.get(link.namespace)?.fact.routes ?? [];
  return routes.filter(
    (route) =>
      isThrough(route, link.fact.ifindex) &&
      route.protocol !== 'kernel' &&
      (route.message !== undefined || (route.table !== TABLE_LOCAL && route.kind === 'unicast')) &&
      !comesByItself(scene, link, route),
  );
}

/** The same destination and metric: which of them is first decides. */
function isRival(a: RouteFact, b: RouteFact): boolean {
  return (
    a !== b &&
    a.family === b.family &&
    a.destination === b.destination &&
    a.table === b.table &&
    a.metric === b.metric
  );
}

function besideOf(scene: NetworkScene, link: Link, route: RouteFact): 'before' | 'after' | null {
  const routes = scene.network.tables.get(link.namespace)?.fact.routes ?? [];
  const rivals = routes.filter((each) => isRival(each, route));
  if (rivals.length === 0) return null;
  if (rivals.some((each) => routes.indexOf(each) < routes.indexOf(route))) return 'after';
  return rivals.some((each) => !isThrough(each, link.fact.ifindex)) ? 'before' : null;
}

/** Interfaces by the numbers that messages have for them; `link` is at `place`. */
function numbered(
  { model, network }: NetworkScene,
  link: Link,
  place: LinkPlace,
  ifindexes: readonly (number | null)[],
): NumberedLink[] {
  return [...new Set(ifindexes)].flatMap((ifindex) => {
    if (ifindex === null) return [];
    if (ifindex === link.fact.ifindex) return [{ ifindex, link: place }];
    const other = network.linkAt(link.namespace, ifindex);
    return other ? [{ ifindex, link: linkPlace(model, other) }] : [];
  });
}

function routePlace(scene: NetworkScene, link: Link, place: LinkPlace, fact: RouteFact): RoutePlace {
  const { destination, family, gateway, metric, source, table, protocol, message, outInterface } = fact;
  const hops = fact.nextHops.map((hop) => hop.outInterface);
  const readAt = scene.network.tables.get(link.namespace)?.fact.takenAt ?? 0;
  return {
    destination,
    family: family === 'inet6' ? 'inet6' : 'inet',
    gateway,
    device: place.name,
    metric: metric === 0 ? null : metric,
    source,
    table,
    protocol,
    ...(message !== undefined && {
      replay: {
        message,
        readAt,
        links: numbered(scene, link, place, [outInterface, ...hops]),
        beside: besideOf(scene, link, fact),
      },
    }),
  };
}

/** Those without a gateway first, for others need them; what comes before others is given from the last to the first. */
function inGivingOrder(routes: readonly RoutePlace[]): RoutePlace[] {
  const sorted = [...routes].sort((a, b) => Number(needsOthers(a)) - Number(needsOthers(b)));
  const isBefore = ({ replay }: RoutePlace): boolean => replay?.beside === 'before';
  return [...sorted.filter((each) => !isBefore(each)), ...sorted.filter(isBefore).reverse()];
}

function needsOthers({ gateway, replay }: RoutePlace): boolean {
  return gateway !== null || (replay?.links.length ?? 0) > 1;
}

/** Those of its own namespace, where it is now. */
export function routesOf(scene: NetworkScene, link: Link): RoutePlace[] {
  return routesAt(scene, link, linkPlace(scene.model, link));
}

/** The same routes through another interface of the namespace. */
export function routesAt(scene: NetworkScene, link: Link, place: LinkPlace): RoutePlace[] {
  return inGivingOrder(factsOf(scene, link).map((fact) => routePlace(scene, link, place, fact)));
}

function isHome(link: Link, { netns }: LinkPlace): boolean {
  return netns.key === link.namespace;
}

/** Why a route or next hop does not go along to another namespace; null: it does. */
function staysBehind(scene: NetworkScene, link: Link, place: LinkPlace, fact: RouteFact): string | null {
  if (isHome(link, place)) return null;
  const others = fact.nextHops.filter((hop) => hop.outInterface !== link.fact.ifindex);
  if (others.length > 0) return 'it has another next hop, that stays';
  const id = nextHopIdOf(fact);
  if (id === null) return null;
  return objectsFor(scene, link, place).some((object) => object.id === id)
    ? null
    : `its next hop ${id} does not go along`;
}

/** Next hop objects that can be made at the place: elsewhere no group with others, and no number that is taken. */
function objectsFor(
  { network }: NetworkScene,
  link: Link,
  place: LinkPlace,
): ReturnType<typeof nextHopObjectsOf> {
  const all = nextHopObjectsOf(network, link);
  if (isHome(link, place)) return all;
  const { key } = place.netns;
  const there = key === undefined ? [] : remainsOf(network, key).nextHopObjects;
  const taken = new Set(there.map(({ id }) => id));
  const ids = new Set(all.map(({ id }) => id));
  return all.filter(({ id, members }) => !taken.has(id) && members.every((each) => ids.has(each)));
}

/** Routes that stay behind when it goes to another namespace, each as a sentence. */
export function routesLeft(scene: NetworkScene, link: Link, place: LinkPlace): string[] {
  return factsOf(scene, link).flatMap((fact) => {
    const reason = staysBehind(scene, link, place, fact);
    return reason === null ? [] : [`the route to ${fact.destination} does not go along: ${reason}`];
  });
}

/** Its next hops and routes, for where it is now or under which name. */
export function routesBack(
  scene: NetworkScene,
  link: Link,
  place: LinkPlace,
  fits: (fact: RouteFact) => boolean = () => true,
): NetworkOperation[] {
  const { netns } = place;
  const routes = factsOf(scene, link)
    .filter((fact) => fits(fact) && staysBehind(scene, link, place, fact) === null)
    .map((fact) => routePlace(scene, link, place, fact));
  return [
    ...objectsFor(scene, link, place).map(({ id, ifindex, members, message }): NetworkOperation => ({
      operation: 'next-hop-add',
      netns,
      id,
      message,
      links: numbered(scene, link, place, [ifindex]),
      replace: members.length > 0,
    })),
    ...inGivingOrder(routes).map((route) => ({ operation: 'route-add', netns, route }) as const),
  ];
}

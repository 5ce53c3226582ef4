/** What somebody gave an interface: up, addresses, routes, a bridge; and the operations that give it back. */
import { IFF_UP } from '../analysis/network-model.js';
import type { Link } from '../analysis/network-model.js';
import type { AddressFact, RouteFact } from '../model/network-table.js';
import type { NetworkScene } from './network-steps.js';
import type { LinkPlace, NetworkOperation, RoutePlace } from './plan.js';

export function isUp({ fact }: Link): boolean {
  return (fact.flags & IFF_UP) !== 0;
}

/** An IPv6 address that was made of a router's advertisement. */
export function isAdvertised({ family, scope, flags }: AddressFact): boolean {
  return family === 'inet6' && scope !== 'link' && !flags.includes('permanent');
}

/** Those that somebody gave it: link-local ones, and those that a router advertised, come by themselves. */
export function keptAddresses({ addresses }: Link): string[] {
  return addresses
    .filter((address) => address.family === 'inet' || (address.scope !== 'link' && !isAdvertised(address)))
    .map(({ address, prefixLength }) => `${address}/${prefixLength}`);
}

const TABLE_LOCAL = 255;

/** Made with addresses, and of a router's advertisement. */
const COME_BY_THEMSELVES = new Set(['kernel', 'ra']);

/** Routes through it that somebody made; those without a gateway first, for others need them. */
export function keptRoutes(routes: readonly RouteFact[], { fact }: Link): RoutePlace[] {
  return routes
    .filter(
      ({ outInterface, table, protocol, kind }) =>
        outInterface === fact.ifindex &&
        table !== TABLE_LOCAL &&
        kind === 'unicast' &&
        !COME_BY_THEMSELVES.has(protocol),
    )
    .map(({ destination, family, gateway, metric, source, table, protocol }) => ({
      destination,
      family: family === 'inet6' ? ('inet6' as const) : ('inet' as const),
      gateway,
      device: fact.name,
      metric: metric === 0 ? null : metric,
      source,
      table,
      protocol,
    }))
    .sort((a, b) => Number(a.gateway !== null) - Number(b.gateway !== null));
}

/** Those of its own namespace. */
export function routesOf({ network }: NetworkScene, link: Link): RoutePlace[] {
  return keptRoutes(network.tables.get(link.namespace)?.fact.routes ?? [], link);
}

/** Its routes, for where it is now or under which name. */
export function routesBack(scene: NetworkScene, link: Link, { netns, name }: LinkPlace): NetworkOperation[] {
  return routesOf(scene, link).map((route) => ({
    operation: 'route-add',
    netns,
    route: { ...route, device: name },
  }));
}

/** All that makes it what it was, at a place where it has just come. */
export function restore(
  scene: NetworkScene,
  link: Link,
  place: LinkPlace,
  withMaster: boolean,
): NetworkOperation[] {
  const master = withMaster ? (scene.network.master(link)?.fact.name ?? null) : null;
  return [
    ...(master === null ? [] : [{ operation: 'link-master', link: place, master } as const]),
    ...(isUp(link) ? [{ operation: 'link-up', link: place } as const] : []),
    ...keptAddresses(link).map((address) => ({ operation: 'address-add', link: place, address }) as const),
    ...(isUp(link) ? routesBack(scene, link, place) : []),
  ];
}

/** What somebody gave an interface, and the operations that give it back: all of it, as the kernel told it. */
import { isAdvertised, isOwnLinkLocal, sysctlOf, sysctlsBeyondDefault } from '../analysis/link-remains.js';
import { relabelled, remainsOf } from '../analysis/link-remains.js';
import { IFF_UP } from '../analysis/network-model.js';
import type { Link } from '../analysis/network-model.js';
import type { AddressFact, RouteFact } from '../model/network-table.js';
import { routesBack, routesOf } from './link-routes.js';
import { masterAgain } from './port-state.js';
import type { NetworkScene } from './network-steps.js';
import type { LinkPlace, NetworkOperation } from './plan.js';

export { isAdvertised, routesBack, routesOf };

export function isUp({ fact }: Link): boolean {
  return (fact.flags & IFF_UP) !== 0;
}

/** Those that somebody gave it: others come by themselves. */
export function keptAddressFacts({ fact, addresses }: Link): AddressFact[] {
  return addresses.filter((address) => !isAdvertised(address) && !isOwnLinkLocal(address, fact));
}

export function keptAddresses(link: Link): string[] {
  return keptAddressFacts(link).map(({ address, prefixLength }) => `${address}/${prefixLength}`);
}

/** The kernel puts each new IPv6 address before those of its scope: given from the last to the first, they stand as before. */
function inGivingOrder(addresses: readonly AddressFact[]): AddressFact[] {
  const isIpv6 = ({ family }: AddressFact): boolean => family === 'inet6';
  return [...addresses.filter((each) => !isIpv6(each)), ...addresses.filter(isIpv6).reverse()];
}

export function addressAgain(
  { network }: NetworkScene,
  link: Link,
  place: LinkPlace,
  fact: AddressFact,
  replace = false,
): NetworkOperation {
  const { address, prefixLength, message } = fact;
  const readAt = network.tables.get(link.namespace)?.fact.takenAt ?? 0;
  return {
    operation: 'address-add',
    link: place,
    address: `${address}/${prefixLength}`,
    ...(replace && { replace }),
    ...(message !== undefined && {
      replay: { message: relabelled(message, link.fact.name, place.name), readAt },
    }),
  };
}

/** Static neighbours and proxies; an interface loses them when it goes down. */
function neighboursAgain({ network }: NetworkScene, link: Link, place: LinkPlace): NetworkOperation[] {
  return remainsOf(network, link.namespace)
    .neighbours.filter(({ ifindex }) => ifindex === link.fact.ifindex)
    .map(({ message }) => ({ operation: 'neighbour-add', link: place, message }));
}

/** Up, with what the kernel drops when it goes down: IPv6 addresses, neighbours, next hops and routes. */
export function upAgain(scene: NetworkScene, link: Link, place: LinkPlace): NetworkOperation[] {
  return [
    { operation: 'link-up', link: place },
    ...inGivingOrder(keptAddressFacts(link))
      .filter(({ family }) => family === 'inet6')
      // Where net.ipv6.conf.*.keep_addr_on_down is set it is still there.
      .map((fact) => addressAgain(scene, link, place, fact, true)),
    ...neighboursAgain(scene, link, place),
    ...routesBack(scene, link, place),
  ];
}

export interface Restoring {
  /** It is a port again of what it was a port of. */
  withMaster: boolean;
  /** It was deleted, and is made again: what a move leaves it is given too. */
  isNew: boolean;
  /** IPv6 is switched off where it comes: nothing of it can be given. */
  withoutIpv6?: boolean;
}

/** All that makes it what it was, at a place where it has just come. */
export function restore(
  scene: NetworkScene,
  link: Link,
  place: LinkPlace,
  { withMaster, isNew, withoutIpv6 = false }: Restoring,
): NetworkOperation[] {
  const fits = ({ family }: AddressFact | RouteFact): boolean => !withoutIpv6 || family !== 'inet6';
  return [
    ...(isNew ? ownWords(link, place) : []),
    ...(withMaster ? masterAgain(scene, link, place) : []),
    ...sysctlsAgain(scene, link, place),
    ...(isUp(link) ? [{ operation: 'link-up', link: place } as const] : []),
    ...inGivingOrder(keptAddressFacts(link))
      .filter(fits)
      .map((fact) => addressAgain(scene, link, place, fact, fact.scope === 'link')),
    ...(isUp(link) && !withoutIpv6 ? neighboursAgain(scene, link, place) : []),
    ...(isUp(link) ? routesBack(scene, link, place, fits) : []),
  ];
}

/** Of kinds whose queue is another length than a thousand by itself. */
const QUEUES: Readonly<Record<string, number>> = { ifb: 32, tun: 500, macvtap: 500, ipvtap: 500 };

function ownWords({ fact }: Link, place: LinkPlace): NetworkOperation[] {
  const { alternativeNames, txQueueLength, group, kind } = fact;
  const isUsual = txQueueLength === (QUEUES[kind ?? ''] ?? 1000) && group === 0;
  return [
    ...(alternativeNames.length === 0
      ? []
      : [{ operation: 'link-alternative-names', link: place, names: alternativeNames } as const]),
    ...(isUsual ? [] : [{ operation: 'link-queue', link: place, txQueueLength, group } as const]),
  ];
}

export function aliasAgain({ network }: NetworkScene, link: Link, place: LinkPlace): NetworkOperation[] {
  const alias = remainsOf(network, link.namespace).settings.find(
    ({ ifindex }) => ifindex === link.fact.ifindex,
  )?.alias;
  return alias ? [{ operation: 'link-alias', link: place, alias }] : [];
}

function sysctlsAgain({ network }: NetworkScene, link: Link, place: LinkPlace): NetworkOperation[] {
  const where = place.netns.key ?? link.namespace;
  const isHome = where === link.namespace;
  // Elsewhere IPv6 is what that namespace says.
  const values = sysctlsBeyondDefault(network, link, { where, withIpv6Switch: isHome });
  const isUsual = [values.ipv4, values.ipv6].every((each) => Object.keys(each).length === 0);
  return isUsual ? [] : [{ operation: 'link-sysctls', link: place, values }];
}

/** Whether IPv6 is switched off on it. */
export function hasNoIpv6({ network }: NetworkScene, link: Link): boolean {
  return sysctlOf(network, link, 'ipv6', 'disable_ipv6') === 1;
}

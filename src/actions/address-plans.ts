/** Plans for one address of an interface. */
import { addressProblem, sameNetwork } from '../analysis/addresses.js';
import type { Link } from '../analysis/network-model.js';
import type { AddressFact } from '../model/network-table.js';
import { addressAgain, hasNoIpv6, keptAddressFacts, keptAddresses, routesOf } from './link-state.js';
import { blocked, linkPlace, no, planOfSteps } from './network-steps.js';
import type { NetworkScene } from './network-steps.js';
import type { LinkPlace, NetworkOperation, Plan, RoutePlace } from './plan.js';
import { alsoElsewhere } from './left-behind.js';

export function planAddress(scene: NetworkScene, link: Link, address: string, add: boolean): Plan {
  const { model } = scene;
  const { name } = link.fact;
  const fact = factOf(link, address);
  const problem =
    blocked(model, link.namespace) ??
    addressProblem(address) ??
    (add || fact ? null : `${name} does not have ${address}`) ??
    (add && address.includes(':') && hasNoIpv6(scene, link)
      ? `IPv6 is disabled on ${name}: net.ipv6.conf.${name}.disable_ipv6 is 1`
      : null);
  if (problem !== null) return no(problem);
  const place = linkPlace(model, link);
  if (add || !fact) {
    return planOfSteps(
      `add ${address} to ${name}`,
      [
        {
          done: { operation: 'address-add', link: place, address },
          undo: [{ operation: 'address-delete', link: place, address }],
        },
      ],
      alsoElsewhere(scene, link, link.namespace, [address]),
    );
  }
  const followers = secondariesOf(link, fact);
  const lost = routesThrough(scene, link, address, followers.map(textOf));
  return planOfSteps(
    `delete ${address} from ${name}`,
    [
      {
        done: { operation: 'address-delete', link: place, address },
        undo: addressesAgain(scene, link, place, fact, followers, lost),
      },
    ],
    [
      ...followers.map(
        (each) =>
          `${textOf(each)} goes too: it is a secondary address of that (unless promote_secondaries is on)`,
      ),
      ...lost.map(
        ({ destination, gateway }) =>
          `the route to ${destination}${gateway === null ? '' : ` via ${gateway}`} goes with it`,
      ),
    ],
  );
}

const textOf = ({ address, prefixLength }: AddressFact): string => `${address}/${prefixLength}`;

function factOf(link: Link, address: string): AddressFact | undefined {
  return keptAddressFacts(link).find((each) => textOf(each) === address);
}

/** IPv4 addresses of the same network, which the kernel deletes or promotes with the first of them. */
function secondariesOf({ addresses }: Link, fact: AddressFact): AddressFact[] {
  if (fact.family !== 'inet' || fact.flags.includes('secondary')) return [];
  return addresses.filter(
    (each) =>
      each.family === 'inet' &&
      each.flags.includes('secondary') &&
      each.prefixLength === fact.prefixLength &&
      sameNetwork(textOf(fact), each.address),
  );
}

/** In their old order: one that was promoted meanwhile makes way for the first. */
function addressesAgain(
  scene: NetworkScene,
  link: Link,
  place: LinkPlace,
  fact: AddressFact,
  followers: readonly AddressFact[],
  routes: readonly RoutePlace[],
): NetworkOperation[] {
  return [
    ...followers.map((each): NetworkOperation => ({
      operation: 'address-delete',
      link: place,
      address: textOf(each),
      ifPresent: true,
    })),
    ...[fact, ...followers].map((each) => addressAgain(scene, link, place, each)),
    ...routes.map((route): NetworkOperation => ({ operation: 'route-add', netns: place.netns, route })),
  ];
}

/**
 * Routes that the kernel drops with the address: those that have it as their source, and with the last IPv4 address all
 * of IPv4. IPv6 routes stay, without their source.
 */
function routesThrough(
  scene: NetworkScene,
  link: Link,
  address: string,
  followers: readonly string[],
): RoutePlace[] {
  if (address.includes(':')) return [];
  const gone = [address, ...followers];
  const sources = new Set(gone.map((each) => each.split('/')[0]));
  const isLast = !keptAddresses(link).some((each) => !each.includes(':') && !gone.includes(each));
  return routesOf(scene, link).filter(
    ({ family, source }) => family === 'inet' && (isLast || (source !== null && sources.has(source))),
  );
}

/** What cannot be taken along or given back: said in the plan, before it runs. */
import { sameNetwork } from '../analysis/addresses.js';
import { remainsOf, settingsOfLink } from '../analysis/link-remains.js';
import { namespaceName } from '../analysis/namespace-name.js';
import type { Link } from '../analysis/network-model.js';
import type { NamespaceKey } from '../model/snapshot.js';
import { isLeased } from './leases.js';
import { isUp, keptAddresses, keptAddressFacts } from './link-state.js';
import type { NetworkScene } from './network-steps.js';

/** No message of the kernel gives these back. */
export function neverBack({ network }: NetworkScene, link: Link): string[] {
  const { name, ifindex } = link.fact;
  const kinds = remainsOf(network, link.namespace)
    .queueDisciplines.filter((each) => each.ifindex === ifindex)
    .map(({ kind }) => kind);
  const leased = keptAddressFacts(link).filter(isLeased);
  return [
    ...(kinds.length > 0
      ? [`what tc(8) set on ${name} is lost (${[...new Set(kinds)].join(', ')}, with classes and filters)`]
      : []),
    ...(settingsOfLink(network, link)?.hasXdp ? [`the XDP program of ${name} is lost`] : []),
    ...leased.map(
      ({ address }) => `${address} is leased: the DHCP client of ${name} may end, and renew it no more`,
    ),
  ];
}

/** In the namespace where it comes from. */
export function staysThere(scene: NetworkScene, link: Link): string[] {
  const { network, model } = scene;
  const { name } = link.fact;
  const rules = (network.tables.get(link.namespace)?.fact.rules ?? []).filter((rule) =>
    Object.values(rule).includes(name),
  );
  const here = namespaceName(model, link.namespace);
  return [
    ...rules.map(
      ({ priority }) => `rule ${priority} of ${here} names ${name}: it stays there, without effect`,
    ),
    ...(isUp(link) && keptAddresses(link).length > 0
      ? [`connections through ${name} break: sockets, and what the firewall tracks, stay in ${here}`]
      : []),
  ];
}

/** Addresses or networks that another interface there has already; `link` itself does not count. */
export function alsoElsewhere(
  { network, model }: NetworkScene,
  link: Link,
  where: NamespaceKey,
  addresses: readonly string[],
): string[] {
  const others = (network.tables.get(where)?.links ?? []).filter((each) => each !== link);
  const place = namespaceName(model, where);
  return addresses.flatMap((address) => {
    const [own = ''] = address.split('/');
    const twin = others.find((each) => each.addresses.some((fact) => fact.address === own));
    if (twin)
      return [`${own} is an address of ${twin.fact.name} in ${place} too: one of the two is of no use`];
    const rival = others.find((each) =>
      each.addresses.some(
        (fact) =>
          fact.prefixLength === Number(address.split('/')[1]) &&
          fact.scope !== 'link' &&
          fact.prefixLength < (fact.family === 'inet6' ? 128 : 32) &&
          fact.family === (own.includes(':') ? 'inet6' : 'inet') &&
          sameNetwork(address, fact.address),
      ),
    );
    return rival
      ? [
          `${rival.fact.name} in ${place} is in the network of ${address} too: packets take the route that was there first`,
        ]
      : [];
  });
}

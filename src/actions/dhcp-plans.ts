/** Plans that get an address by DHCP and give it back. */
import { isLoopback } from '../analysis/network-model.js';
import type { Link } from '../analysis/network-model.js';
import { DHCP_CLIENTS, clientProblem } from './dhcp-client.js';
import type { DhcpClient } from './dhcp-client.js';
import { isLeased } from './leases.js';
import { netnsName } from './netns-place.js';
import { blocked, linkPlace, no, planOfSteps } from './network-steps.js';
import type { NetworkScene, Step } from './network-steps.js';
import type { LinkPlace, Plan } from './plan.js';

export { isLeased };

export function dhcpStep(link: LinkPlace, client: DhcpClient): Step {
  return {
    done: { operation: 'dhcp-start', link, client },
    undo: [{ operation: 'dhcp-stop', link, client }],
  };
}

export const NO_CLIENT = `no DHCP client is installed: ${DHCP_CLIENTS.join(', ')} would do`;

export function dhcpEffects(link: LinkPlace): string[] {
  const name = netnsName(link.netns);
  return [
    'the client goes on running there, to renew the lease; it keeps the namespace alive',
    name === null
      ? 'name servers that are offered are not used: the namespace has no name under /run/netns'
      : `name servers that are offered go to /etc/netns/${name}/resolv.conf, for ip netns exec, unless you have such a file`,
  ];
}

export function planDhcp(scene: NetworkScene, link: Link, client: DhcpClient | null): Plan {
  const problem =
    blocked(scene.model, link.namespace) ??
    (isLoopback(link.fact) ? 'the loopback needs no address by DHCP' : null) ??
    (link.addresses.some(isLeased) ? `${link.fact.name} has a leased address already` : null);
  if (problem !== null) return no(problem);
  if (!client) return no(NO_CLIENT);
  const refused = clientProblem(link.fact.name, client);
  if (refused !== null) return no(refused);
  const place = linkPlace(scene.model, link);
  return planOfSteps(
    `ask for an address of ${link.fact.name} by DHCP (${client.client})`,
    [dhcpStep(place, client)],
    dhcpEffects(place),
  );
}

/** For what `planDhcp` started. */
export function planDhcpStop(scene: NetworkScene, link: Link, client: DhcpClient | null): Plan {
  const problem =
    blocked(scene.model, link.namespace) ??
    (link.addresses.some(isLeased) ? null : `${link.fact.name} has no leased address`);
  if (problem !== null) return no(problem);
  if (!client) return no(NO_CLIENT);
  const { done, undo } = dhcpStep(linkPlace(scene.model, link), client);
  return planOfSteps(
    `give the leased address of ${link.fact.name} back`,
    undo.map((stop) => ({ done: stop, undo: [done] })),
    ['only for a client that nsview started: what somebody else started is left alone'],
  );
}

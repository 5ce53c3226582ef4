/** Operations on one interface and its routes, in the network namespace that the thread is in. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { LinkPlace, LinkSysctls, NetworkOperation, NumberedLink } from '../actions/plan.js';
import { sysctlPath } from '../actions/sysctl-path.js';
import type { IfindexNow } from '../formats/replay.js';
import { EACCES, EADDRNOTAVAIL } from '../kernel/errno.js';
import type { Result } from '../kernel/link-changes.js';
import * as links from '../kernel/link-changes.js';
import * as replay from '../kernel/replay-changes.js';
import { ifindexOf } from './link-identity.js';
import { must } from './must.js';
import { Refused } from './refused.js';

type MoveOperation = { operation: 'link-move' | 'wiphy-move' };
type LeaseOperation = { operation: 'dhcp-start' | 'dhcp-stop' };
export type LinkOperation = Exclude<
  Extract<NetworkOperation, { link: LinkPlace }>,
  MoveOperation | LeaseOperation
>;

/** Throws `Refused`. */
export function changeLink(operation: LinkOperation, ifindex: number): void {
  const subject = 'address' in operation ? operation.address : operation.link.name;
  const refused = resultOf(operation, ifindex);
  if (refused?.errno === EACCES && operation.operation === 'address-add' && hasNoIpv6(operation.link))
    throw new Refused(
      `cannot add address ${subject}: EACCES: IPv6 is disabled on ${operation.link.name} (net.ipv6.conf.${operation.link.name}.disable_ipv6 is 1)`,
    );
  must(operation.operation, subject, refused);
}

function resultOf(operation: LinkOperation, ifindex: number): Result {
  switch (operation.operation) {
    case 'link-delete':
      return links.deleteLink(ifindex);
    case 'link-up':
    case 'link-down':
      return links.setLink(ifindex, { up: operation.operation === 'link-up' });
    case 'link-rename':
      return links.setLink(ifindex, { name: operation.newName });
    case 'link-master':
      return links.setLink(ifindex, { master: masterOf(operation) });
    case 'link-alias':
      return replay.setAlias(ifindex, operation.alias);
    case 'link-alternative-names':
      return replay.addAlternativeNames(ifindex, operation.names);
    case 'link-queue':
      return replay.setQueueAndGroup(ifindex, operation.txQueueLength, operation.group);
    case 'link-sysctls':
      return setSysctls(operation.link, operation.values);
    case 'port-settings':
      return replay.setPort(ifindex, operation.data);
    case 'bridge-settings':
      return replay.setBridge(ifindex, operation.data);
    case 'bridge-vlans':
      return replay.setVlans(ifindex, operation.isBridge, operation.vlans);
    case 'neighbour-add':
    case 'forwarding-add':
      return replay.giveNeighbour(operation.message, ifindex);
    case 'group-add':
      return replay.giveGroupMember(operation.message, ifindexOf(operation.bridge), ifindex);
    case 'address-add':
      return giveAddress(operation, ifindex);
    case 'address-delete': {
      const refused = links.changeAddress('delete', ifindex, operation.address);
      return operation.ifPresent && refused?.errno === EADDRNOTAVAIL ? null : refused;
    }
  }
}

function masterOf({ link, master, bridge }: NetworkOperation & { operation: 'link-master' }): number {
  if (master === null) return 0;
  return ifindexOf(bridge ?? { netns: link.netns, name: master, ifindex: null });
}

const ageOf = (readAt: number): number => Math.max(0, (Date.now() - readAt) / 1000);

function giveAddress(
  { address, replace = false, replay: given }: NetworkOperation & { operation: 'address-add' },
  ifindex: number,
): Result {
  return given
    ? replay.giveAddress(given.message, ifindex, ageOf(given.readAt), replace)
    : links.changeAddress(replace ? 'replace' : 'add', ifindex, address);
}

const sysctlFile = (family: string, link: string, name: string): string =>
  sysctlPath(`net.${family}.conf.${link.replaceAll('.', '/')}.${name}`);

/** /proc/sys/net shows the namespace of the thread that opens it. What is so already is left alone. */
function setSysctls({ name: link }: LinkPlace, values: LinkSysctls): Result {
  for (const family of ['ipv4', 'ipv6'] as const) {
    for (const [name, value] of Object.entries(values[family])) {
      const path = sysctlFile(family, link, name);
      try {
        if (readFileSync(path, 'utf8').trim() !== String(value)) writeFileSync(path, String(value));
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code ?? String(error);
        throw new Refused(`cannot set net.${family}.conf.${link}.${name}: ${code}`);
      }
    }
  }
  return null;
}

function hasNoIpv6({ name }: LinkPlace): boolean {
  try {
    return readFileSync(sysctlFile('ipv6', name, 'disable_ipv6'), 'utf8').trim() === '1';
  } catch {
    return false;
  }
}

function numbersNow(numbered: readonly NumberedLink[]): IfindexNow {
  const now = new Map(numbered.map(({ ifindex, link }) => [ifindex, ifindexOf(link)] as const));
  return (ifindex) => {
    const found = now.get(ifindex);
    if (found === undefined) throw new Refused(`interface ${ifindex} is not known: nothing was done`);
    return found;
  };
}

export function changeRoute({
  operation,
  netns,
  route,
}: NetworkOperation & { operation: 'route-add' | 'route-delete' }): void {
  const { device, replay: given, ...rest } = route;
  const isNew = operation === 'route-add';
  const result = (): Result => {
    if (given) {
      const now = numbersNow(given.links);
      return isNew
        ? replay.giveRoute(given.message, now, ageOf(given.readAt), given.beside)
        : replay.takeRoute(given.message, now);
    }
    const ifindex = device === null ? null : ifindexOf({ netns, name: device, ifindex: null });
    return links.changeRoute(isNew, { ...rest, ifindex });
  };
  must(operation, route.destination, result());
}

export function giveNextHop({
  id,
  message,
  links: numbered,
  replace,
}: NetworkOperation & { operation: 'next-hop-add' }): void {
  must('next-hop-add', String(id), replay.giveNextHop(message, numbersNow(numbered), replace));
}

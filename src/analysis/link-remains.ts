/** What goes with an interface and is nowhere in its `LinkFact`: of which a plan tells, and gives it back. */
import { interfaceSysctls, INTERFACE_SYSCTLS } from '../formats/interface-sysctls.js';
import type { SysctlFamily } from '../formats/interface-sysctls.js';
import { parseIpAddress } from '../formats/ip-address.js';
import { addressOrigin, relabelled, routeNextHopId } from '../formats/replay.js';
import type {
  AddressFact,
  KernelMessage,
  LinkFact,
  LinkSettings,
  NetworkRemains,
  RouteFact,
} from '../model/network-table.js';
import type { NamespaceKey } from '../model/snapshot.js';
import type { Link, NetworkModel } from './network-model.js';

export { relabelled };

const NOTHING: NetworkRemains = {
  settings: [],
  nextHopObjects: [],
  neighbours: [],
  forwardingEntries: [],
  groupMembers: [],
  queueDisciplines: [],
  disablesIpv6: null,
  defaults: { ipv4: {}, ipv6: {} },
};

/** Nothing in recordings from before it was read. */
export function remainsOf(network: NetworkModel, key: NamespaceKey): NetworkRemains {
  return network.tables.get(key)?.fact.remains ?? NOTHING;
}

export function settingsOfLink(network: NetworkModel, { namespace, fact }: Link): LinkSettings | undefined {
  return remainsOf(network, namespace).settings.find(({ ifindex }) => ifindex === fact.ifindex);
}

const BY_ADVERTISEMENT = 2;
const BY_ITSELF = 3;

/** An IPv6 address that was made of a router's advertisement: by its origin, else (before 5.18) by its marks. */
export function isAdvertised({ family, scope, flags, message }: AddressFact): boolean {
  if (family !== 'inet6' || scope === 'link' || flags.includes('permanent')) return false;
  const origin = message === undefined ? 0 : addressOrigin(message);
  return (
    message === undefined ||
    origin === BY_ADVERTISEMENT ||
    flags.includes('mngtmpaddr') ||
    flags.includes('secondary')
  );
}

/** The link-local address that the kernel gives by itself: by its origin, else (before 5.18) by its form, RFC 4291. */
export function isOwnLinkLocal(
  { family, scope, address, message }: AddressFact,
  { address: hardware }: LinkFact,
): boolean {
  if (family !== 'inet6' || scope !== 'link') return false;
  if (message === undefined || addressOrigin(message) === BY_ITSELF) return true;
  const bytes = hardware.split(':').map((byte) => Number.parseInt(byte, 16));
  const own = parseIpAddress(address);
  if (bytes.length !== 6 || !own) return false;
  const identifier = [bytes[0]! ^ 2, bytes[1]!, bytes[2]!, 0xff, 0xfe, bytes[3]!, bytes[4]!, bytes[5]!];
  return identifier.every((byte, at) => own[at + 8] === byte);
}

export function nextHopIdOf({ message }: RouteFact): number | null {
  return message === undefined ? null : routeNextHopId(message);
}

/** Those that lie on the interface, and groups that they are in; groups after their members. */
export function nextHopObjectsOf(
  network: NetworkModel,
  { namespace, fact }: Link,
): NetworkRemains['nextHopObjects'] {
  const { nextHopObjects } = remainsOf(network, namespace);
  const own = nextHopObjects.filter(({ ifindex }) => ifindex === fact.ifindex);
  const ids = new Set(own.map(({ id }) => id));
  const groups = nextHopObjects.filter(({ members }) => members.some((id) => ids.has(id)));
  return [...own, ...groups];
}

export interface SysctlChoice {
  /** The namespace where it is to be: its defaults count. */
  where: NamespaceKey;
  /** Whether IPv6 may be switched off and on with it. */
  withIpv6Switch: boolean;
}

/** Kernel parameters of an interface that it would not have by itself in that namespace. */
export function sysctlsBeyondDefault(
  network: NetworkModel,
  link: Link,
  { where, withIpv6Switch }: SysctlChoice,
): Record<SysctlFamily, Record<string, number>> {
  const settings = settingsOfLink(network, link);
  const { defaults, disablesIpv6 } = remainsOf(network, where);
  const beyond = (
    family: SysctlFamily,
    message: KernelMessage | null | undefined,
  ): Record<string, number> => {
    if (!message) return {};
    const values = interfaceSysctls(family, message);
    const usual = new Map(INTERFACE_SYSCTLS[family].map(({ name, normal }) => [name, normal] as const));
    if (family === 'ipv6' && disablesIpv6 !== null) usual.set('disable_ipv6', Number(disablesIpv6));
    for (const [name, value] of Object.entries(defaults[family])) usual.set(name, value);
    return Object.fromEntries(
      [...values].filter(
        ([name, value]) => value !== usual.get(name) && (withIpv6Switch || name !== 'disable_ipv6'),
      ),
    );
  };
  return { ipv4: beyond('ipv4', settings?.ipv4), ipv6: beyond('ipv6', settings?.ipv6) };
}

/** Null: not known. */
export function sysctlOf(
  network: NetworkModel,
  link: Link,
  family: SysctlFamily,
  name: string,
): number | null {
  const message = settingsOfLink(network, link)?.[family];
  return message ? (interfaceSysctls(family, message).get(name) ?? null) : null;
}

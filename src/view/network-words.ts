/** Interfaces in few words: for columns, lines and pictures. Foreign text is not cleaned here. */
import { counted } from '../model/text.js';
import type { Model } from '../model/model.js';
import type { AddressFact, KernelMessage, LinkFact } from '../model/network-table.js';
import type { NamespaceKey } from '../model/snapshot.js';
import { namespaceName } from '../analysis/namespace-name.js';
import type { FarEnd, Link, NetworkModel } from '../analysis/network-model.js';
import { IFF_UP, hasNoCarrier, isLoopback, isPeerKind, wiphyOf } from '../analysis/network-model.js';
import type { Role } from './line.js';

/** What a view of interfaces looks at. */
export interface NetworkContext {
  model: Model;
  network: NetworkModel;
}

/** As ip-link(8) names it; hardware has no kind of its own there. */
export function linkKind(fact: LinkFact): string {
  if (fact.kind === 'tun') return String(fact.details['type'] ?? 'tun');
  return fact.kind ?? (isLoopback(fact) ? 'loopback' : wiphyOf(fact) === null ? 'physical' : 'wireless');
}

export function linkState(fact: LinkFact): { word: string; role: Role } {
  if ((fact.flags & IFF_UP) === 0) return { word: 'DOWN', role: 'dim' };
  if (hasNoCarrier(fact)) return { word: 'NOCARR', role: 'warn' };
  return fact.operState === 'DORMANT' || fact.operState === 'TESTING'
    ? { word: fact.operState, role: 'warn' }
    : { word: 'UP', role: 'good' };
}

export function addressText({ address, peer, prefixLength }: AddressFact): string {
  return peer === null ? `${address}/${prefixLength}` : `${address} peer ${peer}/${prefixLength}`;
}

const SCOPE_ORDER: Record<string, number> = { global: 0, host: 1, link: 2 };

/** The most telling first: IPv4, then by scope. */
export function sortedAddresses({ addresses }: Link): AddressFact[] {
  const weight = ({ family, scope }: AddressFact): number =>
    (SCOPE_ORDER[scope] ?? 3) * 2 + (family === 'inet' ? 0 : 1);
  return [...addresses].sort((a, b) => weight(a) - weight(b));
}

export function addressWords(link: Link): string {
  return sortedAddresses(link).map(addressText).join(' ');
}

/** Without those that every IPv6 link has by itself: for pictures. */
export function ownAddressWords(link: Link): string {
  return sortedAddresses(link)
    .filter(({ scope }) => scope !== 'link')
    .map(addressText)
    .join(' ');
}

/** `web-1:eth0`; without the namespace where it is the one that is looked from. */
export function linkLabel(model: Model, link: Link, from: NamespaceKey | null): string {
  const { namespace, fact } = link;
  return namespace === from ? fact.name : `${namespaceName(model, namespace)}:${fact.name}`;
}

export function farEndLabel(model: Model, from: NamespaceKey, far: FarEnd): string {
  switch (far.certainty) {
    case 'same':
    case 'known':
      return linkLabel(model, far.links[0]!, from);
    case 'likely':
      return `${linkLabel(model, far.links[0]!, from)}?`;
    case 'ambiguous':
      return `one of ${far.links.length}: ${far.links.map((link) => linkLabel(model, link, from)).join(', ')}`;
    case 'unknown':
      return far.netnsid === null ? `index ${far.ifindex}?` : 'out of sight';
  }
}

/** The namespace that a tunnel was made in, where that is another one; null: it is not. */
export function birthLabel({ model, network }: NetworkContext, link: Link): string | null {
  const birth = network.birthOf(link);
  if (birth === null || birth === link.namespace) return null;
  return birth === 'out of sight' ? birth : namespaceName(model, birth);
}

/** Peer or lower link, and what it is a port of; of a bridge its ports. */
export function tieWords({ model, network }: NetworkContext, link: Link): string {
  const words: string[] = [];
  const far = network.farEnd(link);
  if (far) {
    const label = farEndLabel(model, link.namespace, far);
    words.push(isPeerKind(link.fact) ? label : `on ${label}`);
  }
  const birth = far ? null : birthLabel({ model, network }, link);
  if (birth !== null) words.push(`born in ${birth}`);
  if (link.fact.master !== null)
    words.push(`/ ${network.master(link)?.fact.name ?? `index ${link.fact.master}`}`);
  const ports = network.ports(link);
  if (ports.length > 0) words.push(counted(ports.length, 'port'));
  return words.join(' ');
}

export { counted };

const UNITS = ['', 'k', 'M', 'G', 'T'];

/** `1.2M`: bytes, or bytes a second. */
export function byteWords(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)}${UNITS[unit]!}`;
}

/** As data for others: without the kernel's own bytes. */
export function withoutMessage<T extends { message?: KernelMessage }>(record: T): Omit<T, 'message'> {
  const shown = { ...record };
  delete shown.message;
  return shown;
}

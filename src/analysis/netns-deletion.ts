/**
 * What becomes of the interfaces of a network namespace when it ends: default_device_exit_net() and
 * default_device_exit_batch() in the kernel's net/core/dev.c.
 */
import type { Model } from '../model/model.js';
import type { NamespaceKey } from '../model/snapshot.js';
import type { Link, NetworkModel } from './network-model.js';
import { isLoopback, isPeerKind, singleFarEnd } from './network-model.js';
import type { UnseenHolder } from './unseen-holders.js';
import { unseenHolders } from './unseen-holders.js';
import type { Reason } from './why-alive.js';
import { whyAlive } from './why-alive.js';

export interface LinkFate {
  link: Link;
  /** `returns`: hardware goes to the initial network namespace. `dies`: made by software, it is destroyed. */
  fate: 'returns' | 'dies';
  /** Its name in the initial namespace, where it returns. */
  newName: string | null;
  /** Interfaces elsewhere that die with it: a veth's peer, what stands on it or on the peer. */
  takesAlong: readonly Link[];
}

export interface NetnsDeletion {
  key: NamespaceKey;
  /** The initial one never ends. */
  isInitial: boolean;
  fates: readonly LinkFate[];
  /** What is seen to keep it alive meanwhile. */
  reasons: readonly Reason[];
  /** What may keep it besides. */
  unseen: readonly UnseenHolder[];
}

/** Without rtnl_link_ops: hardware. Everything made by software has a kind, or is the loopback. */
function isHardware({ fact }: Link): boolean {
  return fact.kind === null && !isLoopback(fact);
}

function nameInInitial(link: Link, taken: ReadonlySet<string>): string {
  return taken.has(link.fact.name) ? `dev${link.fact.ifindex}` : link.fact.name;
}

export function forecastDeletion(model: Model, network: NetworkModel, key: NamespaceKey): NetnsDeletion {
  const initial = model.host.net;
  const taken = new Set(
    initial ? (network.tables.get(initial)?.links ?? []).map(({ fact }) => fact.name) : [],
  );
  const fates = (network.tables.get(key)?.links ?? []).map((link): LinkFate => {
    const returns = isHardware(link);
    const newName = returns ? nameInInitial(link, taken) : null;
    if (newName !== null) taken.add(newName);
    return {
      link,
      fate: returns ? 'returns' : 'dies',
      newName,
      takesAlong: fallenWith(network, link, returns),
    };
  });
  return {
    key,
    isInitial: key === initial,
    fates,
    reasons: whyAlive(model, key),
    unseen: unseenHolders(model, key),
  };
}

/** Transitively: what stands on it, its peer, and what stands on that. Those in the same namespace are not said. */
function fallenWith(network: NetworkModel, link: Link, returns: boolean): readonly Link[] {
  const fallen = new Set<Link>();
  const pending: Link[] = [...network.uppers(link)];
  const peer = !returns && isPeerKind(link.fact) ? singleFarEnd(network, link) : null;
  if (peer) pending.push(peer);
  while (pending.length > 0) {
    const next = pending.pop()!;
    if (next === link || fallen.has(next)) continue;
    fallen.add(next);
    pending.push(...network.uppers(next));
    const nextPeer = isPeerKind(next.fact) ? singleFarEnd(network, next) : null;
    if (nextPeer) pending.push(nextPeer);
  }
  return [...fallen].filter(({ namespace }) => namespace !== link.namespace);
}

/**
 * What becomes of the interfaces of a network namespace when it ends: default_device_exit_net() and
 * default_device_exit_batch() in the kernel's net/core/dev.c, and exit functions of tunnel drivers.
 */
import type { Model } from '../model/model.js';
import type { NamespaceKey } from '../model/snapshot.js';
import type { Link, NetworkModel } from './network-model.js';
import { isLoopback, isPeerKind, singleFarEnd, wiphyOf } from './network-model.js';
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
  /** Alternative names that are taken there: it loses them. */
  lostNames: readonly string[];
  /** Interfaces elsewhere that die with it: a veth's peer, what stands on it or on the peer. */
  takesAlong: readonly Link[];
  /** It has a peer, which dies too, but nobody in sight is it for certain. */
  losesUnseenPeer: boolean;
}

export interface NetnsDeletion {
  key: NamespaceKey;
  /** The initial one never ends. */
  isInitial: boolean;
  fates: readonly LinkFate[];
  /** Tunnels elsewhere that were made here and end too; and what stands on them. */
  tunnels: readonly Link[];
  /** WireGuard interfaces elsewhere that were made here: they stay, without a socket to send by. */
  silenced: readonly Link[];
  /** What is seen to keep it alive meanwhile. */
  reasons: readonly Reason[];
  /** What may keep it besides. */
  unseen: readonly UnseenHolder[];
}

/** Software, and yet sent home: rtnl_link_ops.netns_refund. */
const REFUNDED_KINDS: ReadonlySet<string | null> = new Set(['can']);

/** Without rtnl_link_ops: hardware. Everything made by software has a kind, or is the loopback. */
function isHardware({ fact }: Link): boolean {
  if (REFUNDED_KINDS.has(fact.kind)) return true;
  // What cannot move is destroyed, but for wireless devices: cfg80211 takes those home.
  return fact.kind === null && !isLoopback(fact) && (fact.netnsImmutable !== true || wiphyOf(fact) !== null);
}

/** Drivers that unregister what stands on a device when that is unregistered; vlan to vxlan, but no tunnel of IP. */
const FALLING_UPPERS: ReadonlySet<string | null> = new Set([
  'vlan', 'macvlan', 'macvtap', 'ipvlan', 'ipvtap', 'macsec', 'vxlan',
]); // prettier-ignore
/** Those do so also when the device only moves; the others look at reg_state first. */
const FALLING_WHEN_MOVED: ReadonlySet<string | null> = new Set(['macsec', 'vxlan']);

/**
 * Interfaces that are destroyed with these, in any namespace: peers, what stands on them, and so on. Not beyond those
 * of the namespace `but`, which are told by themselves.
 */
export function fallenWith(
  network: NetworkModel,
  links: readonly Link[],
  but: NamespaceKey | null = null,
): Set<Link> {
  const fallen = new Set<Link>();
  const pending = [...links];
  for (let next = pending.pop(); next; next = pending.pop()) {
    const peer = isPeerKind(next.fact) ? singleFarEnd(network, next) : null;
    const uppers = network.uppers(next).filter(({ fact }) => FALLING_UPPERS.has(fact.kind));
    for (const each of peer ? [peer, ...uppers] : uppers) {
      if (fallen.has(each) || links.includes(each) || each.namespace === but) continue;
      fallen.add(each);
      pending.push(each);
    }
  }
  return fallen;
}

/** What falls when this one is moved: that itself, and what is destroyed with it. */
function fallenByMove(network: NetworkModel, link: Link): Link[] {
  const first = network.uppers(link).filter(({ fact }) => FALLING_WHEN_MOVED.has(fact.kind));
  return [...first, ...fallenWith(network, first)];
}

export function forecastDeletion(model: Model, network: NetworkModel, key: NamespaceKey): NetnsDeletion {
  const initial = model.host.net;
  const names = new HomeNames(initial ? (network.tables.get(initial)?.links ?? []) : []);
  const told = new Set<Link>();
  const elsewhere = (links: Iterable<Link>): Link[] =>
    [...links].filter((each) => each.namespace !== key && !told.has(each) && told.add(each));
  const fates = (network.tables.get(key)?.links ?? []).map((link): LinkFate => {
    const returns = isHardware(link);
    const far = network.farEnd(link);
    return {
      link,
      fate: returns ? 'returns' : 'dies',
      ...(returns ? names.take(link) : { newName: null, lostNames: [] }),
      takesAlong: elsewhere(returns ? fallenByMove(network, link) : fallenWith(network, [link], key)),
      losesUnseenPeer:
        !returns && isPeerKind(link.fact) && far !== null && singleFarEnd(network, link) === null,
    };
  });
  const born = bornIn(network, key);
  const dying = born.filter(({ fact }) => fact.kind !== 'wireguard');
  return {
    key,
    isInitial: key === initial,
    fates,
    tunnels: elsewhere([...dying, ...fallenWith(network, dying)]),
    silenced: born.filter(({ fact }) => fact.kind === 'wireguard'),
    reasons: whyAlive(model, key),
    unseen: unseenHolders(model, key),
  };
}

/** Tunnels that were made in a namespace and are in another one. */
function bornIn(network: NetworkModel, key: NamespaceKey): Link[] {
  return [...network.tables.values()].flatMap(({ fact, links }) =>
    fact.key === key ? [] : links.filter((link) => network.birthOf(link) === key),
  );
}

/** Names of the initial namespace while devices come home, one after the other. */
class HomeNames {
  private readonly taken: Set<string>;

  constructor(links: readonly Link[]) {
    this.taken = new Set(links.flatMap(({ fact }) => [fact.name, ...fact.alternativeNames]));
  }

  /** Its own where that is free, else `dev` and its number, else the first free `dev`. */
  take({ fact }: Link): { newName: string; lostNames: string[] } {
    const lostNames = fact.alternativeNames.filter((name) => this.taken.has(name));
    const choices = [fact.name, `dev${fact.ifindex}`];
    let newName = choices.find((name) => !this.taken.has(name));
    for (let number = 0; newName === undefined; number++)
      if (!this.taken.has(`dev${number}`)) newName = `dev${number}`;
    for (const name of [newName, ...fact.alternativeNames]) this.taken.add(name);
    return { newName, lostNames };
  }
}

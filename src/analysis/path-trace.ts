/**
 * The way of a packet from a network namespace to a destination: routes, veth pairs, bridges, forwarding, up to
 * where it arrives, leaves the machine, or where the way breaks. Firewalls and NAT are not followed.
 */
import { formatIpAddress, parseIpAddress } from '../formats/ip-address.js';
import type { NamespaceKey } from '../model/snapshot.js';
import type { Link, NetworkModel } from './network-model.js';
import { IFF_UP, hasNoCarrier, isLoopback, isPeerKind, singleFarEnd } from './network-model.js';
import type { RouteChoice } from './routing.js';
import { chooseRoute, familyOf } from './routing.js';

export type TraceStep =
  /** The routing decision in a namespace. */
  | { step: 'route'; namespace: NamespaceKey; choice: RouteChoice; nextHop: string }
  /** Out of, through, or into an interface. */
  | { step: 'link'; link: Link; how: 'out' | 'peer' | 'bridge' | 'port' | 'lower' | 'in' }
  | { step: 'forward'; namespace: NamespaceKey }
  | { step: 'arrived'; namespace: NamespaceKey; link: Link | null }
  | { step: 'leaves'; link: Link; nextHop: string }
  | { step: 'broken'; namespace: NamespaceKey; reason: string };

export interface PathTrace {
  steps: readonly TraceStep[];
  outcome: 'arrived' | 'leaves' | 'broken';
}

/** A way through more namespaces than this goes in a circle. */
const MAX_HOPS = 32;

export function tracePath(network: NetworkModel, from: NamespaceKey, destination: string): PathTrace | null {
  const address = parseIpAddress(destination);
  return address && new Tracer(network, address).run(from);
}

class Tracer {
  private readonly network: NetworkModel;
  private readonly address: Uint8Array;
  private readonly destination: string;
  private readonly steps: TraceStep[] = [];

  constructor(network: NetworkModel, address: Uint8Array) {
    this.network = network;
    this.address = address;
    this.destination = formatIpAddress(address);
  }

  run(from: NamespaceKey): PathTrace {
    let here: NamespaceKey | null = from;
    for (let hops = 0; here !== null; hops++) {
      if (hops > MAX_HOPS) this.broken(here, 'the way goes in a circle');
      else {
        here = this.hop(here, hops > 0);
        continue;
      }
      break;
    }
    const last = this.steps.at(-1)!;
    const outcome = last.step === 'arrived' ? 'arrived' : last.step === 'leaves' ? 'leaves' : 'broken';
    return { steps: this.steps, outcome };
  }

  /** One namespace; the next one that the packet comes to, or null at the end of the way. */
  private hop(namespace: NamespaceKey, isForwarded: boolean): NamespaceKey | null {
    const table = this.network.tables.get(namespace);
    if (!table) return this.broken(namespace, 'its interfaces could not be read');
    const own = this.ownerIn(namespace, this.destination);
    if (own) {
      if (!isForwarded && (own.fact.flags & IFF_UP) === 0) {
        return this.broken(namespace, `${own.fact.name} has the address, but is down`);
      }
      return this.arrived(namespace, own);
    }
    if (isForwarded) {
      const family = familyOf(this.address) === 'inet' ? 'ipv4' : 'ipv6';
      if (table.fact.forwarding[family] === false) {
        const name = family === 'ipv4' ? 'net.ipv4.ip_forward' : 'net.ipv6.conf.all.forwarding';
        return this.broken(namespace, `forwarding is off: ${name} = 0`);
      }
      this.steps.push({ step: 'forward', namespace });
    }
    return this.route(namespace, isForwarded);
  }

  private route(namespace: NamespaceKey, isForwarded: boolean): NamespaceKey | null {
    const table = this.network.tables.get(namespace)!;
    const choice = chooseRoute(table.fact, this.address, null);
    if (!choice) return this.broken(namespace, `no route to ${this.destination}`);
    const nextHop = choice.gateway ?? this.destination;
    this.steps.push({ step: 'route', namespace, choice, nextHop });
    const { kind } = choice.route;
    if (kind === 'local') return this.arrived(namespace, this.routeLink(namespace, choice));
    if (kind !== 'unicast') return this.broken(namespace, `the route is ${kind}`);
    const link = this.routeLink(namespace, choice);
    if (!link) return this.broken(namespace, 'the route names no interface that is there');
    if (!isForwarded && !this.hasSource(namespace, link))
      return this.broken(namespace, `${link.fact.name} has no address to send from`);
    return this.out(link, nextHop);
  }

  private routeLink(namespace: NamespaceKey, { outInterface }: RouteChoice): Link | null {
    return outInterface === null ? null : (this.network.linkAt(namespace, outInterface) ?? null);
  }

  /** An address of the interface itself, or another one of the namespace that may stand in for it. */
  private hasSource(namespace: NamespaceKey, link: Link): boolean {
    const family = familyOf(this.address);
    const fits = ({ addresses, fact }: Link): boolean =>
      !isLoopback(fact) && addresses.some((each) => each.family === family);
    return fits(link) || this.network.tables.get(namespace)!.links.some(fits);
  }

  /** Sent out of an interface on the way to the next hop. */
  private out(link: Link, nextHop: string): NamespaceKey | null {
    if (link.fact.kind === 'bridge') return this.acrossBridge(link, null, nextHop);
    this.steps.push({ step: 'link', link, how: 'out' });
    if (!this.isUp(link)) return null;
    if (isPeerKind(link.fact)) return this.toPeer(link, nextHop);
    const far = this.network.farEnd(link);
    if (!far) return this.leaves(link, nextHop);
    const lower = singleFarEnd(this.network, link);
    if (!lower) return this.broken(link.namespace, `what ${link.fact.name} stands on is not in sight`);
    this.steps.push({ step: 'link', link: lower, how: 'lower' });
    if (!this.isUp(lower)) return null;
    const beside = this.besideOn(lower, link, nextHop);
    if (beside) return this.into(beside, nextHop);
    if (lower.fact.kind === 'bridge') return this.acrossBridge(lower, null, nextHop);
    return isPeerKind(lower.fact) ? this.toPeer(lower, nextHop) : this.leaves(lower, nextHop);
  }

  /** Another macvlan or ipvlan on the same lower link: they reach each other without leaving it. */
  private besideOn(lower: Link, link: Link, nextHop: string): Link | null {
    const beside = this.network
      .uppers(lower)
      .filter((each) => each !== link && each.fact.kind === link.fact.kind);
    return beside.find(({ addresses }) => addresses.some(({ address }) => address === nextHop)) ?? null;
  }

  private toPeer(link: Link, nextHop: string): NamespaceKey | null {
    const peer = singleFarEnd(this.network, link);
    if (!peer) {
      const far = this.network.farEnd(link);
      const reason = far?.certainty === 'ambiguous' ? 'is not sure' : 'is not in sight';
      return this.broken(link.namespace, `the peer of ${link.fact.name} ${reason}`);
    }
    this.steps.push({ step: 'link', link: peer, how: 'peer' });
    return this.arriveAt(peer, nextHop);
  }

  /** A frame comes in at an interface: through the bridge that it is a port of, or into its namespace. */
  private arriveAt(link: Link, nextHop: string): NamespaceKey | null {
    if (!this.isUp(link)) return null;
    const master = this.network.master(link);
    if (master?.fact.kind === 'bridge') return this.acrossBridge(master, link, nextHop);
    return this.into(link, nextHop);
  }

  /** Layer 3 in the namespace of `link`: only if the next hop is there. */
  private into(link: Link, nextHop: string): NamespaceKey | null {
    if (this.ownerIn(link.namespace, nextHop)) {
      this.steps.push({ step: 'link', link, how: 'in' });
      return link.namespace;
    }
    const hint = link.fact.master === null ? `, and ${link.fact.name} is not attached to a bridge` : '';
    return this.broken(link.namespace, `nobody there has the address ${nextHop}${hint}`);
  }

  private acrossBridge(bridge: Link, cameBy: Link | null, nextHop: string): NamespaceKey | null {
    this.steps.push({ step: 'link', link: bridge, how: 'bridge' });
    // Its ports are disabled while the bridge is down: that is the reason to tell.
    if (!this.isUp(bridge) || (cameBy && !this.isForwarding(cameBy))) return null;
    if (this.ownerIn(bridge.namespace, nextHop)) {
      this.steps.push({ step: 'link', link: bridge, how: 'in' });
      return bridge.namespace;
    }
    const ports = this.network.ports(bridge).filter((port) => port !== cameBy);
    for (const port of ports) {
      const peer = isPeerKind(port.fact) ? singleFarEnd(this.network, port) : null;
      if (!peer || !this.ownerIn(peer.namespace, nextHop)) continue;
      this.steps.push({ step: 'link', link: port, how: 'port' });
      if (!this.isUp(port) || !this.isForwarding(port)) return null;
      this.steps.push({ step: 'link', link: peer, how: 'peer' });
      return this.isUp(peer) ? this.into(peer, nextHop) : null;
    }
    const uplink = ports.find(({ fact }) => !isPeerKind(fact));
    if (!uplink)
      return this.broken(bridge.namespace, `nobody at ${bridge.fact.name} has the address ${nextHop}`);
    this.steps.push({ step: 'link', link: uplink, how: 'port' });
    return this.isUp(uplink) && this.isForwarding(uplink) ? this.leaves(uplink, nextHop) : null;
  }

  private isForwarding({ namespace, fact }: Link): boolean {
    if (fact.portState === null || fact.portState === 'forwarding') return true;
    this.broken(namespace, `the bridge port ${fact.name} is ${fact.portState}, not forwarding`);
    return false;
  }

  private isUp({ namespace, fact }: Link): boolean {
    if ((fact.flags & IFF_UP) === 0) {
      this.broken(namespace, `${fact.name} is down: ip link set ${fact.name} up`);
      return false;
    }
    if (hasNoCarrier(fact)) {
      const why = fact.kind === 'bridge' ? 'none of its ports is up' : 'its other end is down, or no cable';
      this.broken(namespace, `${fact.name} has no carrier: ${why}`);
      return false;
    }
    return true;
  }

  /** An interface of the namespace that has the address. */
  private ownerIn(namespace: NamespaceKey, address: string): Link | null {
    const links = this.network.tables.get(namespace)?.links ?? [];
    return links.find(({ addresses }) => addresses.some((each) => each.address === address)) ?? null;
  }

  private arrived(namespace: NamespaceKey, link: Link | null): null {
    this.steps.push({ step: 'arrived', namespace, link });
    return null;
  }

  private leaves(link: Link, nextHop: string): null {
    this.steps.push({ step: 'leaves', link, nextHop });
    return null;
  }

  private broken(namespace: NamespaceKey, reason: string): null {
    this.steps.push({ step: 'broken', namespace, reason });
    return null;
  }
}

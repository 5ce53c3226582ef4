/** Which route a packet takes: rules by priority, then the longest prefix, as ip-rule(8) and ip-route(8) say. */
import type { NetworkTableFact, RouteFact, RuleFact } from '../model/network-table.js';
import type { Link, NetworkTable } from './network-model.js';
import { isInNetwork, parseIpAddress } from '../formats/ip-address.js';

const TABLE_MAIN = 254;

export interface RouteChoice {
  route: RouteFact;
  /** Next hop of a multipath route, or the route itself. */
  gateway: string | null;
  outInterface: number | null;
  /** Rules that could decide otherwise for some packets: marks and the like are not known here. */
  isOneOfSeveral: boolean;
}

interface Network {
  bytes: Uint8Array;
  length: number;
}

/** `10.0.0.0/8`, an address, `default` or `all`; null where it is none. */
export function parseNetwork(text: string, family: string): Network | null {
  if (text === 'default' || text === 'all')
    return { bytes: new Uint8Array(family === 'inet' ? 4 : 16), length: 0 };
  const slash = text.indexOf('/');
  const bytes = parseIpAddress(slash < 0 ? text : text.slice(0, slash));
  if (!bytes) return null;
  return { bytes, length: slash < 0 ? bytes.length * 8 : Number(text.slice(slash + 1)) };
}

export function familyOf(address: Uint8Array): string {
  return address.length === 4 ? 'inet' : 'inet6';
}

function covers(text: string, family: string, address: Uint8Array): Network | null {
  const network = parseNetwork(text, family);
  return network && isInNetwork(address, network.bytes, network.length) ? network : null;
}

function rulesFor({ rules }: NetworkTableFact, family: string): RuleFact[] {
  const own = rules.filter((rule) => rule.family === family);
  own.sort((a, b) => a.priority - b.priority);
  // Without the right to see them: what every namespace starts with.
  return own.length > 0 ? own : [255, 254, 253].map((table, at) => defaultRule(family, table, at));
}

function defaultRule(family: string, table: number, at: number): RuleFact {
  return { family, priority: [0, 32766, 32767][at]!, from: 'all', to: 'all', table, action: 'to_tbl' };
}

/** Whether packets to an address would take a new route to that network: it is narrower than the one in use. */
export function takesOver(table: NetworkTableFact, destination: string, address: string): boolean {
  const bytes = parseIpAddress(address);
  if (!bytes) return false;
  const family = familyOf(bytes);
  const network = covers(destination, family, bytes);
  const used = chooseRoute(table, bytes, null);
  const now = used && parseNetwork(used.route.destination, family);
  return network !== null && now !== null && network.length > now.length;
}

/** Null where no route fits: ENETUNREACH. */
export function chooseRoute(
  table: NetworkTableFact,
  destination: Uint8Array,
  source: Uint8Array | null,
): RouteChoice | null {
  const family = familyOf(destination);
  for (const rule of rulesFor(table, family)) {
    if (!covers(rule.to, family, destination)) continue;
    if (rule.from !== 'all' && (!source || !covers(rule.from, family, source))) continue;
    if (rule.action !== 'to_tbl') continue;
    const route = bestRoute(table.routes, family, rule.table, destination);
    if (route && route.kind !== 'throw') return choiceOf(route);
  }
  return null;
}

function bestRoute(
  routes: readonly RouteFact[],
  family: string,
  tableNumber: number,
  destination: Uint8Array,
): RouteFact | null {
  let best: { route: RouteFact; length: number } | null = null;
  for (const route of routes) {
    if (route.table !== tableNumber || route.family !== family || route.flags.includes('dead')) continue;
    const network = covers(route.destination, family, destination);
    if (!network) continue;
    const isBetter =
      !best ||
      network.length > best.length ||
      (network.length === best.length && (route.metric ?? 0) < (best.route.metric ?? 0));
    if (isBetter) best = { route, length: network.length };
  }
  return best?.route ?? null;
}

function choiceOf(route: RouteFact): RouteChoice {
  const [hop] = route.nextHops;
  return {
    route,
    gateway: route.gateway ?? hop?.gateway ?? null,
    outInterface: route.outInterface ?? hop?.outInterface ?? null,
    isOneOfSeveral: route.nextHops.length > 1,
  };
}

/** The interface of the IPv4 default route with the lowest metric, of table main. */
export function defaultUplink({ fact, byIfindex }: NetworkTable): Link | null {
  const [best] = fact.routes
    .filter(
      ({ destination, family, table, kind }) =>
        destination === 'default' && family === 'inet' && table === TABLE_MAIN && kind === 'unicast',
    )
    .sort((a, b) => (a.metric ?? 0) - (b.metric ?? 0));
  const ifindex = best?.outInterface ?? best?.nextHops[0]?.outInterface;
  return ifindex === undefined ? null : (byIfindex.get(ifindex) ?? null);
}

/** Routes as ip-route(8) writes them. */
import type { RouteFact } from '../model/network-table.js';

const TABLE_NAMES: Record<number, string> = { 253: 'default', 254: 'main', 255: 'local' };

export function routeTableName(table: number): string {
  return TABLE_NAMES[table] ?? String(table);
}

/** As `ip route` writes it. */
export function routeText(route: RouteFact, nameOf: (ifindex: number) => string): string {
  const words = [route.kind === 'unicast' ? '' : route.kind, route.destination];
  if (route.gateway !== null) words.push('via', route.gateway);
  if (route.outInterface !== null) words.push('dev', nameOf(route.outInterface));
  words.push('proto', route.protocol);
  if (route.scope !== 'global') words.push('scope', route.scope);
  if (route.source !== null) words.push('src', route.source);
  if (route.metric !== null) words.push('metric', String(route.metric));
  for (const { gateway, outInterface, weight } of route.nextHops) {
    words.push('nexthop', ...(gateway === null ? [] : ['via', gateway]), 'dev', nameOf(outInterface));
    words.push('weight', String(weight));
  }
  return [...words.filter((word) => word !== ''), ...route.flags].join(' ');
}

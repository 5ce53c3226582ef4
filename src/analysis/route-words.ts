/** Routes as ip-route(8) writes them. */
import type { RouteFact, RuleFact } from '../model/network-table.js';

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

const RULE_PROTOCOLS: Record<number, string> = {
  1: 'redirect',
  2: 'kernel',
  3: 'boot',
  4: 'static',
  16: 'dhcp',
};
const IP_PROTOCOLS: Record<number, string> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'ipv6-icmp', 132: 'sctp' };
const RTPROT_KERNEL = 2;

function hexadecimal(value: number): string {
  return `0x${value.toString(16)}`;
}

function range([first, last]: readonly [number, number]): string {
  return first === last ? String(first) : `${first}-${last}`;
}

/** What a packet must be like besides its addresses, in the words of ip-rule(8). */
function conditionWords(rule: RuleFact): string[] {
  const { tos, dscp, fwmark, iif, oif, uidRange, ipProtocol, sourcePorts, destinationPorts } = rule;
  const mask = fwmark === undefined || fwmark.mask === 0xffff_ffff ? '' : `/${hexadecimal(fwmark.mask)}`;
  return [
    ...(tos === undefined ? [] : ['tos', hexadecimal(tos)]),
    ...(dscp === undefined ? [] : ['dscp', String(dscp)]),
    ...(fwmark === undefined ? [] : ['fwmark', hexadecimal(fwmark.mark) + mask]),
    ...(iif === undefined ? [] : ['iif', iif, ...(rule.iifDetached ? ['[detached]'] : [])]),
    ...(oif === undefined ? [] : ['oif', oif, ...(rule.oifDetached ? ['[detached]'] : [])]),
    ...(uidRange === undefined ? [] : ['uidrange', uidRange.join('-')]),
    ...(ipProtocol === undefined ? [] : ['ipproto', IP_PROTOCOLS[ipProtocol] ?? String(ipProtocol)]),
    ...(sourcePorts === undefined ? [] : ['sport', range(sourcePorts)]),
    ...(destinationPorts === undefined ? [] : ['dport', range(destinationPorts)]),
    ...(rule.tunnelId === undefined ? [] : ['tun_id', rule.tunnelId]),
    ...(rule.unknown ?? []).map((attribute) => `[condition ${attribute}, not understood]`),
  ];
}

function actionWords(rule: RuleFact): string[] {
  const { action, table, goto, suppressPrefixLength, suppressGroup, realms } = rule;
  return [
    ...(rule.l3mdev ? ['lookup', '[l3mdev-table]'] : []),
    ...(table === 0 ? [] : ['lookup', routeTableName(table)]),
    ...(suppressPrefixLength === undefined ? [] : ['suppress_prefixlength', String(suppressPrefixLength)]),
    ...(suppressGroup === undefined ? [] : ['suppress_ifgroup', String(suppressGroup)]),
    ...(realms === undefined ? [] : ['realms', realms[0] === 0 ? String(realms[1]) : realms.join('/')]),
    ...(action === 'goto' ? ['goto', goto === undefined ? 'none' : String(goto)] : []),
    ...(rule.unresolved ? ['[unresolved]'] : []),
    ...(action === 'goto' || action === 'to_tbl' ? [] : [action]),
  ];
}

/** As `ip rule` writes it, after its priority. */
export function ruleText(rule: RuleFact): string {
  const { protocol } = rule;
  return [
    ...(rule.not ? ['not'] : []),
    `from ${rule.from}`,
    ...(rule.to === 'all' ? [] : [`to ${rule.to}`]),
    ...conditionWords(rule),
    ...actionWords(rule),
    ...(protocol === undefined || protocol === 0 || protocol === RTPROT_KERNEL
      ? []
      : ['proto', RULE_PROTOCOLS[protocol] ?? String(protocol)]),
  ].join(' ');
}

import type { FirewallChain, FirewallFact, FirewallPart } from '../model/firewall.js';
import { clean } from './clean.js';
import type { Line } from './line.js';
import { span } from './line.js';
import { padText } from './text-width.js';

function chainLine({ chain, hook, policy, rules }: FirewallChain): Line {
  const role = policy === 'drop' ? 'warn' : policy === 'accept' ? 'good' : 'dim';
  return [
    span(`    ${padText(clean(chain), 24)} `),
    span(padText(hook ?? '', 12), 'accent'),
    span(padText(policy ?? '-', 8), role),
    span(`${rules} ${rules === 1 ? 'rule' : 'rules'}`, rules > 0 ? 'text' : 'dim'),
  ];
}

function partLines(name: string, part: FirewallPart): Line[] {
  if ('unknown' in part) return [[span(`${name}  `, 'title'), span(clean(part.unknown), 'warn')]];
  if (part.chains.length === 0) return [[span(`${name}  `, 'title'), span('no chains', 'dim')]];
  const lines: Line[] = [[span(name, 'title')]];
  let table = '';
  for (const chain of part.chains) {
    const own = `${chain.family} ${chain.table}`;
    if (own !== table) lines.push([span(`  table ${clean(own)}`, 'strong')]);
    table = own;
    lines.push(chainLine(chain));
  }
  return lines;
}

export function firewallLines({ nftables, legacy, conntrack, forwarding }: FirewallFact): Line[] {
  const word = (value: boolean | null): string => (value === null ? 'unknown' : value ? 'on' : 'off');
  return [
    ...partLines('nftables', nftables),
    ...partLines('iptables-legacy', legacy),
    [
      span(padText('conntrack', 12), 'dim'),
      span(
        conntrack
          ? `${conntrack.count} of ${conntrack.maximum} connections`
          : 'nothing is tracked, or not readable',
      ),
    ],
    [
      span(padText('forwarding', 12), 'dim'),
      span(`IPv4 ${word(forwarding.ipv4)}, IPv6 ${word(forwarding.ipv6)}`),
    ],
  ];
}

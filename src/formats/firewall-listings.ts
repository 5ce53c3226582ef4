/** Listings of firewall programs: `nft -j list ruleset` (libnftables-json(5)) and iptables-save(8). */
import type { FirewallChain } from '../model/firewall.js';
import { FormatError } from './format-error.js';

type Fields = Partial<Record<string, unknown>>;

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Chains with their count of rules; a table without chains counts as one without a name. */
export function parseNftRuleset(text: string): FirewallChain[] {
  let list: unknown;
  try {
    list = (JSON.parse(text) as { nftables?: unknown }).nftables;
  } catch {
    throw new FormatError('nft -j list ruleset', 0, text.slice(0, 80), 'no JSON');
  }
  if (!Array.isArray(list)) throw new FormatError('nft -j list ruleset', 0, text.slice(0, 80), 'no list');
  const chains = new Map<string, FirewallChain>();
  const name = ({ family, table, chain }: Fields): string =>
    JSON.stringify([textOf(family), textOf(table), textOf(chain)]);
  for (const entry of list as { table?: Fields; chain?: Fields; rule?: Fields }[]) {
    if (entry.chain) {
      const { family, table, name: chain, hook, policy } = entry.chain;
      chains.set(name({ family, table, chain }), {
        family: textOf(family),
        table: textOf(table),
        chain: textOf(chain),
        hook: typeof hook === 'string' ? hook : null,
        policy: typeof policy === 'string' ? policy : null,
        rules: 0,
      });
    }
    const chain = entry.rule && chains.get(name(entry.rule));
    if (chain) chain.rules++;
  }
  return [...chains.values()];
}

/** Built-in chains have the name of their hook. */
const HOOKS = new Set(['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING']);

/** `*table`, `:CHAIN POLICY [packets:bytes]`, `-A CHAIN …`, `COMMIT`. */
export function parseIptablesSave(text: string, family: string): FirewallChain[] {
  const chains: FirewallChain[] = [];
  let table = '';
  for (const line of text.split('\n')) {
    if (line.startsWith('*')) table = line.slice(1).trim();
    const declared = /^:(\S+) (\S+)/.exec(line);
    if (declared) {
      const [, chain, policy] = declared;
      const hook = HOOKS.has(chain!) ? chain!.toLowerCase() : null;
      chains.push({
        family,
        table,
        chain: chain!,
        hook,
        policy: policy === '-' ? null : policy!.toLowerCase(),
        rules: 0,
      });
    }
    const rule = /^-A (\S+)/.exec(line)?.[1];
    const chain = chains.findLast((each) => each.table === table && each.chain === rule);
    if (chain) chain.rules++;
  }
  return chains;
}

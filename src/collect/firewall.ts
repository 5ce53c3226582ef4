/**
 * The firewall of a network namespace, read by the programs that know it: nft(8), and iptables-legacy-save
 * where the kernel has legacy tables there. They run inside that namespace only, and only when asked.
 */
import { spawnSync } from 'node:child_process';
import { parseIptablesSave, parseNftRuleset } from '../formats/firewall-listings.js';
import { errnoName } from '../kernel/errno.js';
import type { FirewallFact, FirewallPart } from '../model/firewall.js';
import type { NamespaceKey } from '../model/snapshot.js';
import type { Discovery } from './discovery.js';
import { withJoined } from './joined-namespaces.js';
import { readSwitch } from './network-tables.js';

const TIMEOUT_MS = 3000;
const MAX_OUTPUT = 64 << 20;
/** First, for users have no sbin in their path, and under `npm start` other programs have these names (nft). */
const SBIN = '/usr/local/sbin:/usr/sbin:/sbin';

/** Standard output, or a sentence. A child gets the namespace of the thread that starts it. */
function run(program: string, words: readonly string[]): { text: string } | { unknown: string } {
  const outcome = spawnSync(program, words, {
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
    maxBuffer: MAX_OUTPUT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PATH: `${SBIN}:${process.env['PATH'] ?? ''}`, LC_ALL: 'C' },
  });
  const code = (outcome.error as NodeJS.ErrnoException | undefined)?.code;
  if (code === 'ENOENT') return { unknown: `${program} is not installed` };
  if (code === 'ETIMEDOUT') return { unknown: `${program} did not answer in ${TIMEOUT_MS / 1000} s` };
  if (code !== undefined) return { unknown: `${program}: ${code}` };
  if (outcome.status !== 0) {
    const [reason = ''] = outcome.stderr.trim().split('\n');
    return { unknown: `${program}: ${reason || `exit ${outcome.status ?? outcome.signal ?? '?'}`}` };
  }
  return { text: outcome.stdout };
}

function nftables(): FirewallPart {
  const listing = run('nft', ['-j', 'list', 'ruleset']);
  if ('unknown' in listing) return listing;
  try {
    return { chains: parseNftRuleset(listing.text) };
  } catch (error) {
    return { unknown: (error as Error).message };
  }
}

/** A look at the tables by name first: the programs would load modules and make tables that were not there. */
function legacyTables({ proc }: Discovery): FirewallPart {
  const chains = [];
  for (const { family, names, program } of [
    { family: 'ip', names: 'thread-self/net/ip_tables_names', program: 'iptables-legacy-save' },
    { family: 'ip6', names: 'thread-self/net/ip6_tables_names', program: 'ip6tables-legacy-save' },
  ]) {
    const text = proc.readFile(names);
    if (typeof text === 'number' || text.trim() === '') continue;
    const listing = run(program, []);
    if ('unknown' in listing) return listing;
    chains.push(...parseIptablesSave(listing.text, family));
  }
  return { chains };
}

function readNumber({ proc }: Discovery, path: string): number | null {
  const text = proc.readFile(path);
  return typeof text === 'string' && /^[0-9]+\s*$/.test(text) ? Number(text) : null;
}

function firewallHere(discovery: Discovery, key: NamespaceKey): FirewallFact {
  const count = readNumber(discovery, 'sys/net/netfilter/nf_conntrack_count');
  const maximum = readNumber(discovery, 'sys/net/netfilter/nf_conntrack_max');
  return {
    key,
    nftables: nftables(),
    legacy: legacyTables(discovery),
    conntrack: count === null || maximum === null ? null : { count, maximum },
    forwarding: {
      ipv4: readSwitch(discovery.proc, 'sys/net/ipv4/ip_forward'),
      ipv6: readSwitch(discovery.proc, 'sys/net/ipv6/conf/all/forwarding'),
    },
  };
}

export function collectFirewall(discovery: Discovery, key: NamespaceKey): FirewallFact {
  const unknown = (errno: number): FirewallFact => {
    const part = { unknown: `the namespace cannot be entered: ${errnoName(-errno)}` };
    return { key, nftables: part, legacy: part, conntrack: null, forwarding: { ipv4: null, ipv6: null } };
  };
  let answer: FirewallFact | number = 0;
  const failed = withJoined(discovery, 'net', (networks) => {
    answer = networks.inside(key, () => firewallHere(discovery, key));
  });
  const fact = answer as FirewallFact | number;
  return typeof fact === 'number' ? unknown(failed || fact) : fact;
}

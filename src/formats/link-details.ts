/** IFLA_INFO_DATA of each link kind that has something to tell: one table, names as `ip -j -d link` has them. */
import { formatHardwareAddress, formatIpAddress } from './ip-address.js';
import { attributesOf, bytesOf, u16, u16be, u32, u8 } from './netlink.js';

export type LinkDetails = Record<string, string | number | boolean>;

type Decode = (value: DataView) => string | number | boolean | null;

const address: Decode = (value) => formatIpAddress(bytesOf(value));
const flag: Decode = (value) => u8(value) !== 0;
const choice =
  (names: Record<number, string>, read: (value: DataView) => number | null): Decode =>
  (value) => {
    const number = read(value);
    return number === null ? null : (names[number] ?? String(number));
  };

const MACVLAN_MODES = { 1: 'private', 2: 'vepa', 4: 'bridge', 8: 'passthru', 16: 'source' };
const BOND_MODES = {
  0: 'balance-rr', 1: 'active-backup', 2: 'balance-xor', 3: 'broadcast', 4: '802.3ad', 5: 'balance-tlb', 6: 'balance-alb',
}; // prettier-ignore

/** <linux/if_link.h>, by IFLA_INFO_KIND: attribute, name, decoder. */
const KINDS: Record<string, readonly (readonly [number, string, Decode])[]> = {
  vlan: [
    [1, 'id', u16],
    [5, 'protocol', choice({ 0x8100: '802.1Q', 0x88a8: '802.1ad' }, u16be)],
  ],
  macvlan: [[1, 'mode', choice(MACVLAN_MODES, u32)]],
  macvtap: [[1, 'mode', choice(MACVLAN_MODES, u32)]],
  ipvlan: [[1, 'mode', choice({ 0: 'l2', 1: 'l3', 2: 'l3s' }, u16)]],
  ipvtap: [[1, 'mode', choice({ 0: 'l2', 1: 'l3', 2: 'l3s' }, u16)]],
  vxlan: [
    [1, 'id', u32],
    [2, 'group', address],
    [3, 'link_index', u32],
    [4, 'local', address],
    [15, 'port', u16be],
    [16, 'group6', address],
    [17, 'local6', address],
    [7, 'learning', flag],
  ],
  bridge: [
    [5, 'stp_state', u32],
    [7, 'vlan_filtering', u8],
    [11, 'bridge_id', (value) => bridgeId(bytesOf(value))],
  ],
  bond: [[1, 'mode', choice(BOND_MODES, u8)]],
  vrf: [[1, 'table', u32]],
  tun: [
    [3, 'type', choice({ 1: 'tun', 2: 'tap' }, u8)],
    [6, 'persist', flag],
    [7, 'multi_queue', flag],
  ],
  gre: [[6, 'local', address], [7, 'remote', address], [1, 'link_index', u32]],
  ipip: [[2, 'local', address], [3, 'remote', address], [1, 'link_index', u32]],
  sit: [[2, 'local', address], [3, 'remote', address], [1, 'link_index', u32]],
  geneve: [[1, 'id', u32], [2, 'remote', address], [5, 'port', u16be]],
}; // prettier-ignore

/** Priority in hexadecimal, then the address. */
function bridgeId(bytes: Uint8Array): string {
  const priority = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
  return `${priority.toString(16)}.${formatHardwareAddress(bytes.slice(2))}`;
}

export function decodeLinkDetails(kind: string, data: DataView): LinkDetails {
  const details: LinkDetails = {};
  const attributes = attributesOf(data);
  for (const [attribute, name, decode] of KINDS[kind] ?? []) {
    const value = attributes.get(attribute);
    const decoded = value ? decode(value) : null;
    if (decoded !== null) details[name] = decoded;
  }
  return details;
}

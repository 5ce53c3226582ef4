/** Settings of bridges and their ports in the words of ip-link(8): what differs from what the kernel has by itself. */
import { formatHardwareAddress } from '../formats/ip-address.js';
import { settingsOf } from '../formats/link-settings.js';
import { bytesOf, u16, u16be, u32, u8 } from '../formats/netlink.js';
import type { KernelMessage } from '../model/network-table.js';

type Word = readonly [string, 'u8' | 'u16' | 'u32' | 'u64' | 'mac' | 'protocol', string];

/** IFLA_BRPORT_*: word of `ip link set type bridge_slave`, width, and what the kernel has by itself. */
const PORT_WORDS: Readonly<Record<number, Word>> = {
  2: ['priority', 'u16', '32'],
  3: ['cost', 'u32', '2'],
  4: ['hairpin', 'u8', '0'],
  5: ['guard', 'u8', '0'],
  6: ['root_block', 'u8', '0'],
  7: ['fastleave', 'u8', '0'],
  8: ['learning', 'u8', '1'],
  9: ['flood', 'u8', '1'],
  10: ['proxy_arp', 'u8', '0'],
  12: ['proxy_arp_wifi', 'u8', '0'],
  25: ['mcast_router', 'u8', '1'],
  27: ['mcast_flood', 'u8', '1'],
  28: ['mcast_to_unicast', 'u8', '0'],
  29: ['vlan_tunnel', 'u8', '0'],
  30: ['bcast_flood', 'u8', '1'],
  31: ['group_fwd_mask', 'u16', '0'],
  32: ['neigh_suppress', 'u8', '0'],
  33: ['isolated', 'u8', '0'],
  39: ['locked', 'u8', '0'],
  40: ['mab', 'u8', '0'],
};

/** IFLA_BR_*: word of `ip link … type bridge`; times in hundredths of a second. */
const BRIDGE_WORDS: Readonly<Record<number, Word>> = {
  1: ['forward_delay', 'u32', '1500'],
  2: ['hello_time', 'u32', '200'],
  3: ['max_age', 'u32', '2000'],
  4: ['ageing_time', 'u32', '30000'],
  5: ['stp_state', 'u32', '0'],
  6: ['priority', 'u16', '32768'],
  7: ['vlan_filtering', 'u8', '0'],
  8: ['vlan_protocol', 'protocol', '802.1Q'],
  9: ['group_fwd_mask', 'u16', '0'],
  20: ['group_address', 'mac', '01:80:c2:00:00:00'],
  22: ['mcast_router', 'u8', '1'],
  23: ['mcast_snooping', 'u8', '1'],
  24: ['mcast_query_use_ifaddr', 'u8', '0'],
  25: ['mcast_querier', 'u8', '0'],
  27: ['mcast_hash_max', 'u32', '4096'],
  28: ['mcast_last_member_count', 'u32', '2'],
  29: ['mcast_startup_query_count', 'u32', '2'],
  30: ['mcast_last_member_interval', 'u64', '100'],
  31: ['mcast_membership_interval', 'u64', '26000'],
  32: ['mcast_querier_interval', 'u64', '25500'],
  33: ['mcast_query_interval', 'u64', '12500'],
  34: ['mcast_query_response_interval', 'u64', '1000'],
  35: ['mcast_startup_query_interval', 'u64', '3124'],
  36: ['nf_call_iptables', 'u8', '0'],
  37: ['nf_call_ip6tables', 'u8', '0'],
  38: ['nf_call_arptables', 'u8', '0'],
  39: ['vlan_default_pvid', 'u16', '1'],
  41: ['vlan_stats_enabled', 'u8', '0'],
  42: ['mcast_stats_enabled', 'u8', '0'],
  43: ['mcast_igmp_version', 'u8', '2'],
  44: ['mcast_mld_version', 'u8', '1'],
  45: ['vlan_stats_per_port', 'u8', '0'],
};

function wordValue(value: DataView, width: Word[1]): string {
  switch (width) {
    case 'u8':
      return String(u8(value));
    case 'u16':
      return String(u16(value));
    case 'u32':
      return String(u32(value));
    case 'u64':
      return value.byteLength >= 8 ? String(value.getBigUint64(0, true)) : '0';
    case 'mac':
      return formatHardwareAddress(bytesOf(value));
    case 'protocol':
      return u16be(value) === 0x88a8 ? '802.1ad' : '802.1Q';
  }
}

/** What differs from what the kernel has by itself. */
function settingWords(message: KernelMessage, table: Readonly<Record<number, Word>>): string[] {
  const settings = settingsOf(message);
  return Object.entries(table).flatMap(([attribute, [word, width, normal]]) => {
    const value = settings.get(Number(attribute));
    const told = value && wordValue(value, width);
    return told === undefined || told === normal ? [] : [word, told];
  });
}

const PORT_STATE = 1;
const DISABLED = 0;
const FORWARDING = 3;
/** A port of a slower or unknown speed: the kernel's own choice of its cost. */
const UNKNOWN_COST = '100';

/** `kind`: of the interface, as its cost by itself follows from it. */
export function portWords(message: KernelMessage, kind: string | null): string[] {
  const state = u8(settingsOf(message).get(PORT_STATE));
  const found = settingWords(message, PORT_WORDS);
  const at = found.indexOf('cost');
  if (at >= 0 && found[at + 1] === UNKNOWN_COST && kind !== 'veth') found.splice(at, 2);
  return [
    ...(state === null || state === DISABLED || state === FORWARDING ? [] : ['state', String(state)]),
    ...found,
  ];
}

const BOOLEANS = ['no_linklocal_learn', 'mcast_vlan_snooping', 'mst_enable'];

export function bridgeWords(message: KernelMessage): string[] {
  const booleans = u32(settingsOf(message).get(46)) ?? 0;
  return [
    ...settingWords(message, BRIDGE_WORDS),
    ...BOOLEANS.flatMap((word, bit) => ((booleans & (1 << bit)) === 0 ? [] : [word, '1'])),
  ];
}

/** The vlan that a port of this bridge gets by itself; 0: none. */
export function defaultVlan(kindData: KernelMessage | null): number {
  return (kindData === null ? null : u16(settingsOf(kindData).get(39))) ?? 1;
}

/**
 * net.ipv4.conf.IFACE.* and net.ipv6.conf.IFACE.* in the arrays IFLA_INET_CONF and IFLA_INET6_CONF: the enums of
 * <linux/ip.h> (counted from 1) and <linux/ipv6.h> (from 0). Only what somebody sets, in the unit of /proc.
 */
import type { KernelMessage } from '../model/network-table.js';
import { fromHex } from './hex.js';

export type SysctlFamily = 'ipv4' | 'ipv6';

interface Setting {
  name: string;
  at: number;
  /** What the kernel has where nobody set anything. */
  normal: number;
}

const setting = (name: string, at: number, normal = 0): Setting => ({ name, at, normal });

/** `forwarding` follows the namespace's switch: what counts is where it differs from it. */
export const INTERFACE_SYSCTLS: Readonly<Record<SysctlFamily, readonly Setting[]>> = {
  ipv4: [
    setting('forwarding', 0),
    setting('proxy_arp', 2),
    setting('accept_redirects', 3, 1),
    setting('secure_redirects', 4, 1),
    setting('send_redirects', 5, 1),
    setting('shared_media', 6, 1),
    setting('rp_filter', 7),
    setting('accept_source_route', 8, 1),
    setting('bootp_relay', 9),
    setting('log_martians', 10),
    setting('tag', 11),
    setting('arp_filter', 12),
    setting('medium_id', 13),
    setting('disable_xfrm', 14),
    setting('disable_policy', 15),
    setting('force_igmp_version', 16),
    setting('arp_announce', 17),
    setting('arp_ignore', 18),
    setting('promote_secondaries', 19),
    setting('arp_accept', 20),
    setting('arp_notify', 21),
    setting('accept_local', 22),
    setting('src_valid_mark', 23),
    setting('proxy_arp_pvlan', 24),
    setting('route_localnet', 25),
    setting('ignore_routes_with_linkdown', 28),
    setting('drop_unicast_in_l2_multicast', 29),
    setting('drop_gratuitous_arp', 30),
    setting('bc_forwarding', 31),
    setting('arp_evict_nocarrier', 32, 1),
  ],
  ipv6: [
    setting('disable_ipv6', 26),
    setting('forwarding', 0),
    setting('hop_limit', 1, 64),
    setting('accept_ra', 3, 1),
    setting('accept_redirects', 4, 1),
    setting('autoconf', 5, 1),
    setting('dad_transmits', 6, 1),
    setting('router_solicitations', 7, -1),
    setting('use_tempaddr', 10),
    setting('accept_ra_defrtr', 17, 1),
    setting('accept_ra_pinfo', 18, 1),
    setting('accept_ra_rtr_pref', 19, 1),
    setting('proxy_ndp', 22),
    setting('optimistic_dad', 23),
    setting('accept_source_route', 24),
    setting('accept_dad', 27, 1),
    setting('force_tllao', 28),
    setting('ndisc_notify', 29),
    setting('suppress_frag_ndisc', 32, 1),
    setting('accept_ra_from_local', 33),
    setting('use_optimistic', 34),
    setting('accept_ra_mtu', 35, 1),
    setting('use_oif_addrs_only', 37),
    setting('accept_ra_min_hop_limit', 38, 1),
    setting('ignore_routes_with_linkdown', 39),
    setting('drop_unicast_in_l2_multicast', 40),
    setting('drop_unsolicited_na', 41),
    setting('keep_addr_on_down', 42),
    setting('enhanced_dad', 46, 1),
    setting('addr_gen_mode', 47),
    setting('disable_policy', 48),
    setting('ndisc_tclass', 50),
    setting('seg6_enabled', 44),
    setting('seg6_require_hmac', 45),
    setting('rpl_seg_enabled', 51),
    setting('ndisc_evict_nocarrier', 56, 1),
    setting('accept_untracked_na', 57),
  ],
};

/** Values by name; what the kernel is too old for is not there. */
export function interfaceSysctls(family: SysctlFamily, message: KernelMessage): Map<string, number> {
  const array = fromHex(message);
  const values = new Map<string, number>();
  for (const { name, at } of INTERFACE_SYSCTLS[family])
    if (at * 4 + 4 <= array.byteLength) values.set(name, array.getInt32(at * 4, true));
  return values;
}

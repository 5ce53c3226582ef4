/** Neighbours, and what bridges and vxlans forward by, in the words of ip(8) and bridge(8) that would make the same. */
import { fromHex } from '../formats/hex.js';
import { formatHardwareAddress, formatIpAddress } from '../formats/ip-address.js';
import { attributesOf, bytesOf, u16, u16be, u32, u8 } from '../formats/netlink.js';
import type { KernelMessage } from '../model/network-table.js';
import { words } from './replay-words.js';

const address = (value: DataView): string => formatIpAddress(bytesOf(value));

const NDA = { destination: 1, hardwareAddress: 2, vlan: 5, port: 6, vni: 7, interface: 8, master: 9, sourceVni: 11, protocol: 12, nextHop: 13 } as const; // prettier-ignore
const NDMSG_SIZE = 12;
const NUD_PERMANENT = 0x80;
const NUD_NOARP = 0x40;
const NTF = { self: 0x02, proxy: 0x08, extLearned: 0x10, sticky: 0x40, router: 0x80 } as const;

/** What follows `ip neighbour replace`. */
export function neighbourReplayWords(message: KernelMessage): string[] {
  const view = fromHex(message);
  const attributes = attributesOf(view, NDMSG_SIZE);
  const [destination, hardware] = [attributes.get(NDA.destination), attributes.get(NDA.hardwareAddress)];
  const to = destination ? address(destination) : '';
  const flags = view.getUint8(10);
  if ((flags & NTF.proxy) !== 0) return ['proxy', to];
  const state = view.getUint16(8, true);
  return [
    to,
    ...(hardware ? ['lladdr', formatHardwareAddress(bytesOf(hardware))] : []),
    ...((flags & NTF.router) !== 0 ? ['router'] : []),
    ...((flags & NTF.extLearned) !== 0 ? ['extern_learn'] : []),
    'nud',
    state & NUD_PERMANENT ? 'permanent' : 'reachable',
    ...words('protocol', u8(attributes.get(NDA.protocol))),
  ];
}

/** What follows `bridge fdb append`: the hardware address, and what comes after the interface. */
export function forwardingReplayWords(message: KernelMessage): { address: string; words: string[] } {
  const view = fromHex(message);
  const attributes = attributesOf(view, NDMSG_SIZE);
  const hardware = attributes.get(NDA.hardwareAddress);
  const destination = attributes.get(NDA.destination);
  const flags = view.getUint8(10);
  const state = view.getUint16(8, true);
  return {
    address: hardware ? formatHardwareAddress(bytesOf(hardware)) : '',
    words: [
      attributes.has(NDA.master) ? 'master' : 'self',
      (state & NUD_PERMANENT) !== 0 ? 'permanent' : (state & NUD_NOARP) !== 0 ? 'static' : 'dynamic',
      ...((flags & NTF.extLearned) !== 0 ? ['extern_learn'] : []),
      ...((flags & NTF.sticky) !== 0 ? ['sticky'] : []),
      ...(destination ? ['dst', address(destination)] : []),
      ...words('vlan', u16(attributes.get(NDA.vlan))),
      ...words('port', u16be(attributes.get(NDA.port))),
      ...words('vni', u32(attributes.get(NDA.vni))),
      ...words('src_vni', u32(attributes.get(NDA.sourceVni))),
      ...words('nhid', u32(attributes.get(NDA.nextHop))),
    ],
  };
}

/** struct br_mdb_entry: ifindex, state, flags, vid, the group, and its protocol in network byte order. */
export function groupReplayWords(message: KernelMessage): string[] {
  const view = fromHex(message);
  const protocol = view.getUint16(24, false);
  const vid = view.getUint16(6, true);
  const bytes = bytesOf(view).slice(8, 24);
  const group = protocol === 0x0800 ? formatIpAddress(bytes.slice(0, 4)) : protocol === 0x86dd ? formatIpAddress(bytes) : formatHardwareAddress(bytes.slice(0, 6)); // prettier-ignore
  return ['grp', group, 'permanent', ...(vid === 0 ? [] : ['vid', String(vid)])];
}

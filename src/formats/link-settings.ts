/** What an interface is set to beyond `LinkFact`, from RTM_NEWLINK: <linux/if_link.h>, <linux/if_bridge.h>. */
import type { KernelMessage, LinkSettings } from '../model/network-table.js';
import { fromHex, toHex } from './hex.js';
import { attributesOf, bytesOf, forEachAttribute, text, u16, u8 } from './netlink.js';

const IFINFOMSG_SIZE = 16;
const IFLA = { linkInfo: 18, alias: 20, afSpec: 26, xdp: 43 } as const;
const IFLA_INFO = { data: 2, slaveKind: 4, slaveData: 5 } as const;
const IFLA_INET_CONF = 1;
const IFLA_INET6_CONF = 2;
const IFLA_XDP_ATTACHED = 2;
const IFLA_BRIDGE_VLAN_INFO = 2;
const AF_INET = 2;
const AF_INET6 = 10;

/** Most interfaces of a machine have the same settings: the text of the last ones is used again. */
class LastText {
  private bytes = new Uint8Array(0);
  private text = '';

  of(value: DataView): KernelMessage {
    const bytes = bytesOf(value);
    if (bytes.length !== this.bytes.length || bytes.some((byte, at) => byte !== this.bytes[at])) {
      this.bytes = bytes.slice();
      this.text = toHex(bytes);
    }
    return this.text;
  }
}

const ipv4Text = new LastText();
const ipv6Text = new LastText();

/** RTM_NEWLINK of AF_UNSPEC; without the vlans, that are asked for with AF_BRIDGE. */
export function decodeLinkSettings(payload: DataView): LinkSettings {
  const attributes = attributesOf(payload, IFINFOMSG_SIZE);
  const info = attributes.get(IFLA.linkInfo);
  const link = info ? attributesOf(info) : new Map<number, DataView>();
  const spec = attributes.get(IFLA.afSpec);
  const families = spec ? attributesOf(spec) : new Map<number, DataView>();
  const conf = (family: number, attribute: number): DataView | undefined => {
    const value = families.get(family);
    return value && attributesOf(value).get(attribute);
  };
  const [ipv4, ipv6] = [conf(AF_INET, IFLA_INET_CONF), conf(AF_INET6, IFLA_INET6_CONF)];
  const data = link.get(IFLA_INFO.data);
  const isBridgePort = text(link.get(IFLA_INFO.slaveKind)) === 'bridge';
  const port = isBridgePort ? link.get(IFLA_INFO.slaveData) : undefined;
  const xdp = attributes.get(IFLA.xdp);
  return {
    ifindex: payload.getInt32(4, true),
    alias: text(attributes.get(IFLA.alias)),
    kindData: data ? toHex(data) : null,
    portData: port ? toHex(port) : null,
    ipv4: ipv4 ? ipv4Text.of(ipv4) : null,
    ipv6: ipv6 ? ipv6Text.of(ipv6) : null,
    hasXdp: xdp !== undefined && (u8(attributesOf(xdp).get(IFLA_XDP_ATTACHED)) ?? 0) !== 0,
    vlans: [],
  };
}

/** RTM_NEWLINK of AF_BRIDGE, asked for with RTEXT_FILTER_BRVLAN: struct bridge_vlan_info. */
export function decodeBridgeVlans(payload: DataView): { ifindex: number; vlans: LinkSettings['vlans'] } {
  const vlans: LinkSettings['vlans'] = [];
  const spec = attributesOf(payload, IFINFOMSG_SIZE).get(IFLA.afSpec);
  if (spec) {
    forEachAttribute(spec, 0, (attributeType, value) => {
      if (attributeType === IFLA_BRIDGE_VLAN_INFO && value.byteLength >= 4)
        vlans.push({ flags: u16(value)!, vid: value.getUint16(2, true) });
    });
  }
  return { ifindex: payload.getInt32(4, true), vlans };
}

/** Attributes of a settings text by type. */
export function settingsOf(message: KernelMessage): Map<number, DataView> {
  return attributesOf(fromHex(message));
}

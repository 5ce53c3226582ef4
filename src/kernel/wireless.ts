/**
 * Wireless interfaces by nl80211, <linux/nl80211.h>. Such an interface cannot leave its network namespace: its wiphy,
 * the device behind it, does, with all interfaces on it.
 */
import { NLM_F_ACK, attributesOf, u32, u32Attribute } from '../formats/netlink.js';
import { EAGAIN } from './errno.js';
import { GENERIC_HEADER_SIZE, genericHeader, withFamily } from './generic-netlink.js';
import type { Refusal } from './route-socket.js';
import { isRefusal } from './route-socket.js';

const FAMILY = 'nl80211';
const CMD = { getInterface: 5, setWiphyNetns: 49 } as const;
const ATTR = { wiphy: 1, ifindex: 3, netnsFd: 219 } as const;

/** The wiphy of each wireless interface of the namespace that the thread is in, by ifindex. */
export function readWiphys(): Map<number, number> | Refusal {
  return withFamily(FAMILY, (socket, family) => {
    const found = new Map<number, number>();
    const refusal = socket.dump(
      family,
      genericHeader(CMD.getInterface),
      [],
      (payload) => {
        const attributes = attributesOf(payload, GENERIC_HEADER_SIZE);
        const [ifindex, wiphy] = [u32(attributes.get(ATTR.ifindex)), u32(attributes.get(ATTR.wiphy))];
        if (ifindex !== null && wiphy !== null) found.set(ifindex, wiphy);
      },
      () => found.clear(),
    );
    return refusal ? { ...refusal, errno: refusal.errno || EAGAIN } : found;
  });
}

/** With all its interfaces into the namespace of the descriptor (Linux 4.5); by pid since 2.6.32. */
export function moveWiphy(wiphy: number, netnsFd: number): Refusal | null {
  const answer = withFamily(FAMILY, (socket, family) => {
    const attributes = [u32Attribute(ATTR.wiphy, wiphy), u32Attribute(ATTR.netnsFd, netnsFd)];
    const payload = socket.ask(family, NLM_F_ACK, genericHeader(CMD.setWiphyNetns), attributes);
    return isRefusal(payload) ? payload : true;
  });
  return answer === true ? null : answer;
}

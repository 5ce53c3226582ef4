/** Generic netlink, <linux/genetlink.h>: families are asked for by name, and speak of numbers from then on. */
import { attributesOf, textAttribute, u16 } from '../formats/netlink.js';
import type { Attribute } from '../formats/netlink.js';
import type { Refusal } from './route-socket.js';
import { RouteSocket, isRefusal } from './route-socket.js';

const NETLINK_GENERIC = 16;
const GENL_ID_CTRL = 16;
const CTRL_CMD_GETFAMILY = 3;
const CTRL_ATTR_FAMILY_ID = 1;
const CTRL_ATTR_FAMILY_NAME = 2;
/** `struct genlmsghdr` before the attributes. */
export const GENERIC_HEADER_SIZE = 4;

export function genericHeader(command: number): Uint8Array {
  return Uint8Array.of(command, 1, 0, 0);
}

/** Calls back with a socket of the family, in the namespace that the thread is in; a refusal: ENOENT, no such family. */
export function withFamily<T>(
  name: string,
  work: (socket: RouteSocket, family: number) => T | Refusal,
): T | Refusal {
  const socket = RouteSocket.open(NETLINK_GENERIC);
  if (typeof socket === 'number') return { errno: -socket, kernelMessage: '' };
  try {
    const family = findFamily(socket, name);
    return typeof family === 'number' ? work(socket, family) : family;
  } finally {
    socket.close();
  }
}

function findFamily(socket: RouteSocket, name: string): number | Refusal {
  const attributes: Attribute[] = [textAttribute(CTRL_ATTR_FAMILY_NAME, name)];
  const answer = socket.ask(GENL_ID_CTRL, 0, genericHeader(CTRL_CMD_GETFAMILY), attributes);
  if (isRefusal(answer)) return answer;
  return u16(attributesOf(answer, GENERIC_HEADER_SIZE).get(CTRL_ATTR_FAMILY_ID)) ?? 0;
}

/** Gives back what the kernel told in a dump, message by message: rtnetlink(7). Each answers with a refusal, or null. */
import { decodeBridgeVlans, settingsOf } from '../formats/link-settings.js';
import { fromHex, toHex } from '../formats/hex.js';
import type { Attribute } from '../formats/netlink.js';
import { attributesOf, bytesOf, nestedAttribute, textAttribute, u32Attribute } from '../formats/netlink.js';
import type { IfindexNow, Replay } from '../formats/replay.js';
import {
  replayAddress,
  replayNeighbour,
  replayNextHop,
  replayRoute,
  sameReplay,
  sameRouteKey,
  splitHops,
  withHops,
} from '../formats/replay.js';
import type { KernelMessage } from '../model/network-table.js';
import { EEXIST } from './errno.js';
import type { Result } from './link-changes.js';
import { change, linkBody, withSocket } from './link-changes.js';

const RTM = { newLink: 16, getLink: 18, setLink: 19, delLink: 17, newAddr: 20, newRoute: 24, delRoute: 25, getRoute: 26, newNeigh: 28, newMdb: 84, newNextHop: 104, newLinkProp: 108 } as const; // prettier-ignore
const NLM_F_REPLACE = 0x100;
const NLM_F_EXCL = 0x200;
const NLM_F_CREATE = 0x400;
const NLM_F_APPEND = 0x800;

/** `replace`: it may be there already. */
export function giveAddress(message: KernelMessage, ifindex: number, age: number, replace: boolean): Result {
  const replay = replayAddress(message, ifindex, age);
  // Its lifetime is over: it would not be there now either.
  if (!replay) return null;
  const { first, then } = replay;
  const how = NLM_F_CREATE | (replace ? NLM_F_REPLACE : NLM_F_EXCL);
  const refused = change(RTM.newAddr, how, first.body, first.attributes);
  return refused || !then ? refused : change(RTM.newAddr, NLM_F_REPLACE, then.body, then.attributes);
}

export type Beside = 'before' | 'after' | null;

const BESIDE = { before: 0, after: NLM_F_APPEND } as const;

/** `beside`: others of the same destination and metric. A route that is there already, the same, will do. */
export function giveRoute(message: KernelMessage, now: IfindexNow, age: number, beside: Beside): Result {
  const wanted = replayRoute(message, now, age);
  if (!wanted) return null;
  const how = NLM_F_CREATE | (beside === null ? NLM_F_EXCL : BESIDE[beside]);
  const refused = change(RTM.newRoute, how, wanted.body, wanted.attributes);
  if (refused?.errno !== EEXIST) return refused;
  const standing = routesWithKey(wanted);
  if (standing.some((each) => sameReplay(each, wanted))) return null;
  return isIpv6(wanted) ? completeHops(wanted, standing, refused) : refused;
}

const isIpv6 = ({ body }: Replay): boolean => body[0] === 10;

/** Of an IPv6 multipath route some next hops may be there still. */
function completeHops(wanted: Replay, standing: readonly Replay[], refused: Result): Result {
  const there = standing.flatMap((each) => splitHops(each).map(({ route }) => route));
  const hops = splitHops(wanted);
  const isPart = there.every((each) => hops.some(({ route }) => sameReplay(route, each)));
  const missing = hops.filter(({ route }) => !there.some((each) => sameReplay(route, each)));
  const rest = missing.flatMap(({ hop }) => (hop ? [hop] : []));
  if (!isPart || rest.length === 0) return refused;
  const { body, attributes } = withHops(wanted, rest);
  return change(RTM.newRoute, NLM_F_CREATE | NLM_F_APPEND, body, attributes);
}

function routesWithKey(wanted: Replay): Replay[] {
  const found: Replay[] = [];
  const body = new Uint8Array(12);
  body[0] = wanted.body[0]!;
  withSocket((socket) =>
    socket.dump(
      RTM.getRoute,
      body,
      [],
      (payload) => {
        const each = replayRoute(toHex(payload), (ifindex) => ifindex, 0);
        if (each && sameRouteKey(each, wanted)) found.push(each);
      },
      () => (found.length = 0),
    ),
  );
  return found;
}

export function takeRoute(message: KernelMessage, now: IfindexNow): Result {
  const route = replayRoute(message, now, 0);
  return route ? change(RTM.delRoute, 0, route.body, route.attributes) : null;
}

/** A neighbour, a proxy, or an entry that a bridge or vxlan forwards by; one that is there is replaced. */
export function giveNeighbour(message: KernelMessage, ifindex: number): Result {
  const { body, attributes } = replayNeighbour(message, ifindex);
  const isForwarding = body[0] === 7;
  const how = NLM_F_CREATE | (isForwarding ? NLM_F_APPEND : NLM_F_REPLACE);
  const refused = change(RTM.newNeigh, how, body, attributes);
  return isForwarding && refused?.errno === EEXIST ? null : refused;
}

/** `replace`: a group that lost members gets them again. */
export function giveNextHop(message: KernelMessage, now: IfindexNow, replace: boolean): Result {
  const { body, attributes } = replayNextHop(message, now);
  return change(RTM.newNextHop, NLM_F_CREATE | (replace ? NLM_F_REPLACE : NLM_F_EXCL), body, attributes);
}

const MDBA_SET_ENTRY = 1;

/** struct br_port_msg of the bridge, struct br_mdb_entry of the port. */
export function giveGroupMember(message: KernelMessage, bridge: number, port: number): Result {
  const body = new Uint8Array(8);
  body[0] = 7;
  new DataView(body.buffer).setInt32(4, bridge, true);
  const value = bytesOf(fromHex(message)).slice();
  new DataView(value.buffer).setInt32(0, port, true);
  const how = NLM_F_CREATE | NLM_F_EXCL;
  const refused = change(RTM.newMdb, how, body, [{ attributeType: MDBA_SET_ENTRY, value }]);
  return refused?.errno === EEXIST ? null : refused;
}

const IFLA = { txQueueLength: 13, linkInfo: 18, alias: 20, afSpec: 26, group: 27, propertyList: 52, alternativeName: 53 } as const; // prettier-ignore
const INFO = { kind: 1, data: 2, slaveKind: 4, slaveData: 5 } as const;

/** IFLA_BRPORT_*: found out by the kernel, or asked of it. */
const PORT_TOLD: ReadonlySet<number> = new Set([13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 26, 38, 41]);
const PORT_STATE = 1;
const DISABLED = 0;
const FORWARDING = 3;
/** IFLA_BR_*: likewise. */
const BRIDGE_TOLD: ReadonlySet<number> = new Set([
  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 21, 26, 40, 47, 48,
]);

function currentInfo(ifindex: number, attribute: number): Map<number, DataView> {
  const answer = withSocket((socket) => socket.ask(RTM.getLink, 0, linkBody(ifindex), []));
  if (!(answer instanceof DataView)) return new Map();
  const info = attributesOf(answer, 16).get(IFLA.linkInfo);
  const data = info && attributesOf(info).get(attribute);
  return data ? attributesOf(data) : new Map<number, DataView>();
}

/** Attributes that are other than they are now, but those that are only told. */
function differing(
  wanted: ReadonlyMap<number, DataView>,
  now: ReadonlyMap<number, DataView>,
  told: ReadonlySet<number>,
): Attribute[] {
  return [...wanted]
    .filter(([attributeType, value]) => {
      const present = now.get(attributeType);
      return !told.has(attributeType) && (!present || toHex(present) !== toHex(value));
    })
    .map(([attributeType, value]) => ({ attributeType, value: bytesOf(value) }));
}

/** As a port of a bridge: cost, priority, isolated, learning … The state follows carrier and STP, unless it was set. */
export function setPort(ifindex: number, portData: KernelMessage): Result {
  const wanted = settingsOf(portData);
  const state = wanted.get(PORT_STATE)?.getUint8(0);
  const told = new Set(PORT_TOLD);
  if (state === DISABLED || state === FORWARDING) told.add(PORT_STATE);
  const attributes = differing(wanted, currentInfo(ifindex, INFO.slaveData), told);
  if (attributes.length === 0) return null;
  return change(RTM.newLink, 0, linkBody(ifindex), [
    nestedAttribute(IFLA.linkInfo, [
      textAttribute(INFO.slaveKind, 'bridge'),
      nestedAttribute(INFO.slaveData, attributes),
    ]),
  ]);
}

/** stp_state, vlan_filtering, ageing_time … of a bridge. */
export function setBridge(ifindex: number, kindData: KernelMessage): Result {
  const attributes = differing(settingsOf(kindData), currentInfo(ifindex, INFO.data), BRIDGE_TOLD);
  if (attributes.length === 0) return null;
  return change(RTM.newLink, 0, linkBody(ifindex), [
    nestedAttribute(IFLA.linkInfo, [
      textAttribute(INFO.kind, 'bridge'),
      nestedAttribute(INFO.data, attributes),
    ]),
  ]);
}

export interface BridgeVlan {
  vid: number;
  /** BRIDGE_VLAN_INFO_* of <linux/if_bridge.h>. */
  flags: number;
}

const BRIDGE_FLAGS = 0;
const BRIDGE_FLAGS_SELF = 2;
const BRIDGE_VLAN_INFO = 2;
const VLAN_GIVEN = 2 | 4;

function vlanRequest(
  messageType: number,
  ifindex: number,
  isSelf: boolean,
  { vid, flags }: BridgeVlan,
): Result {
  const body = linkBody(ifindex);
  body[0] = 7;
  const value = new Uint8Array(4);
  const view = new DataView(value.buffer);
  view.setUint16(0, flags & VLAN_GIVEN, true);
  view.setUint16(2, vid, true);
  return change(messageType, 0, body, [
    nestedAttribute(IFLA.afSpec, [
      ...(isSelf ? [{ attributeType: BRIDGE_FLAGS, value: Uint8Array.of(BRIDGE_FLAGS_SELF, 0) }] : []),
      { attributeType: BRIDGE_VLAN_INFO, value },
    ]),
  ]);
}

const IFLA_EXT_MASK = 29;
const RTEXT_FILTER_BRVLAN = 2;

function vlansOf(ifindex: number): BridgeVlan[] {
  const body = linkBody();
  body[0] = 7;
  let found: BridgeVlan[] = [];
  withSocket((socket) =>
    socket.dump(
      RTM.getLink,
      body,
      [u32Attribute(IFLA_EXT_MASK, RTEXT_FILTER_BRVLAN)],
      (payload) => {
        const each = decodeBridgeVlans(payload);
        if (each.ifindex === ifindex) found = each.vlans;
      },
      () => (found = []),
    ),
  );
  return found;
}

/** All vlans of a port, or with `isSelf` of the bridge itself. */
export function setVlans(ifindex: number, isSelf: boolean, wanted: readonly BridgeVlan[]): Result {
  const now = vlansOf(ifindex);
  for (const vlan of now) {
    if (wanted.some(({ vid }) => vid === vlan.vid)) continue;
    const refused = vlanRequest(RTM.delLink, ifindex, isSelf, vlan);
    if (refused) return refused;
  }
  for (const vlan of wanted) {
    const known = now.find(({ vid }) => vid === vlan.vid);
    if (known && (known.flags & VLAN_GIVEN) === (vlan.flags & VLAN_GIVEN)) continue;
    const refused = vlanRequest(RTM.setLink, ifindex, isSelf, vlan);
    if (refused) return refused;
  }
  return null;
}

export function setAlias(ifindex: number, alias: string): Result {
  const value = Uint8Array.from(alias, (letter) => letter.charCodeAt(0));
  return change(RTM.setLink, 0, linkBody(ifindex), [{ attributeType: IFLA.alias, value }]);
}

export function setQueueAndGroup(ifindex: number, txQueueLength: number, group: number): Result {
  return change(RTM.setLink, 0, linkBody(ifindex), [
    u32Attribute(IFLA.txQueueLength, txQueueLength),
    u32Attribute(IFLA.group, group),
  ]);
}

export function addAlternativeNames(ifindex: number, names: readonly string[]): Result {
  const list = nestedAttribute(
    IFLA.propertyList,
    names.map((name) => textAttribute(IFLA.alternativeName, name)),
  );
  return change(RTM.newLinkProp, NLM_F_CREATE | NLM_F_EXCL, linkBody(ifindex), [list]);
}

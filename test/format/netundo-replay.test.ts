/** What a dump gave, as it is sent to have the same again: only what a dump adds is left out. */
import test from 'ava';
import { fromHex, toHex } from '../../src/formats/hex.js';
import { encodeMessage, u32Attribute } from '../../src/formats/netlink.js';
import {
  replayAddress,
  replayNeighbour,
  replayNextHop,
  replayRoute,
  routeExpiry,
} from '../../src/formats/replay.js';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

/** A message without its netlink header. */
function message(body: Uint8Array, attributes: { attributeType: number; value: Uint8Array }[]): string {
  return toHex(encodeMessage(0, 0, 0, body, attributes).slice(16));
}

test('hexadecimal and back, also of nothing', (t) => {
  for (const text of ['', '00', 'ff0010ab']) t.is(toHex(fromHex(text)), text);
});

test('a route keeps unknown attributes and onlink, and loses what the kernel found out', (t) => {
  const unknown = { attributeType: 0x8000 | 77, value: bytes(1, 2, 3) };
  const gateway = { attributeType: 5, value: bytes(10, 0, 0, 1) };
  const cache = { attributeType: 12, value: new Uint8Array(32) };
  // RTNH_F_ONLINK, RTNH_F_LINKDOWN and RTNH_F_DEAD.
  const flags = bytes(4 | 16 | 1, 0, 0, 0);
  const text = message(bytes(2, 0, 0, 0, 254, 3, 0, 1, ...flags), [
    u32Attribute(4, 7),
    gateway,
    cache,
    unknown,
  ]);
  const replay = replayRoute(text, (ifindex) => ifindex + 100, 0)!;
  t.deepEqual([...replay.body.slice(8)], [4, 0, 0, 0]);
  t.deepEqual(
    replay.attributes.map(({ attributeType, value }) => [attributeType, toHex(value)]),
    [[4, '6b000000'], [5, '0a000001'], [0x8000 | 77, '010203']],
  ); // prettier-ignore
});

test('a route of a next hop object names that and nothing else; one that expires counts on', (t) => {
  const text = message(bytes(2, 0, 0, 0, 254, 3, 0, 1, 0, 0, 0, 0), [
    u32Attribute(4, 7),
    { attributeType: 5, value: bytes(10, 0, 0, 1) },
    u32Attribute(30, 12),
  ]);
  t.deepEqual(
    replayRoute(text, () => 0, 0)!.attributes.map(({ attributeType }) => attributeType),
    [30],
  );
  const cache = new Uint8Array(32);
  new DataView(cache.buffer).setInt32(8, 6000, true);
  const leased = message(bytes(10, 64, 0, 0, 254, 3, 0, 1, 0, 0, 0, 0), [
    { attributeType: 12, value: cache },
  ]);
  t.is(routeExpiry(leased), 60);
  t.deepEqual(replayRoute(leased, () => 0, 20)!.attributes, [u32Attribute(23, 40)]);
  t.is(
    replayRoute(leased, () => 0, 61),
    null,
  );
});

test('an address comes with its lifetimes of now; IPv6 that was checked is not checked again', (t) => {
  const times = new Uint8Array(16);
  new DataView(times.buffer).setUint32(0, 100, true);
  new DataView(times.buffer).setUint32(4, 300, true);
  const own = { attributeType: 1, value: new Uint8Array(16).fill(1) };
  const text = message(bytes(10, 64, 0, 0, 5, 0, 0, 0), [
    own,
    { attributeType: 6, value: times },
    u32Attribute(8, 0x200),
  ]);
  const { first, then } = replayAddress(text, 9, 150)!;
  t.is(first.body[4], 9);
  t.deepEqual(first.attributes.at(-1), u32Attribute(8, 0x202));
  t.deepEqual(then!.attributes.at(-1), u32Attribute(8, 0x200));
  const lives = new DataView(first.attributes.find(({ attributeType }) => attributeType === 6)!.value.buffer);
  t.deepEqual([lives.getUint32(0, true), lives.getUint32(4, true)], [0, 150]);
  t.is(replayAddress(text, 9, 301), null);
  const tentative = message(bytes(10, 64, 0, 0, 5, 0, 0, 0), [own, u32Attribute(8, 0x80 | 0x40)]);
  t.is(replayAddress(tentative, 9, 0)!.then, null);
});

test('entries of a bridge go to the bridge, others to the interface; next hops lose their scope', (t) => {
  const body = bytes(7, 0, 0, 0, 3, 0, 0, 0, 0x40, 0, 0, 0);
  const address = { attributeType: 2, value: bytes(2, 0, 0, 0, 0, 1) };
  const ofBridge = replayNeighbour(message(body, [address, u32Attribute(9, 4)]), 8);
  t.deepEqual([ofBridge.body[4], ofBridge.body[10], ofBridge.attributes.length], [8, 4, 1]);
  t.is(replayNeighbour(message(body, [address]), 8).body[10], 2);
  const hop = message(bytes(2, 253, 0, 0, 16, 0, 0, 0), [u32Attribute(1, 5), u32Attribute(5, 3)]);
  const { body: header, attributes } = replayNextHop(hop, () => 11);
  t.deepEqual([...header], [2, 0, 0, 0, 0, 0, 0, 0]);
  t.deepEqual(attributes, [u32Attribute(1, 5), u32Attribute(5, 11)]);
});

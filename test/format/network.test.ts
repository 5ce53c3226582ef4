import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { movabilityOf } from '../../src/analysis/movability.js';
import {
  FEATURE_NAME_SIZE,
  blocksFor,
  findFeature,
  isFeatureActive,
} from '../../src/formats/ethtool-features.js';
import { parseIptablesSave, parseNftRuleset } from '../../src/formats/firewall-listings.js';
import { formatIpAddress, isInNetwork, parseIpAddress } from '../../src/formats/ip-address.js';
import {
  NLMSG_ERROR,
  attributesOf,
  decodeError,
  decodeMessages,
  encodeMessage,
  text,
  u32,
  u32Attribute,
} from '../../src/formats/netlink.js';
import { parseProcNetSockets } from '../../src/formats/proc-net-sockets.js';
import {
  decodeAddress,
  decodeLink,
  decodeNeighbour,
  decodeRoute,
  decodeRule,
} from '../../src/formats/rtnetlink.js';
import { decodeInet, decodeNetlink, decodePacket, decodeUnix } from '../../src/formats/sock-diag.js';
import type { LinkFact } from '../../src/model/network-table.js';
import { REPOSITORY } from '../support/golden.js';

const IFINFOMSG_SIZE = 16;
const IFLA_NETNS_IMMUTABLE = 67;

const recorded = JSON.parse(
  readFileSync(join(REPOSITORY, 'test', 'fixtures', 'netlink', 'linux-6.18.json'), 'utf8'),
) as Record<'links' | 'addresses' | 'routes' | 'neighbours' | 'rules', string[]>;

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function payloads(part: keyof typeof recorded): DataView[] {
  return recorded[part].map((hexadecimal) => viewOf(Uint8Array.from(Buffer.from(hexadecimal, 'hex'))));
}

/** The same message without some attribute: as a kernel sent it that did not have it yet. */
function without(payload: DataView, attributeType: number): DataView {
  const bytes = new Uint8Array(payload.buffer, payload.byteOffset, payload.byteLength);
  const parts = [bytes.slice(0, IFINFOMSG_SIZE)];
  for (let at = IFINFOMSG_SIZE; at < bytes.length;) {
    const length = payload.getUint16(at, true);
    const end = at + ((length + 3) & ~3);
    if ((payload.getUint16(at + 2, true) & 0x3fff) !== attributeType) parts.push(bytes.slice(at, end));
    at = end;
  }
  return viewOf(Uint8Array.from(Buffer.concat(parts)));
}

function byName(links: (LinkFact | null)[]): Map<string, LinkFact> {
  return new Map(links.map((link) => [link!.name, link!]));
}

test('links as Linux 6.15 and later send them: the kernel says what may move', (t) => {
  const links = byName(payloads('links').map(decodeLink));
  t.deepEqual(
    [...links.keys()].sort(),
    ['br0', 'ifb0', 'lo', 'low', 'mv0', 'tap7', 'veth-web', 'vx0'].filter((name) => links.has(name)),
  );
  const answers = [...links.values()].map((link) => {
    const { answer, source } = movabilityOf(link);
    return [link.name, answer, source];
  });
  for (const [name, answer, source] of answers) {
    t.is(answer, name === 'lo' || name === 'br0' ? 'immovable' : 'movable', name);
    t.is(source, 'kernel');
  }
  const veth = links.get('veth-web')!;
  t.is(veth.kind, 'veth');
  t.is(veth.master, links.get('br0')!.ifindex);
  t.is(veth.portState, 'forwarding');
  t.is(veth.lowerNetnsid, 0);
  t.is(veth.address, '02:00:00:00:00:02');
  t.deepEqual(veth.alternativeNames, ['a-much-longer-name-than-usual']);
  t.deepEqual([links.get('vx0')!.details['id'], links.get('vx0')!.details['group']], [42, '192.0.2.99']);
  t.is(links.get('mv0')!.details['mode'], 'bridge');
  t.is(links.get('tap7')!.details['type'], 'tap');
  t.is(links.get('lo')!.kind, null);
});

test('links as Linux 6.12 to 6.14 send them: the table by kind says it, and that it does', (t) => {
  const links = payloads('links').map((payload) => decodeLink(without(payload, IFLA_NETNS_IMMUTABLE))!);
  for (const link of links) {
    t.is(link.netnsImmutable, null);
    const { answer, source, reason } = movabilityOf(link);
    t.is(answer, link.name === 'lo' || link.name === 'br0' ? 'immovable' : 'movable', link.name);
    t.is(source, 'table');
    t.regex(reason, /by its kind: this kernel does not tell/);
  }
  const hardware = {
    ...links.find(({ name }) => name === 'tap7')!,
    kind: null,
    parentDevice: '0000:00:1f.6',
  };
  t.like(movabilityOf({ ...hardware, phy: 3 }), { answer: 'movable', source: 'nl80211' });
  t.regex(movabilityOf({ ...hardware, netnsImmutable: true, phy: 3 }).reason, /moves with its device, phy3,/);
  for (const name of ['tunl0', 'sit0', 'ip6tnl0'])
    t.is(movabilityOf({ ...hardware, name }).answer, 'immovable');
  for (const kind of ['bond', 'team', 'vrf', 'hsr'])
    t.is(movabilityOf({ ...hardware, kind }).answer, 'immovable');
  for (const kind of ['dummy', 'wireguard', 'ipvlan', 'macsec', 'ppp', 'vxlan'])
    t.is(movabilityOf({ ...hardware, kind }).answer, 'movable');
});

/** The answers of a kernel up to 6.11, with as many features as it has. */
function ethtoolAnswers(names: string[], active: number[]): { names: DataView; features: DataView } {
  const strings = Buffer.alloc(12 + names.length * FEATURE_NAME_SIZE);
  strings.writeUInt32LE(names.length, 8);
  names.forEach((name, at) => strings.write(name, 12 + at * FEATURE_NAME_SIZE, 'latin1'));
  const blocks = blocksFor(names.length - 1);
  const features = Buffer.alloc(8 + blocks * 16);
  for (const index of active) {
    const at = 8 + Math.floor(index / 32) * 16 + 8;
    features.writeUInt32LE((features.readUInt32LE(at) | (1 << (index % 32))) >>> 0, at);
  }
  return { names: viewOf(strings), features: viewOf(features) };
}

test('features as Linux up to 6.11 has them: netns-local among sixty others', (t) => {
  const names = Array.from({ length: 62 }, (_, at) => (at === 14 ? 'netns-local' : `tx-feature-${at}`));
  const { names: strings, features } = ethtoolAnswers(names, [1, 14, 31, 33]);
  t.is(findFeature(strings, names.length, 'netns-local'), 14);
  t.true(isFeatureActive(features, 14));
  t.true(isFeatureActive(features, 31));
  t.true(isFeatureActive(features, 33));
  t.false(isFeatureActive(features, 32));
  t.false(isFeatureActive(ethtoolAnswers(names, [1]).features, 14));
  t.is(
    findFeature(ethtoolAnswers(names.slice(0, 14), []).names, 14, 'netns-local'),
    null,
    'Linux 6.12: gone',
  );
  t.is(findFeature(strings, 1000, 'none of these'), null, 'a count that lies');
  const link = decodeLink(without(payloads('links')[0]!, IFLA_NETNS_IMMUTABLE))!;
  t.is(movabilityOf({ ...link, featureNetnsLocal: true }).source, 'ethtool');
  t.is(movabilityOf({ ...link, featureNetnsLocal: true }).answer, 'immovable');
});

test('addresses, routes, rules, neighbours', (t) => {
  const addresses = payloads('addresses').map(decodeAddress);
  t.deepEqual(addresses.map((each) => `${each!.address}/${each!.prefixLength} ${each!.scope}`).sort(), [
    '10.9.0.1/24 global',
    '127.0.0.1/8 host',
    '2001:db8::7/64 global',
    '::1/128 host',
  ]);
  const routes = payloads('routes').map((payload) => decodeRoute(payload)!);
  const route = (destination: string) => routes.find((each) => each.destination === destination)!;
  t.is(route('10.50.0.0/16').gateway, '10.9.0.8');
  t.is(route('10.50.0.0/16').metric, 7);
  t.is(route('10.66.0.0/16').kind, 'blackhole');
  t.deepEqual(
    route('10.70.0.0/16').nextHops.map(({ gateway, weight }) => [gateway, weight]),
    [['10.9.0.5', 1], ['10.9.0.6', 3]],
  ); // prettier-ignore
  const rules = payloads('rules').map((payload) => decodeRule(payload)!);
  const rule = rules.find(({ priority }) => priority === 900)!;
  t.deepEqual([rule.from, rule.to, rule.table, rule.action], ['10.9.0.0/24', 'all', 77, 'to_tbl']);
  const neighbours = payloads('neighbours')
    .map(decodeNeighbour)
    .filter((each) => each !== null);
  t.true(
    neighbours.some(
      ({ address, hardwareAddress, state }) =>
        `${address} ${hardwareAddress} ${state}` === '10.9.0.5 02:00:00:00:00:09 PERMANENT',
    ),
  );
});

const DECODERS = [
  ...(['links', 'addresses', 'routes', 'neighbours', 'rules'] as const).map((part) => ({
    seeds: payloads(part),
    decode: {
      links: decodeLink,
      addresses: decodeAddress,
      routes: decodeRoute,
      neighbours: decodeNeighbour,
      rules: decodeRule,
    }[part],
  })),
  { seeds: [], decode: (payload: DataView) => decodeInet(payload, 'tcp') },
  { seeds: [], decode: decodeUnix },
  { seeds: [], decode: decodePacket },
  { seeds: [], decode: decodeNetlink },
];

test('damaged and made-up messages never crash a decoder', (t) => {
  for (const { seeds, decode } of DECODERS) {
    const whole = seeds.map((seed) => new Uint8Array(seed.buffer, seed.byteOffset, seed.byteLength));
    const damaged = fc
      .tuple(
        whole.length > 0 ? fc.constantFrom(...whole) : fc.uint8Array({ maxLength: 200 }),
        fc.array(fc.tuple(fc.nat(2000), fc.nat(255)), { maxLength: 8 }),
        fc.nat(2000),
      )
      .map(([bytes, changes, length]) => {
        const copy = bytes.slice(
          0,
          Math.max(0, bytes.length - (length % 3 === 0 ? length % (bytes.length + 1) : 0)),
        );
        for (const [at, value] of changes) if (copy.length > 0) copy[at % copy.length] = value;
        return copy;
      });
    fc.assert(
      fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 300 })), (bytes) => {
        const decoded = decode(viewOf(bytes));
        return decoded === null || typeof decoded === 'object';
      }),
      { numRuns: 400 },
    );
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) =>
      decodeMessages(viewOf(bytes)).every((message) => {
        decodeError(message);
        return message.payload.byteLength <= bytes.length;
      }),
    ),
  );
  t.pass();
});

test('what is encoded is decoded; errors keep the words of the kernel', (t) => {
  const bytes = encodeMessage(18, 0x301, 7, Uint8Array.of(1, 2, 3, 4, 5), [
    u32Attribute(29, 8),
    u32Attribute(3, 99),
  ]);
  const [message] = decodeMessages(viewOf(bytes));
  t.deepEqual([message!.messageType, message!.flags, message!.sequence], [18, 0x301, 7]);
  const attributes = attributesOf(message!.payload, 8);
  t.is(u32(attributes.get(29)), 8);
  t.is(u32(attributes.get(3)), 99);
  t.is(text(viewOf(Uint8Array.of(0x65, 0x74, 0x68, 0, 0x78))), 'eth');
  // struct nlmsgerr with NLM_F_CAPPED and NLM_F_ACK_TLVS: errno, the header of the request, then the message.
  const words = 'The interface netns is immutable';
  const payload = Buffer.alloc(4 + 16 + 4 + words.length + 1);
  payload.writeInt32LE(-22, 0);
  payload.writeUInt16LE(4 + words.length + 1, 20);
  payload.writeUInt16LE(1, 22);
  payload.write(words, 24);
  const error = decodeError({
    messageType: NLMSG_ERROR,
    flags: 0x300,
    sequence: 1,
    payload: viewOf(payload),
  });
  t.deepEqual(error, { errno: 22, kernelMessage: words });
});

test('addresses as inet_ntop(3) writes them, and back', (t) => {
  t.is(formatIpAddress(Uint8Array.of(10, 0, 0, 255)), '10.0.0.255');
  t.is(formatIpAddress(parseIpAddress('2001:db8:0:0:1:0:0:1')!), '2001:db8::1:0:0:1');
  t.is(formatIpAddress(parseIpAddress('::ffff:10.0.0.1')!), '::ffff:10.0.0.1');
  t.is(formatIpAddress(new Uint8Array(16)), '::');
  for (const bad of ['', '1.2.3', '256.1.1.1', ':::', '1::2::3', 'g::', '1.2.3.4.5', '12345::'])
    t.is(parseIpAddress(bad), null, bad);
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
      const back = parseIpAddress(formatIpAddress(bytes));
      return back !== null && Buffer.from(back).equals(Buffer.from(bytes));
    }),
  );
  const network = parseIpAddress('10.9.0.0')!;
  t.true(isInNetwork(parseIpAddress('10.9.3.7')!, network, 22));
  t.false(isInNetwork(parseIpAddress('10.9.4.7')!, network, 22));
  t.true(isInNetwork(parseIpAddress('192.0.2.1')!, network, 0));
  t.false(isInNetwork(parseIpAddress('::1')!, network, 0));
});

test('/proc/net/raw and tcp6', (t) => {
  const raw = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
    1: 0100007F:0001 00000000:0000 07 00000000:00000010 00:00000000 00000000  1000        0 4711 2 0000000000000000 0
garbage
`;
  const [socket, ...more] = parseProcNetSockets(raw, 'raw', 'inet');
  t.is(more.length, 0);
  t.like(socket, {
    localAddress: '127.0.0.1',
    localPort: 1,
    state: 'UNCONN',
    receiveQueue: 16,
    uid: 1000,
    inode: 4711,
  });
  const tcp6 =
    '   0: 00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 99 1 x\n';
  t.like(parseProcNetSockets(tcp6, 'tcp', 'inet6')[0], {
    localAddress: '::1',
    localPort: 8080,
    state: 'LISTEN',
  });
});

test('firewall listings', (t) => {
  t.throws(() => parseNftRuleset('no json'), { message: /no JSON/ });
  t.throws(() => parseNftRuleset('{}'), { message: /no list/ });
  const ruleset = {
    nftables: [
      { metainfo: { version: '1.0.6' } },
      { table: { family: 'ip', name: 'nat' } },
      { chain: { family: 'ip', table: 'nat', name: 'post', hook: 'postrouting', policy: 'accept' } },
      { rule: { family: 'ip', table: 'nat', chain: 'post' } },
      { rule: { family: 'ip', table: 'nat', chain: 'nowhere' } },
    ],
  };
  t.deepEqual(parseNftRuleset(JSON.stringify(ruleset)), [
    { family: 'ip', table: 'nat', chain: 'post', hook: 'postrouting', policy: 'accept', rules: 1 },
  ]);
  const saved =
    '*filter\n:INPUT DROP [3:4]\n:mine - [0:0]\n-A INPUT -j mine\n-A mine -j ACCEPT\n-A mine -j DROP\nCOMMIT\n';
  t.deepEqual(
    parseIptablesSave(saved, 'ip6').map(({ chain, hook, policy, rules }) => [chain, hook, policy, rules]),
    [['INPUT', 'input', 'drop', 1], ['mine', null, null, 2]],
  ); // prettier-ignore
});

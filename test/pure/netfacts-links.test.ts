/** Other ends, birthplaces and deletions, as far as this kernel has no such devices: facts made by hand. */
import test from 'ava';
import { forecastDeletion } from '../../src/analysis/netns-deletion.js';
import { buildNetworkModel } from '../../src/analysis/network-model.js';
import type { NetworkModel } from '../../src/analysis/network-model.js';
import { buildModel } from '../../src/model/model.js';
import type { LinkFact, NetworkTableFact } from '../../src/model/network-table.js';
import type { NamespaceKey } from '../../src/model/snapshot.js';
import { HOST, link, table, wiredNode } from '../support/network-scenario.js';

const A: NamespaceKey = 'net:[4026540001]';
const B: NamespaceKey = 'net:[4026540002]';
const C: NamespaceKey = 'net:[4026540003]';

const veth = (ifindex: number, name: string, lower: number, lowerNetnsid: number): LinkFact =>
  link(ifindex, name, { kind: 'veth', lower, lowerNetnsid });

function network(...tables: NetworkTableFact[]): NetworkModel {
  return buildNetworkModel(tables);
}

function farOf(model: NetworkModel, key: NamespaceKey, ifindex: number): [string, ...string[]] {
  const far = model.farEnd(model.linkAt(key, ifindex)!)!;
  return [far.certainty, ...far.links.map(({ namespace, fact }) => `${namespace} ${fact.name}`)];
}

test('a candidate whose own far end is another link is no other end', (t) => {
  const model = network(
    table(A, { links: [veth(2, 'eth0', 2, 0)], unasked: [B, C] }),
    table(B, { links: [veth(2, 'x', 2, 0)], netnsids: { 0: C } }),
    table(C, { links: [veth(2, 'y', 2, 0)], netnsids: { 0: B } }),
  );
  t.deepEqual(farOf(model, A, 2), ['unknown']);
  t.deepEqual(farOf(model, B, 2), ['known', `${C} y`]);
});

test('what was asked and is not numbered so is no other end; what could not be asked may be', (t) => {
  const tables = (unasked: NamespaceKey[]): NetworkTableFact[] => [
    table(A, { links: [veth(2, 'eth0', 3, 0)], unasked }),
    table(B, { links: [veth(3, 'x', 2, 0)], unasked: [] }),
  ];
  t.deepEqual(farOf(network(...tables([])), A, 2), ['unknown']);
  t.deepEqual(farOf(network(...tables([B])), A, 2), ['likely', `${B} x`]);
});

test('an other end that could be asked tells for both', (t) => {
  const model = network(
    table(A, { links: [veth(2, 'eth0', 3, 0)], unasked: [B] }),
    table(B, { links: [veth(3, 'x', 2, 7)], netnsids: { 7: A } }),
  );
  t.deepEqual(farOf(model, A, 2), ['known', `${B} x`]);
});

test('tunnels: the number of IFLA_LINK is their own, or one where they were made', (t) => {
  const model = network(
    table(A, { links: [link(2, 'eth0'), link(9, 'wg0', { kind: 'wireguard' })] }),
    table(B, {
      links: [
        link(2, 'near'),
        link(5, 'vx0', { kind: 'vxlan', lower: 5, lowerNetnsid: 1, details: { id: 42, link_index: 2 } }),
        link(6, 'gre1', { kind: 'gre', lower: 2, lowerNetnsid: 1, details: { link_index: 2 } }),
        link(7, 'gn0', { kind: 'geneve', lower: 7, lowerNetnsid: 1 }),
        link(8, 'sit1', { kind: 'sit', lower: null, lowerNetnsid: 4 }),
      ],
      netnsids: { 1: A },
      unasked: [],
    }),
  );
  t.deepEqual(farOf(model, B, 5), ['known', `${A} eth0`]);
  t.deepEqual(farOf(model, B, 6), ['known', `${A} eth0`]);
  t.is(model.farEnd(model.linkAt(B, 7)!), null);
  const births = [5, 6, 7, 8].map((ifindex) => model.birthOf(model.linkAt(B, ifindex)!));
  t.deepEqual(births, [A, A, A, 'out of sight']);
  t.is(model.birthOf(model.linkAt(A, 9)!), A);
  t.is(model.birthOf(model.linkAt(A, 2)!), null);
});

test('hardware goes home: what stands on it elsewhere stays, but vxlan and macsec; names there decide its own', (t) => {
  const host = table(HOST, {
    links: [link(1, 'lo'), link(2, 'wan0'), link(3, 'dev8', { alternativeNames: ['uplink'] })],
  });
  const on = (ifindex: number, name: string, kind: string): LinkFact =>
    link(ifindex, name, {
      kind,
      lower: 8,
      lowerNetnsid: 0,
      details: kind === 'vxlan' ? { link_index: 8 } : {},
    });
  const model = network(
    host,
    table(A, {
      links: [
        link(1, 'lo'),
        link(8, 'wan0', { alternativeNames: ['uplink', 'own'] }),
        link(9, 'can0', { kind: 'can' }),
        link(10, 'v10', { kind: 'vlan', lower: 8 }),
        link(11, 'odd0', { netnsImmutable: true }),
      ],
    }),
    table(B, {
      links: [on(20, 'mv0', 'macvlan'), on(21, 'v20', 'vlan'), on(22, 'vx0', 'vxlan'), on(23, 'ms0', 'macsec'), on(24, 'wg0', 'wireguard'), on(25, 'gre1', 'gre')],
      netnsids: { 0: A },
    }),
  ); // prettier-ignore
  const { fates, tunnels, silenced } = forecastDeletion(buildModel(wiredNode()), model, A);
  t.deepEqual(
    fates.map(({ link: { fact }, fate, newName, lostNames }) => [fact.name, fate, newName, lostNames.join()]),
    [
      ['lo', 'dies', null, ''],
      // wan0 and dev8 are taken there: the first free number.
      ['wan0', 'returns', 'dev0', 'uplink'],
      ['can0', 'returns', 'can0', ''],
      ['v10', 'dies', null, ''],
      ['odd0', 'dies', null, ''],
    ],
  );
  const named = (links: readonly { fact: LinkFact }[]): string[] => links.map(({ fact }) => fact.name).sort();
  t.deepEqual(named(fates.flatMap(({ takesAlong }) => takesAlong)), ['ms0', 'vx0']);
  t.deepEqual(named(tunnels), ['gre1']);
  t.deepEqual(named(silenced), ['wg0']);
});

/** Plans that depend on the kernel, made of a snapshot that says it is another one. */
import test from 'ava';
import { keptAddresses, routesOf } from '../../src/actions/link-state.js';
import { planRename } from '../../src/actions/link-plans.js';
import type { NetworkScene } from '../../src/actions/network-steps.js';
import { isKernelAtLeast } from '../../src/analysis/kernel-release.js';
import { buildNetworkModel } from '../../src/analysis/network-model.js';
import { buildModel } from '../../src/model/model.js';
import { HOST, wiredNode } from '../support/network-scenario.js';

function sceneOf(kernelRelease: string): NetworkScene {
  const snapshot = wiredNode();
  const model = buildModel({ ...snapshot, header: { ...snapshot.header, kernelRelease } });
  return { model, network: buildNetworkModel(snapshot.networkTables!) };
}

test('what is up is renamed as it is since Linux 6.2; before, it goes down and comes back whole', (t) => {
  for (const [release, expected] of [
    ['6.18.1', ['link-rename']],
    ['6.2.0-rc1', ['link-rename']],
    ['6.1.0-50-amd64', ['link-down', 'link-rename', 'link-up', 'route-add']],
    ['5.15.0-generic', ['link-down', 'link-rename', 'link-up', 'route-add']],
  ] as const) {
    const scene = sceneOf(release);
    const eth0 = scene.network.tables.get(HOST)!.links.find(({ fact }) => fact.name === 'eth0')!;
    const plan = planRename(scene, eth0, 'wan0');
    t.true(plan.ok, release);
    if (!plan.ok) continue;
    t.deepEqual(
      plan.operations.map(({ operation }) => operation),
      [...expected],
      release,
    );
    const undo = plan.undo!.possible ? plan.undo!.operations.map(({ operation }) => operation) : [];
    t.deepEqual(
      undo,
      expected.length === 1 ? ['link-rename'] : ['link-down', 'link-rename', 'link-up', 'route-add'],
      release,
    );
  }
});

test('what a router advertises is not carried along: it comes by itself', (t) => {
  const scene = sceneOf('6.18.1');
  const eth0 = scene.network.tables.get(HOST)!.links.find(({ fact }) => fact.name === 'eth0')!;
  const [given] = eth0.addresses;
  const advertised = {
    ...given!,
    family: 'inet6',
    address: '2001:db8::5',
    prefixLength: 64,
    flags: ['dynamic'],
  };
  const typed = { ...advertised, address: '2001:db8::6', flags: ['permanent'] };
  const local = { ...typed, address: 'fe80::1', scope: 'link' };
  t.deepEqual(keptAddresses({ ...eth0, addresses: [given!, advertised, typed, local] }), [
    `${given!.address}/${given!.prefixLength}`,
    '2001:db8::6/64',
  ]);
  const [route] = scene.network.tables.get(HOST)!.fact.routes.filter(({ gateway }) => gateway !== null);
  const routes = ['static', 'ra', 'kernel', 'dhcp'].map((protocol) => ({
    ...route!,
    family: protocol === 'ra' ? 'inet6' : 'inet',
    outInterface: eth0.fact.ifindex,
    protocol,
  }));
  const network = buildNetworkModel([{ ...scene.network.tables.get(HOST)!.fact, routes }]);
  const names = routesOf({ ...scene, network }, eth0).map(({ protocol }) => protocol);
  t.deepEqual(names, ['static', 'dhcp']);
});

test('releases', (t) => {
  for (const [release, major, minor, expected] of [
    ['6.18.44', 6, 18, true],
    ['6.8.0-41-generic', 6, 18, false],
    ['10.0', 6, 18, true],
    ['5.19', 6, 2, false],
    ['what?', 6, 2, true],
  ] as const)
    t.is(isKernelAtLeast(sceneOf(release).model, major, minor), expected, release);
});

import test from 'ava';
import fc from 'fast-check';
import { findChanges } from '../../src/analysis/changes.js';
import { containerOf, containerOfCgroup, unitOfCgroup } from '../../src/analysis/container-of.js';
import { differenceFromHost } from '../../src/analysis/difference.js';
import { parseFilter } from '../../src/analysis/filter.js';
import { findGoToTarget } from '../../src/analysis/go-to.js';
import { namespaceName } from '../../src/analysis/namespace-name.js';
import { pidChain } from '../../src/analysis/pid-chain.js';
import { problemsOf } from '../../src/analysis/problems.js';
import { whyAlive } from '../../src/analysis/why-alive.js';
import { buildModel } from '../../src/model/model.js';
import { applyDelta, deltaBetween } from '../../src/model/snapshot-delta.js';
import { clean } from '../../src/view/clean.js';
import { fitText, fitTextEnd, textWidth } from '../../src/view/text-width.js';
import { buildSnapshot } from '../support/snapshot-builder.js';
import { containerNode } from '../support/scenarios.js';

const HEX = 'a1'.repeat(32);

const CGROUPS: [string, string | null][] = [
  [`0::/system.slice/docker-${HEX}.scope`, `docker ${HEX}`],
  [`3:cpu:/docker/${HEX}`, `docker ${HEX}`],
  [`0::/docker/${HEX}/init`, `docker ${HEX}`],
  [
    `0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1_2.slice/cri-containerd-${HEX}.scope`,
    `containerd ${HEX}`,
  ],
  [`0::/system.slice/kubepods-besteffort-podab_cd.slice:cri-containerd:${HEX}`, `containerd ${HEX}`],
  [`0::/kubepods/burstable/pod12ab-34/${HEX}`, `kubernetes ${HEX}`],
  [`0::/kubepods.slice/kubepods-pod1.slice/crio-${HEX}.scope`, `cri-o ${HEX}`],
  [`0::/kubepods.slice/crio-conmon-${HEX}.scope`, null],
  [`0::/machine.slice/libpod-${HEX}.scope/container`, `podman ${HEX}`],
  [`0::/machine.slice/libpod-conmon-${HEX}.scope`, null],
  ['0::/lxc.payload.web/init.scope', 'lxc web'],
  ['0::/lxc.monitor.web', null],
  ['0::/lxc/web', 'lxc web'],
  ['0::/machine.slice/systemd-nspawn@my\\x2dbox.service/payload', 'nspawn my-box'],
  ['0::/machine.slice/machine-qemu\\x2d1.scope', 'machine qemu-1'],
  ['0::/default/redis', 'containerd redis'],
  ['0::/user.slice/user-1000.slice/app-flatpak-org.gimp.GIMP-4242.scope', 'flatpak org.gimp.GIMP'],
  ['0::/user.slice/snap.firefox.firefox.1b4e28ba-2fa1-11d2-883f-0016d3cca427.scope', 'snap firefox.firefox'],
  [`0::/../../docker-${HEX}.scope`, `docker ${HEX}`],
  ['0::/system.slice/cron.service', null],
  ['0::/', null],
  ['nonsense', null],
];

for (const [line, expected] of CGROUPS) {
  test(`container of ${line.slice(0, 60)}`, (t) => {
    const identity = containerOfCgroup([line]);
    t.is(identity && `${identity.engine} ${identity.containerId}`, expected);
  });
}

test('the unit is the deepest service or scope of the systemd hierarchy', (t) => {
  t.is(unitOfCgroup(['1:cpu:/x.service', '0::/system.slice/ssh.service/child']), 'ssh.service');
  t.is(unitOfCgroup(['0::/init.scope']), null);
});

test('relations of the scenario', (t) => {
  const model = buildModel(containerNode());
  t.is(namespaceName(model, 'net:[4026532323]'), 'nginx-1');
  t.is(namespaceName(model, 'net:[4026532880]'), 'lab');
  t.is(namespaceName(model, 'net:[4026531833]'), 'host');
  t.is(containerOf(model, model.processes.get(2240))?.fact?.image, 'nginx:1.27');
  t.deepEqual(pidChain(model, model.processes.get(2240)!), [
    { namespace: 'pid:[4026531836]', pid: 2240 },
    { namespace: 'pid:[4026532470]', pid: 17 },
  ]);
  t.deepEqual(
    differenceFromHost(model, model.processes.get(2240)!).map(({ relation }) => relation),
    ['own', 'own', 'own', 'shared', 'own', 'own', 'own', 'shared'],
  );
  t.deepEqual(whyAlive(model, 'net:[4026532970]'), [{ reasonKind: 'fd', holders: [{ pid: 29, fd: 8 }] }]);
  t.deepEqual(
    problemsOf(model, 'net:[4026532970]').map(({ problem }) => problem),
    ['held-by-fd'],
  );
  t.deepEqual(problemsOf(model, 'net:[4026532880]'), [], 'a name is no leak');
  t.deepEqual(problemsOf(model, 'pid:[4026532614]'), []);
});

test('a pid namespace whose init is gone', (t) => {
  const own = { pid: 4026532470 };
  const model = buildModel(
    buildSnapshot({ processes: [{ pid: 1 }, { pid: 50, own, namespacePids: [50, 7] }] }),
  );
  t.deepEqual(
    problemsOf(model, 'pid:[4026532470]').map(({ problem }) => problem),
    ['dead-init'],
  );
});

test('unreadable links are unknown, not shared', (t) => {
  const none = Object.fromEntries(
    ['mnt', 'net', 'pid', 'user', 'uts', 'ipc', 'cgroup', 'time'].map((kind) => [kind, null]),
  );
  const model = buildModel(buildSnapshot({ processes: [{ pid: 1 }, { pid: 9, own: none }] }));
  t.true(differenceFromHost(model, model.processes.get(9)!).every(({ relation }) => relation === 'unknown'));
});

const filtered = (text: string): number[] => {
  const model = buildModel(containerNode());
  const parsed = parseFilter(text);
  if (!parsed.ok) throw new Error(parsed.reason);
  return [...model.processes.values()]
    .filter((process) => parsed.test(model, { process }))
    .map(({ pid }) => pid);
};

test('filters', (t) => {
  t.deepEqual(filtered('net:2323 user:33'), [2240]);
  t.deepEqual(filtered('container:nginx !sh'), [2231, 2240]);
  t.deepEqual(filtered('inpid:17'), [2240]);
  t.deepEqual(filtered('user:www-data'), [2240]);
  t.deepEqual(filtered('unit:resolved'), [2701]);
  t.deepEqual(filtered('pid:1'), [1]);
  t.deepEqual(filtered('mnt:db-7 name:postgres'), [2612, 2613]);
});

test('bad filters are sentences', (t) => {
  for (const text of ['type:nope', 'pid:x', 'held:glue', '!', 'net:', 'colour:red']) {
    const parsed = parseFilter(text);
    t.false(parsed.ok, text);
    if (!parsed.ok) t.true(parsed.reason.length > 5);
  }
  fc.assert(fc.property(fc.string(), (text) => typeof parseFilter(text).ok === 'boolean'));
});

test('go to', (t) => {
  const model = buildModel(containerNode());
  t.deepEqual(findGoToTarget(model, '17@nginx-1'), { target: 'process', pid: 2240 });
  t.deepEqual(findGoToTarget(model, '17@3f2a9c'), { target: 'process', pid: 2240 });
  t.deepEqual(findGoToTarget(model, '4026532323'), { target: 'namespace', key: 'net:[4026532323]' });
  t.deepEqual(findGoToTarget(model, 'net:[4026532323]'), { target: 'namespace', key: 'net:[4026532323]' });
  t.is(findGoToTarget(model, '99@nginx-1').target, 'nothing');
});

test('changes: born, gone, joined, and an inode that was reused', (t) => {
  const before = containerNode();
  const after = structuredClone(before);
  const lab = after.namespaces.find(({ key }) => key === 'net:[4026532880]')!;
  before.namespaces.find(({ key }) => key === lab.key)!.namespaceId = 5;
  lab.namespaceId = 6;
  after.processes.find(({ pid }) => pid === 2301)!.namespaceSet = after.processes.find(
    ({ pid }) => pid === 1,
  )!.namespaceSet;
  const changes = findChanges(buildModel(before), buildModel(after)).map(
    ({ change, key }) => `${change} ${key}`,
  );
  t.true(changes.includes('gone net:[4026532880]') && changes.includes('born net:[4026532880]'));
  t.true(changes.includes('joined net:[4026531833]'));
});

test('a delta leads from one snapshot to the next', (t) => {
  const before = containerNode();
  const after = structuredClone(before);
  after.processes.splice(3, 2);
  after.processes.push({ pid: 9999, namespaceSet: 0 });
  after.pins.pop();
  after.gaps = [];
  after.header.takenAt += 1000;
  t.deepEqual(applyDelta(before, deltaBetween(before, after)), after);
  t.deepEqual(deltaBetween(before, structuredClone(before)), {});
});

test('clean text holds nothing that acts', (t) => {
  t.is(clean('a\x1b[31mb\u009dc\u202ed\u200be\ud800f\tg'), 'a?[31mb?c?d?e?f g');
  t.is(clean('日本 é e\u0301'), '日本 é e\u0301');
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      (text) => !/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e]/.test(clean(text)),
    ),
  );
});

test('text is cut by columns', (t) => {
  t.is(textWidth('日本e\u0301'), 5);
  t.is(fitText('日本語', 5), '日本…');
  t.is(fitText('abc', 3), 'abc');
  t.is(fitTextEnd('/run/netns/blue', 8), '…ns/blue');
  t.is(fitTextEnd('日本語', 5), '…本語');
  t.is(fitTextEnd('日本語', 4), '…語');
  t.is(fitTextEnd('abc', 3), 'abc');
  t.is(fitTextEnd('abc', 1), '…');
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme' }),
      fc.nat(20),
      (text, width) =>
        textWidth(fitText(clean(text), width)) <= width && textWidth(fitTextEnd(clean(text), width)) <= width,
    ),
  );
});

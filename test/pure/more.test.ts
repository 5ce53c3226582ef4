/** Pid namespaces, limits, restrictions and what we may do, on machines made by hand. */
import test from 'ava';
import { planRemoveIpc, planUtsName } from '../../src/actions/inside-plans.js';
import { enterForecasts, observerAbilities, observerOf } from '../../src/analysis/forecast.js';
import { InteriorModel, ipcObjects, mainRoot, uptimeInside } from '../../src/analysis/interior-model.js';
import { gaugesOf } from '../../src/analysis/limits.js';
import { livingIn, pidNamespace, sees } from '../../src/analysis/pid-namespaces.js';
import { restrictionsOf } from '../../src/analysis/restrictions.js';
import { buildModel } from '../../src/model/model.js';
import type { NamespaceKey } from '../../src/model/snapshot.js';
import { LEARN_PAGES } from '../../src/view/learn.js';
import { NAMESPACE_KINDS } from '../../src/model/namespace-kind.js';
import { INTERIORS, furnishedNode } from '../support/more-scenario.js';
import { buildSnapshot, hostKey } from '../support/snapshot-builder.js';

const A = 'pid:[5001]';
const B = 'pid:[5002]';
const C = 'pid:[5003]';

function nestedPids() {
  return buildModel(
    buildSnapshot({
      processes: [
        { pid: 1 },
        { pid: 10, own: { pid: 5001 }, namespacePids: [10, 1] },
        { pid: 11, own: { pid: 5001 }, namespacePids: [11, 2] },
        { pid: 20, own: { pid: 5002 }, namespacePids: [20, 3, 1] },
        { pid: 30, own: { pid: 5003 }, namespacePids: [30, 1], state: 'Z' },
        { pid: 40, own: { pid: 5004 }, namespacePids: [40, 9] },
        { pid: 50, own: { pid: 5005 }, details: false },
        { pid: 60, own: { pid_for_children: 5006 } },
      ],
      namespaces: [
        { key: B, parent: A },
        { key: 'pid:[5006]', parent: hostKey('pid') },
        { key: 'pid:[5007]', parent: hostKey('pid'), foundBy: ['listed'] },
      ],
    }),
  );
}

test('inits: alive, zombie, dead, not known', (t) => {
  const model = nestedPids();
  const states = [A, B, C, 'pid:[5004]', 'pid:[5005]', 'pid:[5006]', 'pid:[5007]', hostKey('pid')].map(
    (key) => pidNamespace(model, key as NamespaceKey).state,
  );
  t.deepEqual(states, ['alive', 'alive', 'zombie', 'dead', 'unknown', 'dead', 'unknown', 'alive']);
});

test('who dies with an init, and who sees whom', (t) => {
  const model = nestedPids();
  const pids = (key: NamespaceKey): number[] => livingIn(model, key).map(({ pid }) => pid);
  t.deepEqual(pids(A), [10, 11, 20]);
  t.deepEqual(pids(B), [20]);
  const [host, outer, inner, other] = [1, 11, 20, 30].map((pid) => model.processes.get(pid)!);
  t.true(sees(model, host!, inner!) && sees(model, outer!, inner!) && sees(model, inner!, inner!));
  t.false(sees(model, inner!, outer!)! || sees(model, outer!, other!)! || sees(model, outer!, host!)!);
});

test('limits are counted for the user who made the user namespace above', (t) => {
  const user: NamespaceKey = 'user:[6001]';
  const nested: NamespaceKey = 'user:[6002]';
  const model = buildModel(
    buildSnapshot({
      processes: [
        { pid: 1 },
        { pid: 10, own: { user: 6001, net: 6003, uts: 6004 } },
        { pid: 11, own: { user: 6002, net: 6005 } },
        { pid: 12, own: { net: 6006 } },
      ],
      namespaces: [
        { key: user, ownerUid: 1000, parent: hostKey('user') },
        { key: nested, ownerUid: 100_000, parent: user },
        { key: 'net:[6003]', owner: user },
        { key: 'net:[6005]', owner: nested },
        { key: 'uts:[6004]', owner: user },
      ],
    }),
  );
  const users = Object.fromEntries(gaugesOf(model).map((gauge) => [gauge.kind, gauge.users]));
  t.deepEqual(users['net'], [
    { uid: 1000, count: 2 },
    { uid: 0, count: 1 },
  ]);
  t.deepEqual(users['user'], [{ uid: 1000, count: 2 }]);
  t.deepEqual(users['uts'], [{ uid: 1000, count: 1 }]);
  t.deepEqual(users['mnt'], []);
});

test('restrictions say what their value means', (t) => {
  const withValues = (restrictions: { name: string; value: string }[]) =>
    restrictionsOf(buildModel({ ...buildSnapshot({ processes: [{ pid: 1 }] }), restrictions }));
  const cases: [string, string, boolean, RegExp][] = [
    ['user.max_user_namespaces', '0', true, /ENOSPC/],
    ['user.max_user_namespaces', '10', false, /10 user namespaces/],
    ['kernel.unprivileged_userns_clone', '0', true, /EPERM/],
    ['kernel.unprivileged_userns_clone', '1', false, /everybody/],
    ['kernel.apparmor_restrict_unprivileged_userns', '1', true, /uid_map/],
    ['kernel.apparmor_restrict_unprivileged_userns', '0', false, /does not ask/],
    ['/sys/fs/selinux/enforce', '1', true, /user_namespace/],
    ['/sys/kernel/security/lsm', 'capability,apparmor', false, /policy/],
    ['Seccomp of nsview', '2', true, /clone3/],
    ['Seccomp of nsview', '0', false, /no filter/],
  ];
  for (const [name, value, restricts, words] of cases) {
    const [told, ...more] = withValues([{ name, value }]);
    t.is(told?.restricts, restricts, `${name} ${value}`);
    t.regex(told?.effect ?? '', words);
    t.is(more.length, 0);
  }
  t.deepEqual(withValues([{ name: 'of a later version', value: '1' }]), []);
  t.deepEqual(restrictionsOf(buildModel(buildSnapshot({ processes: [{ pid: 1 }] }))), []);
});

test('uptime inside, and from inside', (t) => {
  const model = buildModel(buildSnapshot({ processes: [{ pid: 1 }, { pid: 2, own: { time: 7001 } }] }));
  const offset = (seconds: number) => ({ seconds, nanoseconds: 500_000_000 });
  const interiors = new InteriorModel([
    { interior: 'time', key: hostKey('time'), monotonic: offset(0), boottime: offset(100) },
    { interior: 'time', key: 'time:[7001]', monotonic: offset(0), boottime: offset(-20) },
  ]);
  t.is(uptimeInside(model, interiors, 'time:[7001]'), 3600 - 120);
  t.is(uptimeInside(model, interiors, 'time:[7002]'), null);
});

test('the hierarchy that tells where a cgroup namespace is rooted', (t) => {
  const root = (...roots: [string, string | null][]) =>
    mainRoot({
      interior: 'cgroup',
      key: 'cgroup:[1]',
      roots: roots.map(([hierarchy, path]) => ({ hierarchy, path })),
      controllers: [],
      usage: { memoryBytes: null, memoryMaximum: null, cpuMicroseconds: null, pids: null, pidsMaximum: null },
      takenAt: 0,
    })?.path;
  t.is(root(['memory', '/m'], ['', '/u']), '/u');
  t.is(root(['memory', '/m'], ['', '/']), '/m');
  t.is(root(['memory', '/'], ['', '/']), '/');
  t.is(root(['memory', null], ['', null]), null);
  t.is(root(), undefined);
});

test('forecasts are for a child of the observer, with one thread', (t) => {
  const model = buildModel(
    buildSnapshot({
      processes: [
        { pid: 1, threads: 11 },
        { pid: 2, own: { user: 8001, uts: 8002 } },
      ],
      namespaces: [
        { key: 'user:[8001]', ownerUid: 0 },
        { key: 'uts:[8002]', owner: 'user:[8001]' },
      ],
    }),
  );
  t.is(observerOf(model)?.details?.threads, 1);
  t.true(observerAbilities(model, 'user:[8001]')[0]?.verdict.allowed);
  const forecasts = enterForecasts(model, model.processes.get(2)!);
  t.deepEqual(
    forecasts.map(({ kind, verdict }) => [kind, verdict?.allowed ?? null]),
    NAMESPACE_KINDS.map((kind) => [kind, kind === 'user' || kind === 'uts' ? true : null]),
  );
});

test('without the capability a plan says no, and which one is missing', (t) => {
  const snapshot = furnishedNode();
  snapshot.processes = snapshot.processes.map((process) =>
    process.pid === 1 && process.details
      ? { ...process, details: { ...process.details, uid: 33, effectiveCapabilities: '0' } }
      : process,
  );
  const model = buildModel(snapshot);
  const interiors = new InteriorModel(INTERIORS);
  const plan = planUtsName(model, interiors.of('uts', 'uts:[4026532541]')!, 'hostname', 'x');
  t.regex(plan.ok ? '' : plan.reason, /no CAP_SYS_ADMIN in user namespace host/);
  const [segment] = ipcObjects(interiors.of('ipc', 'ipc:[4026532613]')!);
  const removal = planRemoveIpc(model, segment!);
  t.regex(removal.ok ? '' : removal.reason, /no CAP_SYS_ADMIN/);
});

test('there is a page for each kind, with commands', (t) => {
  t.deepEqual(
    LEARN_PAGES.map(({ kind }) => kind),
    [...NAMESPACE_KINDS],
  );
  for (const { commands, traps, page } of LEARN_PAGES) {
    t.true(commands.length > 1 && traps.length > 0);
    t.regex(page, /^[a-z]+_namespaces\(7\)$/);
  }
});

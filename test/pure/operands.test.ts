/** What an operand means: exactly first, ends and beginnings only where they fit one thing, else refused with the list. */
import test from 'ava';
import fc from 'fast-check';
import {
  findGoToTarget,
  namespaceOfKind,
  namespacesMeant,
  operandFor,
  processMeant,
} from '../../src/analysis/go-to.js';
import type { Model } from '../../src/model/model.js';
import { buildModel } from '../../src/model/model.js';
import type { NamespaceKey } from '../../src/model/snapshot.js';
import { namespaceKey } from '../../src/model/snapshot.js';
import type { ProcessRecipe } from '../support/snapshot-builder.js';
import { buildSnapshot, hostKey } from '../support/snapshot-builder.js';

const id = (digit: string): string => digit.repeat(64);

interface ContainerRecipe {
  name: string;
  containerId: string;
  pid: number;
  /** First inode of its own mnt, net, pid and uts namespaces. */
  inode: number;
  hostNetwork?: true;
  hostPid?: true;
}

function containerProcesses({ containerId, pid, inode, ...rest }: ContainerRecipe): ProcessRecipe[] {
  const own = {
    mnt: inode,
    ...(!rest.hostNetwork && { net: inode + 1 }),
    ...(!rest.hostPid && { pid: inode + 2 }),
    uts: inode + 3,
  };
  const pids = (inner: number, outer: number): number[] => (rest.hostPid ? [outer] : [outer, inner]);
  const cgroup = [`0::/system.slice/docker-${containerId}.scope`];
  return [
    // A program run inside later has the lower pid where pids went round.
    { pid: pid - 5, comm: 'exec', own, cgroup, namespacePids: pids(23, pid - 5), startTimeTicks: 9000 },
    { pid, comm: 'app', own, cgroup, namespacePids: pids(1, pid), startTimeTicks: 500 },
    { pid: pid + 1, comm: 'worker', own, cgroup, namespacePids: pids(17, pid + 1), startTimeTicks: 600 },
  ];
}

interface MachineRecipe {
  containers: ContainerRecipe[];
  processes?: ProcessRecipe[];
  netnsNames?: { name: string; inode: number }[];
}

function machine({ containers, processes = [], netnsNames = [] }: MachineRecipe): Model {
  const snapshot = buildSnapshot({
    processes: [{ pid: 1, comm: 'init' }, ...containers.flatMap(containerProcesses), ...processes],
    containers: containers.map(({ name, containerId }) => ({ engine: 'docker', name, containerId })),
    pins: netnsNames.map(({ name, inode }) => ({
      pinKind: 'bind',
      key: namespaceKey('net', inode),
      mountPoint: `/run/netns/${name}`,
      mountNamespace: hostKey('mnt'),
    })),
  });
  snapshot.netnsNames = netnsNames.map(({ name, inode }) => ({
    name,
    path: `/run/netns/${name}`,
    key: namespaceKey('net', inode),
    reason: null,
  }));
  return buildModel(snapshot);
}

const WEB_DB: ContainerRecipe = { name: 'web-db', containerId: id('a'), pid: 200, inode: 4026533000 };
const WEB: ContainerRecipe = {
  name: 'web',
  containerId: `ab${id('b').slice(2)}`,
  pid: 300,
  inode: 4026533100,
};
const SHOP_1: ContainerRecipe = { name: 'shop-1', containerId: id('c'), pid: 400, inode: 4026533200 };
const SHOP_10: ContainerRecipe = { name: 'shop-10', containerId: id('d'), pid: 500, inode: 4026533300 };

const reason = (model: Model, text: string): string => {
  const found = findGoToTarget(model, text);
  return found.target === 'nothing' ? found.reason : `taken for ${JSON.stringify(found)}`;
};

test('an inner pid is looked for in the container that is called exactly so', (t) => {
  const model = machine({ containers: [WEB_DB, WEB, SHOP_10, SHOP_1] });
  t.deepEqual(findGoToTarget(model, '1@web'), { target: 'process', pid: 300 });
  t.deepEqual(findGoToTarget(model, '1@web-db'), { target: 'process', pid: 200 });
  t.deepEqual(findGoToTarget(model, '17@shop-1'), { target: 'process', pid: 401 });
  t.deepEqual(findGoToTarget(model, `1@${id('d').slice(0, 12)}`), { target: 'process', pid: 500 });
  t.deepEqual(findGoToTarget(model, '1@dddddd'), { target: 'process', pid: 500 });
  t.deepEqual(findGoToTarget(model, '1@4026533002'), { target: 'process', pid: 200 });
  t.deepEqual(findGoToTarget(model, '17@pid:[4026533302]'), { target: 'process', pid: 501 });
});

test('where the exact one has no such process, no other container is taken', (t) => {
  const model = machine({
    containers: [WEB_DB, WEB],
    processes: [{ ...containerProcesses(WEB_DB)[2]!, pid: 280, namespacePids: [280, 44] }],
  });
  t.deepEqual(findGoToTarget(model, '44@web-db'), { target: 'process', pid: 280 });
  t.regex(reason(model, '44@web'), /no process 44 inside "web"/);
});

test('a beginning that fits several containers is refused with their list', (t) => {
  const model = machine({ containers: [WEB_DB, SHOP_1, SHOP_10] });
  t.deepEqual(findGoToTarget(model, '1@web'), { target: 'process', pid: 200 });
  t.regex(reason(model, '1@shop'), /"shop" fits 2 things: .*shop-1 .*shop-10/);
  // Also where only one of them has a process with that number.
  t.regex(reason(model, '23@sho'), /fits 2 things/);
});

test('containers with one name, or one id, of two engines are told apart', (t) => {
  const snapshot = buildSnapshot({
    processes: [
      { pid: 1 },
      ...containerProcesses(WEB),
      ...containerProcesses({ ...WEB, pid: 900, inode: 4026539000 }).map((recipe) => ({
        ...recipe,
        cgroup: [`0::/machine.slice/libpod-${id('e')}.scope`],
      })),
    ],
    containers: [
      { engine: 'docker', containerId: WEB.containerId, name: 'web' },
      { engine: 'podman', containerId: id('e'), name: 'web' },
    ],
  });
  const model = buildModel(snapshot);
  t.regex(reason(model, 'web'), /"web" fits 2 things: docker container web .*podman container web /);
  t.regex(reason(model, '1@web'), /fits 2 things/);
  t.like(findGoToTarget(model, 'podman:web'), { target: 'group', pid: 900 });
  t.is(namespaceOfKind(model, 'net', 'docker:web'), 'net:[4026533101]');
  t.throws(() => namespaceOfKind(model, 'net', 'web'), { message: /fits 2 things/ });
  t.throws(() => namespaceOfKind(model, 'net', 'net:web'), { message: /fits 2 things/ });
});

test('a container is its init and its own namespaces, by name or by any part of its id that is enough', (t) => {
  const model = machine({ containers: [WEB_DB, WEB] });
  const keys = ['mnt:[4026533100]', 'net:[4026533101]', 'pid:[4026533102]', 'uts:[4026533103]'];
  for (const text of ['web', WEB.containerId, WEB.containerId.slice(0, 12), 'abbbbb', 'ab', 'docker:web']) {
    const found = findGoToTarget(model, text);
    t.like(found, { target: 'group', pid: 300 }, text);
    t.deepEqual([...namespacesMeant(model, text)].sort(), keys, text);
    t.is(namespaceOfKind(model, 'net', text), 'net:[4026533101]', text);
    t.is(processMeant(model, text).pid, 300);
  }
  t.regex(reason(model, 'a'), /"a" fits 2 things/);
  t.regex(reason(model, 'f'), /no process or namespace/);
});

test('a container in the host’s namespaces is answered with these', (t) => {
  const model = machine({ containers: [{ ...WEB, hostNetwork: true, hostPid: true }] });
  t.is(namespaceOfKind(model, 'net', 'web'), hostKey('net'));
  t.deepEqual(findGoToTarget(model, '301@web'), { target: 'process', pid: 301 });
  t.regex(reason(model, '1@web'), /no process 1 inside/);
});

test('a name of a container and of a network namespace: refused, unless both lead to one', (t) => {
  const apart = machine({ containers: [WEB], netnsNames: [{ name: 'web', inode: 4026538000 }] });
  t.regex(reason(apart, 'web'), /"web" fits 2 things: docker container web .*\/run\/netns\/web/);
  t.throws(() => namespaceOfKind(apart, 'net', 'web'), { message: /net:4026533101.*net:4026538000/ });
  t.is(namespaceOfKind(apart, 'net', '/run/netns/web'), 'net:[4026538000]');
  // Of the other types only the container can be meant.
  t.is(namespaceOfKind(apart, 'uts', 'web'), 'uts:[4026533103]');
  const same = machine({ containers: [WEB], netnsNames: [{ name: 'web', inode: WEB.inode + 1 }] });
  t.is(namespaceOfKind(same, 'net', 'web'), 'net:[4026533101]');
  t.like(findGoToTarget(same, 'web'), { target: 'group', pid: 300 });
});

test('commands and units that name several namespaces are refused, one process’s namespaces are one thing', (t) => {
  const one = machine({
    containers: [],
    processes: [{ pid: 50, comm: 'sleep', own: { net: 4026537001, mnt: 4026537000 } }],
  });
  t.like(findGoToTarget(one, 'sleep'), { target: 'group', pid: 50 });
  t.deepEqual(findGoToTarget(one, 'net:sleep'), { target: 'namespace', key: 'net:[4026537001]' });
  const two = machine({
    containers: [],
    processes: [
      { pid: 50, comm: 'sleep', own: { net: 4026537001 } },
      { pid: 60, comm: 'sleep', own: { net: 4026537002 } },
    ],
  });
  t.regex(reason(two, 'sleep'), /"sleep" fits 2 things: .*pid 50.*pid 60/);
  t.regex(reason(two, 'net:sleep'), /fits 2 things: net:\[4026537001\].*net:\[4026537002\]/);
  t.throws(() => namespaceOfKind(two, 'net', 'sleep'), { message: /fits 2 things/ });
});

test('inodes: whole ones, ends that fit one namespace, and numbers that may have been a pid', (t) => {
  const model = machine({
    containers: [],
    processes: [
      { pid: 50, own: { net: 4026533171 } },
      { pid: 60, own: { net: 4026536171, mnt: 4026537555 } },
    ],
    netnsNames: [{ name: 'lab', inode: 4026539999 }],
  });
  t.regex(reason(model, '171'), /"171" fits 2 things: net:\[4026533171\].*net:\[4026536171\]/);
  t.regex(reason(model, 'net:171'), /fits 2 things/);
  t.deepEqual(findGoToTarget(model, '6171'), { target: 'namespace', key: 'net:[4026536171]' });
  t.is(namespaceOfKind(model, 'net', '36171'), 'net:[4026536171]');
  t.regex(reason(model, 'net:[6171]'), /no process or namespace/);
  // Without a process.
  for (const text of [
    '4026539999',
    'net:4026539999',
    'net:[4026539999]',
    '[4026539999]',
    'lab',
    'net:lab',
    '9999',
  ])
    t.is(namespaceOfKind(model, 'net', text), 'net:[4026539999]', text);
  // Who acts may mean a process that has ended meanwhile.
  t.like(findGoToTarget(model, '6171', 'act'), { target: 'nothing' });
  t.throws(() => namespaceOfKind(model, 'net', '9999', 'act'), {
    message: /there is no process 9999; net:\[4026539999\] lab would fit.*write net:4026539999/,
  });
  t.is(namespaceOfKind(model, 'net', 'net:9999', 'act'), 'net:[4026539999]');
  t.is(namespaceOfKind(model, 'net', '4026539999', 'act'), 'net:[4026539999]');
});

test('a pid that is the name of something else too is refused', (t) => {
  const model = machine({
    containers: [],
    netnsNames: [{ name: '60', inode: 4026539999 }],
    processes: [{ pid: 60 }],
  });
  t.regex(reason(model, '60'), /"60" fits 2 things: process 60 .*\/run\/netns\/60/);
  t.deepEqual(findGoToTarget(model, '60@host'), { target: 'process', pid: 60 });
});

test('a namespace of another type stands for its members where they agree', (t) => {
  const model = machine({
    containers: [],
    processes: [
      { pid: 50, own: { mnt: 4026537000, net: 4026537001 } },
      { pid: 60, own: { mnt: 4026537000, net: 4026537002 } },
      { pid: 70, own: { mnt: 4026538000, net: 4026537002 } },
    ],
  });
  t.throws(() => namespaceOfKind(model, 'net', 'mnt:[4026537000]'), { message: /fits 2 things/ });
  t.is(namespaceOfKind(model, 'net', 'mnt:[4026538000]'), 'net:[4026537002]');
});

test('pids inside of nested namespaces are those of the namespace that is named', (t) => {
  const snapshot = buildSnapshot({
    processes: [
      { pid: 1 },
      { pid: 10, own: { pid: 4026537000 }, namespacePids: [10, 1] },
      { pid: 11, own: { pid: 4026537001 }, namespacePids: [11, 2, 1] },
    ],
    namespaces: [{ key: 'pid:[4026537001]', parent: 'pid:[4026537000]' }],
  });
  const model = buildModel(snapshot);
  t.deepEqual(findGoToTarget(model, '2@4026537000'), { target: 'process', pid: 11 });
  t.deepEqual(findGoToTarget(model, '1@4026537000'), { target: 'process', pid: 10 });
  t.deepEqual(findGoToTarget(model, '1@4026537001'), { target: 'process', pid: 11 });
});

test('what a form offers leads back to the same namespace, whatever else is called so', (t) => {
  const word = fc.constantFrom('web', 'web-db', 'db', '60', 'host', 'sleep', 'abc', '4026533101', 'net');
  const inode = fc.integer({ min: 0, max: 5 }).map((at) => 4026537000 + at);
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.record({ name: word, inode }), { selector: ({ name }) => name, maxLength: 6 }),
      fc.array(fc.record({ comm: word, net: inode }), { maxLength: 5 }),
      fc.array(word, { maxLength: 3 }),
      (netnsNames, tasks, names) => {
        const model = machine({
          netnsNames,
          processes: tasks.map(({ comm, net }, at) => ({ pid: 50 + at * 5, comm, own: { net } })),
          containers: names.map((name, at) => ({
            name,
            containerId: id(String(at + 1)),
            pid: 200 + at * 50,
            inode: 4026540000 + at * 10,
          })),
        });
        const keys = [...model.namespaces.keys()].filter((key) => key.startsWith('net:'));
        t.true(
          keys.every(
            (key: NamespaceKey) => namespaceOfKind(model, 'net', operandFor(model, key), 'act') === key,
          ),
        );
      },
    ),
    { seed: 7 },
  );
});

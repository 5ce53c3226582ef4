import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import test from 'ava';
import { problemsOf } from '../../src/analysis/problems.js';
import { whyAlive } from '../../src/analysis/why-alive.js';
import { collectSnapshot } from '../../src/collect/collect-snapshot.js';
import type { Model } from '../../src/model/model.js';
import { buildModel } from '../../src/model/model.js';
import type { NamespaceKey } from '../../src/model/snapshot.js';
import { needsRoot, startScene } from '../sandbox/scene.js';

async function look(sockets = false): Promise<Model> {
  return buildModel(await collectSnapshot({ sockets, containerNames: false }));
}

/** lsns gives up where a process ends while it looks, and other tests end many. */
function lsnsText(): string {
  for (let tries = 1; ; tries++) {
    try {
      return execFileSync('lsns', ['-J'], { encoding: 'utf8' });
    } catch (error) {
      if (tries >= 20) throw error;
    }
  }
}

function lsnsKnows(key: NamespaceKey): boolean {
  const inode = key.slice(key.indexOf('[') + 1, -1);
  const listing = JSON.parse(lsnsText()) as { namespaces: { ns: number }[] };
  return listing.namespaces.some(({ ns }) => String(ns) === inode);
}

test.serial('a member process', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await startScene(t, 'process');
  const node = (await look()).namespaces.get(scene.key);
  t.deepEqual(
    node?.processes.map(({ pid }) => pid),
    [scene.pid],
  );
  t.true(node?.fact.foundBy.includes('process links'));
});

test.serial('a thread that left its process', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await startScene(t, 'thread');
  const model = await look();
  const node = model.namespaces.get(scene.key);
  t.deepEqual(node?.processes, []);
  t.deepEqual(
    node?.threads.map(({ threadId }) => threadId),
    [scene.threadId!],
  );
  t.is(readlinkSync(`/proc/${scene.pid}/task/${scene.threadId!}/ns/net`), scene.key);
  t.deepEqual(
    problemsOf(model, scene.key).map(({ problem }) => problem),
    ['loose-threads'],
  );
});

test.serial('the threads of a dead leader', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await startScene(t, 'dead-leader');
  const node = (await look()).namespaces.get(scene.key);
  t.true(node?.threads.some(({ threadId }) => threadId === scene.threadId));
  t.is(readlinkSync(`/proc/${scene.pid}/task/${scene.threadId!}/ns/uts`), scene.key);
});

test.serial('what the next child will get', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await startScene(t, 'for-children');
  const node = (await look()).namespaces.get(scene.key);
  t.deepEqual(node?.processes, []);
  t.deepEqual(
    node?.forChildren.map(({ pid }) => pid),
    [scene.pid],
  );
});

test.serial('an open descriptor', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await startScene(t, 'fd');
  const model = await look();
  const node = model.namespaces.get(scene.key);
  t.deepEqual(node?.pins, [{ pinKind: 'fd', key: scene.key, pid: scene.pid, fd: scene.fd! }]);
  t.is(readlinkSync(`/proc/${scene.pid}/fd/${scene.fd!}`), scene.key);
  t.deepEqual(
    whyAlive(model, scene.key).map(({ reasonKind }) => reasonKind),
    ['fd'],
  );
  t.deepEqual(
    problemsOf(model, scene.key).map(({ problem }) => problem),
    ['held-by-fd'],
  );
});

test.serial('a socket, when asked for', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await startScene(t, 'socket');
  t.false((await look()).namespaces.has(scene.key), 'sockets are opt-in');
  const node = (await look(true)).namespaces.get(scene.key);
  t.deepEqual(node?.pins, [{ pinKind: 'socket', key: scene.key, pid: scene.pid, fd: scene.fd! }]);
});

test.serial('a bind mount in another mount namespace, with a blank in its name', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await startScene(t, 'bind');
  const model = await look();
  const mountNamespace = readlinkSync(`/proc/${scene.pid}/ns/mnt`);
  const { dev } = statSync(`/proc/${scene.pid}/root/mnt`);
  t.deepEqual(model.namespaces.get(scene.key)?.pins, [
    {
      pinKind: 'bind',
      key: scene.key,
      mountPoint: '/mnt/held name',
      mountNamespace: mountNamespace as NamespaceKey,
      file: { device: `${dev >> 8}:${dev & 0xff}`, path: '/held name' },
    },
  ]);
  t.is(
    typeof model.namespaces.get(scene.key)?.fact.owner,
    'string',
    'it was opened through the holder’s root',
  );
});

test.serial('a parent that only its child keeps', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await startScene(t, 'parent');
  const node = (await look()).namespaces.get(scene.key);
  const inner = readlinkSync(`/proc/${scene.pid}/ns/user`);
  t.deepEqual(node?.children, [inner as NamespaceKey]);
  t.deepEqual(node?.processes, []);
});

test.serial('an owner that only what it owns keeps', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await startScene(t, 'owner');
  const node = (await look()).namespaces.get(scene.key);
  t.is(node?.owns.length, 1);
  t.deepEqual(node?.processes, []);
});

test.serial('a mount namespace in flight over a socket', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await startScene(t, 'in-flight');
  const model = await look();
  t.true(model.namespaces.get(scene.key)?.fact.foundBy.includes('mount namespace walk'));
  t.false(lsnsKnows(scene.key), 'lsns does not see it');
  t.deepEqual(
    problemsOf(model, scene.key).map(({ problem }) => problem),
    ['unreachable'],
  );
});

test.serial('a bind mount inside a mount namespace that no process lives in', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await startScene(t, 'bind-in-flight');
  const [pin] = (await look()).namespaces.get(scene.key)?.pins ?? [];
  t.is(pin?.pinKind, 'bind');
  if (pin?.pinKind === 'bind') t.is(pin.mountPoint, '/mnt/hidden');
});

test.serial('a zombie: pid and user are known, the rest is unknown, nothing is a gap', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await startScene(t, 'zombie');
  const model = await look();
  const zombie = model.processes.get(scene.zombie!)!;
  t.deepEqual(Object.keys(model.snapshot.namespaceSets[zombie.namespaceSet]!).sort(), ['pid', 'user']);
  t.false(model.snapshot.gaps.some(({ examples }) => examples.includes(String(scene.zombie))));
});

test.serial('a pid namespace whose init is a zombie', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await startScene(t, 'dead-init');
  const model = await look();
  t.deepEqual(
    problemsOf(model, scene.key).map(({ problem }) => problem),
    ['dead-init'],
  );
});

test.serial('a process with a hostile name', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await startScene(t, 'hostile');
  const details = (await look()).processes.get(scene.pid)?.details;
  t.is(details?.ppid, process.pid);
  t.is(details?.state, 'S');
  t.true((details?.startTimeTicks ?? 0) > 0);
});

test.serial('a look keeps nothing: descriptors and namespaces are as before', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await startScene(t, 'fd');
  await look(true);
  const before = readdirSync('/proc/self/fd').length;
  for (let count = 0; count < 3; count++) await look(true);
  t.is(readdirSync('/proc/self/fd').length, before);
  t.true(existsSync(`/proc/${scene.pid}`));
});

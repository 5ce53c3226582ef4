/** Names under /run/netns on whose file a namespace is mounted in another mount namespace: shown, reached, removed. */
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { NetScene } from '../sandbox/net-scene.js';
import { namespaceKey } from '../../src/model/snapshot.js';
import { needsRoot, started } from '../sandbox/scene.js';
import type { Outcome } from '../support/run-program.js';
import { PROGRAM, runCommand } from '../support/run-program.js';

function nsview(scene: NetScene, ...words: string[]): Promise<Outcome> {
  const enter = ['nsenter', '-t', String(scene.pid), '-n', '-m', process.execPath, PROGRAM];
  return runCommand([...enter, ...words]);
}

/** Does something in a mount namespace of its own that is a copy of the scene's, and stays there; its pid. */
async function elsewhere(t: ExecutionContext, scene: NetScene, script: string): Promise<number> {
  const enter = ['nsenter', '-t', String(scene.pid), '-n', '-m'];
  const unshare = ['unshare', '--mount', '--propagation', 'private'];
  const child = await started(t, ...enter, ...unshare, 'sh', '-c', `${script}; echo ready; read end`);
  return child.pid!;
}

/** The name is made there, so that here only its file is seen. */
async function mountedElsewhere(
  t: ExecutionContext,
  name = 'far',
): Promise<{ scene: NetScene; pid: number }> {
  const scene = await NetScene.start(t);
  const script = `ip netns add ${name} && ip -n ${name} link add eth0 type veth peer name near netns $$`;
  return { scene, pid: await elsewhere(t, scene, script) };
}

const inodeOf = async (pid: number, name: string): Promise<string> =>
  (await runCommand(['stat', '-Lc', '%i', `/proc/${pid}/root/run/netns/${name}`])).stdout.trim();

test('a broken name: the namespace that is mounted on its file elsewhere, and what dies with it, is told', async (t) => {
  if (!needsRoot(t)) return;
  const { scene, pid } = await mountedElsewhere(t);
  const key = `net:[${await inodeOf(pid, 'far')}]`;

  const names = await nsview(scene, 'net', 'names');
  const rows = names.stdout.split('\n').filter((line) => line.includes(key));
  t.is(rows.length, 1, names.stdout);
  t.regex(rows[0]!, new RegExp(`^far +net:.*mounted only in mnt:\\[\\d+\\] of ${pid} \\(`));

  const plan = await nsview(scene, 'wire', 'remove-name', 'far', '--dry-run');
  t.true(plan.stdout.includes(`remove the broken name far, and end ${key}`), plan.stdout);
  t.true(plan.stdout.includes(`nothing else is seen to keep ${key}: then it ends`), plan.stdout);
  t.regex(plan.stdout, /eth0 is destroyed/);
  t.regex(plan.stdout, /near in .* is destroyed with it/);
  t.regex(plan.stdout, /cannot be undone/);

  // The oracle: rm(1), which is what the plan does, ends the namespace and with it the other end here.
  await scene.run(
    'ip link show near >/dev/null && rm /run/netns/far; while ip link show near >/dev/null 2>&1; do sleep 0.05; done',
  );
});

test('a name whose namespace something else keeps: that is said, and the kernel agrees', async (t) => {
  if (!needsRoot(t)) return;
  const { scene, pid } = await mountedElsewhere(t);
  const keeper = await started(t, 'nsenter', '-t', String(pid), '-m', 'nsenter', '--net=/run/netns/far', 'sh', '-c', 'echo ready; read end'); // prettier-ignore
  const plan = await nsview(scene, 'wire', 'remove-name', 'far', '--yes');
  t.is(plan.code, 0, plan.stderr);
  t.regex(plan.stdout, /done: remove the broken name far$/m);
  t.is((await runCommand(['nsenter', '-t', String(keeper.pid), '-n', 'ip', 'link', 'show', 'eth0'])).code, 0);
});

test('a name that leads to one namespace here and to another elsewhere: both end', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await NetScene.start(t);
  await scene.netns('both');
  const here = await scene.key('both');
  const pid = await elsewhere(
    t,
    scene,
    'umount /run/netns/both && unshare --net sh -c "mount --bind /proc/self/ns/net /run/netns/both"',
  );
  const there = `net:[${await inodeOf(pid, 'both')}]`;
  const plan = await nsview(scene, 'wire', 'remove-name', 'both', '--dry-run');
  t.true(plan.stdout.startsWith(`delete network namespace both, and end ${there}`), plan.stdout);
  t.not(here, there);
  await scene.run('ip netns delete both');
  // Nothing is mounted there any more: the file itself is gone.
  t.is(await inodeOf(pid, 'both'), '');
});

test('a copy on another file of the same path keeps the namespace', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await NetScene.start(t);
  await scene.netns('kept');
  const script =
    'mkdir /run/x; touch /run/x/kept; mount --bind /run/netns/kept /run/x/kept; mount --rbind /run/x /run/netns';
  const pid = await elsewhere(t, scene, script);
  t.is(await inodeOf(pid, 'kept'), (await scene.key('kept')).slice(5, -1));
  const plan = await nsview(scene, 'wire', 'remove-name', 'kept', '--yes');
  t.regex(plan.stdout, /^done: remove the name kept$/m, plan.stderr);
  t.is((await runCommand(['nsenter', '-t', String(pid), '-m', 'nsenter', '--net=/run/x/kept', 'ip', 'link', 'show', 'lo'])).code, 0); // prettier-ignore
});

test('a broken name is repaired without ending what is mounted on its file elsewhere; undone, the file stays', async (t) => {
  if (!needsRoot(t)) return;
  const { scene, pid } = await mountedElsewhere(t);
  const inode = await inodeOf(pid, 'far');
  const done = await nsview(scene, 'wire', 'attach', 'far', inode, '--yes');
  t.is(done.code, 0, done.stderr);
  t.is(await scene.key('far'), namespaceKey('net', Number(inode)));
  await scene.run('ip -n far link show eth0 && umount /run/netns/far && test -e /run/netns/far');
  t.is(await inodeOf(pid, 'far'), inode);
});

test('a namespace that is mounted only elsewhere is entered, named and changed', async (t) => {
  if (!needsRoot(t)) return;
  // Other tests have theirs in sight: a name of its own.
  const name = `only${process.pid}`;
  const { scene, pid } = await mountedElsewhere(t, name);
  const inode = await inodeOf(pid, name);
  const entered = await nsview(scene, 'enter', name, '--', 'ip', '-o', 'link', 'show', 'eth0');
  t.regex(entered.stdout, /eth0@/, entered.stderr);
  for (const words of [['up', `${name}:eth0`], ['attach', 'named', inode], ['move', 'near', name]]) {
    const done = await nsview(scene, 'wire', ...words, '--yes');
    t.is(done.code, 0, done.stderr);
  } // prettier-ignore
  await scene.run('ip -n named link show near && ip -n named link show up dev eth0');
});

test('another kind of namespace on the file: removing the name says that it ends; a repair over it is refused', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await NetScene.start(t);
  await scene.run('touch /run/netns/host && unshare --uts=/run/netns/host true');
  const inode = (await scene.run('stat -Lc %i /run/netns/host')).trim();
  const plan = await nsview(scene, 'wire', 'remove-name', 'host', '--dry-run');
  t.true(plan.stdout.includes(`remove the broken name host, and end uts:[${inode}]`), plan.stdout);
  const repair = await nsview(scene, 'wire', 'attach', 'host', String(scene.pid), '--yes');
  t.not(repair.code, 0);
  t.regex(repair.stderr, /uts:\[\d+\] is mounted on \/run\/netns\/host: remove that name first/);
  await scene.run('mkdir /run/netns/folder');
  t.regex((await nsview(scene, 'wire', 'remove-name', 'folder', '--yes')).stderr, /is a directory/);
});

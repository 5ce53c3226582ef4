/** Mount tables, holders and actions against the kernel and util-linux. */
import { execFile, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { uncheckedMountPath } from '../../src/model/mount-path.js';
import { planBind, planPropagation, planUnmount } from '../../src/actions/mount-plans.js';
import type { Plan, ReadyPlan } from '../../src/actions/plan.js';
import { undoAfter } from '../../src/actions/plan.js';
import { mountHolders } from '../../src/analysis/mount-holders.js';
import type { Mount } from '../../src/analysis/mount-model.js';
import { buildMountModel } from '../../src/analysis/mount-model.js';
import { collectSnapshot, lookForMountUsers } from '../../src/collect/collect-snapshot.js';
import { mountUserQuery } from '../../src/analysis/mount-user-query.js';
import { buildModel } from '../../src/model/model.js';
import type { NamespaceKey } from '../../src/model/snapshot.js';
import { performOperations } from '../../src/perform/perform.js';
import { findmntJson } from '../../src/view/mount-listing.js';
import { PROGRAM, runNsview } from '../support/run-program.js';
import { MountAgents } from '../sandbox/mount-agents.js';
import { endScene, needsRoot } from '../sandbox/scene.js';

const run = promisify(execFile);

const asGiven = (path: string) => uncheckedMountPath(path, 'only planned');

async function agents(t: ExecutionContext): Promise<MountAgents> {
  const started = await MountAgents.start();
  t.teardown(() => started.close());
  return started;
}

async function look(options: Parameters<typeof collectSnapshot>[0] = {}) {
  const snapshot = await collectSnapshot({
    details: 'representatives',
    containerNames: false,
    mounts: true,
    ...options,
  });
  return { snapshot, model: buildModel(snapshot), mounts: buildMountModel(snapshot.mountTables ?? []) };
}

function keyOf(pid: number, scene: Awaited<ReturnType<typeof look>>): NamespaceKey {
  const process = scene.model.processes.get(pid)!;
  return scene.snapshot.namespaceSets[process.namespaceSet]!.mnt!;
}

function mountOf(scene: Awaited<ReturnType<typeof look>>, pid: number, mountPoint: string): Mount {
  const table = scene.mounts.tables.get(keyOf(pid, scene))!;
  const mount = table.mounts.findLast((each) => each.mountPoint === mountPoint);
  if (!mount) throw new Error(`no mount at ${mountPoint} of ${pid}`);
  return mount;
}

test('every mount namespace: as findmnt shows it', async (t) => {
  if (!needsRoot(t)) return;
  const all = await agents(t);
  await all.tell(0, 'make', 'shared', all.base);
  await all.spawn(0);
  await all.tell(0, 'mount', `${all.base}/a`);
  await all.tell(1, 'make', 'slave', all.base);
  await all.spawn(1);
  await all.tell(2, 'make', 'shared', all.base);
  await all.tell(2, 'rbind', `${all.base}/a`, `${all.base}/b`);
  await all.tell(2, 'make', 'unbindable', `${all.base}/b`);
  const scene = await look();
  for (const pid of all.pids) {
    const { stdout } = await run('findmnt', ['-J', '-N', String(pid), '-o', '+PROPAGATION,ID,PARENT']);
    const theirs = (JSON.parse(stdout) as { filesystems: unknown }).filesystems;
    t.deepEqual(findmntJson(scene.mounts.tables.get(keyOf(pid, scene))!), theirs as never, String(pid));
  }
  const { stdout, code } = await runNsview(['mounts', String(all.pids[2]), '--findmnt']);
  t.is(code, 0);
  const { stdout: theirs } = await run('findmnt', [
    '-J',
    '-N',
    String(all.pids[2]),
    '-o',
    '+PROPAGATION,ID,PARENT',
  ]);
  t.deepEqual(JSON.parse(stdout), JSON.parse(theirs));
});

for (const [way, statmount] of [
  ['statmount', true],
  ['joined thread', false],
] as const) {
  test.serial(`a mount namespace without a process, by ${way}`, async (t) => {
    if (!needsRoot(t)) return;
    // A descriptor keeps it; the process that made it goes away, and we have seen its table before.
    const child = spawn(
      'unshare',
      ['-m', 'sh', '-c', 'mount -t tmpfs -o size=4k,noexec "a b#" /mnt && echo ready && read end'],
      {
        stdio: ['pipe', 'pipe', 'inherit'],
      },
    );
    t.teardown(() => endScene(child));
    await new Promise((resolve) => child.stdout.once('data', resolve));
    const expected = readFileSync(`/proc/${child.pid!}/mountinfo`, 'utf8');
    const fd = openSync(`/proc/${child.pid!}/ns/mnt`, 'r');
    t.teardown(() => closeSync(fd));
    const key = keyOf(child.pid!, await look());
    await endScene(child);
    const fds = readdirSync('/proc/self/fd').length;
    const scene = await look({ statmount });
    const table = scene.mounts.tables.get(key);
    t.is(table?.fact.readBy, way);
    t.is(table?.fact.mountinfo, expected);
    // A thread that is told to end takes a moment to do so.
    for (let tries = 0; tries < 100 && readdirSync('/proc/self/fd').length > fds; tries++)
      await new Promise((resolve) => setTimeout(resolve, 10));
    t.is(readdirSync('/proc/self/fd').length, fds, 'nothing is kept open');
    t.deepEqual(
      scene.snapshot.gaps.filter(({ subject, examples }) => subject === 'mounts' && examples.includes(key)),
      [],
    );
  });
}

test('processes in a chroot: the whole table by statmount', async (t) => {
  if (!needsRoot(t)) return;
  const child = spawn(
    'unshare',
    [
      '-m',
      'sh',
      '-c',
      'mount -t tmpfs cage /mnt && mkdir /mnt/r && mount --bind / /mnt/r && exec chroot /mnt/r sh -c "echo ready; read end"',
    ],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  t.teardown(() => endScene(child));
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const scene = await look();
  const table = scene.mounts.tables.get(keyOf(child.pid!, scene))!;
  t.is(table.fact.readBy, 'statmount');
  t.true(table.mounts.some(({ mountPoint, source }) => mountPoint === '/mnt' && source === 'cage'));
});

test('holders: directories, files, maps and executables through the right mount', async (t) => {
  if (!needsRoot(t)) return;
  const all = await agents(t);
  const { base } = all;
  await all.tell(0, 'mount', `${base}/a`);
  await all.spawn(0);
  const inside = `/proc/${all.pids[0]}/root${base}/a`;
  writeFileSync(join(inside, 'program'), readFileSync('/bin/sleep'), { mode: 0o755 });
  writeFileSync(join(inside, 'log'), 'x'.repeat(8192));
  const child = spawn(
    'nsenter',
    [
      '-t',
      String(all.pids[0]),
      '-m',
      'sh',
      '-c',
      `cd ${base}/a/a && exec 7<${base}/a/log && echo ready && exec ${base}/a/program 600`,
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  t.teardown(() => child.kill('SIGKILL'));
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const scene = await look();
  const mount = mountOf(scene, all.pids[0]!, `${base}/a`);
  const query = mountUserQuery(scene.mounts, mount.device);
  let found = lookForMountUsers(query);
  // The shell becomes the program a moment after it said that it is ready.
  for (let tries = 0; tries < 100 && !found.users.some(({ use }) => use === 'exe'); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    found = lookForMountUsers(query);
  }
  // Swap files and files of an io_uring are told by their path only: those of others are not sorted out yet.
  const here = found.users.filter(({ mountId }) => mountId !== null);
  const uses = here.map((user) => [user.use, 'pid' in user ? user.pid : null, user.path, user.mountId]);
  t.deepEqual(uses.sort(), [
    ['cwd', child.pid, `${base}/a/a`, mount.mountId],
    ['exe', child.pid, `${base}/a/program`, mount.mountId],
    ['fd', child.pid, `${base}/a/log`, mount.mountId],
  ]);
  const holders = mountHolders(scene.mounts, mount, found);
  t.regex(holders.unmount.busy ?? '', /in use by 1 process$/);
  t.is(holders.otherMounts.size, 1, 'the copy in the other namespace');
  const copy = mountHolders(scene.mounts, mountOf(scene, all.pids[1]!, `${base}/a`), found);
  t.is(copy.unmount.busy, null);
  t.false(copy.unmount.frees);
});

test('nsview mounts why names a loop device', async (t) => {
  if (!needsRoot(t)) return;
  const image = join((await agents(t)).base, '..', `nsview-loop-${process.pid}`);
  writeFileSync(image, Buffer.alloc(1 << 20));
  const attached = await run('losetup', ['--find', '--show', image]).catch(() => null);
  if (!attached) {
    await run('rm', [image]);
    t.pass('skipped: there is no free loop device here');
    return;
  }
  const device = attached.stdout.trim();
  t.teardown(async () => {
    await run('losetup', ['-d', device]);
    await run('rm', [image]);
  });
  const { stdout, code } = await runNsview(['mounts', 'why', image, '--json']);
  t.is(code, 0);
  const { users, otherUsers } = JSON.parse(stdout) as Record<
    'users' | 'otherUsers',
    { use: string; name?: string }[]
  >;
  t.true([...users, ...otherUsers].some(({ use, name }) => use === 'loop' && name === device));
});

// ---- actions -----------------------------------------------------------------------------------------------

function ready(t: ExecutionContext, plan: Plan): ReadyPlan {
  if (!plan.ok) throw new Error(plan.reason);
  t.true(plan.commands.length > 0);
  return plan;
}

/** What stands below the base in a namespace, without what no undo can bring back: ids. */
function state(scene: Awaited<ReturnType<typeof look>>, all: MountAgents): string[] {
  return all.pids.flatMap((pid) =>
    scene.mounts.tables
      .get(keyOf(pid, scene))!
      .mounts.filter(({ mountPoint }) => mountPoint.startsWith(all.base))
      .map(
        ({ mountPoint, propagation, device, root }) =>
          `${pid} ${mountPoint} ${propagation} ${device} ${root}`,
      ),
  );
}

test('plan, perform, collect, undo: every action in another mount namespace', async (t) => {
  if (!needsRoot(t)) return;
  const all = await agents(t);
  const { base } = all;
  const pid = all.pids[0]!;
  await all.tell(0, 'mount', `${base}/a`);
  await all.tell(0, 'mount', `${base}/a/b`);
  const plans: [string, (scene: Awaited<ReturnType<typeof look>>) => Plan, RegExp][] = [
    [
      'shared',
      (scene) => planPropagation(scene, mountOf(scene, pid, `${base}/a`), 'shared', false),
      /a shared /,
    ],
    [
      'runbindable',
      (scene) => planPropagation(scene, mountOf(scene, pid, `${base}/a`), 'unbindable', true),
      /a\/b unbindable/,
    ],
    [
      'bind',
      (scene) => planBind(scene, keyOf(pid, scene), asGiven(`${base}/a/a`), asGiven(`${base}/b`), false),
      /b private .* \/a/,
    ],
  ];
  for (const [name, make, expected] of plans) {
    const before = await look();
    const plan = ready(t, make(before));
    const outcome = await performOperations(plan.operations);
    t.is(outcome.failure, null, name);
    const after = await look();
    t.notDeepEqual(state(after, all), state(before, all), name);
    t.regex(state(after, all).join('\n'), expected, name);
    const undo = undoAfter(plan.undo!, outcome);
    t.true(undo.possible, name);
    if (!undo.possible) continue;
    t.is((await performOperations(undo.operations)).failure, null, name);
    t.deepEqual(state(await look(), all), state(before, all), `${name} undone`);
  }
  const before = await look();
  const lazy = ready(t, planUnmount(before, mountOf(before, pid, `${base}/a`), true));
  t.is((await performOperations(lazy.operations)).failure, null);
  t.is(state(await look(), all).length, 1, 'only the base is left');
  t.false(lazy.undo!.possible);
});

test('unmounting a bind is undone by binding it again', async (t) => {
  if (!needsRoot(t)) return;
  const all = await agents(t);
  await all.tell(0, 'mount', `${all.base}/a`);
  await all.tell(0, 'bind', `${all.base}/a`, `${all.base}/b`);
  const before = await look();
  const plan = ready(t, planUnmount(before, mountOf(before, all.pids[0]!, `${all.base}/b`), false));
  const outcome = await performOperations(plan.operations);
  t.is(outcome.failure, null);
  const undo = undoAfter(plan.undo!, outcome);
  t.true(undo.possible && (await performOperations(undo.operations)).failure === null);
  t.deepEqual(state(await look(), all), state(before, all));
});

test('what is another mount by now is left alone', async (t) => {
  if (!needsRoot(t)) return;
  const all = await agents(t);
  await all.tell(0, 'mount', `${all.base}/a`);
  const before = await look();
  const plan = ready(t, planUnmount(before, mountOf(before, all.pids[0]!, `${all.base}/a`), false));
  // Over it: were it unmounted, the next mount could get its number.
  await all.tell(0, 'mount', `${all.base}/a`);
  t.regex((await performOperations(plan.operations)).failure ?? '', /another mount by now: nothing was done/);
});

test('refusals of the kernel are sentences', async (t) => {
  if (!needsRoot(t)) return;
  const all = await agents(t);
  const { base } = all;
  const pid = all.pids[0]!;
  await all.tell(0, 'mount', `${base}/a`);
  mkdirSync(`/proc/${pid}/root${base}/a/here`);
  writeFileSync(`/proc/${pid}/root${base}/file`, '');
  const busy = openSync(`/proc/${pid}/root${base}/a/here`, 'r');
  t.teardown(() => closeSync(busy));
  const scene = await look();
  const mount = mountOf(scene, pid, `${base}/a`);
  const key = keyOf(pid, scene);
  const failure = async (plan: Plan): Promise<string> =>
    (await performOperations(ready(t, plan).operations)).failure ?? '';
  t.regex(await failure(planUnmount(scene, mount, false)), /EBUSY: it is in use/);
  t.regex(
    await failure(planBind(scene, key, asGiven(`${base}/nowhere`), asGiven(`${base}/b`), false)),
    /ENOENT: source or target/,
  );
  t.regex(
    await failure(planBind(scene, key, asGiven(`${base}/file`), asGiven(`${base}/b`), false)),
    /ENOTDIR: one is a file/,
  );
});

test('an ordinary user is told what is missing', async (t) => {
  if (!needsRoot(t)) return;
  const { stderr, code } = await runNsview(['mounts', 'make', 'shared', '/', '--yes'], {
    through: ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'],
  });
  t.is(code, 1);
  t.regex(stderr, /nsview may not: it has no CAP_SYS_ADMIN in user namespace host/);
});

test('/etc/mtab as a real file: what it says wrongly is told', async (t) => {
  if (!needsRoot(t)) return;
  const script = [
    'mount --make-rprivate / && mount -t tmpfs etc /etc && mount -t tmpfs data /mnt',
    'printf "data /mnt tmpfs ro 0 0\\nold /gone ext4 rw 0 0\\n" > /etc/mtab',
    `exec ${process.execPath} ${PROGRAM} mounts --mtab --json`,
  ].join('; ');
  const { stdout } = await run('unshare', ['-m', 'sh', '-c', script]);
  const { mtab, differences } = JSON.parse(stdout) as {
    mtab: boolean;
    differences: { difference: string; target: string }[];
  };
  t.true(mtab);
  t.true(differences.some(({ difference, target }) => difference === 'differs' && target === '/mnt'));
  t.true(differences.some(({ difference, target }) => difference === 'only in mtab' && target === '/gone'));
  t.true(differences.some(({ difference, target }) => difference === 'only in the kernel' && target === '/'));
});

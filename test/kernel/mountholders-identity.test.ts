/** That an action meets the mount that was chosen, and that no mount table is taken for empty. */
import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { planPropagation, planUnmount } from '../../src/actions/mount-plans.js';
import type { ReadyPlan } from '../../src/actions/plan.js';
import { undoAfter } from '../../src/actions/plan.js';
import type { Mount } from '../../src/analysis/mount-model.js';
import { buildMountModel } from '../../src/analysis/mount-model.js';
import { collectSnapshot } from '../../src/collect/collect-snapshot.js';
import { buildModel } from '../../src/model/model.js';
import { performOperations } from '../../src/perform/perform.js';
import { MountAgents } from '../sandbox/mount-agents.js';
import { endScene, needsRoot } from '../sandbox/scene.js';

async function look(options: Parameters<typeof collectSnapshot>[0] = {}) {
  const snapshot = await collectSnapshot({
    details: 'representatives',
    containerNames: false,
    mounts: true,
    ...options,
  });
  return { snapshot, model: buildModel(snapshot), mounts: buildMountModel(snapshot.mountTables ?? []) };
}

type Look = Awaited<ReturnType<typeof look>>;

function tableOf({ snapshot, model, mounts }: Look, pid: number) {
  return mounts.tables.get(snapshot.namespaceSets[model.processes.get(pid)!.namespaceSet]!.mnt!);
}

function mountOf(scene: Look, pid: number, mountPoint: string): Mount {
  const mount = tableOf(scene, pid)!.mounts.findLast((each) => each.mountPoint === mountPoint);
  if (!mount) throw new Error(`no mount at ${mountPoint}`);
  return mount;
}

function lineOf(pid: number, mountPoint: string): string {
  const text = readFileSync(`/proc/${pid}/mountinfo`, 'utf8');
  return text.split('\n').find((line) => line.split(' ')[4] === mountPoint) ?? '';
}

async function agents(t: ExecutionContext): Promise<MountAgents> {
  const started = await MountAgents.start();
  t.teardown(() => started.close());
  return started;
}

test.serial(
  'a mount that came in the place of another with its number and its device is left alone',
  async (t) => {
    if (!needsRoot(t)) return;
    const all = await agents(t);
    const pid = all.pids[0]!;
    const target = `${all.base}/a`;
    await all.tell(0, 'mount', target);
    const scene = await look();
    if (tableOf(scene, pid)?.fact.newestMount === undefined) {
      t.pass('skipped: this kernel has no unique mount ids');
      return;
    }
    const before = lineOf(pid, target);
    const plan = planUnmount(scene, mountOf(scene, pid, target), false) as ReadyPlan;
    // Others mount too: until the same numbers are given again.
    let isReplaced = false;
    for (let tries = 0; tries < 20 && !isReplaced; tries++) {
      await all.tell(0, 'unmount', target);
      await all.tell(0, 'mount', target);
      isReplaced = lineOf(pid, target) === before;
    }
    const { failure } = await performOperations(plan.operations);
    t.regex(failure ?? '', /another mount by now: nothing was done/);
    t.not(lineOf(pid, target), '', 'it is still there');
    t.log(isReplaced ? 'the line in mountinfo is the same' : 'the numbers differ');
    // What is looked at again can be unmounted.
    const again = await look();
    const fresh = planUnmount(again, mountOf(again, pid, target), false) as ReadyPlan;
    t.is((await performOperations(fresh.operations)).failure, null);
  },
);

test('making a slave shared is undone exactly while it is alone in its new group', async (t) => {
  if (!needsRoot(t)) return;
  const all = await agents(t);
  const { base } = all;
  const pid = all.pids[0]!;
  await all.tell(0, 'mount', `${base}/a`);
  await all.tell(0, 'make', 'shared', `${base}/a`);
  await all.tell(0, 'bind', `${base}/a`, `${base}/b`);
  await all.tell(0, 'make', 'slave', `${base}/b`);
  const before = lineOf(pid, `${base}/b`);
  t.regex(before, / master:\d+ - /);
  const make = async () => {
    const scene = await look();
    const plan = planPropagation(scene, mountOf(scene, pid, `${base}/b`), 'shared', false) as ReadyPlan;
    const outcome = await performOperations(plan.operations);
    t.is(outcome.failure, null);
    t.regex(lineOf(pid, `${base}/b`), / shared:\d+ master:\d+ - /);
    const undo = undoAfter(plan.undo!, outcome);
    t.true(undo.possible);
    return undo.possible ? undo.operations : [];
  };
  t.is((await performOperations(await make())).failure, null);
  t.is(lineOf(pid, `${base}/b`), before, 'its master is back');
  const undo = await make();
  await all.spawn(0);
  const { failure } = await performOperations(undo);
  t.regex(failure ?? '', /receives from group \d+ now, not from group \d+: others had joined/);
});

for (const statmount of [true, false]) {
  test.serial(
    `a namespace whose process lost its root has its mounts (statmount: ${statmount})`,
    async (t) => {
      if (!needsRoot(t)) return;
      const base = mkdtempSync(join(tmpdir(), 'nsview-lost-root-'));
      t.teardown(() => rmdirSync(base));
      const script = [
        `mount -t tmpfs lost ${base} && mkdir ${base}/d && mount --bind / ${base}/d`,
        `cd ${base}/d && exec chroot . sh -c 'echo ready; read end'`,
      ].join(' && ');
      const child = spawn('unshare', ['-m', '--propagation', 'private', 'sh', '-c', script], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      t.teardown(() => endScene(child));
      await new Promise((resolve) => child.stdout.once('data', resolve));
      const unmounting = spawn('nsenter', ['-t', String(child.pid), '-m', 'umount', '-l', `${base}/d`]);
      await new Promise((resolve) => unmounting.once('exit', resolve));
      t.is(readFileSync(`/proc/${child.pid!}/mountinfo`, 'utf8'), '', 'it sees none');
      const inside = openSync(`/proc/${child.pid!}/ns/mnt`, 'r');
      t.teardown(() => closeSync(inside));
      const table = tableOf(await look({ statmount }), child.pid!);
      t.is(table?.fact.readBy, statmount ? 'statmount' : 'joined thread');
      t.true(table?.mounts.some(({ mountPoint, source }) => mountPoint === base && source === 'lost'));
    },
  );
}

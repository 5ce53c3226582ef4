/** Every way to keep a mount busy: what nsview forecasts, against what umount(2) then says. */
import { constants } from 'node:os';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import type { MountHolders } from '../../src/analysis/mount-holders.js';
import { mountHolders } from '../../src/analysis/mount-holders.js';
import { buildMountModel } from '../../src/analysis/mount-model.js';
import { mountUserQuery } from '../../src/analysis/mount-user-query.js';
import { lookForMountUsers } from '../../src/collect/collect-snapshot.js';
import { MountAgents } from '../sandbox/mount-agents.js';
import type { WayToHold } from '../sandbox/mount-holder.js';
import { MountHolder, WAYS_TO_HOLD } from '../sandbox/mount-holder.js';
import { needsRoot } from '../sandbox/scene.js';

const { EBUSY } = constants.errno;

function forecast(agents: MountAgents, agent: number, mountPoint: string): MountHolders {
  const mounts = buildMountModel(agents.tables());
  const mount = mounts.tables
    .get(agents.key(agent))!
    .mounts.findLast((each) => each.mountPoint === mountPoint)!;
  return mountHolders(mounts, mount, lookForMountUsers(mountUserQuery(mounts, mount.device)));
}

async function hold(way: WayToHold, pid: number, directory: string): Promise<MountHolder | null> {
  try {
    return await MountHolder.start(way, pid, directory);
  } catch (error) {
    // No io_uring, no fanotify here: another kernel, or a policy.
    if (/failed (1|22|38|95)$/.test(String(error))) return null;
    throw error;
  }
}

/** What it says of the descriptor that nobody can see. */
const SEEN_AS_GAP: Partial<Record<WayToHold, RegExp>> = {
  'in-flight': /descriptor under way/,
  'in-flight-datagram': /descriptor under way/,
  'unread-events': /fanotify/,
};

function isForecastRight(
  t: ExecutionContext,
  way: WayToHold,
  { unmount }: MountHolders,
  isBusy: boolean,
  told: string,
): void {
  const gap = SEEN_AS_GAP[way];
  if (gap) {
    t.not(unmount.verdict, 'fails', told);
    t.true(
      unmount.notLookedAt.some((each) => gap.test(each)),
      `${told}: ${unmount.notLookedAt.join()}`,
    );
    t.false(unmount.frees, told);
    return;
  }
  // Of a registered file only the path is told, which both copies have.
  if (way === 'registered' && isBusy) {
    t.true(unmount.verdict === 'fails' || unmount.verdict === 'may fail', told);
    return;
  }
  t.is(
    unmount.verdict,
    isBusy ? 'fails' : 'nothing seen',
    `${told}: ${unmount.busy ?? unmount.doubts.join()}`,
  );
}

for (const [way, kernel] of Object.entries(WAYS_TO_HOLD) as [keyof typeof WAYS_TO_HOLD, string][]) {
  test(`held by ${way}: here, through a copy, through another mount of the filesystem`, async (t) => {
    if (!needsRoot(t)) return;
    const agents = await MountAgents.start();
    t.teardown(() => agents.close());
    const { base, pids } = agents;
    await agents.tell(0, 'make', 'shared', base);
    await agents.spawn(0);
    await agents.tell(0, 'mount', `${base}/a`);
    await agents.tell(0, 'make', 'private', `${base}/b`);
    for (const [where, agent, directory] of [
      ['here', 0, `${base}/a`],
      ['the copy in the peer', 1, `${base}/a`],
    ] as const) {
      const holder = await hold(way, pids[agent]!, directory);
      if (!holder) {
        t.pass(`skipped: this kernel cannot hold it by ${way}`);
        return;
      }
      try {
        const before = forecast(agents, 0, `${base}/a`);
        const errno = await agents.tell(0, 'unmount', `${base}/a`);
        const told = `${way}, ${where}, kernel ${errno}`;
        t.is(errno === EBUSY, kernel === 'busy', told);
        isForecastRight(t, way, before, errno === EBUSY, told);
      } finally {
        await holder.end();
      }
      if (kernel !== 'busy') await agents.tell(0, 'mount', `${base}/a`);
    }
    // The filesystem through another mount: that does not make the unmount fail, but keeps the filesystem.
    await agents.tell(0, 'make', 'private', base);
    await agents.tell(1, 'make', 'private', base);
    await agents.tell(0, 'mount', `${base}/b`);
    await agents.tell(0, 'bind', `${base}/b`, `${base}/b/a`);
    const holder = await hold(way, pids[0]!, `${base}/b`);
    try {
      const before = forecast(agents, 0, `${base}/b/a`);
      const errno = await agents.tell(0, 'unmount', `${base}/b/a`);
      t.is(errno, 0, `${way}, another mount`);
      t.not(before.unmount.verdict, 'fails', `${way}, another mount: ${before.unmount.busy ?? ''}`);
      t.false(before.unmount.frees, 'the other mount keeps the filesystem');
    } finally {
      await holder?.end();
    }
  });
}

test('a copy that is attached nowhere may be in the way, and is said so', async (t) => {
  if (!needsRoot(t)) return;
  const agents = await MountAgents.start();
  t.teardown(() => agents.close());
  const { base, pids } = agents;
  await agents.tell(0, 'make', 'shared', base);
  await agents.tell(0, 'mount', `${base}/a`);
  const holder = await hold('detached-tree', pids[0]!, `${base}/a`);
  if (!holder) return;
  t.teardown(() => holder.end());
  const { unmount } = forecast(agents, 0, `${base}/a`);
  t.is(unmount.verdict, 'may fail');
  t.regex(unmount.doubts.join(), /copy that is attached nowhere/);
});

test('an ordinary user is told that not all could be looked at', async (t) => {
  if (!needsRoot(t)) return;
  const agents = await MountAgents.start();
  t.teardown(() => agents.close());
  const { base, pids } = agents;
  await agents.tell(0, 'mount', `${base}/a`);
  const holder = await hold('cwd', pids[0]!, `${base}/a`);
  t.teardown(() => holder?.end());
  const mounts = buildMountModel(agents.tables());
  const mount = mounts.tables
    .get(agents.key(0))!
    .mounts.find(({ mountPoint }) => mountPoint === `${base}/a`)!;
  const seen = lookForMountUsers(mountUserQuery(mounts, mount.device));
  const { unmount } = mountHolders(mounts, mount, { ...seen, users: [], unreadable: 143 });
  t.is(unmount.verdict, 'nothing seen');
  t.false(unmount.frees);
  t.regex(unmount.notLookedAt.join(), /143 processes could not be looked at/);
});

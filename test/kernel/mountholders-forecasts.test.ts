/** Forecasts of unmounts against the kernel: random trees, random propagation, random holders. */
import { constants } from 'node:os';
import test from 'ava';
import { mountHolders } from '../../src/analysis/mount-holders.js';
import { buildMountModel, isHidden } from '../../src/analysis/mount-model.js';
import { mountUserQuery } from '../../src/analysis/mount-user-query.js';
import { lookForMountUsers } from '../../src/collect/collect-snapshot.js';
import { parseMountinfo } from '../../src/formats/mountinfo.js';
import type { MountTableFact } from '../../src/model/snapshot.js';
import { randomFrom } from '../support/mulberry.js';
import { MountAgents } from '../sandbox/mount-agents.js';
import type { WayToHold } from '../sandbox/mount-holder.js';
import { MountHolder } from '../sandbox/mount-holder.js';
import { needsRoot } from '../sandbox/scene.js';

const CASES = Number(process.env['NSVIEW_FORECAST_CASES'] ?? 60);
const SEED = Number(process.env['NSVIEW_FORECAST_SEED'] ?? 1);
const CASES_A_TREE = 12;
const MOUNTS_A_TREE = 200;
const NAMESPACES = 3;
const DIRECTORIES = ['', '/a', '/b', '/a/a', '/a/b', '/b/a', '/b/b', '/a/a/a', '/b/b/b'];
const PROPAGATIONS = ['shared', 'rshared', 'slave', 'rslave', 'private', 'rshared'];
const STEPS = ['mount', 'mount', 'mount', 'bind', 'rbind', 'make', 'make'] as const;
const WAYS: readonly WayToHold[] = [
  'cwd', 'root', 'fd', 'path-fd', 'directory-fd', 'deleted', 'map', 'exe', 'socket', 'socket-deleted',
  'socket-relative', 'socket-accepted', 'socket-elsewhere', 'thread-cwd', 'thread-fd', 'leader-dead', 'in-flight',
  'registered', 'detached-copy', 'detached-tree', 'unread-events', 'watched', 'nothing',
]; // prettier-ignore
/** What nobody can see is told as that, by name. */
const TOLD_AS_UNSEEN = /descriptors? under way|fanotify/;

function mountPoints({ mountinfo }: MountTableFact, base: string): string[] {
  return parseMountinfo(mountinfo).flatMap(({ mountPoint }) =>
    mountPoint.startsWith(`${base}/`) ? [mountPoint] : [],
  );
}

test('no unmount that is forecast to work is refused, and none that is forecast to fail works', async (t) => {
  if (!needsRoot(t)) return;
  const random = randomFrom(SEED);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const tally: Record<string, number> = {};
  const holders: MountHolder[] = [];
  let agents: MountAgents | null = null;
  const endAll = async (): Promise<void> => {
    for (const holder of holders.splice(0)) await holder.end();
    await agents?.close();
    agents = null;
  };
  try {
    for (let cases = 0, round = 0; cases < CASES; round++) {
      if (
        !agents ||
        round % CASES_A_TREE === 0 ||
        agents.tables().flatMap((table) => mountPoints(table, agents!.base)).length > MOUNTS_A_TREE
      ) {
        await endAll();
        agents = await MountAgents.start();
        await agents.tell(0, 'make', 'shared', agents.base);
      }
      const { base, pids } = agents;
      if (pids.length < NAMESPACES && random() < 0.5) await agents.spawn(Math.floor(random() * pids.length));
      for (let count = 1 + Math.floor(random() * 4); count > 0; count--) {
        const [agent, step] = [Math.floor(random() * pids.length), pick(STEPS)];
        const target = base + pick(DIRECTORIES);
        if (step === 'mount') await agents.tell(agent, step, target);
        else if (step === 'make') await agents.tell(agent, step, pick(PROPAGATIONS), target);
        else await agents.tell(agent, step, base + pick(DIRECTORIES), target);
      }
      const tables = agents.tables();
      for (let count = Math.floor(random() * 3); count > 0; count--) {
        const agent = Math.floor(random() * pids.length);
        const points = mountPoints(tables[agent]!, base);
        if (points.length === 0) continue;
        const holder = await MountHolder.start(pick(WAYS), pids[agent]!, pick(points)).catch(() => null);
        if (holder) holders.push(holder);
      }
      while (holders.length > 4) await holders.shift()!.end();
      const agent = Math.floor(random() * pids.length);
      const mounts = buildMountModel(agents.tables());
      const table = mounts.tables.get(agents.key(agent))!;
      const visible = table.mounts.filter(
        (each) => each.mountPoint.startsWith(`${base}/`) && !isHidden(table, each),
      );
      if (visible.length === 0) continue;
      const mount = pick(visible);
      const target = mount.mountPoint;
      const seen = lookForMountUsers(mountUserQuery(mounts, mount.device));
      const { unmount } = mountHolders(mounts, mount, seen);
      const errno = await agents.tell(agent, 'unmount', target);
      cases++;
      const word = `${unmount.verdict}${unmount.notLookedAt.some((each) => TOLD_AS_UNSEEN.test(each)) ? ', unseen' : ''}`;
      const outcome =
        errno === 0
          ? 'works'
          : (Object.entries(constants.errno).find(([, number]) => number === errno)?.[0] ?? errno);
      tally[`${word}: ${outcome}`] = (tally[`${word}: ${outcome}`] ?? 0) + 1;
      const told = `seed ${SEED}, case ${cases}, ${target} in agent ${agent}: ${unmount.busy ?? unmount.doubts.join()}\n${JSON.stringify(seen.users)}\n${agents
        .tables()
        .map(({ mountinfo }) =>
          mountinfo
            .split('\n')
            .filter((line) => line.includes(base))
            .join('\n'),
        )
        .join('\n--\n')}`;
      if (word === 'nothing seen') t.is(errno, 0, `forecast to work: ${told}`);
      if (word.startsWith('fails')) t.not(errno, 0, `forecast to fail: ${told}`);
    }
    t.log(`seed ${SEED}:`, tally);
    t.true((tally['nothing seen: works'] ?? 0) > 0 && (tally['fails: EBUSY'] ?? 0) > 0);
  } finally {
    await endAll();
  }
});

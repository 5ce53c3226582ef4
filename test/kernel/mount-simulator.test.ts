/** The propagation simulator against the kernel: random trees, random operations, no difference. */
import test from 'ava';
import { createHash } from 'node:crypto';
import { constants } from 'node:os';
import { buildMountModel } from '../../src/analysis/mount-model.js';
import type { MountRequest } from '../../src/analysis/mount-simulator.js';
import { simulate } from '../../src/analysis/mount-simulator.js';
import type { WorldMount } from '../../src/analysis/mount-world.js';
import { MountWorld, pathOf } from '../../src/analysis/mount-world.js';
import { parseMountinfo } from '../../src/formats/mountinfo.js';
import type { MountTableFact } from '../../src/model/snapshot.js';
import { randomFrom } from '../support/mulberry.js';
import { MountAgents } from '../sandbox/mount-agents.js';
import { needsRoot } from '../sandbox/scene.js';

const CASES = Number(process.env['NSVIEW_SIMULATOR_CASES'] ?? 1000);
const SEED = Number(process.env['NSVIEW_SIMULATOR_SEED'] ?? Date.now() % 1_000_000);
const CASES_A_TREE = 25;
/** Trees that hold binds of themselves double with each; the next case starts on new ground. */
const MOUNTS_A_TREE = 500;
const NAMESPACES = 4;

type Group = number | null;

/** Of large groups the first member and a digest of all: a tree bound into itself makes thousands. */
function membersLabel(sorted: readonly string[]): string {
  const text = sorted.join(' + ');
  if (sorted.length <= 8) return text;
  return `${sorted[0]!} and ${sorted.length - 1} more, ${createHash('sha1').update(text).digest('hex')}`;
}

/** All mounts below the base as lines; numbers of groups replaced by who is in them, for those differ. */
function stateOf(mounts: { where: string; group: Group; master: Group; unbindable: boolean }[]) {
  const members = new Map<number, string[]>();
  for (const { where, group } of mounts) {
    if (group === null) continue;
    const list = members.get(group);
    if (list) list.push(where);
    else members.set(group, [where]);
  }
  const labels = new Map<number, string>();
  for (const [group, all] of members) labels.set(group, `{${membersLabel(all.sort())}}`);
  const label = (group: Group): string => (group === null ? '-' : (labels.get(group) ?? '{out of sight}'));
  return mounts
    .map(
      ({ where, group, master, unbindable }) =>
        `${where} shared ${label(group)} master ${label(master)}${unbindable ? ' unbindable' : ''}`,
    )
    .sort();
}

/** A filesystem that was not there before is the new one, whatever number it got. */
function worldState(
  world: MountWorld,
  tables: readonly MountTableFact[],
  base: string,
  before: MountWorld,
): string[] {
  const known = new Set(tables.flatMap(({ key }) => before.mountsOf(key).map(({ device }) => device)));
  const line = (mount: WorldMount) => ({
    where: [
      mount.namespace,
      pathOf(mount),
      known.has(mount.device) ? mount.device : 'new',
      mount.root,
      'on',
      mount.parent ? `${pathOf(mount.parent)} ${mount.dentry}` : '',
    ].join(' '),
    group: mount.group,
    master: mount.master,
    unbindable: mount.unbindable,
  });
  return stateOf(
    tables.flatMap(({ key }) =>
      world
        .mountsOf(key)
        .filter((mount) => pathOf(mount).startsWith(base))
        .map(line),
    ),
  );
}

function textBelow({ key, mountinfo }: MountTableFact, base: string): string {
  return [key, ...mountinfo.split('\n').filter((line) => line.includes(base))].join('\n');
}

function mountPoints({ mountinfo }: MountTableFact, base: string): string[] {
  return parseMountinfo(mountinfo).flatMap(({ mountPoint }) =>
    mountPoint.startsWith(`${base}/`) ? [mountPoint] : [],
  );
}

function isOvergrown(agents: MountAgents): boolean {
  const points = agents.tables().flatMap((table) => mountPoints(table, agents.base));
  return points.length > MOUNTS_A_TREE;
}

const DIRECTORIES = ['', '/a', '/b', '/a/a', '/a/b', '/b/a', '/b/b', '/a/a/a', '/a/b/a', '/a/a/b', '/b/b/b'];
const OPERATIONS = [
  'mount', 'mount', 'mount', 'bind', 'bind', 'rbind', 'rbind', 'move', 'move', 'unmount', 'unmount',
  'lazy-unmount',
] as const; // prettier-ignore
const PROPAGATIONS = ['shared', 'rshared', 'slave', 'rslave', 'private', 'unbindable'];

test('1,000 random operations: the simulator says what the kernel does', async (t) => {
  if (!needsRoot(t)) return;
  const random = randomFrom(SEED);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const tally: Record<string, number> = {};
  let cases = 0;
  let agents: MountAgents | null = null;
  try {
    for (let round = 0; cases < CASES; round++) {
      if (!agents || round % CASES_A_TREE === 0 || isOvergrown(agents)) {
        await agents?.close();
        agents = await MountAgents.start();
        await agents.tell(0, 'make', 'shared', agents.base);
      }
      // The ground changes between cases: new namespaces, other propagation types.
      const { base, pids } = agents;
      if (pids.length < NAMESPACES && random() < 0.3) await agents.spawn(Math.floor(random() * pids.length));
      for (let count = Math.floor(random() * 3); count > 0; count--) {
        const agent = Math.floor(random() * pids.length);
        await agents.tell(agent, 'make', pick(PROPAGATIONS), base + pick(DIRECTORIES));
      }
      const agent = Math.floor(random() * pids.length);
      const request: MountRequest = {
        operation: pick(OPERATIONS),
        namespace: agents.key(agent),
        target: base + pick(DIRECTORIES),
      };
      const takesSource = ['bind', 'rbind', 'move'].includes(request.operation);
      if (takesSource) request.source = base + pick(DIRECTORIES);
      // Mostly something that can be done: a mount point for what needs one.
      const before = agents.tables();
      const points = mountPoints(before[agent]!, base);
      if (points.length > 0 && random() < 0.8) {
        if (request.operation.includes('unmount')) request.target = pick(points);
        if (request.operation === 'move') request.source = pick(points);
      }
      // The base itself is the ground we stand on.
      if (request.operation.includes('unmount') && request.target === base) continue;
      if (request.operation === 'move' && request.source === base) continue;
      const forecast = simulate(buildMountModel(before), request);
      const words = takesSource ? [request.source!, request.target] : [request.target];
      const errno = await agents.tell(agent, request.operation, ...words);
      if (errno === constants.errno.ENOENT) continue;
      const told = `seed ${SEED}, case ${cases}: ${JSON.stringify(request)}`;
      const context = `${told}\n${before.map((table) => textBelow(table, base)).join('\n')}`;
      cases++;
      if (!forecast.ok) {
        tally[`${request.operation} ${forecast.errno}`] =
          (tally[`${request.operation} ${forecast.errno}`] ?? 0) + 1;
        t.is(constants.errno[forecast.errno as 'EINVAL'], errno, `${forecast.reason}\n${context}`);
        continue;
      }
      tally[request.operation] = (tally[request.operation] ?? 0) + 1;
      if (errno !== 0) {
        t.fail(`the kernel refused with errno ${errno}, the simulator did not\n${context}`);
        return;
      }
      const after = agents.tables();
      const earlier = new MountWorld(buildMountModel(before));
      const expected = worldState(forecast.world, after, base, earlier);
      const real = worldState(new MountWorld(buildMountModel(after)), after, base, earlier);
      if (!t.deepEqual(expected, real, context)) return;
    }
    t.log(`seed ${SEED}:`, tally);
  } finally {
    await agents?.close();
  }
});

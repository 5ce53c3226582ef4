/** `nsview mounts why`: what keeps a mount, a mount of other namespaces only, or the filesystem of a device. */
import { deviceHolders, filesystemDevice } from '../analysis/device-holders.js';
import { mountHolders } from '../analysis/mount-holders.js';
import type { Mount, MountModel, MountTable } from '../analysis/mount-model.js';
import type { Simulation } from '../analysis/mount-simulator.js';
import { mountUserQuery } from '../analysis/mount-user-query.js';
import type { PlacedUser } from '../analysis/mount-user-places.js';
import { deviceLines, elsewhereOnlyLines } from '../view/device-lines.js';
import type { Line } from '../view/line.js';
import type { MountContext } from '../view/mount-columns.js';
import { holderLines } from '../view/mount-holder-lines.js';
import { mountFacts } from '../view/mount-lines.js';
import type { CliContext } from './cli-context.js';

export interface Answer {
  json: object;
  lines: () => Line[];
}

/** A user with the ids of the mounts that it may be through. */
function placedJson({ user, mounts, isCertain }: PlacedUser): object {
  return { ...user, through: mounts.map(({ mountId }) => mountId), certain: isCertain };
}

/** Without the simulator's own workings. */
export function simulationJson(simulation: Simulation): object {
  if (!simulation.ok) return simulation;
  return {
    ok: true,
    appears: simulation.appears.map(
      ({ hiddenBy, namespace, mountPoint, reach, propagation, origin, beneath }) => ({
        namespace,
        mountPoint,
        reach,
        propagation,
        origin,
        beneath,
        hiddenBy,
      }),
    ),
    vanishes: simulation.vanishes,
  };
}

export async function whyMount(
  cli: CliContext,
  context: MountContext,
  mount: Mount,
  isLive: boolean,
): Promise<Answer> {
  const { mounts, model } = context;
  const users = isLive ? await cli.collectMountUsers(mountUserQuery(mounts, mount.device)) : null;
  const holders = mountHolders(mounts, mount, users, model);
  const json = {
    ...holders,
    copyUsers: holders.copyUsers.map(placedJson),
    otherUsers: holders.otherUsers.map(placedJson),
    otherMounts: Object.fromEntries(holders.otherMounts),
    unmount: { ...holders.unmount, simulation: simulationJson(holders.unmount.simulation) },
    usersKnown: isLive,
  };
  if (!isLive) cli.warn('nsview: a recording does not tell who has files open\n');
  return { json, lines: () => [...mountFacts(context, mount), [], ...holderLines(context, holders)] };
}

/** `name`: MAJ:MIN, or the path of the block device. */
export async function whyDevice(
  cli: CliContext,
  context: MountContext,
  name: string,
  device: string,
  path: string | null,
): Promise<Answer> {
  const { mounts } = context;
  const filesystem = filesystemDevice(mounts, device, path);
  const users = await cli.collectMountUsers(mountUserQuery(mounts, filesystem));
  const holders = deviceHolders(mounts, filesystem, users);
  const { unreadable, gaps } = users;
  const json = { ...holders, users: holders.users.map(placedJson), unreadable, gaps };
  return { json, lines: () => deviceLines(context, name, holders, users) };
}

/** Mounts at the path in all namespaces but one. */
export function mountsElsewhere(mounts: MountModel, table: MountTable, path: string): Mount[] {
  return [...mounts.tables.values()]
    .filter((each) => each !== table)
    .flatMap((each) => each.mounts.filter(({ mountPoint }) => mountPoint === path));
}

export function whyElsewhere(context: MountContext, path: string, found: readonly Mount[]): Answer {
  return {
    json: { mountPoint: path, onlyElsewhere: found },
    lines: () => elsewhereOnlyLines(context, path, found),
  };
}

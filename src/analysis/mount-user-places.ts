/** Through which mounts a user may use a filesystem, where it does not say so itself. */
import type { MountUserFact } from '../model/mount-users.js';
import type { Mount, MountModel } from './mount-model.js';
import { childTowards, isWithin } from './mount-model.js';

export interface PlacedUser {
  user: MountUserFact;
  /** One of these; none: a mount that is in no table, unmounted lazily or never attached. */
  mounts: readonly Mount[];
  /** It is a user of this filesystem, and through the one mount that `mounts` names. */
  isCertain: boolean;
}

const DELETED = / \(deleted\)$/;

/**
 * `mounts`: all of the filesystem. Users whose filesystem nobody told (swap files, files of an io_uring) are left out
 * where no path leads to it.
 */
export function placeUsers(
  model: MountModel,
  mounts: readonly Mount[],
  users: readonly MountUserFact[],
): PlacedUser[] {
  const byId = new Map(mounts.map((mount) => [mount.mountId, mount] as const));
  const one = (user: MountUserFact, through: readonly Mount[]): PlacedUser => ({
    user,
    mounts: through,
    isCertain: through.length === 1,
  });
  return users.flatMap((user): PlacedUser[] => {
    if (user.mountId !== null) {
      const mount = byId.get(user.mountId);
      return [one(user, mount ? [mount] : [])];
    }
    if (user.use === 'stacked' || user.use === 'device') return [one(user, [])];
    // Named as bind(2) was told: that need not lead there any more.
    if (user.use === 'socket' || user.use === 'bound') return [one(user, mounts)];
    const path = user.path.replace(DELETED, '');
    const reached = mounts.filter((mount) => leadsTo(model, mount, path));
    const isDeviceKnown =
      user.use === 'loop' ? user.device !== null : user.use !== 'swap' && user.use !== 'registered';
    if (isDeviceKnown) return [one(user, reached.length > 0 ? reached : mounts)];
    if (reached.length === 0) return [];
    return [{ user, mounts: reached, isCertain: reached.length === 1 && isOnlyWay(model, path) }];
  });
}

/** Whether the kernel would give a file on this mount that path. */
function leadsTo(model: MountModel, mount: Mount, path: string): boolean {
  return isWithin(path, mount.mountPoint) && !childTowards(model.tables.get(mount.namespace)!, mount, path);
}

/** Whether a single mount of all in sight could be the one that the path is on. */
function isOnlyWay(model: MountModel, path: string): boolean {
  let ways = 0;
  for (const { mounts } of model.tables.values()) {
    for (const mount of mounts) if (leadsTo(model, mount, path) && ++ways > 1) return false;
  }
  return true;
}

/** Everything that is seen to keep a mount, or its filesystem, from going away; and what an unmount would free. */
import type { Model } from '../model/model.js';
import type { MountUserFact, MountUsers } from '../model/mount-users.js';
import type { NamespaceKey } from '../model/snapshot.js';
import type { Mount, MountModel } from './mount-model.js';
import type { PlacedUser } from './mount-user-places.js';
import { placeUsers } from './mount-user-places.js';
import type { OverlayLayer } from './overlay-layers.js';
import { overlaysOn } from './overlay-layers.js';
import { filesystemMounts } from './peer-groups.js';
import type { UnmountForecast } from './unmount-forecast.js';
import { forecastUnmount } from './unmount-forecast.js';

export interface MountHolders {
  mount: Mount;
  /** Mounted on it: they make a plain unmount fail with EBUSY. */
  nested: readonly Mount[];
  /** Users through this very mount: they make a plain unmount fail too. */
  users: readonly MountUserFact[];
  /** Users through copies that would go with it: they too. */
  copyUsers: readonly PlacedUser[];
  /** Users of the filesystem through another mount, or through one that cannot be told. */
  otherUsers: readonly PlacedUser[];
  /** Other mounts of the same filesystem, by namespace. */
  otherMounts: ReadonlyMap<NamespaceKey, readonly Mount[]>;
  /** Overlays with layers on the filesystem. */
  layers: readonly OverlayLayer[];
  unreadable: number;
  unmount: UnmountForecast;
}

/** `users`: of the filesystem, from every process; null while they are not known. `model`: null where there is none. */
export function mountHolders(
  mounts: MountModel,
  mount: Mount,
  users: MountUsers | null,
  model: Model | null = null,
): MountHolders {
  const table = mounts.tables.get(mount.namespace)!;
  const nested = table.children.get(mount.mountId) ?? [];
  const byNamespace = filesystemMounts(mounts, mount.device);
  const placed = placeUsers(mounts, [...byNamespace.values()].flat(), users?.users ?? []);
  const otherMounts = new Map<NamespaceKey, Mount[]>();
  for (const [key, all] of byNamespace) {
    const rest = all.filter((each) => each.mountId !== mount.mountId);
    if (rest.length > 0) otherMounts.set(key, rest);
  }
  const layers = overlaysOn(mounts, mount.device);
  const unmount = forecastUnmount({
    model,
    mounts,
    mount,
    nested,
    users,
    placed,
    others: [...otherMounts.values()].flat(),
    layers: layers.length,
  });
  const { simulation } = unmount;
  const copies = new Set(simulation.ok ? simulation.vanishes.map((each) => each.mount.mountId) : []);
  const isHere = ({ mounts: through, isCertain }: PlacedUser): boolean =>
    isCertain && through[0]!.mountId === mount.mountId;
  const isCopy = ({ mounts: through, isCertain }: PlacedUser): boolean =>
    isCertain && copies.has(through[0]!.mountId);
  return {
    mount,
    nested,
    users: placed.filter(isHere).map(({ user }) => user),
    copyUsers: placed.filter((each) => !isHere(each) && isCopy(each)),
    otherUsers: placed.filter((each) => !isHere(each) && !isCopy(each)),
    otherMounts,
    layers,
    unreadable: users?.unreadable ?? 0,
    unmount,
  };
}

/** Who uses a filesystem that is named by its device: also where no mount of it is in sight any more. */
import type { MountUsers } from '../model/mount-users.js';
import type { Mount, MountModel } from './mount-model.js';
import { mountsWithSource } from './mount-model.js';
import type { PlacedUser } from './mount-user-places.js';
import { placeUsers } from './mount-user-places.js';
import type { OverlayLayer } from './overlay-layers.js';
import { overlayCount, overlaysOn } from './overlay-layers.js';
import { filesystemMounts } from './peer-groups.js';

export interface DeviceHolders {
  /** `major:minor`. */
  device: string;
  /** In every mount namespace. */
  mounts: readonly Mount[];
  users: readonly PlacedUser[];
  layers: readonly OverlayLayer[];
  /** Overlays in sight whose layers lie elsewhere, as far as their paths lead anywhere. */
  otherOverlays: number;
}

export function deviceHolders(model: MountModel, device: string, users: MountUsers): DeviceHolders {
  const mounts = [...filesystemMounts(model, device).values()].flat();
  const layers = overlaysOn(model, device);
  return {
    device,
    mounts,
    users: placeUsers(model, mounts, users.users),
    layers,
    otherOverlays: overlayCount(model) - layers.length,
  };
}

/** The device that mounts of a block device have: btrfs gives each filesystem one of its own. */
export function filesystemDevice(model: MountModel, device: string, path: string | null): string {
  if (path === null || filesystemMounts(model, device).size > 0) return device;
  for (const { fact } of model.tables.values()) {
    const [mount] = mountsWithSource(fact, path);
    if (mount) return mount.device;
  }
  return device;
}

/** Everything that keeps a mount, or its filesystem, from going away; and what an unmount would free. */
import type { MountUserFact, MountUsers } from '../model/mount-users.js';
import type { NamespaceKey } from '../model/snapshot.js';
import type { Mount, MountModel } from './mount-model.js';
import { simulate } from './mount-simulator.js';
import type { Simulation } from './mount-simulator.js';
import { filesystemMounts } from './peer-groups.js';

export interface MountHolders {
  mount: Mount;
  /** Mounted on it: they make a plain unmount fail with EBUSY. */
  nested: readonly Mount[];
  /** Users through this very mount: they make a plain unmount fail too. */
  users: readonly MountUserFact[];
  /** Users of the filesystem through another mount, or through one that cannot be told. */
  otherUsers: readonly MountUserFact[];
  /** Other mounts of the same filesystem, by namespace. */
  otherMounts: ReadonlyMap<NamespaceKey, readonly Mount[]>;
  unreadable: number;
  unmount: UnmountForecast;
}

export interface UnmountForecast {
  simulation: Simulation;
  /** Mounts of the filesystem that stay after the unmount: while there is one the device stays in use. */
  remaining: readonly Mount[];
  /** A plain unmount fails; the sentence says why. */
  busy: string | null;
  /** Whether the filesystem would be shut down, so that its device or server is free. */
  frees: boolean;
}

/** `users`: of the filesystem, from every process; null while they are not known. */
export function mountHolders(model: MountModel, mount: Mount, users: MountUsers | null): MountHolders {
  const table = model.tables.get(mount.namespace)!;
  const nested = table.children.get(mount.mountId) ?? [];
  const all = users?.users ?? [];
  const through = all.filter(({ mountId }) => mountId === mount.mountId);
  const other = all.filter(({ mountId }) => mountId !== mount.mountId);
  const otherMounts = new Map<NamespaceKey, Mount[]>();
  for (const [key, mounts] of filesystemMounts(model, mount.device)) {
    const rest = mounts.filter((each) => each.mountId !== mount.mountId);
    if (rest.length > 0) otherMounts.set(key, rest);
  }
  return {
    mount,
    nested,
    users: through,
    otherUsers: other,
    otherMounts,
    unreadable: users?.unreadable ?? 0,
    unmount: forecastUnmount(model, mount, nested, through, other, otherMounts),
  };
}

function forecastUnmount(
  model: MountModel,
  mount: Mount,
  nested: readonly Mount[],
  users: readonly MountUserFact[],
  otherUsers: readonly MountUserFact[],
  otherMounts: ReadonlyMap<NamespaceKey, readonly Mount[]>,
): UnmountForecast {
  const simulation = simulate(model, {
    operation: 'unmount',
    namespace: mount.namespace,
    target: mount.mountPoint,
  });
  const gone = new Set(simulation.ok ? simulation.vanishes.map((each) => each.mount.mountId) : []);
  const remaining = [...otherMounts.values()].flat().filter(({ mountId }) => !gone.has(mountId));
  return {
    simulation,
    remaining,
    busy: busyReason(simulation, nested, users),
    frees: simulation.ok && remaining.length + users.length + otherUsers.length === 0,
  };
}

function busyReason(
  simulation: Simulation,
  nested: readonly Mount[],
  users: readonly MountUserFact[],
): string | null {
  if (nested.length > 0) return `${nested.length} mounted on it`;
  if (!simulation.ok) return simulation.reason;
  return users.length > 0 ? `${users.length} in use through it` : null;
}

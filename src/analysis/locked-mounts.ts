/**
 * Mounts that are locked together (MNT_LOCKED, mount_namespaces(7)): those that came into a mount namespace from one
 * of another user namespace. Neither mountinfo nor statmount(2) tells which they are, so they are only a possibility:
 * none in the initial user namespace's own, any but the root in those of others.
 */
import type { Model } from '../model/model.js';
import type { NamespaceKey } from '../model/snapshot.js';
import type { MountModel } from './mount-model.js';
import { dentryOf, isWithin, mountAt } from './mount-model.js';
import type { MountRequest } from './mount-simulator.js';
import { namespaceName } from './namespace-name.js';

/** Name of the user namespace below the initial one that owns the mount namespace; null: the initial one, or unknown. */
export function lockingOwner(model: Model, key: NamespaceKey): string | null {
  const owner = model.namespaces.get(key)?.fact.owner;
  return !owner || !model.host.user || owner === model.host.user ? null : namespaceName(model, owner);
}

/** Why the kernel may refuse what the simulator accepts; null: locks cannot be the reason. */
export function lockedWarning(model: Model, mounts: MountModel, request: MountRequest): string | null {
  const { operation, namespace, source, target } = request;
  const owner = lockingOwner(model, namespace);
  const table = mounts.tables.get(namespace);
  if (owner === null || !table || operation === 'mount' || operation === 'rbind') return null;
  const isBind = operation === 'bind';
  const path = isBind || operation === 'move' ? (source ?? '/') : target;
  const mount = mountAt(table, path);
  if (!mount) return null;
  const together = `mounts that came into this namespace from outside of user namespace ${owner} are locked together`;
  if (!isBind) return `may be refused (EINVAL): ${together}`;
  const directory = dentryOf(mount, path);
  const children = table.children.get(mount.mountId) ?? [];
  const hasMountsBelow = children.some((each) => isWithin(dentryOf(mount, each.mountPoint), directory));
  return hasMountsBelow ? `may be refused (EINVAL): ${together}; a recursive bind takes them along` : null;
}

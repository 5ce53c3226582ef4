/** Who gets the mount and unmount events of whom, mount_namespaces(7). */
import type { NamespaceKey } from '../model/snapshot.js';
import type { Mount, MountModel } from './mount-model.js';
import { mountsOfDevice, mountsOfPlace } from './mount-model.js';

/** A peer group with the groups and single slaves that receive from it. */
export interface PeerGroup {
  /** Null: a single slave, which is no group of its own. */
  group: number | null;
  members: readonly Mount[];
  slaves: PeerGroup[];
}

/** The picture of one mount. */
export interface PeerPicture {
  mount: Mount;
  /** Masters, nearest first; one whose members are all out of sight is listed without members. */
  masters: { group: number; members: readonly Mount[] }[];
  /** Its own group with everything below; a private mount stands alone. */
  group: PeerGroup;
  /** The same directory of the same filesystem mounted elsewhere without receiving from this group. */
  apart: readonly Mount[];
}

export function peerPicture(model: MountModel, mount: Mount): PeerPicture {
  const masters = mastersOf(model, mount);
  const group = groupBelow(model, mount);
  const related = [mount, ...masters.flatMap(({ members }) => members), ...mountsOf(group)];
  const ids = new Set(related.map(({ mountId }) => mountId));
  return {
    mount,
    masters,
    group,
    apart: copiesOf(model, mount).filter(({ mountId }) => !ids.has(mountId)),
  };
}

function mastersOf(model: MountModel, mount: Mount): PeerPicture['masters'] {
  const masters: PeerPicture['masters'] = [];
  const seen = new Set<number>();
  let next = mount.masterGroup;
  while (next !== null && !seen.has(next)) {
    seen.add(next);
    const { members } = model.groupMounts(next);
    masters.push({ group: next, members });
    next = members.find(({ masterGroup }) => masterGroup !== null)?.masterGroup ?? null;
  }
  return masters;
}

function groupBelow(model: MountModel, mount: Mount): PeerGroup {
  if (mount.peerGroup === null) return { group: null, members: [mount], slaves: [] };
  return peerGroup(model, mount.peerGroup, new Set());
}

/** A group with all that receive from it, however far down. */
export function peerGroup(model: MountModel, group: number, seen: Set<number>): PeerGroup {
  seen.add(group);
  const { members, slaves } = model.groupMounts(group);
  const groups = new Set<number>();
  const below: PeerGroup[] = [];
  for (const slave of slaves) {
    if (slave.peerGroup === null) below.push({ group: null, members: [slave], slaves: [] });
    else if (!seen.has(slave.peerGroup)) groups.add(slave.peerGroup);
  }
  for (const each of groups) below.push(peerGroup(model, each, seen));
  return { group, members, slaves: below };
}

export function mountsOf({ members, slaves }: PeerGroup): Mount[] {
  return [...members, ...slaves.flatMap(mountsOf)];
}

/** All mounts of the same directory of the same filesystem, in every namespace. */
export function copiesOf(model: MountModel, mount: Mount): Mount[] {
  return model.seenIn(mount).flatMap((key) => {
    const table = model.tables.get(key);
    return table ? mountsOfPlace(table, mount.device, mount.root) : [];
  });
}

/** Mounts of the same filesystem, whatever directory of it, by namespace. */
export function filesystemMounts(model: MountModel, device: string): Map<NamespaceKey, Mount[]> {
  const found = new Map<NamespaceKey, Mount[]>();
  for (const [key, table] of model.tables) {
    const mounts = mountsOfDevice(table, device);
    if (mounts.length > 0) found.set(key, mounts);
  }
  return found;
}

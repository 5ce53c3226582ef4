/**
 * What a mount operation would change, in every mount namespace: the rules of mount_namespaces(7), as the
 * kernel carries them out (attach_recursive_mnt, propagate_mnt, propagate_umount in fs/namespace.c and
 * fs/pnode.c, Linux 6.18). A test compares it with the kernel over random trees.
 *
 * Not known to it: mounts that are locked because their namespace belongs to another user namespace (their
 * state is not in mountinfo), symbolic links, and whether something is in use.
 */
import type { NamespaceKey } from '../model/snapshot.js';
import type { Mount, MountModel } from './mount-model.js';
import { isWithin } from './mount-model.js';
import type { WorldMount } from './mount-world.js';
import { MountWorld, attach, covers, detach, pathOf, subtree, topmostOver } from './mount-world.js';
import { propagationOf } from './mount-model.js';
import type { Propagation } from './mount-model.js';

export type MountOperationName = 'mount' | 'bind' | 'rbind' | 'move' | 'unmount' | 'lazy-unmount';

export interface MountRequest {
  operation: MountOperationName;
  namespace: NamespaceKey;
  /** `bind`, `rbind`, `move`: a path in the same namespace. */
  source?: string;
  target: string;
}

/** Why an event reaches a place. */
export type Reach = 'here' | 'peer' | 'slave';

export interface SimulatedMount {
  namespace: NamespaceKey;
  mountPoint: string;
  reach: Reach;
  propagation: Propagation;
  /** What it is a copy of; null: the new filesystem. */
  origin: Mount | null;
  /** A mount that was there already and now lies over it. */
  beneath: Mount | null;
  /** A mount that lies over a directory on the way to it: nobody there sees it. */
  hiddenBy: Mount | null;
  mount: WorldMount;
}

export interface VanishedMount {
  namespace: NamespaceKey;
  mountPoint: string;
  reach: Reach;
  mount: Mount;
}

export type Simulation =
  | { ok: false; errno: string; reason: string }
  | {
      ok: true;
      appears: SimulatedMount[];
      vanishes: VanishedMount[];
      /** All trees as they would stand. */
      world: MountWorld;
    };

interface Copy {
  mount: WorldMount;
  parent: WorldMount;
  reach: Reach;
}

type CopyKind = 'peer' | 'slave' | 'shared-slave';

function refusal(errno: string, reason: string): Simulation {
  return { ok: false, errno, reason };
}

/** Trees that hold a bind of themselves grow exponentially: then the kernel stops at fs.mount-max. */
class TooManyMounts extends Error {}

export function simulate(model: MountModel, request: MountRequest): Simulation {
  try {
    return simulateIn(new MountWorld(model), request);
  } catch (error) {
    if (!(error instanceof TooManyMounts)) throw error;
    return refusal('ENOSPC', 'there would be more mounts than fs.mount-max allows');
  }
}

function simulateIn(world: MountWorld, request: MountRequest): Simulation {
  switch (request.operation) {
    case 'mount':
      return simulateMount(world, request);
    case 'bind':
    case 'rbind':
      return simulateBind(world, request);
    case 'move':
      return simulateMove(world, request);
    default:
      return simulateUnmount(world, request);
  }
}

const UNKNOWN_NAMESPACE = refusal('ESRCH', 'the mounts of this namespace are not known');

function simulateMount(world: MountWorld, { namespace, target }: MountRequest): Simulation {
  const place = world.lookUp(namespace, target);
  if (!place) return UNKNOWN_NAMESPACE;
  const mount: WorldMount = {
    namespace,
    parent: null,
    dentry: '',
    device: 'new',
    root: '/',
    group: null,
    master: null,
    unbindable: false,
    children: new Map(),
    origin: null,
    isNew: true,
  };
  return attachEverywhere(world, mount, place.mount, place.dentry);
}

function simulateBind(world: MountWorld, request: MountRequest): Simulation {
  const source = world.lookUp(request.namespace, request.source ?? '/');
  const place = world.lookUp(request.namespace, request.target);
  if (!source || !place) return UNKNOWN_NAMESPACE;
  if (source.mount.unbindable) {
    return refusal('EINVAL', `${source.found.mountPoint} is unbindable: it cannot be bind mounted`);
  }
  const copy = cloneOf(world, source.mount, 'clone', source.dentry);
  if (request.operation === 'rbind') copyChildren(world, source.mount, copy, 'clone', source.dentry);
  return attachEverywhere(world, copy, place.mount, place.dentry);
}

function simulateMove(world: MountWorld, request: MountRequest): Simulation {
  const source = world.lookUp(request.namespace, request.source ?? '/');
  const place = world.lookUp(request.namespace, request.target);
  if (!source || !place) return UNKNOWN_NAMESPACE;
  if (source.found.mountPoint !== request.source) {
    return refusal('EINVAL', `${request.source ?? ''} is not a mount point: only a whole mount can be moved`);
  }
  const { parent } = source.mount;
  if (!parent) return refusal('EINVAL', 'the root of a mount namespace cannot be moved');
  if (parent.group !== null) {
    return refusal(
      'EINVAL',
      `it is mounted on a shared mount (${pathOf(parent)}): a move out of there is not defined; make that private first`,
    );
  }
  const tree = subtree(source.mount);
  const unbindable = tree.find((mount) => mount.unbindable);
  if (place.mount.group !== null && unbindable) {
    return refusal(
      'EINVAL',
      `${pathOf(unbindable)} is unbindable: it cannot be moved onto a shared mount, which would copy it`,
    );
  }
  if (tree.includes(place.mount)) return refusal('ELOOP', 'a mount cannot be moved into itself');
  const wasAt = new Map(tree.map((mount) => [mount, pathOf(mount)] as const));
  const result = attachEverywhere(world, source.mount, place.mount, place.dentry);
  if (!result.ok) return result;
  const vanishes = [...wasAt].map(([mount, mountPoint]) => vanished(mount, mountPoint, 'here'));
  return { ...result, vanishes };
}

// ---- mounting ----------------------------------------------------------------------------------------------

/** attach_recursive_mnt(): the tree at its place, and a copy at each place that events reach. */
function attachEverywhere(
  world: MountWorld,
  source: WorldMount,
  destination: WorldMount,
  dentry: string,
): Simulation {
  const copies: Copy[] = [];
  // A moved tree is counted already: it has a parent.
  if (source.parent === null) countTree(world, source, destination.namespace);
  if (destination.group !== null) {
    for (const mount of subtree(source)) mount.group ??= world.newGroup();
    copies.push(...propagate(world, destination, dentry, source));
  }
  detach(source);
  attach(source, destination, dentry);
  const appears = subtree(source).map((mount) => appeared(mount, 'here', null));
  for (const { mount, parent, reach } of copies) {
    const covering = parent.children.get(dentry);
    attach(mount, parent, dentry);
    appears.push(...subtree(mount).map((each) => appeared(each, reach, null)));
    if (!covering) continue;
    // What was mounted there stays on top: the copy is slipped in beneath it.
    const top = topmostOver(mount);
    attach(covering, top, top.root);
    const entry = appears.find((each) => each.mount === top);
    if (entry) entry.beneath = covering.origin;
  }
  return { ok: true, appears, vanishes: [], world };
}

function appeared(mount: WorldMount, reach: Reach, beneath: Mount | null): SimulatedMount {
  return {
    namespace: mount.namespace,
    mountPoint: pathOf(mount),
    reach,
    propagation: propagationOf(mount.group, mount.master, mount.unbindable),
    origin: mount.origin,
    beneath,
    hiddenBy: hidingMount(mount),
    mount,
  };
}

/** A mount over a directory on the way from the root of the namespace; what lies over the mount itself is not meant. */
function hidingMount(mount: WorldMount): Mount | null {
  for (let at = mount; at.parent; at = at.parent) {
    for (const [dentry, sibling] of at.parent.children) {
      if (sibling !== at && sibling.origin && isWithin(at.dentry, dentry)) return sibling.origin;
    }
  }
  return null;
}

/** propagate_mnt(): peers get peers of the new mount, each group of slaves gets slaves of its master's copy. */
function propagate(world: MountWorld, destination: WorldMount, dentry: string, source: WorldMount): Copy[] {
  const copies: Copy[] = [];
  const group = destination.group!;
  for (const peer of world.membersOf(group)) {
    if (peer === destination || !covers(peer, dentry)) continue;
    copies.push({ mount: copyFor(world, peer, source, 'peer'), parent: peer, reach: 'peer' });
  }
  propagateToSlaves(world, group, dentry, source, copies, new Set([group]));
  return copies;
}

function propagateToSlaves(
  world: MountWorld,
  group: number,
  dentry: string,
  master: WorldMount,
  copies: Copy[],
  seen: Set<number>,
): void {
  const groups = new Set<number>();
  for (const slave of world.slavesOf(group)) {
    // A slave within a moved tree gets a group by the move, but only when the copies are made.
    if (slave.group !== null && !world.isNewGroup(slave.group)) groups.add(slave.group);
    else if (covers(slave, dentry)) {
      copies.push({ mount: copyFor(world, slave, master, 'slave'), parent: slave, reach: 'slave' });
    }
  }
  for (const each of groups) {
    if (seen.has(each)) continue;
    seen.add(each);
    let first: WorldMount | null = null;
    for (const member of world.membersOf(each)) {
      if (!covers(member, dentry)) continue;
      const mount: WorldMount = first
        ? copyFor(world, member, first, 'peer')
        : copyFor(world, member, master, 'shared-slave');
      first ??= mount;
      copies.push({ mount, parent: member, reach: 'slave' });
    }
    // Where no member has the directory, those below are slaves of the master's own copy.
    propagateToSlaves(world, each, dentry, first ?? master, copies, seen);
  }
}

/** copy_tree(), counted for the namespace of the mount that the copy is for. */
function copyFor(world: MountWorld, receiver: WorldMount, mount: WorldMount, kind: CopyKind): WorldMount {
  const copy = cloneOf(world, mount, kind, mount.root);
  copyChildren(world, mount, copy, kind, mount.root);
  countTree(world, copy, receiver.namespace);
  return copy;
}

function countTree(world: MountWorld, tree: WorldMount, namespace: NamespaceKey): void {
  if (!world.countMounts(namespace, subtree(tree).length)) throw new TooManyMounts();
}

/** The children in copy_tree(): those below the directory, unbindable ones left out with all that is on them. */
function copyChildren(
  world: MountWorld,
  from: WorldMount,
  to: WorldMount,
  kind: CopyKind | 'clone',
  directory: string,
): void {
  for (const [dentry, child] of from.children) {
    if (child.unbindable || !isBelow(dentry, directory)) continue;
    const copy = cloneOf(world, child, kind, child.root);
    attach(copy, to, dentry);
    copyChildren(world, child, copy, kind, child.root);
  }
}

function isBelow(dentry: string, directory: string): boolean {
  return directory === '/' || dentry === directory || dentry.startsWith(`${directory}/`);
}

/** clone_mnt(): `clone` and `peer` stay in the group and under the master of the original. */
function cloneOf(world: MountWorld, mount: WorldMount, kind: CopyKind | 'clone', root: string): WorldMount {
  const copy: WorldMount = {
    ...mount,
    parent: null,
    dentry: '',
    root,
    unbindable: false,
    children: new Map(),
    isNew: true,
  };
  if (kind === 'peer') copy.group ??= world.newGroup();
  if (kind === 'slave' || kind === 'shared-slave') {
    copy.master = mount.group;
    copy.group = kind === 'slave' ? null : world.newGroup();
  }
  return copy;
}

// ---- unmounting --------------------------------------------------------------------------------------------

function vanished(mount: WorldMount, mountPoint: string, reach: Reach): VanishedMount {
  return { namespace: mount.origin!.namespace, mountPoint, reach, mount: mount.origin! };
}

function simulateUnmount(world: MountWorld, { operation, namespace, target }: MountRequest): Simulation {
  const place = world.lookUp(namespace, target);
  if (!place) return UNKNOWN_NAMESPACE;
  const { mount } = place;
  if (place.found.mountPoint !== target) return refusal('EINVAL', `${target} is not a mount point`);
  if (!mount.parent) return refusal('EINVAL', 'the root of a mount namespace cannot be unmounted');
  const isLazy = operation === 'lazy-unmount';
  const [child] = mount.children.values();
  if (!isLazy && child) {
    return refusal('EBUSY', `${pathOf(child)} is mounted on it: unmount that first, or unmount lazily`);
  }
  const direct = new Set(isLazy ? subtree(mount) : [mount]);
  const reached = propagatedUnmounts(world, direct);
  const gone = new Set([...direct, ...reached.keys()]);
  const vanishes = [...gone].map((each) =>
    vanished(each, pathOf(each), direct.has(each) ? 'here' : reached.get(each)!),
  );
  // Deepest first, so that what slides down slides all the way.
  for (const each of [...gone].sort((a, b) => depthOf(b) - depthOf(a))) removeFromTree(each);
  world.forget(gone);
  return { ok: true, appears: [], vanishes, world };
}

function depthOf({ parent }: WorldMount): number {
  return parent ? 1 + depthOf(parent) : 0;
}

/** What lay over the root of an unmounted mount and stays slides down to where that was. */
function removeFromTree(mount: WorldMount): void {
  const { parent, dentry } = mount;
  detach(mount);
  const over = mount.children.get(mount.root);
  if (!over || !parent) return;
  detach(over);
  attach(over, parent, dentry);
}

/** propagate_umount(): same place on every mount that gets the events, unless that would move other mounts. */
function propagatedUnmounts(world: MountWorld, direct: ReadonlySet<WorldMount>): Map<WorldMount, Reach> {
  const candidates = new Map<WorldMount, Reach>();
  for (const { parent, dentry } of direct) {
    if (parent?.group === undefined || parent.group === null) continue;
    for (const { mount, reach } of receivers(world, parent.group)) {
      const child = mount === parent ? undefined : mount.children.get(dentry);
      if (child && !direct.has(child) && !candidates.has(child)) candidates.set(child, reach);
    }
  }
  const inSet = (mount: WorldMount): boolean => direct.has(mount) || candidates.has(mount);
  for (let changed = true; changed;) {
    changed = false;
    for (const mount of candidates.keys()) {
      const stays = [...mount.children].some(
        ([dentry, child]) => dentry !== mount.root && !subtree(child).every(inSet),
      );
      if (stays) changed = candidates.delete(mount) || changed;
    }
  }
  return candidates;
}

/** All mounts that events in a group reach: peers, slaves, and what is below these. */
function receivers(
  world: MountWorld,
  group: number,
  seen = new Set<number>(),
  reach: Reach = 'peer',
): { mount: WorldMount; reach: Reach }[] {
  seen.add(group);
  const found = world.membersOf(group).map((mount) => ({ mount, reach }));
  for (const slave of world.slavesOf(group)) {
    if (slave.group === null) found.push({ mount: slave, reach: 'slave' });
    else if (!seen.has(slave.group)) found.push(...receivers(world, slave.group, seen, 'slave'));
  }
  return found;
}

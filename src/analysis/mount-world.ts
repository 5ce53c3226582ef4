/**
 * A copy of the mount trees that may be changed: what the simulator works on. As in the kernel, a mount hangs
 * on a directory (dentry) of the filesystem of its parent, so that a peer with another root has it elsewhere.
 * Namespaces are taken over when something in them is asked for.
 */
import type { NamespaceKey } from '../model/snapshot.js';
import type { Mount, MountModel } from './mount-model.js';
import { dentryOf, isWithin, mountAt } from './mount-model.js';

export interface WorldMount {
  namespace: NamespaceKey;
  parent: WorldMount | null;
  /** Directory of the parent's filesystem that it is mounted on. */
  dentry: string;
  device: string;
  root: string;
  group: number | null;
  master: number | null;
  unbindable: boolean;
  /** At most one at each directory. */
  children: Map<string, WorldMount>;
  /** What it stands for, or what it is a copy of; null: a filesystem mounted anew. */
  origin: Mount | null;
  isNew: boolean;
}

/** fs.mount-max of sysctl: mounts that one mount namespace may have. */
const MOUNT_MAX = 100_000;

export class MountWorld {
  readonly model: MountModel;
  private readonly byId = new Map<number, WorldMount>();
  private readonly loaded = new Set<NamespaceKey>();
  private nextGroup = -1;
  private readonly added = new Map<NamespaceKey, number>();

  constructor(model: MountModel) {
    this.model = model;
  }

  /** The mount as it stands now; its whole namespace is taken over. */
  of(mount: Mount): WorldMount {
    if (!this.loaded.has(mount.namespace)) this.load(mount.namespace);
    return this.byId.get(mount.mountId)!;
  }

  private load(key: NamespaceKey): void {
    this.loaded.add(key);
    const table = this.model.tables.get(key)!;
    for (const mount of table.mounts) this.byId.set(mount.mountId, worldMount(mount));
    for (const mount of table.mounts) {
      const parent = table.byId.get(mount.parentMountId);
      if (!parent || parent === mount) continue;
      const child = this.byId.get(mount.mountId)!;
      attach(child, this.byId.get(parent.mountId)!, dentryOf(parent, mount.mountPoint));
    }
  }

  /** Members of a group that existed at the start. */
  membersOf(group: number): WorldMount[] {
    return this.model.groupMounts(group).members.map((mount) => this.of(mount));
  }

  slavesOf(group: number): WorldMount[] {
    return this.model.groupMounts(group).slaves.map((mount) => this.of(mount));
  }

  /** Where a path leads: the mount, and the directory of its filesystem. Null: no such mount namespace. */
  lookUp(key: NamespaceKey, path: string): { mount: WorldMount; dentry: string; found: Mount } | null {
    const table = this.model.tables.get(key);
    const found = table && mountAt(table, path);
    return found ? { mount: this.of(found), dentry: dentryOf(found, path), found } : null;
  }

  /** All mounts of a namespace as they stand now, parents first. */
  mountsOf(key: NamespaceKey): WorldMount[] {
    const tops = this.model.tables.get(key)?.tops ?? [];
    return tops.flatMap((top) => subtree(this.of(top)));
  }

  /**
   * Takes unmounted mounts out of their groups: the slaves of a group that has no member any more get its
   * master, or none (do_make_slave() in fs/pnode.c); and where that master goes too, the master of that.
   */
  forget(gone: ReadonlySet<WorldMount>): void {
    const masterOfDead = new Map<number, number | null>();
    for (const { group, master } of gone) {
      if (group === null || this.membersOf(group).some((member) => !gone.has(member))) continue;
      masterOfDead.set(group, master);
    }
    const surviving = (group: number | null): number | null => {
      let at = group;
      // Bounded: in a damaged recording two groups may be each other's master.
      for (let step = 0; step < masterOfDead.size && at !== null && masterOfDead.has(at); step++)
        at = masterOfDead.get(at)!;
      return at;
    };
    for (const group of masterOfDead.keys()) {
      for (const slave of this.slavesOf(group)) if (slave.master === group) slave.master = surviving(group);
    }
  }

  newGroup(): number {
    return this.nextGroup--;
  }

  /** Whether the group is one that the operation itself began: it has no members but the mounts it makes. */
  isNewGroup(group: number): boolean {
    return group < 0;
  }

  /** Counts new mounts; false where a kernel with its default limit would end with ENOSPC. */
  countMounts(key: NamespaceKey, count: number): boolean {
    const added = (this.added.get(key) ?? 0) + count;
    this.added.set(key, added);
    return (this.model.tables.get(key)?.mounts.length ?? 0) + added <= MOUNT_MAX;
  }
}

function worldMount(mount: Mount): WorldMount {
  return {
    namespace: mount.namespace,
    parent: null,
    dentry: '',
    device: mount.device,
    root: mount.root,
    group: mount.peerGroup,
    master: mount.masterGroup,
    unbindable: mount.propagation === 'unbindable',
    children: new Map(),
    origin: mount,
    isNew: false,
  };
}

export function attach(mount: WorldMount, parent: WorldMount, dentry: string): void {
  mount.parent = parent;
  mount.dentry = dentry;
  parent.children.set(dentry, mount);
  if (mount.namespace !== parent.namespace) {
    for (const each of subtree(mount)) each.namespace = parent.namespace;
  }
}

export function detach(mount: WorldMount): void {
  if (mount.parent?.children.get(mount.dentry) === mount) mount.parent.children.delete(mount.dentry);
  mount.parent = null;
}

/** The mount and all below it, parents first. */
export function subtree(mount: WorldMount): WorldMount[] {
  return [mount, ...[...mount.children.values()].flatMap(subtree)];
}

/** The last of the mounts that lie over each other at the root of this one. */
export function topmostOver(mount: WorldMount): WorldMount {
  const over = mount.children.get(mount.root);
  return over ? topmostOver(over) : mount;
}

/** Where it is seen from the root of its namespace. */
export function pathOf(mount: WorldMount): string {
  if (!mount.parent) return mount.origin?.mountPoint ?? '/';
  const { parent, dentry } = mount;
  const below = dentry === parent.root ? '' : dentry.slice(parent.root === '/' ? 0 : parent.root.length);
  const base = pathOf(parent);
  return (base === '/' ? '' : base) + below || '/';
}

/** Whether events at this directory reach the mount: it must lie below its root. */
export function covers(mount: WorldMount, dentry: string): boolean {
  return isWithin(dentry, mount.root);
}

/** The mounts of all mount namespaces and how they relate. Texts are parsed when a table is looked at. */
import type { MountinfoEntry, MountinfoOutline, Propagation } from '../formats/mountinfo.js';
import { outlineMountinfo, parseMountinfo, placeOf } from '../formats/mountinfo.js';
import type { MountTableFact, NamespaceKey } from '../model/snapshot.js';

export type { Propagation };
export { propagationOf } from '../formats/mountinfo.js';

export interface Mount extends MountinfoEntry {
  namespace: NamespaceKey;
}

/** The mounts of one mount namespace, in the kernel's order: the order in which they were attached. */
export interface MountTable {
  readonly fact: MountTableFact;
  /** How many there are; known without parsing. */
  readonly count: number;
  readonly mounts: readonly Mount[];
  readonly byId: ReadonlyMap<number, Mount>;
  /** Mounts whose parent is not in the table: usually one, the root. */
  readonly tops: readonly Mount[];
  readonly children: ReadonlyMap<number, readonly Mount[]>;
  /** The child at a mount point: a mount has at most one at each. */
  childAt: (parent: Mount, mountPoint: string) => Mount | undefined;
}

/** Where a (filesystem, directory) or a peer group occurs. */
export interface MountModel {
  readonly tables: ReadonlyMap<NamespaceKey, MountTable>;
  /** Mount namespaces that hold a mount of the same directory of the same filesystem. */
  seenIn: (mount: MountinfoEntry) => readonly NamespaceKey[];
  /** All mounts that have the group as their peer group or as their master. */
  groupMounts: (group: number) => { members: readonly Mount[]; slaves: readonly Mount[] };
}

const tableOfFact = new WeakMap<MountTableFact, MountTable>();
const outlineOfFact = new WeakMap<MountTableFact, MountinfoOutline>();

function outlineOf(fact: MountTableFact): MountinfoOutline {
  let outline = outlineOfFact.get(fact);
  if (!outline) outlineOfFact.set(fact, (outline = outlineMountinfo(fact.mountinfo)));
  return outline;
}

/** One table; parsed once for each fact, when something of it is asked for. */
export function mountTableOf(fact: MountTableFact): MountTable {
  let table = tableOfFact.get(fact);
  if (!table) tableOfFact.set(fact, (table = lazyTable(fact)));
  return table;
}

interface ParsedTable {
  mounts: Mount[];
  byId: Map<number, Mount>;
  tops: Mount[];
  children: Map<number, Mount[]>;
  byPlace: Map<string, Mount>;
}

function lazyTable(fact: MountTableFact): MountTable {
  let parsed: ParsedTable | null = null;
  const whole = (): ParsedTable => (parsed ??= parseTable(fact));
  return {
    fact,
    get count() {
      return outlineOf(fact).count;
    },
    get mounts() {
      return whole().mounts;
    },
    get byId() {
      return whole().byId;
    },
    get tops() {
      return whole().tops;
    },
    get children() {
      return whole().children;
    },
    childAt: (parent, mountPoint) => whole().byPlace.get(`${parent.mountId} ${mountPoint}`),
  };
}

function parseTable(fact: MountTableFact): ParsedTable {
  const mounts = parseMountinfo(fact.mountinfo).map((entry): Mount =>
    Object.assign(entry, { namespace: fact.key }),
  );
  const byId = new Map(mounts.map((mount) => [mount.mountId, mount] as const));
  const tops: Mount[] = [];
  const children = new Map<number, Mount[]>();
  const byPlace = new Map<string, Mount>();
  for (const mount of mounts) {
    const { mountId, parentMountId } = mount;
    if (mountId === parentMountId || !byId.has(parentMountId)) {
      tops.push(mount);
      continue;
    }
    byPlace.set(`${parentMountId} ${mount.mountPoint}`, mount);
    const siblings = children.get(parentMountId);
    if (siblings) siblings.push(mount);
    else children.set(parentMountId, [mount]);
  }
  return { mounts, byId, tops, children, byPlace };
}

export function buildMountModel(facts: readonly MountTableFact[]): MountModel {
  const tables = new Map(facts.map((fact) => [fact.key, mountTableOf(fact)] as const));
  let places: Map<string, NamespaceKey[]> | null = null;
  const groups = new Map<number, { members: Mount[]; slaves: Mount[] }>();
  return {
    tables,
    seenIn: (mount) => (places ??= placesOf(facts)).get(placeOf(mount)) ?? [],
    groupMounts: (group) => {
      let found = groups.get(group);
      if (!found) groups.set(group, (found = findGroup(facts, group)));
      return found;
    },
  };
}

function placesOf(facts: readonly MountTableFact[]): Map<string, NamespaceKey[]> {
  const places = new Map<string, NamespaceKey[]>();
  for (const fact of facts) {
    for (const place of outlineOf(fact).places) {
      const keys = places.get(place);
      if (keys) keys.push(fact.key);
      else places.set(place, [fact.key]);
    }
  }
  return places;
}

function findGroup(facts: readonly MountTableFact[], group: number): { members: Mount[]; slaves: Mount[] } {
  const members: Mount[] = [];
  const slaves: Mount[] = [];
  for (const fact of facts) {
    if (!outlineOf(fact).groups.has(group)) continue;
    for (const mount of mountTableOf(fact).mounts) {
      if (mount.peerGroup === group) members.push(mount);
      else if (mount.masterGroup === group) slaves.push(mount);
    }
  }
  return { members, slaves };
}

/** `dentry`: the path of the mount point inside the filesystem of the mount that it lies on. */
export function dentryOf(mount: MountinfoEntry, mountPoint: string): string {
  const below = mountPoint.slice(mount.mountPoint === '/' ? 0 : mount.mountPoint.length);
  const inside = (mount.root === '/' ? '' : mount.root) + (below === '/' ? '' : below);
  return inside === '' ? '/' : inside;
}

/** Whether `path` is `directory` or lies below it. */
export function isWithin(path: string, directory: string): boolean {
  return path === directory || directory === '/' || path.startsWith(`${directory}/`);
}

/** The mount that a path leads to: what a process at the namespace's root finds there. No symbolic links. */
export function mountAt(table: MountTable, path: string): Mount | null {
  let current: Mount | undefined = table.tops[0];
  for (let next = current; next; next = stepInto(table, next, path)) current = next;
  return current ?? null;
}

/** The first mount that a walk from the root of `parent` towards `path` steps into. */
function stepInto(table: MountTable, parent: Mount, path: string): Mount | undefined {
  const top = parent.mountPoint;
  for (let end = top.length; ;) {
    const child = table.childAt(parent, path.slice(0, end) || '/');
    if (child) return child;
    if (end >= path.length) return undefined;
    const slash = path.indexOf('/', end + 1);
    end = slash < 0 ? path.length : slash;
  }
}

/** Whether another mount hides it: lies over it, or over a directory on the way to it. */
export function isHidden(table: MountTable, mount: Mount): boolean {
  return mountAt(table, mount.mountPoint) !== mount;
}

/** The mount that lies directly over this one, at its very root. */
export function overmountOf(table: MountTable, mount: Mount): Mount | undefined {
  return table.childAt(mount, mount.mountPoint);
}

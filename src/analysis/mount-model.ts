/** The mounts of all mount namespaces and how they relate. Texts are parsed when a table is looked at. */
import type { MountinfoEntry, MountinfoOutline, Propagation } from '../formats/mountinfo.js';
import {
  escapeMountWord,
  outlineMountinfo,
  parseMountinfo,
  parseMountinfoLinesWith,
  parsePlace,
  placeOf,
} from '../formats/mountinfo.js';
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

/** Parsed tables that are kept: thousands of mounts each, of which a person looks at one after the other. */
const KEPT_TABLES = 4;
const keptTables = new Map<MountTableFact, ParsedTable>();

function parsedTable(fact: MountTableFact): ParsedTable {
  const table = keptTables.get(fact) ?? parseTable(fact);
  // Set anew: a Map gives its keys in the order in which they came, the one not used for longest first.
  keptTables.delete(fact);
  keptTables.set(fact, table);
  if (keptTables.size > KEPT_TABLES) keptTables.delete(keptTables.keys().next().value!);
  return table;
}

function lazyTable(fact: MountTableFact): MountTable {
  const whole = (): ParsedTable => parsedTable(fact);
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
  const byId = new Map<number, Mount>();
  // In a damaged recording an id may be there twice; everything else relies on it being one mount's.
  for (const entry of parseMountinfo(fact.mountinfo)) {
    if (!byId.has(entry.mountId)) byId.set(entry.mountId, Object.assign(entry, { namespace: fact.key }));
  }
  const mounts = [...byId.values()];
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
    for (const place of outlineOf(fact).places.keys()) {
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
    members.push(...mountsWith(fact, ` shared:${group} `));
    slaves.push(...mountsWith(fact, ` master:${group} `).filter(({ peerGroup }) => peerGroup !== group));
  }
  return { members, slaves };
}

/**
 * Mounts whose lines hold a text, found without parsing the rest. They are objects of their own: mounts are
 * told apart by their ids.
 */
function mountsWith(fact: MountTableFact, needle: string): Mount[] {
  return parseMountinfoLinesWith(fact.mountinfo, needle).map((entry) =>
    Object.assign(entry, { namespace: fact.key }),
  );
}

/** Mounts of one directory of a filesystem. */
export function mountsOfPlace({ fact }: MountTable, device: string, root: string): Mount[] {
  return parsePlace(fact.mountinfo, outlineOf(fact), placeOf({ device, root })).map((entry) =>
    Object.assign(entry, { namespace: fact.key }),
  );
}

/** Mounts of a filesystem, whatever directory of it. */
export function mountsOfDevice({ fact }: MountTable, device: string): Mount[] {
  return mountsWith(fact, ` ${device} `).filter((mount) => mount.device === device);
}

/** Mounts of a type of filesystem, or of its subtypes (`fuse`: also `fuse.sshfs`). */
export function mountsWithType(fact: MountTableFact, type: string): Mount[] {
  return mountsWith(fact, ` - ${type}`).filter(
    ({ filesystemType }) => filesystemType === type || filesystemType.startsWith(`${type}.`),
  );
}

/** Mounts of a source, as `/dev/sda1`. */
export function mountsWithSource(fact: MountTableFact, source: string): Mount[] {
  return mountsWith(fact, ` ${escapeMountWord(source)} `).filter((mount) => mount.source === source);
}

/** The child that a walk from this mount towards a path steps into; a hidden mount is walked all the same. */
export function childTowards(table: MountTable, mount: Mount, path: string): Mount | undefined {
  return stepInto(table, mount, path);
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
  return mountAt(table, mount.mountPoint)?.mountId !== mount.mountId;
}

/** The mount that lies directly over this one, at its very root. */
export function overmountOf(table: MountTable, mount: Mount): Mount | undefined {
  return table.childAt(mount, mount.mountPoint);
}

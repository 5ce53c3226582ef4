import type { FilePlace } from '../model/snapshot.js';

/** How mount and unmount events travel, mount_namespaces(7). */
export type Propagation = 'shared' | 'slave' | 'shared-slave' | 'private' | 'unbindable';

/** A line of /proc/PID/mountinfo, proc_pid_mountinfo(5). */
export interface MountinfoEntry {
  /** Unique on the whole machine while the mount exists; reused afterwards. */
  mountId: number;
  /** Itself, or the id of a mount out of sight, for the top of a tree. */
  parentMountId: number;
  /** `major:minor` of the filesystem's device. */
  device: string;
  /** The directory of the filesystem that is the root of this mount. */
  root: string;
  mountPoint: string;
  /** Options of this mount. */
  mountOptions: string;
  propagation: Propagation;
  /** `shared:N`; null: events do not leave it. */
  peerGroup: number | null;
  /** `master:N`: the peer group that events come from. */
  masterGroup: number | null;
  /** `propagate_from:N`: the nearest dominant peer group that the reader can see, where the master is not. */
  propagateFrom: number | null;
  filesystemType: string;
  source: string;
  /** Options of the filesystem. */
  superOptions: string;
}

const OCTAL = /\\([0-7]{3})/g;

/** Undoes the kernel's `\ooo` escapes (mangle_path): blank, tab, newline, backslash, `#`. */
export function unescapeMountPath(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(OCTAL, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)));
}

function octal(character: string): string {
  return `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`;
}

/** As the kernel writes root and mount point (seq_path) into mountinfo. */
export function escapeMountPath(text: string): string {
  return text.replace(/[ \t\n\\]/g, octal);
}

/** As the kernel writes type and source (mangle): `#` would start a comment in fstab(5). */
export function escapeMountWord(text: string): string {
  return text.replace(/[ \t\n\\#]/g, octal);
}

export function propagationOf(
  peerGroup: number | null,
  masterGroup: number | null,
  unbindable: boolean,
): Propagation {
  if (peerGroup !== null) return masterGroup === null ? 'shared' : 'shared-slave';
  if (masterGroup !== null) return 'slave';
  return unbindable ? 'unbindable' : 'private';
}

/** Numbers of the optional fields between two positions; read in place, for most mounts have one at most. */
function groupAt(line: string, name: string, from: number, to: number): number | null {
  const at = line.indexOf(name, from);
  if (at < 0 || at >= to) return null;
  let value = 0;
  for (let digit = at + name.length; digit < to; digit++) {
    const code = line.charCodeAt(digit);
    if (code < 0x30 || code > 0x39) break;
    value = value * 10 + code - 0x30;
  }
  return value;
}

/** The last texts of fields that hardly ever change from line to line: then they are one string, not thousands. */
let lastOptions = '';
let lastType = '';
let lastSuperOptions = '';

/**
 * One line, or null where it is not one: a truncated last line is not worth a failure. Fields are separated by
 * single blanks: an empty source gives an empty field, two blanks in a row.
 */
export function parseMountinfoLine(line: string): MountinfoEntry | null {
  const a = line.indexOf(' ');
  const b = line.indexOf(' ', a + 1);
  const c = line.indexOf(' ', b + 1);
  const d = line.indexOf(' ', c + 1);
  const e = line.indexOf(' ', d + 1);
  const f = line.indexOf(' ', e + 1);
  const separator = line.indexOf(' - ', f);
  if (a <= 0 || b <= a + 1 || c <= b || d <= c || e <= d || f <= e || separator < 0) return null;
  const g = line.indexOf(' ', separator + 3);
  if (g < 0) return null;
  const mountId = Number(line.slice(0, a));
  const parentMountId = Number(line.slice(a + 1, b));
  if (!Number.isInteger(mountId) || !Number.isInteger(parentMountId)) return null;
  const h = line.indexOf(' ', g + 1);
  const hasOptional = separator > f;
  const peerGroup = hasOptional ? groupAt(line, ' shared:', f, separator) : null;
  const masterGroup = hasOptional ? groupAt(line, ' master:', f, separator) : null;
  const unbindable = hasOptional ? line.indexOf(' unbindable', f) : -1;
  const mountOptions = line.slice(e + 1, f);
  const filesystemType = unescapeMountPath(line.slice(separator + 3, g));
  const superOptions = h < 0 ? '' : line.slice(h + 1);
  if (mountOptions !== lastOptions) lastOptions = mountOptions;
  if (filesystemType !== lastType) lastType = filesystemType;
  if (superOptions !== lastSuperOptions) lastSuperOptions = superOptions;
  return {
    mountId,
    parentMountId,
    device: line.slice(b + 1, c),
    root: unescapeMountPath(line.slice(c + 1, d)),
    mountPoint: unescapeMountPath(line.slice(d + 1, e)),
    mountOptions: lastOptions,
    propagation: propagationOf(peerGroup, masterGroup, unbindable >= 0 && unbindable < separator),
    peerGroup,
    masterGroup,
    propagateFrom: hasOptional ? groupAt(line, ' propagate_from:', f, separator) : null,
    filesystemType: lastType,
    source: unescapeMountPath(h < 0 ? line.slice(g + 1) : line.slice(g + 1, h)),
    superOptions: lastSuperOptions,
  };
}

export function parseMountinfo(text: string): MountinfoEntry[] {
  const entries: MountinfoEntry[] = [];
  for (let start = 0; start < text.length;) {
    const found = text.indexOf('\n', start);
    const end = found < 0 ? text.length : found;
    const entry = parseMountinfoLine(text.slice(start, end));
    if (entry) entries.push(entry);
    start = end + 1;
  }
  return entries;
}

/** Only the lines that hold a text: a search of a megabyte costs less than parsing ten of its lines. */
export function parseMountinfoLinesWith(text: string, needle: string): MountinfoEntry[] {
  const entries: MountinfoEntry[] = [];
  for (let at = text.indexOf(needle); at >= 0;) {
    const start = text.lastIndexOf('\n', at) + 1;
    const found = text.indexOf('\n', at);
    const end = found < 0 ? text.length : found;
    const entry = parseMountinfoLine(text.slice(start, end));
    if (entry) entries.push(entry);
    at = text.indexOf(needle, end);
  }
  return entries;
}

/** A line as the kernel would write it: for mounts that were read by statmount(2). */
export function formatMountinfoLine(entry: MountinfoEntry): string {
  const optional = [
    entry.peerGroup === null ? '' : `shared:${entry.peerGroup} `,
    entry.masterGroup === null ? '' : `master:${entry.masterGroup} `,
    entry.propagateFrom === null ? '' : `propagate_from:${entry.propagateFrom} `,
    entry.propagation === 'unbindable' ? 'unbindable ' : '',
  ].join('');
  return [
    entry.mountId,
    entry.parentMountId,
    entry.device,
    escapeMountPath(entry.root),
    escapeMountPath(entry.mountPoint),
    entry.mountOptions,
    `${optional}-`,
    escapeMountWord(entry.filesystemType),
    escapeMountWord(entry.source),
    entry.superOptions,
  ].join(' ');
}

/** Only the nsfs mounts, that is bind-mounted namespaces; other lines cost one substring search. */
export function parseNamespaceMounts(text: string): MountinfoEntry[] {
  return namespaceMountsIn(text.includes(' - nsfs ') ? text.split('\n') : []);
}

function namespaceMountsIn(lines: readonly string[]): MountinfoEntry[] {
  return lines
    .filter((line) => line.includes(' - nsfs '))
    .map(parseMountinfoLine)
    .filter((entry) => entry?.filesystemType === 'nsfs')
    .filter((entry) => entry !== null);
}

/** The nsfs mounts, each with the entry of a filesystem that it is mounted on; null where that is out of sight. */
export function parseNamespaceFiles(text: string): { entry: MountinfoEntry; file: FilePlace | null }[] {
  if (!text.includes(' - nsfs ')) return [];
  const lines = text.split('\n');
  const mounts = namespaceMountsIn(lines);
  const byId = new Map(lines.map((line) => [Number.parseInt(line, 10), line] as const));
  return mounts.map((entry) => {
    let top = entry;
    for (;;) {
      const line = byId.get(top.parentMountId);
      const parent = line === undefined ? null : parseMountinfoLine(line);
      if (!parent || parent.mountId === top.mountId) return { entry, file: null };
      // Mounted over another namespace: what takes that mount away takes this one too.
      if (parent.filesystemType !== 'nsfs') return { entry, file: placeBelow(parent, top.mountPoint) };
      top = parent;
    }
  });
}

/** Where a path of that mount lies in its filesystem; null where it is not below it. */
export function placeBelow(
  { device, root, mountPoint }: Pick<MountinfoEntry, 'device' | 'root' | 'mountPoint'>,
  path: string,
): FilePlace | null {
  const top = mountPoint === '/' ? '' : mountPoint;
  if (!path.startsWith(`${top}/`)) return null;
  return { device, path: (root === '/' ? '' : root) + path.slice(top.length) };
}

/** What an index over many tables needs of a text, without making objects: 0.2 µs a line. */
export interface MountinfoOutline {
  count: number;
  /** `device root`, escaped as in the text, of each mount, and where the lines of such mounts start. */
  places: Map<string, number | number[]>;
  /** Numbers of all peer groups that occur as own group or master. */
  groups: Set<number>;
}

const GROUP_FIELD = / (?:shared|master):([0-9]+)(?= )/g;

/** Namespaces mostly show the same filesystems: each place is one text for all outlines. */
const placeTexts = new Map<string, string>();
const MAX_PLACE_TEXTS = 100_000;

function internPlace(place: string): string {
  const known = placeTexts.get(place);
  if (known !== undefined) return known;
  if (placeTexts.size >= MAX_PLACE_TEXTS) placeTexts.clear();
  // Copied: a piece cut out of a table's text would keep all of that text alive.
  const copy = Array.from(place).join('');
  placeTexts.set(copy, copy);
  return copy;
}

export function outlineMountinfo(text: string): MountinfoOutline {
  const places: MountinfoOutline['places'] = new Map();
  let count = 0;
  for (let start = 0; start < text.length;) {
    const found = text.indexOf('\n', start);
    const end = found < 0 ? text.length : found;
    const device = text.indexOf(' ', text.indexOf(' ', start) + 1) + 1;
    const afterRoot = text.indexOf(' ', text.indexOf(' ', device) + 1);
    if (device > start && afterRoot > device && afterRoot < end) {
      const place = internPlace(text.slice(device, afterRoot));
      const known = places.get(place);
      if (known === undefined) places.set(place, start);
      else places.set(place, typeof known === 'number' ? [known, start] : [...known, start]);
      count++;
    }
    start = end + 1;
  }
  const groups = new Set<number>();
  for (const [, group] of text.matchAll(GROUP_FIELD)) groups.add(Number(group));
  return { count, places, groups };
}

/** The mounts of a place, by the outline of the same text. */
export function parsePlace(text: string, { places }: MountinfoOutline, place: string): MountinfoEntry[] {
  const starts = places.get(place) ?? [];
  return (typeof starts === 'number' ? [starts] : starts).flatMap((start) => {
    const end = text.indexOf('\n', start);
    return parseMountinfoLine(text.slice(start, end < 0 ? undefined : end)) ?? [];
  });
}

/** The key of a mount in an outline's `places`. */
export function placeOf({ device, root }: Pick<MountinfoEntry, 'device' | 'root'>): string {
  return `${device} ${escapeMountPath(root)}`;
}

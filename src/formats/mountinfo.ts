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
  return text.replace(OCTAL, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
}

/** As the kernel writes a path into mountinfo. */
export function escapeMountPath(text: string): string {
  return text.replace(
    /[ \t\n\\#]/g,
    (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`,
  );
}

function optionalNumber(fields: readonly string[], separator: number, name: string): number | null {
  for (let at = 6; at < separator; at++) {
    const field = fields[at]!;
    if (field.startsWith(name)) return Number(field.slice(name.length));
  }
  return null;
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

/** One line, or null where it is not one: a truncated last line is not worth a failure. */
export function parseMountinfoLine(line: string): MountinfoEntry | null {
  // Single blanks: an empty source gives an empty field, two blanks in a row.
  const fields = line.split(' ');
  const separator = fields.indexOf('-', 6);
  if (separator < 0 || fields.length < separator + 3) return null;
  const mountId = Number(fields[0]);
  const parentMountId = Number(fields[1]);
  if (!Number.isInteger(mountId) || !Number.isInteger(parentMountId)) return null;
  const peerGroup = optionalNumber(fields, separator, 'shared:');
  const masterGroup = optionalNumber(fields, separator, 'master:');
  return {
    mountId,
    parentMountId,
    device: fields[2]!,
    root: unescapeMountPath(fields[3]!),
    mountPoint: unescapeMountPath(fields[4]!),
    mountOptions: fields[5]!,
    propagation: propagationOf(peerGroup, masterGroup, fields.slice(6, separator).includes('unbindable')),
    peerGroup,
    masterGroup,
    propagateFrom: optionalNumber(fields, separator, 'propagate_from:'),
    filesystemType: unescapeMountPath(fields[separator + 1]!),
    source: unescapeMountPath(fields[separator + 2] ?? ''),
    superOptions: fields[separator + 3] ?? '',
  };
}

export function parseMountinfo(text: string): MountinfoEntry[] {
  return text
    .split('\n')
    .map(parseMountinfoLine)
    .filter((entry) => entry !== null);
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
    escapeMountPath(entry.filesystemType),
    escapeMountPath(entry.source),
    entry.superOptions,
  ].join(' ');
}

/** Only the nsfs mounts, that is bind-mounted namespaces; other lines cost one substring search. */
export function parseNamespaceMounts(text: string): MountinfoEntry[] {
  if (!text.includes(' - nsfs ')) return [];
  return text
    .split('\n')
    .filter((line) => line.includes(' - nsfs '))
    .map(parseMountinfoLine)
    .filter((entry) => entry?.filesystemType === 'nsfs')
    .filter((entry) => entry !== null);
}

/** What an index over many tables needs of a text, without making objects: 0.2 µs a line. */
export interface MountinfoOutline {
  count: number;
  /** `device root` of each mount, escaped as in the text. */
  places: Set<string>;
  /** Numbers of all peer groups that occur as own group or master. */
  groups: Set<number>;
}

const GROUP_FIELD = / (?:shared|master):([0-9]+)(?= )/g;

export function outlineMountinfo(text: string): MountinfoOutline {
  const places = new Set<string>();
  let count = 0;
  for (let start = 0; start < text.length;) {
    const found = text.indexOf('\n', start);
    const end = found < 0 ? text.length : found;
    const device = text.indexOf(' ', text.indexOf(' ', start) + 1) + 1;
    const afterRoot = text.indexOf(' ', text.indexOf(' ', device) + 1);
    if (device > start && afterRoot > device && afterRoot < end) {
      places.add(text.slice(device, afterRoot));
      count++;
    }
    start = end + 1;
  }
  const groups = new Set<number>();
  for (const [, group] of text.matchAll(GROUP_FIELD)) groups.add(Number(group));
  return { count, places, groups };
}

/** The key of a mount in an outline's `places`. */
export function placeOf({ device, root }: MountinfoEntry): string {
  return `${device} ${escapeMountPath(root)}`;
}

/** A line of /proc/PID/mountinfo, proc_pid_mountinfo(5). */
export interface MountinfoEntry {
  mountId: number;
  parentMountId: number;
  majorMinor: string;
  root: string;
  mountPoint: string;
  mountOptions: string;
  /** `shared:N`, `master:N`, `propagate_from:N`, `unbindable`, as they stand. */
  optionalFields: string[];
  filesystemType: string;
  source: string;
  superOptions: string;
}

const OCTAL = /\\([0-7]{3})/g;

/** Undoes the kernel's `\ooo` escapes (seq_escape); the bytes may be UTF-8. */
export function unescapeMountPath(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(OCTAL, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
}

/** One line, or null where it is not one: a truncated last line is not worth a failure. */
export function parseMountinfoLine(line: string): MountinfoEntry | null {
  // Single blanks: an empty source gives an empty field, two blanks in a row.
  const fields = line.split(' ');
  const separator = fields.indexOf('-', 6);
  if (separator < 0 || fields.length < separator + 3) return null;
  return {
    mountId: Number(fields[0]),
    parentMountId: Number(fields[1]),
    majorMinor: fields[2]!,
    root: unescapeMountPath(fields[3]!),
    mountPoint: unescapeMountPath(fields[4]!),
    mountOptions: fields[5]!,
    optionalFields: fields.slice(6, separator),
    filesystemType: fields[separator + 1]!,
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

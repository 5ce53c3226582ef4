/** Files of cgroups(7): /proc/PID/cgroup, and the numbers of one cgroup. */

export interface CgroupLine {
  /** Controllers or `name=…` of a version 1 hierarchy; empty: version 2. */
  hierarchy: string;
  path: string;
}

/** `4:memory:/a`, `0::/a`: the path may hold colons. */
export function parseCgroupLines(text: string): CgroupLine[] {
  return text.split('\n').flatMap((line) => {
    const [, hierarchy, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    return hierarchy === undefined || path === undefined ? [] : [{ hierarchy, path }];
  });
}

/**
 * The root of a cgroup namespace in our names, from the path of one process in ours and in its own; null: it
 * lies outside of that root, where `..` hides how the way down is called.
 */
export function cgroupRoot(outside: string, inside: string): string | null {
  if (inside === '/..' || inside.startsWith('/../')) return null;
  const tail = inside === '/' ? '' : inside;
  if (!outside.endsWith(tail)) return null;
  return outside.slice(0, outside.length - tail.length) || '/';
}

/** A number, or `max`: then null, as where there is none. Version 1 says "no limit" by the largest number of pages. */
export function parseCgroupNumber(text: string | null): number | null {
  const word = text?.trim() ?? '';
  if (!/^\d+$/.test(word)) return null;
  return word.length >= 19 ? null : Number(word);
}

/** `usage_usec` of cpu.stat. */
export function parseCpuUsage(text: string | null): number | null {
  const found = /^usage_usec (\d+)$/m.exec(text ?? '');
  return found ? Number(found[1]) : null;
}

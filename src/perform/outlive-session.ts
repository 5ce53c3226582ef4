/** What else could end a process that must outlive its session: the end of the session's cgroup, and want of memory. */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseCgroupLines } from '../formats/cgroup.js';
import type { CgroupLine } from '../formats/cgroup.js';
import { parseMountinfo } from '../formats/mountinfo.js';
import type { MountinfoEntry } from '../formats/mountinfo.js';

/** What logind ends with a session where KillUserProcesses= is on: logind.conf(5), systemd.special(7). */
const OF_A_SESSION = /\/(user\.slice|session-[^/]+\.scope|user@\d+\.service)(\/|$)/;
/** Never chosen by the OOM killer, proc_pid_oom_score_adj(5). */
const NEVER = '-1000';

function attempt(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch {
    // An ordinary user may not: then it ends with the session, where sessions end what runs in them.
  }
}

/** By the hierarchy that systemd or elogind tracks processes with: version 2, or `name=`. */
function isTracked({ hierarchy, path }: CgroupLine): boolean {
  return (hierarchy === '' || hierarchy.startsWith('name=')) && OF_A_SESSION.test(path);
}

function isMountOf(hierarchy: string, entry: MountinfoEntry): boolean {
  if (entry.root !== '/') return false;
  return hierarchy === ''
    ? entry.filesystemType === 'cgroup2'
    : entry.filesystemType === 'cgroup' && entry.superOptions.split(',').includes(hierarchy);
}

/**
 * Leaves the cgroup of the session for the root of its hierarchy, which nothing ends; controllers of version 1 stay
 * as they are. Only root may do this.
 */
export function outliveSession(): void {
  attempt('/proc/self/oom_score_adj', NEVER);
  const tracked = parseCgroupLines(readFileSync('/proc/self/cgroup', 'utf8')).filter(isTracked);
  if (tracked.length === 0) return;
  const mounts = parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8'));
  for (const { hierarchy } of tracked) {
    const mount = mounts.find((entry) => isMountOf(hierarchy, entry));
    if (mount) attempt(`${mount.mountPoint}/cgroup.procs`, String(process.pid));
  }
}

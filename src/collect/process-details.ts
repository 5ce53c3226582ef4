/** Facts of a process that cost three file reads: status, stat, command line, cgroup. */
import { decodeText, encodeText } from '../kernel/byte-names.js';
import { isGone } from '../kernel/proc.js';
import { parseProcessStatus } from '../formats/process-status.js';
import { parseCommandLine, parseStartTime } from '../formats/process-stat.js';
import type { Pid, ProcessDetails } from '../model/snapshot.js';
import type { Discovery } from './discovery.js';

const SUBJECT = 'process details';

/** Details of one process; null where it is gone or refused (the refusal is in the ledger). */
export function readDetails(discovery: Discovery, pid: Pid): ProcessDetails | null {
  const read = (name: string): string | null => {
    const text = discovery.proc.readNumberFile(pid, name);
    if (typeof text === 'string') return text;
    if (!isGone(text)) discovery.gaps.add(SUBJECT, text, `/proc/${pid}${name}`);
    return null;
  };
  const status = parseProcessStatus(read('/status') ?? '');
  const startTimeTicks = parseStartTime(read('/stat') ?? '');
  if (!status || startTimeTicks < 0) return null;
  const commandLine = read('/cmdline');
  const cgroup = read('/cgroup');
  return {
    ppid: status.ppid,
    startTimeTicks,
    state: status.state,
    comm: internText(discovery, status.comm),
    uid: status.effectiveUid,
    threads: status.threads,
    namespacePids: status.namespacePids,
    residentKib: status.residentKib,
    effectiveCapabilities: internText(discovery, status.effectiveCapabilities),
    ...(commandLine === null ? {} : { commandLine: parseCommandLine(commandLine) }),
    ...(cgroup === null ? {} : { cgroup: internCgroup(discovery, cgroup) }),
  };
}

export function refreshDetails(discovery: Discovery, pid: Pid): void {
  const details = readDetails(discovery, pid);
  const known = discovery.details.get(pid);
  // The same object as before tells everybody downstream that nothing changed.
  if (details && !(known && isSame(known, details))) discovery.details.set(pid, details);
}

function isSame(a: ProcessDetails, b: ProcessDetails): boolean {
  for (const name of Object.keys(b) as (keyof ProcessDetails)[]) {
    if (name !== 'namespacePids' && a[name] !== b[name]) return false;
  }
  return a.namespacePids.join() === b.namespacePids.join() && Object.keys(a).length === Object.keys(b).length;
}

/** The lowest pid of each set: among them is the lowest member of every namespace. */
export function representatives(discovery: Discovery): Pid[] {
  const lowest = new Map<number, Pid>();
  for (const [pid, set] of discovery.links) {
    const known = lowest.get(set);
    if (known === undefined || pid < known) lowest.set(set, pid);
  }
  return [...lowest.values()];
}

export function collectDetails(discovery: Discovery): void {
  const { details } = discovery.options;
  if (details === 'none') return;
  if (details === 'all') {
    for (const pid of discovery.links.keys()) refreshDetails(discovery, pid);
    return;
  }
  for (const pid of representatives(discovery)) refreshWithAncestors(discovery, pid);
}

/** The tree of namespaces by process climbs from a representative to its ancestors. */
function refreshWithAncestors(discovery: Discovery, pid: Pid): void {
  for (let at = pid; discovery.links.has(at) && !discovery.details.has(at);) {
    refreshDetails(discovery, at);
    at = discovery.details.get(at)?.ppid ?? 0;
  }
}

/** Thousands of processes share a few cgroups: one array for each, here and in a message to another thread. */
function internCgroup(discovery: Discovery, text: string): string[] {
  let lines = discovery.cgroups.get(text);
  if (!lines) discovery.cgroups.set(text, (lines = text.split('\n').filter(Boolean)));
  return lines;
}

/**
 * A copy of its own: a piece cut out of a file's text would keep all of that text alive, a kilobyte and more
 * for each process.
 */
function internText(discovery: Discovery, text: string): string {
  let copy = discovery.texts.get(text);
  if (copy === undefined) {
    copy = decodeText(encodeText(text));
    discovery.texts.set(copy, copy);
  }
  return copy;
}

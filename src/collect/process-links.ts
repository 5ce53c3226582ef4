/**
 * Namespaces of every process: the ten links of /proc/PID/ns, namespaces(7). Kernel threads too: kdevtmpfs
 * has a mount namespace of its own. The hot path of every scan.
 */
import { EACCES, EPERM } from '../kernel/errno.js';
import { close } from '../kernel/libc.js';
import { RepeatedLink, isGone } from '../kernel/proc.js';
import { LINK_NAMES } from '../model/namespace-kind.js';
import type { Pid } from '../model/snapshot.js';
import type { Discovery } from './discovery.js';

const LINKS = LINK_NAMES.map((link) => new RepeatedLink(link));
const inodes = new Float64Array(LINKS.length);

export const GONE = -1;

export function collectProcessLinks(discovery: Discovery): void {
  const pids = discovery.proc.listNumbers();
  if (typeof pids === 'number') {
    discovery.gaps.add('processes', pids, '/proc');
    return;
  }
  for (const pid of pids) scanProcess(discovery, pid);
}

/** Reads the links of one process into `links`; false where it is gone. */
export function scanProcess(discovery: Discovery, pid: Pid): boolean {
  const set = readSet(discovery, pid, '/ns', 'namespace links');
  if (set === GONE) discovery.forgetProcess(pid);
  else discovery.links.set(pid, set);
  return set !== GONE;
}

/** Index of the set seen at `NUMBER` + `suffix` below /proc; GONE where nothing is there any more. */
export function readSet(discovery: Discovery, number: number, suffix: string, subject: string): number {
  const handle = discovery.proc.openHandle(number, suffix);
  if (handle < 0) {
    if (isGone(handle)) return GONE;
    discovery.gaps.add(subject, handle, String(number));
    inodes.fill(0);
    return discovery.sets.intern(inodes);
  }
  try {
    return readLinks(discovery, handle, number, subject);
  } finally {
    close(handle);
  }
}

function readLinks(discovery: Discovery, handle: number, number: number, subject: string): number {
  let seen = false;
  inodes.fill(0);
  for (let at = 0; at < LINKS.length; at++) {
    const inode = LINKS[at]!.readInode(handle);
    if (inode > 0) {
      inodes[at] = inode;
      seen = true;
    } else if (inode === -EACCES || inode === -EPERM) {
      // The ptrace access check is the same for all ten: one refusal stands for all.
      discovery.gaps.add(subject, inode, String(number));
      return discovery.sets.intern(inodes);
    } else if (!isGone(inode) && inode !== -1) {
      discovery.gaps.add(subject, inode, String(number));
    }
  }
  // ENOENT for some is a zombie (pid and user stay readable), for all of them the end of the process.
  return seen ? discovery.sets.intern(inodes) : GONE;
}

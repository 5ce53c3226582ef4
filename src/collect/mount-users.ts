/**
 * Who uses the files of a filesystem: working and root directories, executables, descriptors, mapped files, bound
 * sockets, files registered with an io_uring, in every process and thread that can be read; loop devices and swap.
 * What fuser(1) and lsof(8) do for our own mount namespace only is done here by mount id and device, which are the
 * same in all. What could not be looked at is told.
 */
import { readFileSync } from 'node:fs';
import { parseFanotifyMarks, parseInFlight, parseMountId, parseRegisteredFiles } from '../formats/fdinfo.js';
import { parseMappedFiles } from '../formats/process-maps.js';
import { EACCES, EPERM } from '../kernel/errno.js';
import { readFileStatus } from '../kernel/file-status.js';
import { boundMountId } from '../kernel/foreign-sockets.js';
import type { Directory } from '../kernel/proc.js';
import { linkBytes } from '../kernel/proc.js';
import { sharesWith } from '../kernel/task-comparison.js';
import type { MountUserFact, MountUserQuery, MountUsers, UsersGap } from '../model/mount-users.js';
import type { Pid } from '../model/snapshot.js';
import type { Discovery } from './discovery.js';
import { loopDevices, stackedDevices, swapFiles } from './mount-user-devices.js';
import type { UnixSockets } from './mount-user-sockets.js';
import { findUnixSockets } from './mount-user-sockets.js';

/** `.`, `..` and one thread. */
const LINKS_OF_A_SINGLE_THREAD = 3;
const SLASH = 0x2f;
/** PROC_PID_INIT_INO, <linux/proc_ns.h>. */
const INITIAL_PID_NAMESPACE = 'pid:[4026531836]';

export function collectMountUsers(discovery: Discovery, query: MountUserQuery): MountUsers {
  const { proc } = discovery;
  const sockets = findUnixSockets(discovery, query.device);
  const sweep = new Sweep(proc, query, sockets);
  const pids = proc.listNumbers();
  for (const pid of typeof pids === 'number' ? [] : pids) sweep.lookAtProcess(pid);
  const loops = loopDevices(query);
  const { users, gaps } = sweep;
  users.push(...sweep.ownerlessSockets(), ...loops.users, ...swapFiles(), ...stackedDevices(query));
  if (sockets.unasked > 0) gaps.push({ gap: 'sockets', count: sockets.unasked });
  if (loops.unasked > 0) gaps.push({ gap: 'loop devices', count: loops.unasked });
  if (areSomeOutOfSight(proc)) gaps.push({ gap: 'processes out of sight' });
  return { device: query.device, users, unreadable: sweep.unreadable, gaps };
}

/** Processes of other pid namespaces, or those that the proc filesystem hides from us (hidepid). */
function areSomeOutOfSight(proc: Directory): boolean {
  const own = proc.readNumberTarget(process.pid, '/ns/pid');
  if (own !== INITIAL_PID_NAMESPACE) return true;
  if (process.getuid?.() === 0) return false;
  return / - proc \S+ \S*hidepid=(?!0|off)/.test(readFileSync('/proc/self/mountinfo', 'utf8'));
}

/** One pass over all processes. */
class Sweep {
  readonly users: MountUserFact[] = [];
  readonly gaps: UsersGap[] = [];
  /** Processes that we may not look into. */
  unreadable = 0;
  private readonly proc: Directory;
  private readonly query: MountUserQuery;
  private readonly sockets: UnixSockets;
  private readonly mountIds: ReadonlySet<number>;
  private readonly ownedSockets = new Set<number>();
  /** Mount points where a look at a file may ask a dead server. */
  private readonly asking: readonly string[];
  private readonly ownAsking: boolean;

  constructor(proc: Directory, query: MountUserQuery, sockets: UnixSockets) {
    this.proc = proc;
    this.query = query;
    this.sockets = sockets;
    this.mountIds = new Set(query.mountIds);
    const asking = query.served.filter(({ asks }) => asks);
    this.asking = asking.map(({ mountPoint }) => mountPoint);
    this.ownAsking = asking.some(({ device }) => device === query.device);
  }

  lookAtProcess(pid: Pid): void {
    const cwd = this.proc.readNumberTarget(pid, '/cwd');
    if (cwd === -EACCES || cwd === -EPERM) {
      this.unreadable++;
      return;
    }
    this.lookAtDirectories(pid, '');
    this.lookAtMemory(pid, '');
    this.lookAtDescriptors(pid, '');
    if (this.proc.countLinks(pid, '/task') > LINKS_OF_A_SINGLE_THREAD) this.lookAtThreads(pid, cwd);
  }

  /** Threads with directories or descriptors of their own; of a dead leader all, for it has none any more. */
  private lookAtThreads(pid: Pid, cwdOfLeader: string | number): void {
    const isLeaderDead = typeof cwdOfLeader === 'number';
    const task = this.proc.openNumber(pid, '/task');
    if (typeof task === 'number') return;
    const threadIds = task.listNumbers();
    task.close();
    for (const threadId of typeof threadIds === 'number' ? [] : threadIds) {
      if (threadId === pid) continue;
      const at = `/task/${threadId}`;
      if (isLeaderDead || !sharesWith(pid, threadId, 'fs')) this.lookAtDirectories(pid, at, threadId);
      if (isLeaderDead || !sharesWith(pid, threadId, 'files')) this.lookAtDescriptors(pid, at, threadId);
      if (isLeaderDead) this.lookAtMemory(pid, at, threadId);
    }
  }

  private lookAtDirectories(pid: Pid, at: string, threadId?: number): void {
    for (const use of ['cwd', 'root'] as const) this.lookAtLink(use, pid, at, threadId);
  }

  private lookAtLink(use: 'cwd' | 'root' | 'exe', pid: Pid, at: string, threadId?: number): void {
    const mountId = this.mountIdOf(pid, `${at}/${use}`);
    if (mountId === undefined) return;
    const path = this.target(pid, `${at}/${use}`);
    this.users.push({ use, pid, ...(threadId !== undefined && { threadId }), path, mountId });
  }

  /** Whether what a link leads to lies on the filesystem: through which mount, null unknown, undefined it does not. */
  private mountIdOf(pid: Pid, suffix: string): number | null | undefined {
    const where = this.asking.length > 0 ? this.placeByPath(this.proc.readNumberTarget(pid, suffix)) : 'look';
    if (where === 'look') return this.fits(readFileStatus(this.proc.fd, `${pid}${suffix}`));
    return where === 'ours' ? null : undefined;
  }

  private fits(status: ReturnType<typeof readFileStatus>): number | null | undefined {
    if (typeof status === 'number') return undefined;
    const { device, mountId } = status;
    const isOurs = device === this.query.device || (mountId !== null && this.mountIds.has(mountId));
    return isOurs ? mountId : undefined;
  }

  /** Where a look at the file might wait for a dead server only its path tells whether it is ours. */
  private placeByPath(path: string | number): 'look' | 'ours' | 'not ours' {
    if (typeof path === 'number') return 'look';
    const asking = longestAbove(path, this.asking);
    if (asking < 0) return 'look';
    const own = longestAbove(path, this.query.mountPoints);
    if (own > asking) return 'look';
    return own === asking && this.ownAsking ? 'ours' : 'not ours';
  }

  private target(pid: Pid, suffix: string): string {
    const path = this.proc.readNumberTarget(pid, suffix);
    return typeof path === 'string' ? path : '?';
  }

  /** The executable, and what else is mapped: libraries stay so after their descriptor is closed. */
  private lookAtMemory(pid: Pid, at: string, threadId?: number): void {
    this.lookAtLink('exe', pid, at, threadId);
    const text = this.proc.readNumberFile(pid, `${at}/maps`);
    if (typeof text === 'number') return;
    const executable = this.proc.readNumberTarget(pid, `${at}/exe`);
    for (const { range, path } of parseMappedFiles(text, this.query.device)) {
      if (path === executable) continue;
      const mountId = this.mountIdOf(pid, `/map_files/${range}`) ?? null;
      this.users.push({ use: 'map', pid, path, mountId });
    }
  }

  private lookAtDescriptors(pid: Pid, at: string, threadId?: number): void {
    const directory = this.proc.openNumber(pid, `${at}/fd`);
    if (typeof directory === 'number') return;
    const own = threadId === undefined ? {} : { threadId };
    try {
      const fds = directory.listNumbers();
      for (const fd of typeof fds === 'number' ? [] : fds) {
        const length = directory.readNumberLinkBytes(fd);
        // One too long to be read is a path, too.
        if (length > 0 && linkBytes[0] !== SLASH) {
          this.lookAtAnonymous(pid, at, fd, linkBytes.toString('latin1', 0, length), own);
          continue;
        }
        const mountId = this.mountIdOfDescriptor(directory, pid, at, fd);
        if (mountId === undefined) continue;
        this.users.push({ use: 'fd', pid, ...own, fd, path: this.target(pid, `${at}/fd/${fd}`), mountId });
      }
    } finally {
      directory.close();
    }
  }

  private mountIdOfDescriptor(
    directory: Directory,
    pid: Pid,
    at: string,
    fd: number,
  ): number | null | undefined {
    if (this.asking.length === 0) return this.fits(readFileStatus(directory.fd, String(fd)));
    // fdinfo says it without a look at the file.
    const mountId = this.ownAsking ? parseMountId(this.fdinfo(pid, at, fd)) : null;
    if (mountId === null) return this.mountIdOf(pid, `${at}/fd/${fd}`);
    return this.mountIds.has(mountId) ? mountId : undefined;
  }

  private fdinfo(pid: Pid, at: string, fd: number): string {
    const text = this.proc.readNumberFile(pid, `${at}/fdinfo/${fd}`);
    return typeof text === 'string' ? text : '';
  }

  /** A descriptor of no file that may keep one. */
  private lookAtAnonymous(pid: Pid, at: string, fd: number, link: string, own: { threadId?: number }): void {
    if (link.startsWith('socket:[')) {
      this.lookAtSocket(pid, at, fd, Number(link.slice(8, -1)), own);
    } else if (link === 'anon_inode:[io_uring]') {
      for (const path of parseRegisteredFiles(this.fdinfo(pid, at, fd)))
        this.users.push({ use: 'registered', pid, ...own, fd, path, mountId: null });
    } else if (link === 'anon_inode:[fanotify]') {
      const { mountIds, devices } = parseFanotifyMarks(this.fdinfo(pid, at, fd));
      const isOurs = devices.includes(this.query.device) || mountIds.some((id) => this.mountIds.has(id));
      if (isOurs) this.gaps.push({ gap: 'unread events', pid });
    }
  }

  private lookAtSocket(pid: Pid, at: string, fd: number, inode: number, own: { threadId?: number }): void {
    const path = this.sockets.bound.get(inode);
    if (path !== undefined) {
      this.ownedSockets.add(inode);
      const mountId = own.threadId === undefined ? boundMountId(pid, fd) : null;
      this.users.push({ use: 'socket', pid, ...own, fd, path, mountId });
    }
    if (!this.sockets.queues.has(inode)) return;
    const count = parseInFlight(this.fdinfo(pid, at, fd));
    if (count > 0) this.gaps.push({ gap: 'in flight', pid, count });
  }

  /** Sockets that wait to be accepted have no inode yet: the one that listens tells of them. */
  ownerlessSockets(): MountUserFact[] {
    return [...this.sockets.bound].flatMap(([inode, path]): MountUserFact[] =>
      inode === 0 || this.ownedSockets.has(inode) ? [] : [{ use: 'bound', path, mountId: null }],
    );
  }
}

/** Length of the longest mount point that the path lies below; -1: of none. */
function longestAbove(path: string, mountPoints: readonly string[]): number {
  let longest = -1;
  for (const point of mountPoints) {
    const isBelow = point === '/' || path === point || path.startsWith(`${point}/`);
    if (isBelow && point.length > longest) longest = point.length;
  }
  return longest;
}

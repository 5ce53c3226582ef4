import type { Pid } from './snapshot.js';

/** What is looked for: a filesystem and its mounts. */
export interface MountUserQuery {
  /** `major:minor` of the filesystem, as mount tables have it. */
  device: string;
  /** Its mounts in every mount namespace. */
  mountIds: readonly number[];
  /** Where these are, each in its namespace. */
  mountPoints: readonly string[];
  /** Its files have other devices than its mounts: subvolumes of btrfs. */
  hasSubvolumes: boolean;
  /** Mounts, in any namespace, whose server may not answer. */
  served: readonly ServedMount[];
}

/** A mount of a filesystem that a server or a daemon stands behind. */
export interface ServedMount {
  mountPoint: string;
  device: string;
  /** Even statx(2) that is told not to may ask the server (NFS, 9p), so that files there are not looked at. */
  asks: boolean;
}

/** What a process holds. */
export interface ProcessUse {
  /**
   * `map`: a file mapped into memory; `socket`: a unix socket that is bound to a path; `registered`: a file that
   * an io_uring keeps although its descriptor may be closed.
   */
  use: 'cwd' | 'root' | 'exe' | 'fd' | 'map' | 'socket' | 'registered';
  pid: Pid;
  /** A thread with a directory or descriptors of its own. */
  threadId?: number;
  fd?: number;
  path: string;
  /** Null: through which mount is not known. */
  mountId: number | null;
}

/** Something that uses a file of a filesystem, and through which mount. */
export type MountUserFact =
  | ProcessUse
  /** A bound unix socket whose owner is out of sight. */
  | { use: 'bound'; path: string; mountId: null }
  /** A block device made of a file; `name`: /dev/loop0. `device` null: of which filesystem is not known. */
  | { use: 'loop'; name: string; path: string; mountId: null; device: string | null }
  /** The kernel tells the path only. */
  | { use: 'swap'; path: string; mountId: null }
  /** A block device on top of the filesystem's own, or a process that has that device open. */
  | { use: 'stacked'; name: string; path: string; mountId: null }
  | { use: 'device'; pid: Pid; fd: number; path: string; mountId: null };

export type MountUse = MountUserFact['use'];

/** What may be a user and could not be looked at. */
export type UsersGap =
  /** Descriptors under way between processes (SCM_RIGHTS), of nobody knows what. */
  | { gap: 'in flight'; pid: Pid; count: number }
  /** A fanotify(7) group watches it: events that nobody has read yet keep the mount. */
  | { gap: 'unread events'; pid: Pid }
  /** Network namespaces whose unix sockets could not be asked for. */
  | { gap: 'sockets'; count: number }
  /** Loop devices whose file could not be asked for. */
  | { gap: 'loop devices'; count: number }
  /** Some processes are out of sight: this is not the initial pid namespace, or /proc hides them. */
  | { gap: 'processes out of sight' };

export interface MountUsers {
  /** `major:minor` of the filesystem that was asked for. */
  device: string;
  users: MountUserFact[];
  /** Processes that could not be looked at. */
  unreadable: number;
  gaps: UsersGap[];
}

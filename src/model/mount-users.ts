import type { Pid } from './snapshot.js';

/** Something that uses a file of a filesystem, and through which mount. */
export type MountUserFact =
  /** What a process holds; `fd`: its number. `map`: a file mapped into memory. */
  | {
      use: 'cwd' | 'root' | 'exe' | 'fd' | 'map';
      pid: Pid;
      fd?: number;
      path: string;
      mountId: number | null;
    }
  /** A block device made of a file; `name`: /dev/loop0. */
  | { use: 'loop'; name: string; path: string; mountId: number | null }
  | { use: 'swap'; path: string; mountId: number | null };

export type MountUse = MountUserFact['use'];

export interface MountUsers {
  /** `major:minor` of the filesystem that was asked for. */
  device: string;
  users: MountUserFact[];
  /** Processes that could not be looked at. */
  unreadable: number;
}

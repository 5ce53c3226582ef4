/** A path as the file system of a mount namespace has it. */
export interface MountPath {
  /** Absolute; symbolic links on the way are followed as far as `unchecked` allows. */
  path: string;
  /** `unknown`: nobody looked; where it is not even known to exist, `unchecked` tells why. */
  kind: 'directory' | 'other' | 'absent' | 'unknown';
  /** Why existence and symbolic links were not looked at, from some directory on; null: they were. */
  unchecked: string | null;
}

/** What of a mount table a look-up needs: the mount that a path without symbolic links leads to. */
export type MountOnPath = (path: string) => { mountPoint: string; filesystemType: string } | null;

/** A path that nobody looked at, and why. */
export function uncheckedMountPath(path: string, reason: string): MountPath {
  return { path, kind: 'unknown', unchecked: reason };
}

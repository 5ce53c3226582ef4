/** How a user namespace maps ids, user_namespaces(7). Plain data. */
import type { NamespaceKey, Pid } from './snapshot.js';

/** `length` ids from `inside` on are those from `outside` on. */
export interface IdExtent {
  inside: number;
  /** In the observer's user namespace; 4294967295: it has no such id. */
  outside: number;
  length: number;
}

export interface UserMapFact {
  key: NamespaceKey;
  /** /proc/PID/uid_map as the observer reads it. Empty: nothing was mapped yet, or the process sees none. */
  uidMap: IdExtent[];
  gidMap: IdExtent[];
  /** /proc/PID/setgroups (Linux 3.19); null: not readable. */
  setgroups: 'allow' | 'deny' | null;
  /** The member whose files these are. */
  pid: Pid;
}

import type { InteriorFact } from './interior.js';
import type { NetworkTableFact } from './network-table.js';
import type { UserMapFact } from './user-map.js';
import type { SocketOwnerFact, SocketTableFact } from './socket-table.js';
import type { LinkName, NamespaceKind } from './namespace-kind.js';

/**
 * The kernel's own text for a namespace, `net:[4026531840]`. Unique at one moment; inode numbers are
 * reused at once, so two moments must compare `namespaceId` too where the kernel gives one.
 */
export type NamespaceKey = `${NamespaceKind}:[${number}]`;

export type Pid = number & { readonly brand?: 'Pid' };

/** The version of the recording format: raised when a reader of the old one would misread the new one. */
export const SNAPSHOT_FORMAT_VERSION = 1;

/** What one process or thread sees: like the kernel's nsproxy, shared by all that see the same. */
export type NamespaceSet = Partial<Record<LinkName, NamespaceKey>>;

export interface NamespaceFact {
  key: NamespaceKey;
  kind: NamespaceKind;
  /** The nsfs inode number. */
  inode: number;
  /** NS_GET_ID (Linux 6.18) or NS_GET_MNTNS_ID (6.11, mnt only): never reused until reboot. */
  namespaceId?: number;
  /** pid and user only: NS_GET_PARENT (4.9). `null`: an initial namespace, or the parent is out of sight. */
  parent?: NamespaceKey | null;
  /** The owning user namespace, NS_GET_USERNS (4.9). `null`: out of sight. */
  owner?: NamespaceKey | null;
  /** user only: NS_GET_OWNER_UID (4.11), as seen from the observer's user namespace. */
  ownerUid?: number;
  /** net only: the id that the observer's network namespace has for it, RTM_GETNSID; `null`: unassigned. */
  netnsid?: number | null;
  /** Where it was found, first place first: names of records of the collector table. */
  foundBy: string[];
}

export interface ProcessFact {
  pid: Pid;
  /** Index into `namespaceSets`. */
  namespaceSet: number;
  /** What follows is absent until read: see `ProcessDetails`. */
  details?: ProcessDetails;
}

export interface ProcessDetails {
  ppid: Pid;
  /** Field 22 of proc_pid_stat(5): clock ticks since boot. With the pid it identifies a process. */
  startTimeTicks: number;
  /** One letter of proc_pid_stat(5), field 3. */
  state: string;
  comm: string;
  /** Arguments joined by spaces; empty for kernel threads and zombies; absent where it was refused. */
  commandLine?: string;
  /** Effective uid as the observer's user namespace sees it. */
  uid: number;
  threads: number;
  /** NSpid of proc_pid_status(5): the pid in each pid namespace, the observer's first. */
  namespacePids: Pid[];
  /** Resident set, KiB; 0 for kernel threads. */
  residentKib: number;
  /** Effective capabilities, hexadecimal as in proc_pid_status(5). */
  effectiveCapabilities: string;
  /** Lines of /proc/PID/cgroup; absent where it was refused. */
  cgroup?: string[];
}

/** A thread whose namespaces differ from its leader's. */
export interface ThreadFact {
  pid: Pid;
  threadId: Pid;
  namespaceSet: number;
}

/** Something other than membership that keeps a namespace alive or in reach. */
export type PinFact =
  | { pinKind: 'fd'; key: NamespaceKey; pid: Pid; fd: number }
  | { pinKind: 'bind'; key: NamespaceKey; mountPoint: string; mountNamespace: NamespaceKey | null }
  | { pinKind: 'socket'; key: NamespaceKey; pid: Pid; fd: number };

/** What could not be read: where, how often, why, and what would help. */
export interface Gap {
  subject: string;
  /** Symbolic errno, `EACCES`. */
  errno: string;
  count: number;
  examples: string[];
  remedy: string;
}

export interface ContainerFact {
  engine: string;
  containerId: string;
  name: string;
  image?: string;
}

/** user.max_KIND_namespaces of the observer's user namespace (namespaces(7), Linux 4.9). */
export interface LimitFact {
  kind: NamespaceKind;
  maximum: number;
}

/** A setting that may restrict user namespaces: a sysctl or a file, with its content. */
export interface RestrictionFact {
  name: string;
  value: string;
}

/** The mounts of one mount namespace, as text: thousands of lines, of which few are ever looked at. */
export interface MountTableFact {
  key: NamespaceKey;
  /** Lines of proc_pid_mountinfo(5), whole. */
  mountinfo: string;
  /** statmount(2) and the joined thread are for namespaces that no process lives in. */
  readBy: 'mountinfo' | 'statmount' | 'joined thread';
  /** The process whose /proc/PID/mountinfo it is. */
  pid?: Pid;
  /** Root directory of that process where it is not the namespace's: mounts outside of it are missing. */
  partialRoot?: string;
  /** Content of /etc/mtab where that is a real file and not a link to /proc. */
  mtab?: string;
}

/** A name under /run/netns of the observer, ip-netns(8). */
export interface NetnsNameFact {
  name: string;
  path: string;
  /** Null where it is not a network namespace; then `reason` says what is wrong. */
  key: NamespaceKey | null;
  reason: string | null;
}

export interface SnapshotHeader {
  formatVersion: number;
  /** Milliseconds since the epoch. */
  takenAt: number;
  hostname: string;
  kernelRelease: string;
  uptimeSeconds: number;
  /** Boot id: two snapshots are of the same boot when this is equal. */
  bootId: string;
  clockTicksPerSecond: number;
  /** Of the observer. */
  observer: { pid: Pid; effectiveUid: number; capabilities: string; namespaces: NamespaceSet };
  /** The initial namespaces where they could be told; see initial-namespaces.ts. */
  initialNamespaces: Partial<Record<NamespaceKind, NamespaceKey>>;
}

export interface Snapshot {
  header: SnapshotHeader;
  namespaces: NamespaceFact[];
  namespaceSets: NamespaceSet[];
  processes: ProcessFact[];
  threads: ThreadFact[];
  pins: PinFact[];
  containers: ContainerFact[];
  /** Names of users: uid → name, of the observer's /etc/passwd. */
  users: Record<string, string>;
  limits: LimitFact[];
  gaps: Gap[];
  /** Absent in recordings of earlier versions. */
  netnsNames?: NetnsNameFact[];
  userMaps?: UserMapFact[];
  restrictions?: RestrictionFact[];
  /** Absent where mounts were not asked for. */
  mountTables?: MountTableFact[];
  /** Absent where networks were not asked for. */
  networkTables?: NetworkTableFact[];
  /** Absent where sockets were not asked for. */
  socketTables?: SocketTableFact[];
  socketOwners?: SocketOwnerFact[];
  /** Of uts, ipc, cgroup and time namespaces. Absent where it was not asked for. */
  interiors?: InteriorFact[];
}

export function namespaceKey(kind: NamespaceKind, inode: number): NamespaceKey {
  return `${kind}:[${inode}]`;
}

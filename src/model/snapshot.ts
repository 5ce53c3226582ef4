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

/** An entry of a filesystem, whatever path leads to it in which mount namespace. */
export interface FilePlace {
  /** `major:minor` of the filesystem, as in proc_pid_mountinfo(5). */
  device: string;
  /** From the root of the filesystem. */
  path: string;
}

/** Something other than membership that keeps a namespace alive or in reach. */
export type PinFact =
  | ({ pinKind: 'fd' | 'socket'; key: NamespaceKey } & DescriptorFact)
  /** A file that holds a reference of its own. */
  | ({ pinKind: 'file'; key: NamespaceKey; file: HoldingFile } & DescriptorFact)
  | {
      pinKind: 'bind';
      key: NamespaceKey;
      mountPoint: string;
      mountNamespace: NamespaceKey | null;
      /** The entry that it is mounted on; null: out of the reader's sight; absent in recordings of earlier versions. */
      file?: FilePlace | null;
    }
  /** A proc file system keeps the pid namespace that it shows. */
  | { pinKind: 'proc'; key: NamespaceKey; mountPoint: string; mountNamespace: NamespaceKey | null };

export interface DescriptorFact {
  pid: Pid;
  /** The thread, where it has a table of descriptors of its own, CLONE_FILES of clone(2). */
  threadId?: Pid;
  fd: number;
}

/**
 * `tun`: the namespace that a TUN or tap device was opened in. `proc-net`: an open file of /proc/PID/net. `mount-table`:
 * an open /proc/PID/mountinfo, mounts or mountstats. `perf-event`: the pid namespace that perf_event_open(2) was called
 * in. `pidfd`: a pidfd, or a directory or file of /proc/PID, of a process that ended. `mount-context`: fsopen(2).
 * `credentials`: a file that was opened in another user namespace than its holder is in.
 */
export type HoldingFile =
  'tun' | 'proc-net' | 'mount-table' | 'perf-event' | 'pidfd' | 'mount-context' | 'credentials';

/** A unix socket in which descriptors wait to be received, SCM_RIGHTS of unix(7): of what, nobody can tell. */
export interface InFlightFact extends DescriptorFact {
  count: number;
}

/** What a look went through: without `sockets` and `files` a namespace may be held by what was not looked at. */
export type LookedAt = 'sockets' | 'files';

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
  /**
   * The highest unique mount id (Linux 6.8) in the namespace when the lines were read: a mount that is found later
   * under one of their ids is the same one where its unique id is not higher, for only the 32-bit ids are given again.
   */
  newestMount?: number;
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
  /** The file itself, below what is mounted on it; null: not to be told; absent in recordings of earlier versions. */
  file?: FilePlace | null;
  /** It is a directory, which ip-netns(8) does not make. */
  isDirectory?: true;
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
  inFlight?: InFlightFact[];
  lookedAt?: LookedAt[];
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

/** Where a descriptor of a process is found; of a thread with a table of its own, there. */
export function descriptorPath({ pid, threadId, fd }: DescriptorFact): string {
  return `/proc/${pid}${threadId === undefined ? '' : `/task/${threadId}`}/fd/${fd}`;
}

export function namespaceKey(kind: NamespaceKind, inode: number): NamespaceKey {
  return `${kind}:[${inode}]`;
}

/**
 * The eight kinds of namespace, namespaces(7): one record each.
 *
 * `procName` is the link under `/proc/PID/ns`, `cloneFlag` the CLONE_NEW* bit of <linux/sched.h>,
 * `limitName` the sysctl under `/proc/sys/user`, `hierarchical` whether NS_GET_PARENT works,
 * `initialInode` the fixed inode of the initial namespace where the kernel has one
 * (<linux/nsfs.h>, <linux/proc_ns.h>; mnt and net are fixed only since Linux 6.18).
 */
export interface NamespaceKindRecord {
  readonly kind: NamespaceKind;
  readonly title: string;
  readonly letter: string;
  readonly cloneFlag: number;
  readonly limitName: string;
  readonly hierarchical: boolean;
  readonly initialInode: number | null;
}

export type NamespaceKind = 'mnt' | 'net' | 'pid' | 'user' | 'uts' | 'ipc' | 'cgroup' | 'time';

/** A link under `/proc/PID/ns`: a kind, or the namespace that the next child will get (since 4.12 and 5.6). */
export type LinkName = NamespaceKind | 'pid_for_children' | 'time_for_children';

export const NAMESPACE_KIND_TABLE: readonly NamespaceKindRecord[] = [
  {
    kind: 'mnt',
    title: 'mount',
    letter: 'm',
    cloneFlag: 0x00020000,
    limitName: 'max_mnt_namespaces',
    hierarchical: false,
    initialInode: null,
  },
  {
    kind: 'net',
    title: 'network',
    letter: 'n',
    cloneFlag: 0x40000000,
    limitName: 'max_net_namespaces',
    hierarchical: false,
    initialInode: null,
  },
  {
    kind: 'pid',
    title: 'process id',
    letter: 'p',
    cloneFlag: 0x20000000,
    limitName: 'max_pid_namespaces',
    hierarchical: true,
    initialInode: 0xeffffffc,
  },
  {
    kind: 'user',
    title: 'user',
    letter: 'U',
    cloneFlag: 0x10000000,
    limitName: 'max_user_namespaces',
    hierarchical: true,
    initialInode: 0xeffffffd,
  },
  {
    kind: 'uts',
    title: 'host name',
    letter: 'u',
    cloneFlag: 0x04000000,
    limitName: 'max_uts_namespaces',
    hierarchical: false,
    initialInode: 0xeffffffe,
  },
  {
    kind: 'ipc',
    title: 'System V and POSIX IPC',
    letter: 'i',
    cloneFlag: 0x08000000,
    limitName: 'max_ipc_namespaces',
    hierarchical: false,
    initialInode: 0xefffffff,
  },
  {
    kind: 'cgroup',
    title: 'cgroup root',
    letter: 'c',
    cloneFlag: 0x02000000,
    limitName: 'max_cgroup_namespaces',
    hierarchical: false,
    initialInode: 0xeffffffb,
  },
  {
    kind: 'time',
    title: 'clock offset',
    letter: 't',
    cloneFlag: 0x00000080,
    limitName: 'max_time_namespaces',
    hierarchical: false,
    initialInode: 0xeffffffa,
  },
];

export const NAMESPACE_KINDS: readonly NamespaceKind[] = NAMESPACE_KIND_TABLE.map((record) => record.kind);

export const LINK_NAMES: readonly LinkName[] = [...NAMESPACE_KINDS, 'pid_for_children', 'time_for_children'];

export function isNamespaceKind(text: string): text is NamespaceKind {
  return (NAMESPACE_KINDS as readonly string[]).includes(text);
}

/** The kind of namespace that a link points to. */
export function kindOfLink(link: LinkName): NamespaceKind {
  if (link === 'pid_for_children') return 'pid';
  return link === 'time_for_children' ? 'time' : link;
}

/** CLONE_NEW… of a kind, for setns(2) and unshare(2). */
export function cloneFlagOf(kind: NamespaceKind): number {
  return NAMESPACE_KIND_TABLE.find((record) => record.kind === kind)!.cloneFlag;
}

/** The kind that a key names: `net` of `net:[4026531833]`. */
export function kindOfKey(key: `${NamespaceKind}:${string}`): NamespaceKind {
  return key.slice(0, key.indexOf(':')) as NamespaceKind;
}

/**
 * ioctl_nsfs(2) on namespace descriptors. A descriptor pins its namespace, so each is opened, asked and
 * closed in one go; nothing here returns one that stays open, but for `openNamespace*`, whose callers close.
 */
import type { NamespaceKind } from '../model/namespace-kind.js';
import { NAMESPACE_KIND_TABLE } from '../model/namespace-kind.js';
import * as libc from './libc.js';

/** <linux/nsfs.h>. The first kernel of each stands beside it. */
const NS_GET_USERNS = 0xb701; // 4.9
const NS_GET_PARENT = 0xb702; // 4.9
const NS_GET_NSTYPE = 0xb703; // 4.11
const NS_GET_OWNER_UID = 0xb704; // 4.11
const NS_GET_MNTNS_ID = 0x8008b705; // 6.11
const NS_GET_ID = 0x8008b70d; // 6.18
const NS_MNT_GET_NEXT = 0x8010b70b; // 6.12
const NS_MNT_GET_PREV = 0x8010b70c; // 6.12
const MNT_NS_INFO_SIZE = 16;
const U64_SIZE = 8;

/** statx(2), Linux 4.11. */
const AT_EMPTY_PATH = 0x1000;
const STATX_INO = 0x100;
const STATX_INO_AT = 32;
const STATX_SIZE = 256;

const argument = libc.fixedBuffer(MNT_NS_INFO_SIZE);
const status = libc.fixedBuffer(STATX_SIZE);
const emptyPath = libc.fixedPath('');

function ask(fd: number, request: number, withArgument: boolean): number {
  const result = libc.ioctl(fd, request, withArgument ? argument.address : 0);
  return result < 0 ? -libc.errno() : result;
}

function askU64(fd: number, request: number): number {
  argument.bytes.fill(0, 0, U64_SIZE);
  const result = ask(fd, request, true);
  return result < 0 ? result : Number(argument.view.getBigUint64(0, true));
}

/** Descriptor of the owning user namespace, or -errno: EPERM where it is out of the caller's sight. */
export function openOwner(fd: number): number {
  return ask(fd, NS_GET_USERNS, false);
}

/** Descriptor of the parent namespace (pid, user), or -errno: EPERM for an initial one or out of sight. */
export function openParent(fd: number): number {
  return ask(fd, NS_GET_PARENT, false);
}

/** Descriptor of the mount namespace after this one, or -errno: ENOENT at the end. */
export function openNextMountNamespace(fd: number): number {
  return askNeighbour(fd, NS_MNT_GET_NEXT);
}

/** Descriptor of the mount namespace before this one, or -errno: ENOENT at the start. */
export function openPreviousMountNamespace(fd: number): number {
  return askNeighbour(fd, NS_MNT_GET_PREV);
}

function askNeighbour(fd: number, request: number): number {
  argument.bytes.fill(0);
  argument.view.setUint32(0, MNT_NS_INFO_SIZE, true);
  return ask(fd, request, true);
}

/** uid that made a user namespace, in the caller's user namespace; -errno where refused. */
export function readOwnerUid(fd: number): number {
  const result = ask(fd, NS_GET_OWNER_UID, true);
  return result < 0 ? result : argument.view.getUint32(0, true);
}

/** The id that is never reused; -ENOTTY on kernels without one. */
export function readNamespaceId(fd: number, isMountNamespace: boolean): number {
  const namespaceId = askU64(fd, NS_GET_ID);
  return namespaceId < 0 && isMountNamespace ? askU64(fd, NS_GET_MNTNS_ID) : namespaceId;
}

/**
 * Which namespace a descriptor is; null where it is none. Not by its /proc/self/fd link: for a bind mount that
 * shows the mount point.
 */
export function readDescriptorIdentity(fd: number): { kind: NamespaceKind; inode: number } | null {
  const cloneFlag = ask(fd, NS_GET_NSTYPE, false);
  const record = NAMESPACE_KIND_TABLE.find((candidate) => candidate.cloneFlag === cloneFlag);
  if (!record) return null;
  if (libc.statx(fd, emptyPath.address, AT_EMPTY_PATH, STATX_INO, status.address) < 0) return null;
  return { kind: record.kind, inode: Number(status.view.getBigUint64(STATX_INO_AT, true)) };
}

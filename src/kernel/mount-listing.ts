/**
 * Mounts of a mount namespace by its id, without joining it: listmount(2), statmount(2), Linux 6.8; other
 * mount namespaces by id since 6.11.
 */
import { createHash } from 'node:crypto';
import type { MountinfoEntry } from '../formats/mountinfo.js';
import { formatMountinfoLine, propagationOf } from '../formats/mountinfo.js';
import { decodeText } from './byte-names.js';
import * as libc from './libc.js';

/** `struct mnt_id_req`, <linux/mount.h>: size u32, spare u32, mount id u64, parameter u64, namespace id u64. */
const REQUEST_SIZE = 32;
const LSMT_ROOT = 0xffff_ffff_ffff_ffffn;
const STATMOUNT_SB_BASIC = 0x1n;
const STATMOUNT_MNT_BASIC = 0x2n;
const STATMOUNT_PROPAGATE_FROM = 0x4n;
const STATMOUNT_MNT_ROOT = 0x8n;
const STATMOUNT_MNT_POINT = 0x10n;
const STATMOUNT_FS_TYPE = 0x20n;
const STATMOUNT_MNT_OPTS = 0x80n; // 6.11
const STATMOUNT_FS_SUBTYPE = 0x100n; // 6.13
const STATMOUNT_SB_SOURCE = 0x200n; // 6.13
const OUTLINE = STATMOUNT_FS_TYPE | STATMOUNT_MNT_ROOT | STATMOUNT_MNT_POINT;
const EVERYTHING =
  OUTLINE |
  STATMOUNT_SB_BASIC |
  STATMOUNT_MNT_BASIC |
  STATMOUNT_PROPAGATE_FROM |
  STATMOUNT_MNT_OPTS |
  STATMOUNT_FS_SUBTYPE |
  STATMOUNT_SB_SOURCE;

/** Offsets in `struct statmount`. Strings are offsets from its end. */
const AT = {
  mountOptions: 4,
  mask: 8,
  deviceMajor: 16,
  deviceMinor: 20,
  superFlags: 32,
  filesystemType: 36,
  oldMountId: 56,
  oldParentId: 60,
  attributes: 64,
  propagation: 72,
  peerGroup: 80,
  master: 88,
  propagateFrom: 96,
  root: 104,
  mountPoint: 108,
  subtype: 120,
  source: 124,
  strings: 512,
} as const;
const RESULT_SIZE = 64 * 1024;
const LISTMOUNT_REVERSE = 1; // 6.12
const IDS_A_CALL = 1024;
const MS_UNBINDABLE = 0x20000;

/** MOUNT_ATTR_* of <linux/mount.h> in the order of show_mnt_opts(), fs/proc_namespace.c. */
const MOUNT_ATTRIBUTES: readonly [number, string][] = [
  [0x2, 'nosuid'],
  [0x4, 'nodev'],
  [0x8, 'noexec'],
  [0x10, 'noatime'],
  [0x80, 'nodiratime'],
  // MOUNT_ATTR__ATIME is a field of values, not of bits: this is its zero.
  [0, 'relatime'],
  [0x200000, 'nosymfollow'],
  [0x100000, 'idmapped'],
];
const MOUNT_ATTR_RDONLY = 0x1;
const MOUNT_ATTR_ATIME = 0x70;
/** SB_* flags in the order of show_sb_opts(), fs/proc_namespace.c. */
const SUPER_FLAGS: readonly [number, string][] = [
  [0x10, 'sync'],
  [0x80, 'dirsync'],
  [0x40, 'mand'],
  [0x2000000, 'lazytime'],
];
const SB_RDONLY = 0x1;

const request = libc.fixedBuffer(REQUEST_SIZE);
const ids = libc.fixedBuffer(IDS_A_CALL * 8);
const result = libc.fixedBuffer(RESULT_SIZE);

export interface ListedMount {
  filesystemType: string;
  root: string;
  mountPoint: string;
}

function writeRequest(mountId: bigint, parameter: bigint, mountNamespaceId: number): void {
  request.view.setUint32(0, REQUEST_SIZE, true);
  request.view.setUint32(4, 0, true);
  request.view.setBigUint64(8, mountId, true);
  request.view.setBigUint64(16, parameter, true);
  request.view.setBigUint64(24, BigInt(mountNamespaceId), true);
}

function stringAt(offsetField: number): string {
  const start = AT.strings + result.view.getUint32(offsetField, true);
  const end = result.bytes.indexOf(0, start);
  return decodeText(result.bytes, start, end < 0 ? undefined : end);
}

/** Calls back with the number of mount ids that lie in `ids`, page by page; -errno where refused, else 0. */
function forEachPage(mountNamespaceId: number, look: (count: number) => void): number {
  for (let last = 0n; ;) {
    writeRequest(LSMT_ROOT, last, mountNamespaceId);
    const count = libc.syscall('listmount', request.address, ids.address, IDS_A_CALL, 0);
    if (count < 0) return -libc.errno();
    if (count > 0) last = ids.view.getBigUint64((count - 1) * 8, true);
    look(count);
    if (count < IDS_A_CALL) return 0;
  }
}

/** Calls back for each mount with its statmount result in place; -errno where refused, else 0. */
function forEachMount(mountNamespaceId: number, mask: bigint, look: () => void): number {
  return forEachPage(mountNamespaceId, (count) => {
    for (let at = 0; at < count; at++) {
      writeRequest(ids.view.getBigUint64(at * 8, true), mask, mountNamespaceId);
      // A mount that went away meanwhile is not there.
      if (libc.syscall('statmount', request.address, result.address, RESULT_SIZE, 0) >= 0) look();
    }
  });
}

/**
 * A fingerprint of the ids of all mounts of the namespace: while it is the same, none came or went, for an id
 * is never given again. Null where refused (ENOSYS before 6.8).
 */
export function mountIdsFingerprint(mountNamespaceId: number): string | null {
  const hash = createHash('sha1');
  const failed = forEachPage(mountNamespaceId, (count) => hash.update(ids.bytes.subarray(0, count * 8)));
  return failed < 0 ? null : hash.digest('base64');
}

/**
 * The highest unique id of the namespace's mounts: ids are given in order and never again, so that a mount with a
 * lower one was there by now. Null where refused (ENOSYS before 6.8).
 */
export function newestMountId(mountNamespaceId: number): number | null {
  writeRequest(LSMT_ROOT, 0n, mountNamespaceId);
  const count = libc.syscall('listmount', request.address, ids.address, 1, LISTMOUNT_REVERSE);
  if (count === 1) return Number(ids.view.getBigUint64(0, true));
  let newest: number | null = null;
  const failed = forEachPage(mountNamespaceId, (found) => {
    if (found > 0) newest = Number(ids.view.getBigUint64((found - 1) * 8, true));
  });
  return failed < 0 ? null : newest;
}

/** The group that a mount of our own namespace receives from, by its unique id; 0: none. Null where refused. */
export function masterOfMount(uniqueMountId: number): number | null {
  writeRequest(BigInt(uniqueMountId), STATMOUNT_MNT_BASIC, 0);
  const failed = libc.syscall('statmount', request.address, result.address, RESULT_SIZE, 0) < 0;
  return failed ? null : Number(result.view.getBigUint64(AT.master, true));
}

/** All mounts of the namespace; -errno where refused (ENOSYS before 6.8). */
export function listMounts(mountNamespaceId: number): ListedMount[] | number {
  const mounts: ListedMount[] = [];
  const failed = forEachMount(mountNamespaceId, OUTLINE, () => {
    mounts.push({
      filesystemType: stringAt(AT.filesystemType),
      root: stringAt(AT.root),
      mountPoint: stringAt(AT.mountPoint),
    });
  });
  return failed < 0 ? failed : mounts;
}

/** The text of a mountinfo file of the namespace, as a process at its root would read it; -errno where refused. */
export function listMountinfo(mountNamespaceId: number): string | number {
  const lines: string[] = [];
  const failed = forEachMount(mountNamespaceId, EVERYTHING, () =>
    lines.push(`${formatMountinfoLine(currentEntry())}\n`),
  );
  return failed < 0 ? failed : lines.join('');
}

function groupAt(offset: number): number | null {
  return Number(result.view.getBigUint64(offset, true)) || null;
}

function stringWhere(bit: bigint, offset: number, otherwise: string): string {
  return (result.view.getBigUint64(AT.mask, true) & bit) !== 0n ? stringAt(offset) : otherwise;
}

function currentEntry(): MountinfoEntry {
  const { view } = result;
  const peerGroup = groupAt(AT.peerGroup);
  const masterGroup = groupAt(AT.master);
  const from = groupAt(AT.propagateFrom);
  const isUnbindable = (Number(view.getBigUint64(AT.propagation, true)) & MS_UNBINDABLE) !== 0;
  const subtype = stringWhere(STATMOUNT_FS_SUBTYPE, AT.subtype, '');
  return {
    mountId: view.getUint32(AT.oldMountId, true),
    parentMountId: view.getUint32(AT.oldParentId, true),
    device: `${view.getUint32(AT.deviceMajor, true)}:${view.getUint32(AT.deviceMinor, true)}`,
    root: stringAt(AT.root),
    mountPoint: stringAt(AT.mountPoint),
    mountOptions: mountOptionText(Number(view.getBigUint64(AT.attributes, true))),
    propagation: propagationOf(peerGroup, masterGroup, isUnbindable),
    peerGroup,
    masterGroup,
    propagateFrom: from !== null && from !== masterGroup ? from : null,
    filesystemType: stringAt(AT.filesystemType) + (subtype === '' ? '' : `.${subtype}`),
    source: stringWhere(STATMOUNT_SB_SOURCE, AT.source, 'none') || 'none',
    superOptions: superOptionText(view.getUint32(AT.superFlags, true)),
  };
}

function mountOptionText(attributes: number): string {
  const words = [(attributes & MOUNT_ATTR_RDONLY) !== 0 ? 'ro' : 'rw'];
  for (const [bits, word] of MOUNT_ATTRIBUTES) {
    const isSet = word === 'relatime' ? (attributes & MOUNT_ATTR_ATIME) === 0 : (attributes & bits) !== 0;
    if (isSet) words.push(word);
  }
  return words.join(',');
}

function superOptionText(flags: number): string {
  const words = [(flags & SB_RDONLY) !== 0 ? 'ro' : 'rw'];
  for (const [bit, word] of SUPER_FLAGS) if ((flags & bit) !== 0) words.push(word);
  const own = stringWhere(STATMOUNT_MNT_OPTS, AT.mountOptions, '');
  return [...words, ...(own === '' ? [] : [own])].join(',');
}

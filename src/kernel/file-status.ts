/** Which filesystem and mount a file lies on: statx(2), Linux 4.11; the mount since 5.8. */
import { writeText } from './byte-names.js';
import * as libc from './libc.js';

/** Never asks a server: what is cached is enough, and a dead NFS must not stop us. */
const AT_STATX_DONT_SYNC = 0x4000;
const AT_NO_AUTOMOUNT = 0x800;
const AT_EMPTY_PATH = 0x1000;
const STATX_TYPE = 0x1;
const STATX_MNT_ID = 0x1000;
const STATX_MNT_ID_UNIQUE = 0x4000; // 6.8
const AT = {
  mask: 0,
  mode: 28,
  rdevMajor: 128,
  rdevMinor: 132,
  deviceMajor: 136,
  deviceMinor: 140,
  mountId: 144,
} as const;
const STATX_SIZE = 256;
const S_IFMT = 0xf000;
const S_IFBLK = 0x6000;

const status = libc.fixedBuffer(STATX_SIZE);
const path = libc.fixedBuffer(4096);

export interface FileStatus {
  /** `major:minor`. On btrfs that of the subvolume, which no mount table shows: then only the mount tells. */
  device: string;
  mountId: number | null;
}

function ask(directoryFd: number, relativePath: string, flags: number, mask: number): number {
  path.bytes[writeText(path.bytes, relativePath)] = 0;
  const all = AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT | flags;
  return libc.statx(directoryFd, path.address, all, mask, status.address) < 0 ? -libc.errno() : 0;
}

function deviceAt(major: number, minor: number): string {
  return `${status.view.getUint32(major, true)}:${status.view.getUint32(minor, true)}`;
}

function mountIdOf(bit: number): number | null {
  const { view } = status;
  const isThere = (view.getUint32(AT.mask, true) & bit) !== 0;
  return isThere ? Number(view.getBigUint64(AT.mountId, true)) : null;
}

/** Of a path below an open directory (or an absolute one); magic links of /proc are followed. -errno where refused. */
export function readFileStatus(directoryFd: number, relativePath: string, flags = 0): FileStatus | number {
  const failed = ask(directoryFd, relativePath, flags, STATX_MNT_ID);
  if (failed < 0) return failed;
  return { device: deviceAt(AT.deviceMajor, AT.deviceMinor), mountId: mountIdOf(STATX_MNT_ID) };
}

/** Of an open descriptor; -errno where refused. */
export function readDescriptorStatus(fd: number): FileStatus | number {
  return readFileStatus(fd, '', AT_EMPTY_PATH);
}

/** The id of the mount that a path lies on, which is never given again: Linux 6.8; null where it cannot be told. */
export function readUniqueMountId(directoryFd: number, relativePath: string): number | null {
  const failed = ask(directoryFd, relativePath, 0, STATX_MNT_ID_UNIQUE);
  return failed < 0 ? null : mountIdOf(STATX_MNT_ID_UNIQUE);
}

/** `major:minor` that a block device node stands for; null: it is none. -errno where refused. */
export function readBlockDevice(directoryFd: number, relativePath: string): string | number | null {
  const failed = ask(directoryFd, relativePath, 0, STATX_TYPE);
  if (failed < 0) return failed;
  const isBlock = (status.view.getUint16(AT.mode, true) & S_IFMT) === S_IFBLK;
  return isBlock ? deviceAt(AT.rdevMajor, AT.rdevMinor) : null;
}

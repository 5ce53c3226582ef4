/** Which filesystem and mount a file lies on: statx(2), Linux 4.11; the mount since 5.8. */
import { writeText } from './byte-names.js';
import * as libc from './libc.js';

/** Never asks a server: what is cached is enough, and a dead NFS must not stop us. */
const AT_STATX_DONT_SYNC = 0x4000;
const AT_NO_AUTOMOUNT = 0x800;
const AT_EMPTY_PATH = 0x1000;
const STATX_MNT_ID = 0x1000;
const STATX_MNT_ID_UNIQUE = 0x4000; // 6.8
const AT = {
  mask: 0,
  deviceMajor: 136,
  deviceMinor: 140,
  mountId: 144,
} as const;
const STATX_SIZE = 256;

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

function device(): string {
  const { view } = status;
  return `${view.getUint32(AT.deviceMajor, true)}:${view.getUint32(AT.deviceMinor, true)}`;
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
  return { device: device(), mountId: mountIdOf(STATX_MNT_ID) };
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

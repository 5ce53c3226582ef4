/** Which filesystem and mount a file lies on: statx(2), Linux 4.11; the mount since 5.8. */
import { writeText } from './byte-names.js';
import * as libc from './libc.js';

/** Never asks a server: what is cached is enough, and a dead NFS must not stop us. */
const AT_STATX_DONT_SYNC = 0x4000;
const AT_NO_AUTOMOUNT = 0x800;
const STATX_MNT_ID = 0x1000;
const AT = { mask: 0, deviceMajor: 136, deviceMinor: 140, mountId: 144 } as const;
const STATX_SIZE = 256;

const status = libc.fixedBuffer(STATX_SIZE);
const path = libc.fixedBuffer(4096);

export interface FileStatus {
  /** `major:minor`. On btrfs that of the subvolume, which no mount table shows: then only the mount tells. */
  device: string;
  mountId: number | null;
}

/** Of a path below an open directory (or an absolute one); magic links of /proc are followed. -errno where refused. */
export function readFileStatus(directoryFd: number, relativePath: string): FileStatus | number {
  path.bytes[writeText(path.bytes, relativePath)] = 0;
  const flags = AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT;
  if (libc.statx(directoryFd, path.address, flags, STATX_MNT_ID, status.address) < 0) return -libc.errno();
  const { view } = status;
  const hasMount = (view.getUint32(AT.mask, true) & STATX_MNT_ID) !== 0;
  return {
    device: `${view.getUint32(AT.deviceMajor, true)}:${view.getUint32(AT.deviceMinor, true)}`,
    mountId: hasMount ? Number(view.getBigUint64(AT.mountId, true)) : null,
  };
}

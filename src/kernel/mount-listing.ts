/**
 * Mounts of a mount namespace by its id, without joining it: listmount(2), statmount(2), Linux 6.8; other
 * mount namespaces by id since 6.11.
 */
import * as libc from './libc.js';

/** `struct mnt_id_req`, <linux/mount.h>: size u32, spare u32, mount id u64, parameter u64, namespace id u64. */
const REQUEST_SIZE = 32;
const LSMT_ROOT = 0xffff_ffff_ffff_ffffn;
const STATMOUNT_MNT_ROOT = 0x8n;
const STATMOUNT_MNT_POINT = 0x10n;
const STATMOUNT_FS_TYPE = 0x20n;
/** Offsets in `struct statmount`. Strings are offsets from its end. */
const FS_TYPE_AT = 36;
const MOUNT_ROOT_AT = 104;
const MOUNT_POINT_AT = 108;
const STRINGS_AT = 512;
const RESULT_SIZE = 16 * 1024;
const IDS_A_CALL = 1024;

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
  const start = STRINGS_AT + result.view.getUint32(offsetField, true);
  const end = result.bytes.indexOf(0, start);
  return result.bytes.toString('utf8', start, end < 0 ? undefined : end);
}

/** All mounts of the namespace; -errno where refused (ENOSYS before 6.8). */
export function listMounts(mountNamespaceId: number): ListedMount[] | number {
  const mounts: ListedMount[] = [];
  const mask = STATMOUNT_FS_TYPE | STATMOUNT_MNT_ROOT | STATMOUNT_MNT_POINT;
  for (let last = 0n; ;) {
    writeRequest(LSMT_ROOT, last, mountNamespaceId);
    const count = libc.syscall('listmount', request.address, ids.address, IDS_A_CALL, 0);
    if (count < 0) return -libc.errno();
    for (let at = 0; at < count; at++) {
      last = ids.view.getBigUint64(at * 8, true);
      writeRequest(last, mask, mountNamespaceId);
      if (libc.syscall('statmount', request.address, result.address, RESULT_SIZE, 0) < 0) continue;
      mounts.push({
        filesystemType: stringAt(FS_TYPE_AT),
        root: stringAt(MOUNT_ROOT_AT),
        mountPoint: stringAt(MOUNT_POINT_AT),
      });
    }
    if (count < IDS_A_CALL) return mounts;
  }
}

/**
 * Namespaces by their id: listns(2) names every namespace of the machine (Linux 6.19), and
 * open_by_handle_at(2) on nsfs opens one (Linux 6.18), also where no path leads to it.
 */
import type { NamespaceKind } from '../model/namespace-kind.js';
import { NAMESPACE_KIND_TABLE } from '../model/namespace-kind.js';
import * as libc from './libc.js';

/** `struct ns_id_req` of <linux/nsfs.h>. */
const REQUEST_SIZE = 32;
const LISTNS_IDS_A_CALL = 512;
/** `struct file_handle` with a `struct nsfs_file_handle`: id u64, type u32, inode u32. */
const HANDLE_BYTES = 16;
const FILEID_NSFS = 0xf1;
const FD_NSFS_ROOT = -10003;

const request = libc.fixedBuffer(REQUEST_SIZE);
const ids = libc.fixedBuffer(LISTNS_IDS_A_CALL * 8);
const handle = libc.fixedBuffer(8 + HANDLE_BYTES);

/** Ids of all namespaces that the caller may see; -errno, ENOSYS before 6.19. */
export function listNamespaceIds(): number[] | number {
  const found: number[] = [];
  for (let last = 0n; ;) {
    request.bytes.fill(0);
    request.view.setUint32(0, REQUEST_SIZE, true);
    request.view.setBigUint64(8, last, true);
    const count = libc.syscall('listns', request.address, ids.address, LISTNS_IDS_A_CALL, 0);
    if (count < 0) return -libc.errno();
    for (let at = 0; at < count; at++) {
      last = ids.view.getBigUint64(at * 8, true);
      found.push(Number(last));
    }
    if (count < LISTNS_IDS_A_CALL) return found;
  }
}

/** A descriptor of the namespace with this id; -errno: ESTALE where it is gone. */
export function openNamespaceById(namespaceId: number): number {
  return openHandle(namespaceId, 0, 0);
}

/** As openNamespaceById; the kernel of 6.18 wants kind and inode too, later ones take them. */
export function openNamespaceByIdentity(namespaceId: number, kind: NamespaceKind, inode: number): number {
  const cloneFlag = NAMESPACE_KIND_TABLE.find((record) => record.kind === kind)?.cloneFlag ?? 0;
  return openHandle(namespaceId, cloneFlag, inode);
}

function openHandle(namespaceId: number, cloneFlag: number, inode: number): number {
  handle.bytes.fill(0);
  handle.view.setUint32(0, HANDLE_BYTES, true);
  handle.view.setInt32(4, FILEID_NSFS, true);
  handle.view.setBigUint64(8, BigInt(namespaceId), true);
  handle.view.setUint32(16, cloneFlag, true);
  handle.view.setUint32(20, inode, true);
  const fd = libc.syscall('open_by_handle_at', FD_NSFS_ROOT, handle.address, libc.O_RDONLY | libc.O_CLOEXEC);
  return fd < 0 ? -libc.errno() : fd;
}

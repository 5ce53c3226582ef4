/** A cgroup of version 2 by its id, open_by_handle_at(2): kernfs takes the id as a file handle since Linux 5.5. */
import { readLinkText } from './byte-names.js';
import * as libc from './libc.js';

/** `struct file_handle` with a 64-bit id; FILEID_KERNFS of <linux/exportfs.h>. */
const HANDLE_BYTES = 8;
const FILEID_KERNFS = 0xfe;
const handle = libc.fixedBuffer(8 + HANDLE_BYTES);

/** Its path below a mount of the hierarchy; null: it is gone, or we may not ask (CAP_DAC_READ_SEARCH). */
export function cgroupPathById(mountPoint: string, id: bigint): string | null {
  const flags = libc.O_RDONLY | libc.O_DIRECTORY | libc.O_CLOEXEC;
  const mount = libc.openat(libc.AT_FDCWD, libc.fixedPath(mountPoint).address, flags, 0);
  if (mount < 0) return null;
  handle.view.setUint32(0, HANDLE_BYTES, true);
  handle.view.setInt32(4, FILEID_KERNFS, true);
  handle.view.setBigUint64(8, id, true);
  const fd = libc.syscall('open_by_handle_at', mount, handle.address, libc.O_PATH | libc.O_CLOEXEC);
  libc.close(mount);
  if (fd < 0) return null;
  try {
    return readLinkText(`/proc/self/fd/${fd}`);
  } finally {
    libc.close(fd);
  }
}

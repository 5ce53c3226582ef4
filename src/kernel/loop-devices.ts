/** What a loop device is made of: LOOP_GET_STATUS64, <linux/loop.h>, Linux 2.6. */
import * as libc from './libc.js';

const LOOP_GET_STATUS64 = 0x4c05;
/** struct loop_info64: lo_device first. */
const LOOP_INFO_SIZE = 232;

const info = libc.fixedBuffer(LOOP_INFO_SIZE);

/** An encoded dev_t as stat(2) gives it: major in bits 8 to 19, the rest is minor. */
export function encodedDevice(value: number): string {
  return `${(value >>> 8) & 0xfff}:${(value & 0xff) | ((value >>> 12) & 0xfff00)}`;
}

/**
 * `major:minor` of the filesystem that the file of a loop device lies on; -errno where refused. The kernel asks the
 * file's server: not for files on one that may not answer.
 */
export function readLoopDevice(path: string): string | number {
  const flags = libc.O_RDONLY | libc.O_NONBLOCK | libc.O_CLOEXEC;
  const fd = libc.openat(libc.AT_FDCWD, libc.fixedPath(path).address, flags, 0);
  if (fd < 0) return -libc.errno();
  try {
    if (libc.ioctl(fd, LOOP_GET_STATUS64, info.address) < 0) return -libc.errno();
    return encodedDevice(info.view.getUint32(0, true));
  } finally {
    libc.close(fd);
  }
}

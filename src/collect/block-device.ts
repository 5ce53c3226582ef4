/** Which device a block device node stands for. */
import { lstatSync } from 'node:fs';

/** `major:minor`; null where the path is no block device. Not for paths on a server that may not answer. */
export function blockDevice(path: string): string | null {
  try {
    const status = lstatSync(path);
    if (!status.isBlockDevice()) return null;
    const { rdev } = status;
    // As glibc encodes it, makedev(3): what fits into 32 bits.
    return `${(rdev >>> 8) & 0xfff}:${(rdev & 0xff) | ((rdev >>> 12) & 0xfff00)}`;
  } catch {
    return null;
  }
}

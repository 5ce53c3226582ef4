/** pipe2(2): both ends are closed in programs that are started, but for the one that is handed on. */
import * as libc from './libc.js';

const ends = libc.fixedBuffer(8);

/** -errno where there is none. */
export function openPipe(): { reading: number; writing: number } | number {
  if (libc.pipe2(ends.address, libc.O_CLOEXEC) < 0) return -libc.errno();
  return { reading: ends.view.getInt32(0, true), writing: ends.view.getInt32(4, true) };
}

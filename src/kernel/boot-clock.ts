/** CLOCK_BOOTTIME of clock_gettime(2): nobody sets it, and it goes on while the machine sleeps. */
import * as libc from './libc.js';

const CLOCK_BOOTTIME = 7;

const time = libc.fixedBuffer(16);

/** Milliseconds since the machine was started. */
export function bootMilliseconds(): number {
  libc.clock_gettime(CLOCK_BOOTTIME, time.address);
  return Number(time.view.getBigInt64(0, true)) * 1000 + Number(time.view.getBigInt64(8, true)) / 1e6;
}

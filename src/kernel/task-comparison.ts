/** Whether two tasks share what they can have of their own: kcmp(2), Linux 3.5, CONFIG_KCMP. */
import { ESRCH } from './errno.js';
import * as libc from './libc.js';

/** <linux/kcmp.h> */
const KCMP = { files: 2, fs: 3 } as const;

/** False also where the kernel does not say (no CONFIG_KCMP, no right): then both are to be looked at. */
export function sharesWith(one: number, other: number, what: keyof typeof KCMP): boolean {
  const answer = libc.syscall('kcmp', one, other, KCMP[what]);
  // One that is gone has nothing any more.
  return answer === 0 || (answer < 0 && libc.errno() === ESRCH);
}

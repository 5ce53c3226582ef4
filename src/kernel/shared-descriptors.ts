/** Whether two tasks have one table of descriptors: kcmp(2), Linux 3.5. */
import * as libc from './libc.js';

/** <linux/kcmp.h>. */
const KCMP_FILES = 2;

/** True too where the kernel does not say: most threads share. */
export function sharesDescriptors(taskId: number, otherTaskId: number): boolean {
  return libc.syscall('kcmp', taskId, otherTaskId, KCMP_FILES) <= 0;
}

/** Taking the terminal back after a program that ran on it: tcsetpgrp(3). */
import * as libc from './libc.js';

const SIGTTOU = 22;
const SIG_DFL = 0;
const SIG_IGN = 1;

/**
 * A shell that was killed leaves its own process group in the foreground: we would be stopped at the next write.
 * SIGTTOU is ignored meanwhile, else asking from the background stops us too.
 */
export function takeTerminal(fd: number): void {
  libc.signal(SIGTTOU, SIG_IGN);
  libc.tcsetpgrp(fd, libc.getpgrp());
  libc.signal(SIGTTOU, SIG_DFL);
}

/** Our name in /proc/PID/comm, prctl(2) PR_SET_NAME: Node calls every program `node`. */
import { writeFileSync } from 'node:fs';
import { OWN_COMM } from '../model/own-name.js';

export function nameProcess(): void {
  try {
    writeFileSync('/proc/self/comm', OWN_COMM);
  } catch {
    // Without /proc nothing works; what reads it says so.
  }
}

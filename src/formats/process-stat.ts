/** Start time (clock ticks since boot) of /proc/PID/stat, proc_pid_stat(5) field 22; -1 where it has none. */
export function parseStartTime(text: string): number {
  // The comm may hold blanks and parentheses: the last ")" ends it.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const startTime = Number(fields[19]);
  return fields.length > 19 && Number.isFinite(startTime) ? startTime : -1;
}

/** Arguments of /proc/PID/cmdline joined by blanks, without the blanks that a changed title leaves at its end. */
export function parseCommandLine(text: string): string {
  return text.replaceAll('\0', ' ').trimEnd();
}

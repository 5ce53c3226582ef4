/** A file mapped into a process: a line of /proc/PID/maps, proc_pid_maps(5). */
export interface MappedFile {
  /** As the name of its link in /proc/PID/map_files. */
  range: string;
  path: string;
}

const LINE = /^([0-9a-f]+-[0-9a-f]+) \S+ \S+ ([0-9a-f]+):([0-9a-f]+) [1-9][0-9]* +(.*)$/;

/** Files of one device (`major:minor`, decimal), each path once. */
export function parseMappedFiles(text: string, device: string): MappedFile[] {
  const files = new Map<string, MappedFile>();
  const [major, minor] = device.split(':').map(Number);
  const hexadecimal = ` ${major!.toString(16).padStart(2, '0')}:${minor!.toString(16).padStart(2, '0')} `;
  for (const line of text.includes(hexadecimal) ? text.split('\n') : []) {
    if (!line.includes(hexadecimal)) continue;
    const [, range, , , path] = LINE.exec(line) ?? [];
    // The kernel escapes newlines only (seq_path with "\n").
    if (path !== undefined && !files.has(path))
      files.set(path, { range: range!, path: path.replaceAll('\\012', '\n') });
  }
  return [...files.values()];
}

import { unescapeMountPath } from './mountinfo.js';

/** Paths of swap files in /proc/swaps, proc_swaps(5); partitions lie on no filesystem. */
export function parseSwaps(text: string): string[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [path, kind] = line.split(/\s+/);
      return path !== undefined && kind === 'file' ? [unescapeMountPath(path)] : [];
    });
}

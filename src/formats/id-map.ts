/** /proc/PID/uid_map and gid_map, user_namespaces(7): three numbers a line. */
import type { IdExtent } from '../model/user-map.js';

const LINE = /^\s*(\d+)\s+(\d+)\s+(\d+)\s*$/;

export function parseIdMap(text: string): IdExtent[] {
  return text.split('\n').flatMap((line) => {
    const [, inside, outside, length] = LINE.exec(line) ?? [];
    return length === undefined
      ? []
      : [{ inside: Number(inside), outside: Number(outside), length: Number(length) }];
  });
}

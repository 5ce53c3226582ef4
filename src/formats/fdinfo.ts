/** Lines of /proc/PID/fdinfo/FD, proc_pid_fdinfo(5), that tell what a descriptor keeps besides its own file. */
import { unescapeMountPath } from './mountinfo.js';
import { kernelDevice } from './unix-diag.js';

/** Descriptors that wait in the queue of a unix socket (SCM_RIGHTS), Linux 5.6; 0 where it does not say. */
export function parseInFlight(text: string): number {
  return Number(/^scm_fds:\s*(\d+)/m.exec(text)?.[1] ?? 0);
}

/** The mount that an open file was opened through, Linux 3.15. */
export function parseMountId(text: string): number | null {
  const id = /^mnt_id:\s*(\d+)/m.exec(text)?.[1];
  return id === undefined ? null : Number(id);
}

/** Paths of files that an io_uring has registered. */
export function parseRegisteredFiles(text: string): string[] {
  const list = /^UserFiles:\s*\d+\n((?: *\d+: .*\n?)*)/m.exec(text)?.[1] ?? '';
  return list.split('\n').flatMap((line) => {
    const path = /^ *\d+: (\/.*)$/.exec(line)?.[1];
    return path === undefined ? [] : [unescapeMountPath(path)];
  });
}

/** FAN_REPORT_FID, FAN_REPORT_DIR_FID: events that name what happened by handles keep nothing. */
const REPORT_HANDLES = 0x600;

/** What a fanotify(7) group watches, where its unread events hold paths. */
export interface FanotifyMarks {
  mountIds: number[];
  /** `major:minor` of filesystems, of which single files or all are marked. */
  devices: string[];
}

export function parseFanotifyMarks(text: string): FanotifyMarks {
  const marks: FanotifyMarks = { mountIds: [], devices: [] };
  const flags = parseInt(/^fanotify flags:([0-9a-f]+)/m.exec(text)?.[1] ?? '0', 16);
  if ((flags & REPORT_HANDLES) !== 0) return marks;
  for (const [, id] of text.matchAll(/^fanotify mnt_id:([0-9a-f]+)/gm))
    marks.mountIds.push(parseInt(id!, 16));
  for (const [, device] of text.matchAll(/^fanotify .*?sdev:([0-9a-f]+)/gm)) {
    marks.devices.push(kernelDevice(parseInt(device!, 16)));
  }
  return marks;
}

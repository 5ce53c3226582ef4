/** Records of a perf ring buffer that tell of tasks: perf_event_open(2), <linux/perf_event.h>. */
export type TaskRecord =
  | { recordKind: 'fork' | 'exit'; pid: number; threadId: number; parentPid: number }
  | { recordKind: 'exec' | 'namespaces'; pid: number; threadId: number }
  | { recordKind: 'lost' };

const HEADER_SIZE = 8;
const PERF_RECORD_LOST = 2;
const PERF_RECORD_COMM = 3;
const PERF_RECORD_EXIT = 4;
const PERF_RECORD_FORK = 7;
const PERF_RECORD_NAMESPACES = 16;
const PERF_RECORD_MISC_COMM_EXEC = 1 << 13;

/** Size in bytes of the record at `at`: type u32, misc u16, size u16. */
export function decodeRecordSize(view: DataView, at: number): number {
  return view.getUint16(at + 6, true);
}

/** The record at `at`, or null where it does not concern us (a title change without exec, throttling …). */
export function decodeTaskRecord(view: DataView, at: number): TaskRecord | null {
  const type = view.getUint32(at, true);
  const word = (index: number): number => view.getInt32(at + HEADER_SIZE + index * 4, true);
  switch (type) {
    case PERF_RECORD_FORK:
    case PERF_RECORD_EXIT:
      return {
        recordKind: type === PERF_RECORD_FORK ? 'fork' : 'exit',
        pid: word(0),
        parentPid: word(1),
        threadId: word(2),
      };
    case PERF_RECORD_COMM: {
      const isExec = (view.getUint16(at + 4, true) & PERF_RECORD_MISC_COMM_EXEC) !== 0;
      return isExec ? { recordKind: 'exec', pid: word(0), threadId: word(1) } : null;
    }
    case PERF_RECORD_NAMESPACES:
      return { recordKind: 'namespaces', pid: word(0), threadId: word(1) };
    case PERF_RECORD_LOST:
      return { recordKind: 'lost' };
    default:
      return null;
  }
}

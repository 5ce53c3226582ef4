import type { ClockOffset } from '../model/interior.js';

/** /proc/PID/timens_offsets, time_namespaces(7): clock, seconds, nanoseconds. Null where it is none of that. */
export function parseClockOffsets(text: string): { monotonic: ClockOffset; boottime: ClockOffset } | null {
  const find = (clock: string): ClockOffset | null => {
    const [, seconds, nanoseconds] = new RegExp(`^${clock} +(-?\\d+) +(\\d+)$`, 'm').exec(text) ?? [];
    return seconds === undefined ? null : { seconds: Number(seconds), nanoseconds: Number(nanoseconds) };
  };
  const monotonic = find('monotonic');
  const boottime = find('boottime');
  return monotonic && boottime && { monotonic, boottime };
}

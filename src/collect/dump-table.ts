/** One dump of rtnetlink(7) as records. */
import { EAGAIN } from '../kernel/errno.js';
import type { RouteSocket } from '../kernel/route-socket.js';

/** -errno where it was refused. `body`: the request's, or its size where it is all zeros. */
export function dumpTable<T>(
  socket: RouteSocket,
  messageType: number,
  body: number | Uint8Array,
  decode: (payload: DataView) => T | null,
  attributes: Parameters<RouteSocket['dump']>[2] = [],
): T[] | number {
  const records: T[] = [];
  const refusal = socket.dump(
    messageType,
    typeof body === 'number' ? new Uint8Array(body) : body,
    attributes,
    (payload) => {
      const record = decode(payload);
      if (record !== null) records.push(record);
    },
    () => (records.length = 0),
  );
  return refusal ? -(refusal.errno || EAGAIN) : records;
}

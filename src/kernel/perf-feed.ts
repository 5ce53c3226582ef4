/**
 * Task events by perf_event_open(2): one software dummy event for each CPU, with a ring buffer each, tells of
 * every fork, exit, exec, setns and unshare (PERF_RECORD_NAMESPACES, Linux 4.12). Needs root, CAP_PERFMON
 * or perf_event_paranoid < 1.
 */
import type { TaskRecord } from '../formats/perf-records.js';
import { decodeRecordSize, decodeTaskRecord } from '../formats/perf-records.js';
import * as libc from './libc.js';

/** struct perf_event_attr, <linux/perf_event.h>. */
const ATTRIBUTE_SIZE = 120;
const PERF_TYPE_SOFTWARE = 1;
const PERF_COUNT_SW_DUMMY = 9;
/** Bits of the flags word at offset 40. */
const FLAGS_AT = 40;
const FLAG_COMM = 1n << 9n;
const FLAG_TASK = 1n << 13n;
const FLAG_COMM_EXEC = 1n << 24n;
const FLAG_NAMESPACES = 1n << 28n;
const PERF_FLAG_FD_CLOEXEC = 8;

/** Offsets in struct perf_event_mmap_page. */
const DATA_HEAD_AT = 1024;
const DATA_TAIL_AT = 1032;
const PAGE_SIZE = 4096;
const DATA_SIZE = 256 * 1024;
const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;

interface Ring {
  fd: number;
  address: number;
  view: DataView;
  /** A record that wraps around the end is copied here. */
  wrapped: DataView;
}

const MAX_RECORD_SIZE = 64 * 1024;
/** The longest record that is asked for is PERF_RECORD_NAMESPACES, under 200 bytes. */
const MAX_TASK_RECORD_SIZE = 1024;

function eventAttributes(): libc.FixedBuffer {
  const attributes = libc.fixedBuffer(ATTRIBUTE_SIZE);
  attributes.view.setUint32(0, PERF_TYPE_SOFTWARE, true);
  attributes.view.setUint32(4, ATTRIBUTE_SIZE, true);
  attributes.view.setBigUint64(8, BigInt(PERF_COUNT_SW_DUMMY), true);
  const flags = FLAG_COMM | FLAG_TASK | FLAG_COMM_EXEC | FLAG_NAMESPACES;
  attributes.view.setBigUint64(FLAGS_AT, flags, true);
  return attributes;
}

export class PerfFeed {
  private readonly rings: Ring[];

  private constructor(rings: Ring[]) {
    this.rings = rings;
  }

  /** Opens a ring on each of the CPUs; -errno where the kernel refuses. */
  static open(cpus: readonly number[]): PerfFeed | number {
    const attributes = eventAttributes();
    const feed = new PerfFeed([]);
    for (const cpu of cpus) {
      const ring = openRing(attributes, cpu);
      if (typeof ring === 'number') {
        feed.close();
        return ring;
      }
      feed.rings.push(ring);
    }
    return feed;
  }

  /** Hands every record since the last call to `receive`. */
  drain(receive: (record: TaskRecord) => void): void {
    for (const ring of this.rings) drainRing(ring, receive);
  }

  close(): void {
    for (const { fd, address } of this.rings) {
      libc.munmap(address, PAGE_SIZE + DATA_SIZE);
      libc.close(fd);
    }
    this.rings.length = 0;
  }
}

function openRing(attributes: libc.FixedBuffer, cpu: number): Ring | number {
  const fd = libc.syscall('perf_event_open', attributes.address, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
  if (fd < 0) return -libc.errno();
  const address = libc.mmap(0, PAGE_SIZE + DATA_SIZE, PROT_READ_WRITE, MAP_SHARED, fd, 0);
  if (address <= 0 || address >= 2 ** 63) {
    const errno = libc.errno();
    libc.close(fd);
    return -errno;
  }
  return {
    fd,
    address,
    view: libc.viewMemory(address, PAGE_SIZE + DATA_SIZE),
    wrapped: new DataView(new ArrayBuffer(MAX_RECORD_SIZE)),
  };
}

function drainRing(ring: Ring, receive: (record: TaskRecord) => void): void {
  const { view } = ring;
  const head = Number(view.getBigUint64(DATA_HEAD_AT, true));
  let tail = Number(view.getBigUint64(DATA_TAIL_AT, true));
  // The kernel tells of lost records only with the next one that fits: a ring that was full may hide some.
  if (head - tail > DATA_SIZE - MAX_TASK_RECORD_SIZE) receive({ recordKind: 'lost' });
  while (tail < head) {
    const at = PAGE_SIZE + (tail % DATA_SIZE);
    const size = decodeRecordSize(view, at);
    if (size === 0) break;
    const record =
      at + size <= PAGE_SIZE + DATA_SIZE
        ? decodeTaskRecord(view, at)
        : decodeTaskRecord(unwrap(ring, tail % DATA_SIZE, size), 0);
    if (record) receive(record);
    tail += size;
  }
  view.setBigUint64(DATA_TAIL_AT, BigInt(tail), true);
}

function unwrap({ view, wrapped }: Ring, start: number, size: number): DataView {
  for (let at = 0; at < size; at++) {
    wrapped.setUint8(at, view.getUint8(PAGE_SIZE + ((start + at) % DATA_SIZE)));
  }
  return wrapped;
}

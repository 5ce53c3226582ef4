/**
 * What a rollback tells afterwards: a file beside its socket, there from the beginning, so that a full disk cannot
 * keep it from being written and a rollback that was killed is known of.
 */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { RollbackReason } from '../actions/guard.js';

export interface RollbackRecord {
  title: string;
  state: 'waiting' | 'rolled back';
  /** Milliseconds since the epoch. */
  at: number;
  reason: RollbackReason;
  failures: readonly string[];
}

/** Bytes; kept free from the beginning. */
const SIZE = 4096;

function encode(record: RollbackRecord): Buffer {
  const bytes = Buffer.from(JSON.stringify(record));
  if (bytes.length > SIZE) return encode(shortened(record));
  return Buffer.concat([bytes, Buffer.alloc(SIZE - bytes.length, ' ')]);
}

/** Never cut in the middle, for it must be JSON: a character takes six bytes at most. */
function shortened({ title, failures, ...rest }: RollbackRecord): RollbackRecord {
  const more = failures.length > 1 ? [`and ${failures.length - 1} more failures`] : [];
  const first = failures.slice(0, 1).map((each) => each.slice(0, 300));
  return { ...rest, title: title.slice(0, 200), failures: [...first, ...more].slice(0, 2) };
}

export class RecordFile {
  private readonly fd: number;

  /** Throws where it cannot be made, or the disk is full. */
  constructor(path: string, record: RollbackRecord) {
    this.fd = openSync(path, 'wx', 0o600);
    this.write(record);
  }

  write(record: RollbackRecord): void {
    const bytes = encode(record);
    if (writeSync(this.fd, bytes, 0, SIZE, 0) < SIZE) throw new Error('ENOSPC');
  }

  close(): void {
    closeSync(this.fd);
  }
}

/** Null: it is gone, or none of ours. */
export function readRecord(path: string): RollbackRecord | null {
  try {
    const value = JSON.parse(readFileSync(path, 'utf8')) as Partial<RollbackRecord>;
    const { title, state, at, reason, failures } = value;
    const isRecord =
      typeof title === 'string' &&
      (state === 'waiting' || state === 'rolled back') &&
      typeof at === 'number' &&
      (reason === 'time' || reason === 'unfinished') &&
      Array.isArray(failures) &&
      failures.every((each) => typeof each === 'string');
    return isRecord ? (value as RollbackRecord) : null;
  } catch {
    return null;
  }
}

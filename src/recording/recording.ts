/**
 * Recordings: lines of JSON. The first tells format and version, the second is a whole Snapshot, each one
 * after it a SnapshotDelta. gzip where the file's name ends in `.gz`; readers tell by the first bytes.
 */
import type { Snapshot } from '../model/snapshot.js';
import type { SnapshotDelta } from '../model/snapshot-delta.js';
import { applyDelta } from '../model/snapshot-delta.js';

/** All samples of a recording; kept as deltas, built when asked for. */
export class Recording {
  private readonly first: Snapshot;
  private readonly deltas: SnapshotDelta[];
  private current: Snapshot;
  private at = 0;
  /** A sentence where its end is missing: it was cut off while it was written. */
  readonly complaint: string | null;

  constructor(first: Snapshot, deltas: SnapshotDelta[], complaint: string | null = null) {
    this.first = first;
    this.deltas = deltas;
    this.current = first;
    this.complaint = complaint;
  }

  get length(): number {
    return this.deltas.length + 1;
  }

  /** When the sample was taken, milliseconds since the epoch. */
  timeOf(index: number): number {
    for (let at = Math.min(index, this.deltas.length); at > 0; at--) {
      const { header } = this.deltas[at - 1]!;
      if (header) return header.takenAt;
    }
    return this.first.header.takenAt;
  }

  /** The sample at `index`, clamped to what there is. */
  sample(index: number): Snapshot {
    const wanted = Math.max(0, Math.min(index, this.deltas.length));
    if (wanted < this.at) {
      this.at = 0;
      this.current = this.first;
    }
    for (; this.at < wanted; this.at++) this.current = applyDelta(this.current, this.deltas[this.at]!);
    return this.current;
  }
}

/**
 * Recordings: lines of JSON. The first tells format and version, the second is a whole Snapshot, each one
 * after it a SnapshotDelta. gzip where the file's name ends in `.gz`; readers tell by the first bytes.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { PassThrough } from 'node:stream';
import { createGunzip, createGzip } from 'node:zlib';
import { createInterface } from 'node:readline';
import { once } from 'node:events';
import type { Snapshot } from '../model/snapshot.js';
import { SNAPSHOT_FORMAT_VERSION } from '../model/snapshot.js';
import type { SnapshotDelta } from '../model/snapshot-delta.js';
import { applyDelta, deltaBetween } from '../model/snapshot-delta.js';

const MAGIC = 'nsview recording';
const GZIP_FIRST_BYTES = [0x1f, 0x8b];

/** A recording that cannot be read or written. */
export class RecordingError extends Error {
  readonly code = 'RECORDING';
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RecordingError';
  }
}

/** Writes samples as they come; `-` is standard output. */
export class RecordingWriter {
  private last: Snapshot | null = null;
  private readonly sink: Writable;
  private readonly end: Writable;
  private failure: Error | null = null;

  constructor(path: string) {
    const out = path === '-' ? process.stdout : createWriteStream(path);
    this.end = out;
    this.sink = out;
    if (path.endsWith('.gz')) {
      const gzip = createGzip();
      gzip.pipe(out);
      this.sink = gzip;
    }
    for (const stream of new Set([this.sink, this.end])) {
      stream.on('error', (error) => (this.failure ??= error));
    }
  }

  async write(snapshot: Snapshot): Promise<void> {
    if (this.last === null) {
      await this.line({ recording: MAGIC, formatVersion: SNAPSHOT_FORMAT_VERSION });
      await this.line(snapshot);
    } else {
      await this.line(deltaBetween(this.last, snapshot));
    }
    this.last = snapshot;
  }

  async close(): Promise<void> {
    if (this.end !== process.stdout) {
      const finished = once(this.end, 'finish');
      this.sink.end();
      await Promise.race([finished, once(this.end, 'error')]).catch((error: unknown) => {
        this.failure ??= error as Error;
      });
    }
    this.check();
  }

  private async line(value: unknown): Promise<void> {
    this.check();
    if (!this.sink.write(`${JSON.stringify(value)}\n`)) await this.drained();
    this.check();
  }

  /** Or failed. What still waits afterwards is let go: a long recording would gather listeners. */
  private async drained(): Promise<void> {
    const waiting = new AbortController();
    const options = { signal: waiting.signal };
    await Promise.race([once(this.sink, 'drain', options), once(this.end, 'error', options)]).catch(
      () => undefined,
    );
    waiting.abort();
  }

  private check(): void {
    if (this.failure)
      throw new RecordingError(`cannot write the recording: ${this.failure.message}`, {
        cause: this.failure,
      });
  }
}

/** All samples of a recording; kept as deltas, built when asked for. */
export class Recording {
  private readonly first: Snapshot;
  private readonly deltas: SnapshotDelta[];
  private current: Snapshot;
  private at = 0;

  constructor(first: Snapshot, deltas: SnapshotDelta[]) {
    this.first = first;
    this.deltas = deltas;
    this.current = first;
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

/** Reads a whole recording; `-` is standard input. */
export async function readRecording(path: string): Promise<Recording> {
  const source = path === '-' ? 'standard input' : path;
  const lines: string[] = [];
  try {
    const input = path === '-' ? process.stdin : createReadStream(path);
    for await (const line of createInterface({ input: await gunzipIfNeeded(input) })) {
      if (line !== '') lines.push(line);
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // A recording that was cut off while it was written still holds its first samples.
    if (code !== 'Z_BUF_ERROR' || lines.length < 2) {
      throw new RecordingError(`cannot read the recording ${source}: ${message}`, { cause: error });
    }
  }
  return decodeRecording(source, lines);
}

async function gunzipIfNeeded(input: Readable): Promise<Readable> {
  const through = new PassThrough();
  const iterator = input[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const start = await iterator.next();
  const isGzip = !start.done && GZIP_FIRST_BYTES.every((byte, at) => start.value[at] === byte);
  const pump = async (): Promise<void> => {
    for (let chunk = start; !chunk.done; chunk = await iterator.next()) {
      if (!through.write(chunk.value)) await once(through, 'drain');
    }
    through.end();
  };
  pump().catch((error: unknown) => through.destroy(error as Error));
  if (!isGzip) return through;
  const gunzip = createGunzip();
  through.on('error', (error) => gunzip.destroy(error));
  return through.pipe(gunzip);
}

/** Exported for tests: from lines to a recording, with a clear sentence for what is wrong. */
export function decodeRecording(source: string, lines: string[]): Recording {
  const head = parseLine(source, lines[0] ?? '', 1) as { recording?: unknown; formatVersion?: unknown };
  if (head.recording !== MAGIC) throw new RecordingError(`${source} is not an nsview recording`);
  if (typeof head.formatVersion !== 'number' || head.formatVersion > SNAPSHOT_FORMAT_VERSION) {
    throw new RecordingError(
      `${source} was recorded by a newer nsview (format ${String(head.formatVersion)}, this one reads up to ${SNAPSHOT_FORMAT_VERSION}): update nsview`,
    );
  }
  if (lines.length < 2) throw new RecordingError(`${source} holds no sample`);
  const first = parseLine(source, lines[1]!, 2) as Snapshot;
  if (!isSnapshot(first)) throw new RecordingError(`${source} line 2 is not a snapshot`);
  const deltas: SnapshotDelta[] = [];
  for (let at = 2; at < lines.length; at++) {
    try {
      deltas.push(parseLine(source, lines[at]!, at + 1));
    } catch (error) {
      // The last line of a recording that was cut off: what came before it is whole.
      if (at !== lines.length - 1) throw error;
    }
  }
  return new Recording(first, deltas);
}

function parseLine(source: string, line: string, number: number): object {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null) return value;
  } catch (error) {
    throw new RecordingError(
      number === 1 ? `${source} is not an nsview recording` : `${source} line ${number} is broken`,
      { cause: error },
    );
  }
  throw new RecordingError(`${source} line ${number} is broken`);
}

const SNAPSHOT_LISTS = [
  'namespaces',
  'namespaceSets',
  'processes',
  'threads',
  'pins',
  'containers',
  'limits',
  'gaps',
] as const;

function isSnapshot(value: Partial<Snapshot>): boolean {
  return (
    typeof value.header?.kernelRelease === 'string' &&
    SNAPSHOT_LISTS.every((part) => Array.isArray(value[part]))
  );
}

/**
 * Reads recordings, which somebody else may have made: from regular files or standard input only, no more than a
 * limit, each line checked before anything is built on it. A recording that was cut off keeps its whole samples.
 */
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { createGunzip } from 'node:zlib';
import { UnfitFileError, openRegularFile } from '../files/read-file.js';
import type { Snapshot } from '../model/snapshot.js';
import { SNAPSHOT_FORMAT_VERSION } from '../model/snapshot.js';
import type { SnapshotDelta } from '../model/snapshot-delta.js';
import { ShapeError } from './check.js';
import { RecordingError } from './recording-error.js';
import { MAGIC } from './recording-writer.js';
import { Recording } from './recording.js';
import { checkDelta, checkSnapshot } from './snapshot-shape.js';

const MIB = 1_048_576;
/** Of text, after decompression; on a machine with 20,000 processes a sample takes 15 MiB, a change a few KiB. */
export const DEFAULT_LIMIT_MIB = 128;
export const LIMIT_VARIABLE = 'NSVIEW_RECORDING_LIMIT';

const GZIP_MAGIC = 0x1f8b;
/** What zlib says of a stream that ends too early; all others tell of damage. */
const CUT_OFF = 'Z_BUF_ERROR';

/** Lines of the input, and whether the compressed stream ended before its time. */
interface Lines {
  lines: string[];
  /** The last line has its line feed. */
  isLastWhole: boolean;
  isCutOff: boolean;
}

class LineGatherer {
  readonly lines: string[] = [];
  private readonly decoder = new StringDecoder('utf8');
  private rest = '';
  private total = 0;
  private readonly limit: number;

  constructor(limit: number) {
    this.limit = limit;
  }

  add(chunk: Buffer): void {
    this.total += chunk.length;
    if (this.total > this.limit) {
      throw new UnfitFileError(
        `it holds more than ${this.limit / MIB} MiB of text: ${LIMIT_VARIABLE}=MIB in the environment raises the limit`,
      );
    }
    const text = this.decoder.write(chunk);
    let start = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      this.push(this.rest + text.slice(start, end));
      this.rest = '';
      start = end + 1;
    }
    this.rest += text.slice(start);
  }

  end(isCutOff: boolean): Lines {
    const isLastWhole = this.rest === '';
    if (!isLastWhole) this.push(this.rest);
    return { lines: this.lines, isLastWhole, isCutOff };
  }

  private push(line: string): void {
    if (line !== '') this.lines.push(line);
  }
}

async function gatherLines(input: Readable, limit: number): Promise<Lines> {
  const gatherer = new LineGatherer(limit);
  const iterator = input[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const first = await firstBytes(iterator);
  const rest = async function* (): AsyncGenerator<Buffer> {
    if (first.length > 0) yield first;
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
  };
  if (first.length < 2 || first.readUInt16BE(0) !== GZIP_MAGIC) {
    for await (const chunk of rest()) gatherer.add(chunk);
    return gatherer.end(false);
  }
  return gunzipInto(gatherer, rest());
}

/** At least two bytes, where there are so many: a pipe may give them one by one. */
async function firstBytes(iterator: AsyncIterator<Buffer>): Promise<Buffer> {
  let bytes = Buffer.alloc(0);
  while (bytes.length < 2) {
    const next = await iterator.next();
    if (next.done) break;
    bytes = Buffer.concat([bytes, next.value]);
  }
  return bytes;
}

async function gunzipInto(gatherer: LineGatherer, chunks: AsyncIterable<Buffer>): Promise<Lines> {
  const gunzip = createGunzip();
  const feed = async (): Promise<void> => {
    for await (const chunk of chunks) {
      if (gunzip.destroyed) return;
      if (!gunzip.write(chunk))
        await new Promise((resolve) => gunzip.once('drain', resolve).once('close', resolve));
    }
    gunzip.end();
  };
  feed().catch((error: unknown) => gunzip.destroy(error as Error));
  try {
    for await (const chunk of gunzip) gatherer.add(chunk as Buffer);
    return gatherer.end(false);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== CUT_OFF) throw error;
    return gatherer.end(true);
  }
}

/** Bytes of text that are read at most, by the environment. */
export function recordingLimit(given: string | undefined): number {
  const mebibytes = Number(given);
  return (Number.isFinite(mebibytes) && mebibytes > 0 ? mebibytes : DEFAULT_LIMIT_MIB) * MIB;
}

/** Reads a whole recording; `-` is standard input. Throws a RecordingError. */
export async function readRecording(
  path: string,
  limit = recordingLimit(process.env[LIMIT_VARIABLE]),
): Promise<Recording> {
  const source = path === '-' ? 'standard input' : path;
  let input: Readable | null = null;
  let gathered: Lines;
  try {
    input = path === '-' ? process.stdin : createReadStream('', { fd: openRegularFile(path) });
    gathered = await gatherLines(input, limit);
  } catch (error) {
    input?.destroy();
    throw new RecordingError(`cannot read the recording ${source}: ${reasonOf(error)}`, { cause: error });
  }
  return decodeRecording(source, gathered.lines, gathered);
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code?.startsWith('Z_')) return `it is damaged (${message})`;
  const hint =
    error instanceof UnfitFileError && /FIFO|device/.test(message) ? '; - reads standard input' : '';
  return message + hint;
}

/** From lines to a recording, with a clear sentence for what is wrong. */
export function decodeRecording(
  source: string,
  lines: readonly string[],
  { isLastWhole, isCutOff }: Omit<Lines, 'lines'> = { isLastWhole: true, isCutOff: false },
): Recording {
  checkHead(source, lines[0] ?? '');
  if (lines.length < 2) throw new RecordingError(`${source} holds no sample`);
  const first = checked(source, 2, () => checkSnapshot(parseLine(source, lines[1]!, 2)));
  const deltas: SnapshotDelta[] = [];
  let missing = isCutOff;
  for (let at = 2; at < lines.length; at++) {
    const isLast = at === lines.length - 1;
    try {
      deltas.push(checked(source, at + 1, () => checkDelta(parseLine(source, lines[at]!, at + 1))));
    } catch (error) {
      // The last line of a recording that was cut off: what came before it is whole.
      if (!isLast || isLastWhole) throw error;
      missing = true;
    }
  }
  const count = deltas.length + 1;
  const whole = count === 1 ? '1 sample is' : `${count} samples are`;
  return new Recording(
    first,
    deltas,
    missing ? `${source} was cut off while it was written: ${whole} whole` : null,
  );
}

function checkHead(source: string, line: string): void {
  const head = parseLine(source, line, 1) as { recording?: unknown; formatVersion?: unknown };
  if (head.recording !== MAGIC) throw new RecordingError(`${source} is not an nsview recording`);
  const { formatVersion: version } = head;
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1)
    throw new RecordingError(`${source} line 1: formatVersion is not a version`);
  if (version > SNAPSHOT_FORMAT_VERSION) {
    throw new RecordingError(
      `${source} was recorded by a newer nsview (format ${version}, this one reads up to ${SNAPSHOT_FORMAT_VERSION}): update nsview`,
    );
  }
}

function checked<T extends Snapshot | SnapshotDelta>(source: string, line: number, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    throw new RecordingError(`${source} line ${line}, ${error.message}`, { cause: error });
  }
}

function parseLine(source: string, line: string, number: number): unknown {
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

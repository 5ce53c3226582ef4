/**
 * Writes recordings: each sample is a line of JSON that is handed to the kernel whole before the next one is taken,
 * compressed ones too, so that what was recorded can be read whatever ends us.
 */
import { once } from 'node:events';
import { closeSync, constants, fsyncSync, lstatSync, openSync, renameSync, unlinkSync, write } from 'node:fs';
import { promisify } from 'node:util';
import type { Gzip } from 'node:zlib';
import { constants as zlib, createGzip } from 'node:zlib';
import { openNewFile, temporaryNameFor } from '../files/write-file.js';
import type { Snapshot } from '../model/snapshot.js';
import { SNAPSHOT_FORMAT_VERSION } from '../model/snapshot.js';
import { deltaBetween } from '../model/snapshot-delta.js';
import { RecordingError } from './recording-error.js';

export const MAGIC = 'nsview recording';
/** Command lines, addresses and mounts of all users: for its owner only, unless asked otherwise. */
export const DEFAULT_MODE = 0o600;

export interface WriteOptions {
  /** Permission bits of a new file. */
  mode?: number;
  /** Replaces a file that is there; without it that is refused. */
  force?: boolean;
}

interface Target {
  fd: number;
  /** Where the file gets its name once it holds a sample. */
  temporary: string | null;
  /** A pipe or a device: nothing to flush, rename or remove. */
  isFile: boolean;
}

const writeBytes = promisify(write);

/** Something to write into that is no file: a pipe of the shell's, /dev/null. */
function isPipeOrDevice(path: string): boolean {
  try {
    const status = lstatSync(path);
    return status.isFIFO() || status.isCharacterDevice() || /^\/dev\/(fd\/|std)/.test(path);
  } catch {
    return false;
  }
}

function openTarget(path: string, { mode = DEFAULT_MODE, force = false }: WriteOptions): Target {
  if (isPipeOrDevice(path)) {
    const fd = openSync(path, constants.O_WRONLY | constants.O_NOCTTY);
    return { fd, temporary: null, isFile: false };
  }
  if (!force) return { fd: openNewFile(path, mode), temporary: null, isFile: true };
  const temporary = temporaryNameFor(path);
  return { fd: openNewFile(temporary, mode), temporary, isFile: true };
}

/** Writes samples as they come; `-` is standard output. */
export class RecordingWriter {
  private last: Snapshot | null = null;
  private readonly path: string;
  private readonly target: Target | null;
  private readonly gzip: Gzip | null;
  private compressed: Buffer[] = [];

  /** Throws a RecordingError where the file is there already or cannot be made. */
  constructor(path: string, options: WriteOptions = {}) {
    this.path = path;
    try {
      this.target = path === '-' ? null : openTarget(path, options);
    } catch (error) {
      throw this.failure(error);
    }
    this.gzip = path.endsWith('.gz') ? createGzip() : null;
    this.gzip?.on('data', (chunk: Buffer) => this.compressed.push(chunk));
  }

  async write(snapshot: Snapshot): Promise<void> {
    const { last } = this;
    const head = { recording: MAGIC, formatVersion: SNAPSHOT_FORMAT_VERSION };
    const lines = last ? [deltaBetween(last, snapshot)] : [head, snapshot];
    await this.emit(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    if (!last) this.nameFile();
    this.last = snapshot;
  }

  async close(): Promise<void> {
    if (this.gzip) {
      const ended = once(this.gzip, 'end');
      this.gzip.end();
      await ended;
      await this.flushCompressed();
    }
    if (!this.target) return;
    try {
      if (this.target.isFile) fsyncSync(this.target.fd);
      closeSync(this.target.fd);
    } catch (error) {
      throw this.failure(error);
    }
  }

  /** Ends without a sample: leaves no empty file behind, and what was there before as it was. */
  abandon(): void {
    if (!this.target) return;
    closeSync(this.target.fd);
    if (this.target.isFile && !this.last) unlinkSync(this.target.temporary ?? this.path);
  }

  private nameFile(): void {
    if (!this.target?.temporary) return;
    try {
      renameSync(this.target.temporary, this.path);
    } catch (error) {
      throw this.failure(error);
    }
  }

  private async emit(text: string): Promise<void> {
    if (!this.gzip) return this.output(Buffer.from(text));
    const { gzip } = this;
    gzip.write(text);
    await new Promise<void>((resolve) => gzip.flush(zlib.Z_SYNC_FLUSH, resolve));
    await this.flushCompressed();
  }

  private async flushCompressed(): Promise<void> {
    const bytes = Buffer.concat(this.compressed);
    this.compressed = [];
    await this.output(bytes);
  }

  private async output(bytes: Buffer): Promise<void> {
    try {
      if (!this.target) {
        await new Promise<void>((resolve, reject) => {
          process.stdout.write(bytes, (error) => (error ? reject(error) : resolve()));
        });
        return;
      }
      for (let at = 0; at < bytes.length;) {
        const { bytesWritten } = await writeBytes(this.target.fd, bytes, at);
        at += bytesWritten;
      }
    } catch (error) {
      throw this.failure(error);
    }
  }

  private failure(error: unknown): RecordingError {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'EEXIST' ? `${this.path} exists already (--force replaces it)` : message;
    return new RecordingError(`cannot write the recording: ${reason}`, { cause: error });
  }
}

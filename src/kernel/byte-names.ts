/**
 * Names that go to the kernel and come from it, byte for byte: Node decodes what is no UTF-8 as U+FFFD, so that two
 * names become one, and a path that is given back leads to a third. See `model/byte-text.ts`.
 */
import type { Stats } from 'node:fs';
import { lstatSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { bytesText, hasEscapedBytes, textBytes } from '../model/byte-text.js';

/** As Buffer.toString, but nothing is lost. */
export function decodeText(bytes: Buffer, start = 0, end = bytes.length): string {
  const text = bytes.toString('utf8', start, end);
  return text.includes('\ufffd') ? bytesText(bytes.subarray(start, end)) : text;
}

/** As Buffer.from. */
export function encodeText(text: string): Buffer {
  return hasEscapedBytes(text) ? Buffer.from(textBytes(text)) : Buffer.from(text);
}

/** Writes text to the start of a buffer, as much as leaves room for a NUL; how many bytes that are. */
export function writeText(buffer: Buffer, text: string): number {
  const room = buffer.length - 1;
  return hasEscapedBytes(text)
    ? Buffer.from(textBytes(text)).copy(buffer, 0, 0, room)
    : buffer.write(text, 0, room);
}

/** For functions of node:fs, which take bytes as they are. */
export function fsPath(path: string): string | Buffer {
  return hasEscapedBytes(path) ? Buffer.from(textBytes(path)) : path;
}

/** Content of a file by its path or descriptor. Throws as node:fs does. */
export function readText(file: string | number): string {
  return decodeText(readFileSync(typeof file === 'number' ? file : fsPath(file)));
}

/** Names in a directory. Throws as node:fs does. */
export function listNames(directory: string): string[] {
  return readdirSync(fsPath(directory), { encoding: 'buffer' }).map((name) => decodeText(name));
}

/** Target of a symbolic link. Throws as node:fs does. */
export function readLinkText(path: string): string {
  return decodeText(readlinkSync(fsPath(path), { encoding: 'buffer' }));
}

/** lstat(2) of a path. Throws as node:fs does. */
export function lookAtLink(path: string): Stats {
  return lstatSync(fsPath(path));
}

/**
 * Where the wanted members stand in the running kernel's structs. Reading and decoding its BTF (5 MB) takes
 * as long as looking at five hundred processes, so the answer is kept in the user's cache directory
 * (XDG base directory specification), under all that identifies the kernel. A stale or damaged file is
 * ignored; and whoever reads tasks by these offsets finds itself first, or does not use them.
 */
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { homedir, release, version } from 'node:os';
import { dirname, join } from 'node:path';
import { readTextFile } from '../files/read-file.js';
import { makeOwnDirectory, replaceFile } from '../files/write-file.js';
import type { BtfAnswers, BtfNames } from '../formats/btf.js';
import { decodeBtf } from '../formats/btf.js';

const BTF = '/sys/kernel/btf/vmlinux';
/** ELF notes of the kernel, its build id among them (Linux 2.6.23). */
const NOTES = '/sys/kernel/notes';
/** Bytes; the answers take a few hundred. */
const MAX_SIZE = 65_536;

interface Stored {
  kernel: string;
  offsets: [string, number][];
  functionIds: [string, number][];
}

function cachePath(): string {
  const given = process.env['XDG_CACHE_HOME'];
  // Relative paths must be ignored, says the specification.
  const base = given?.startsWith('/') ? given : join(process.env['HOME'] ?? homedir(), '.cache');
  return join(base, 'nsview', 'btf.json');
}

/** What the answers hold for: this kernel, and these questions. */
function kernelIdentity(wanted: BtfNames): string {
  const hash = createHash('sha256').update(readFileSync(NOTES)).update(JSON.stringify(wanted));
  return `${release()} ${version()} ${statSync(BTF).size} ${hash.digest('hex')}`;
}

function isNumbers(value: unknown): value is [string, number][] {
  return (
    Array.isArray(value) &&
    value.every(
      (pair: unknown) => Array.isArray(pair) && typeof pair[0] === 'string' && Number.isInteger(pair[1]),
    )
  );
}

function readStored(path: string, kernel: string): BtfAnswers | null {
  try {
    // With sudo, HOME may be somebody else's.
    const stored = JSON.parse(readTextFile(path, { limit: MAX_SIZE, ownOnly: true })) as Partial<Stored>;
    if (stored.kernel !== kernel || !isNumbers(stored.offsets) || !isNumbers(stored.functionIds)) return null;
    return { offsets: new Map(stored.offsets), functionIds: new Map(stored.functionIds) };
  } catch {
    return null;
  }
}

function store(path: string, stored: Stored): void {
  try {
    if (makeOwnDirectory(dirname(path))) replaceFile(path, `${JSON.stringify(stored)}\n`, 0o600);
  } catch {
    // A read-only home, or none of ours: the next start takes as long as this one.
  }
}

/** Offsets and ids of the running kernel; throws where it has no BTF (Linux 5.2, CONFIG_DEBUG_INFO_BTF). */
export function kernelBtf(wanted: BtfNames, path = cachePath()): BtfAnswers {
  const kernel = kernelIdentity(wanted);
  const known = readStored(path, kernel);
  if (known) return known;
  const answers = decodeBtf(readFileSync(BTF), wanted);
  store(path, { kernel, offsets: [...answers.offsets], functionIds: [...answers.functionIds] });
  return answers;
}

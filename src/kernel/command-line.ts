/** The words that we were started with, byte for byte: Node decodes what is no UTF-8 as U+FFFD. */
import { readFileSync } from 'node:fs';
import { decodeText } from './byte-names.js';

/** `words`: the last ones of the command line as Node gives them. Throws where a name would not be what was typed. */
export function exactWords(words: readonly string[]): string[] {
  if (!words.some((word) => word.includes('\ufffd'))) return [...words];
  const exact = lastWords(words.length);
  if (exact?.every((word, at) => outline(word) === outline(words[at]!))) return exact;
  throw new Error(
    'a word of the command line is no UTF-8, and /proc/self/cmdline, which has its bytes, cannot be read',
  );
}

/** How many U+FFFD stand for a piece that is no UTF-8 is told differently within Node itself. */
function outline(word: string): string {
  return Buffer.from(word)
    .toString()
    .replace(/\ufffd+/g, '\ufffd');
}

function lastWords(count: number): string[] | null {
  try {
    const words: Buffer[] = [];
    const bytes = readFileSync('/proc/self/cmdline');
    for (let at = 0; at < bytes.length;) {
      const nul = bytes.indexOf(0, at);
      const end = nul < 0 ? bytes.length : nul;
      words.push(bytes.subarray(at, end));
      at = end + 1;
    }
    return words.slice(-count).map((word) => decodeText(word));
  } catch {
    return null;
  }
}

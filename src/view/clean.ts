/**
 * Text that others chose (process names, mount points, container names) made safe to show: nothing in it may
 * act on the terminal or reorder what stands beside it. Every view passes foreign text through here once; what
 * leaves for the terminal (the CLI's output, the cells of the canvas) passes again, so that a field that a view
 * took for harmless is so.
 */
import { escapedByte } from '../model/byte-text.js';

// C0, DEL, C1; soft hyphen, Arabic letter mark; zero-width and bidi marks; line separators; bidi isolates,
// invisible operators; variation selectors; BOM; interlinear annotation; tags; lone surrogates.
const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e0fff}]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/gu;

const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;

/** Each unsafe character becomes `?`, a byte that is no UTF-8 `\xff`; blanks of any kind become one plain blank each. */
export function clean(text: string): string {
  if (PRINTABLE_ASCII.test(text)) return text;
  return text.replace(/[\t\n\v\f\r\u0085\u2028\u2029]/g, ' ').replace(UNSAFE, standIn);
}

/** A byte that is no UTF-8 is told, so that two names do not look alike. */
function standIn(character: string): string {
  const byte = escapedByte(character);
  return byte === null ? '?' : `\\x${byte.toString(16)}`;
}

/** Lines of our own making, each of them cleaned. */
export function cleanLines(text: string): string {
  return text.split('\n').map(clean).join('\n');
}

/** JSON (RFC 8259) in which all that `clean()` takes away is escaped: nothing is lost, nothing acts on a terminal. */
export function jsonText(value: unknown, indent = 3): string {
  return JSON.stringify(value, null, indent)
    .split('\n')
    .map((line) => (PRINTABLE_ASCII.test(line) ? line : line.replace(UNSAFE, escapeUnits)))
    .join('\n');
}

function escapeUnits(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}

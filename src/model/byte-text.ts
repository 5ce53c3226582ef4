/**
 * Names of the kernel are bytes: paths, names of interfaces, processes and control groups, words of a command line.
 * As text valid UTF-8 is itself, and every other byte is a lone surrogate, U+DC80 to U+DCFF for 0x80 to 0xff: what
 * Python calls `surrogateescape` (PEP 383). Two names stay two texts, and `textBytes` gives back the bytes of each.
 */
const ESCAPE = 0xdc00;

const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;

/** Bytes of the character at `at`; 0: none begins there. Neither overlong forms nor surrogates count, RFC 3629. */
function characterLength(bytes: Uint8Array, at: number): number {
  const [first, second] = [bytes[at]!, bytes[at + 1]];
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4 || second === undefined || !isContinuation(second)) return 0;
  if (first < 0xe0) return 2;
  if (first < 0xf0) {
    const isAllowed = first === 0xe0 ? second >= 0xa0 : first !== 0xed || second < 0xa0;
    return isAllowed && isContinuation(bytes[at + 2]) ? 3 : 0;
  }
  const isAllowed = first === 0xf0 ? second >= 0x90 : first !== 0xf4 || second < 0x90;
  return isAllowed && isContinuation(bytes[at + 2]) && isContinuation(bytes[at + 3]) ? 4 : 0;
}

export function bytesText(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const length = characterLength(bytes, at);
    if (length <= 1) text += String.fromCharCode(length === 1 ? bytes[at]! : ESCAPE + bytes[at]!);
    else {
      let point = bytes[at]! & (0xff >> (length + 1));
      for (let next = 1; next < length; next++) point = point * 64 + (bytes[at + next]! & 0x3f);
      text += String.fromCodePoint(point);
    }
    at += Math.max(1, length);
  }
  return text;
}

/** The byte that a character of `bytesText` stands for; null: it is a character. */
export function escapedByte(character: string): number | null {
  const code = character.codePointAt(0) ?? 0;
  return code >= 0xdc80 && code <= 0xdcff ? code - ESCAPE : null;
}

/** Whether UTF-8 cannot say it: a function that takes text would take U+FFFD for it. */
export function hasEscapedBytes(text: string): boolean {
  return /[\udc80-\udcff]/u.test(text);
}

/** A lone surrogate that stands for no byte becomes U+FFFD, as everywhere. */
export function textBytes(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of text) {
    const escaped = escapedByte(character);
    if (escaped === null) pushUtf8(bytes, character.codePointAt(0)!);
    else bytes.push(escaped);
  }
  return Uint8Array.from(bytes);
}

function pushUtf8(bytes: number[], point: number): void {
  if (point >= 0xd800 && point <= 0xdfff) bytes.push(0xef, 0xbf, 0xbd);
  else if (point < 0x80) bytes.push(point);
  else if (point < 0x800) bytes.push(0xc0 | (point >> 6), 0x80 | (point & 0x3f));
  else if (point < 0x10000)
    bytes.push(0xe0 | (point >> 12), 0x80 | ((point >> 6) & 0x3f), 0x80 | (point & 0x3f));
  else
    bytes.push(
      0xf0 | (point >> 18),
      0x80 | ((point >> 12) & 0x3f),
      0x80 | ((point >> 6) & 0x3f),
      0x80 | (point & 0x3f),
    );
}

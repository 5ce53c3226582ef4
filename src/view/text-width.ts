import { eastAsianWidth } from 'get-east-asian-width';

const MARK = /^\p{M}$/u;

/** Columns that a character takes on a terminal: 0 for combining marks, 2 for wide ones. */
export function characterWidth(character: string): number {
  const point = character.codePointAt(0)!;
  if (point < 0x300) return 1;
  if (MARK.test(character)) return 0;
  return eastAsianWidth(point);
}

export function textWidth(text: string): number {
  // Printable ASCII is the usual case.
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

/** The longest start of `text` that fits; a cut is shown by `mark` in the last column. */
export function fitText(text: string, width: number, mark = '…'): string {
  if (width <= 0) return '';
  if (textWidth(text) <= width) return text;
  let taken = '';
  let used = 0;
  for (const character of text) {
    used += characterWidth(character);
    if (used > width - textWidth(mark)) break;
    taken += character;
  }
  return taken + mark;
}

/** The longest end of `text` that fits; a cut is shown by `mark` in the first column. */
export function fitTextEnd(text: string, width: number, mark = '…'): string {
  if (textWidth(text) <= width) return text;
  const characters = Array.from(text);
  let used = textWidth(mark);
  let start = characters.length;
  while (start > 0 && used + characterWidth(characters[start - 1]!) <= width)
    used += characterWidth(characters[--start]!);
  return used > width ? '' : mark + characters.slice(start).join('');
}

export function padText(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const missing = ' '.repeat(Math.max(0, width - textWidth(text)));
  return align === 'left' ? text + missing : missing + text;
}

import type { Line } from './line.js';
import { span } from './line.js';
import { characterWidth, textWidth } from './text-width.js';

/** Continued lines stand this much further in than their start. */
const WIDEST_NAME = 16;
const HANGING = 2;

/** Lines broken at blanks so that none is wider; a word that is wider than a line is broken anywhere. */
export function wrapLines(lines: readonly Line[], width: number): Line[] {
  return lines.flatMap((line) => wrapLine(line, Math.max(10, width)));
}

/** Below the text where a padded name stands before it, else a little more than the line itself. */
function hangingOf(line: Line): number {
  const [first] = line;
  const name = textWidth(first?.text ?? '');
  if (first && line.length > 1 && /\S +$|^ {4,}$/.test(first.text) && name <= WIDEST_NAME) return name;
  return /^ */.exec(line.map(({ text }) => text).join(''))![0].length + HANGING;
}

function wrapLine(line: Line, width: number): Line[] {
  if (line.reduce((sum, { text }) => sum + textWidth(text), 0) <= width) return [line];
  const indent = Math.min(hangingOf(line), width - 8);
  const wrapped: Line[] = [[]];
  let used = 0;
  const put = (text: string, role: Line[number]['role']): void => {
    const current = wrapped.at(-1)!;
    const last = current.at(-1);
    if (last?.role === role) last.text += text;
    else current.push(span(text, role));
    used += textWidth(text);
  };
  const next = (): void => {
    wrapped.push([span(' '.repeat(indent))]);
    used = indent;
  };
  for (const { text, role } of line) {
    for (const word of text.match(/ +|[^ ]+/g) ?? []) {
      const room = width - used;
      if (textWidth(word) <= room) {
        put(word, role);
        continue;
      }
      if (word.startsWith(' ')) {
        next();
        continue;
      }
      if (used > indent && textWidth(word) <= width - indent) {
        next();
        put(word, role);
        continue;
      }
      for (const character of word) {
        if (used + characterWidth(character) > width) next();
        put(character, role);
      }
    }
  }
  return wrapped;
}

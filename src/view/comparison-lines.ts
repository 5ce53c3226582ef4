/** A comparison as lines: what differs, section by section; - only in the first, + only in the second, ~ in both. */
import type { Comparison, ComparisonSection, Difference } from '../analysis/comparison.js';
import { clean } from './clean.js';
import type { Line, Role } from './line.js';
import { span } from './line.js';
import { differenceLines } from './mount-lines.js';
import { padText } from './text-width.js';

const WHAT_WIDTH = 20;

export function comparisonLines({ a, b, sections, mounts }: Comparison): Line[] {
  return [
    [span('- ', 'bad'), span(clean(a.name), 'strong')],
    [span('+ ', 'good'), span(clean(b.name), 'strong')],
    ...sections.flatMap((section) => [
      [],
      ...sectionLines(section, section.section === 'mounts' && mounts ? differenceLines(mounts) : null),
    ]),
  ];
}

function sectionLines({ section, note, differences }: ComparisonSection, given: Line[] | null): Line[] {
  const lines = given ?? differences.map(differenceLine);
  const words = note ?? (lines.length === 0 ? 'alike' : '');
  return [
    [span(padText(section, WHAT_WIDTH), 'title'), span(clean(words), note === null ? 'good' : 'dim')],
    ...lines,
  ];
}

function differenceLine({ what, a, b }: Difference): Line {
  const [mark, role]: [string, Role] = b === null ? ['-', 'bad'] : a === null ? ['+', 'good'] : ['~', 'warn'];
  const head = [span(`${mark} `, role), span(`${padText(what, WHAT_WIDTH - 2)} `, 'text')];
  if (a === null || b === null) return [...head, span(clean(a ?? b ?? ''), 'strong')];
  return [...head, span(clean(a), 'strong'), span(' → ', 'dim'), span(clean(b), 'strong')];
}

import { clean } from './clean.js';
import { fitText, padText, textWidth } from './text-width.js';

export interface TableColumn {
  heading: string;
  align: 'left' | 'right';
}

export interface TableOptions {
  headings: boolean;
  /** One blank between columns, no padding, blanks in cells escaped as `\x20`, as lsns(8) --raw. */
  raw: boolean;
  /** The whole width, to which the last column is cut; null: never cut. */
  width: number | null;
}

/** A plain table: columns padded to their widest cell, the last one as long as it is. Cells are cleaned. */
export function renderTable(columns: TableColumn[], rows: string[][], options: TableOptions): string[] {
  const cleaned = rows.map((cells) => cells.map(clean));
  const all = options.headings ? [columns.map(({ heading }) => heading), ...cleaned] : cleaned;
  if (options.raw) return all.map((cells) => cells.map(escapeRaw).join(' '));
  const widths = columns.map((_, at) => Math.max(...all.map((cells) => textWidth(cells[at] ?? '')), 0));
  return all.map((cells) => {
    const padded = columns.map(({ align }, at) => {
      const cell = cells[at] ?? '';
      const isLast = at === columns.length - 1 && align === 'left';
      return isLast ? cell : padText(cell, widths[at]!, align);
    });
    const line = padded.join(' ').trimEnd();
    return options.width === null ? line : fitText(line, options.width);
  });
}

function escapeRaw(cell: string): string {
  return cell.replaceAll('\\', '\\x5c').replaceAll(' ', '\\x20');
}

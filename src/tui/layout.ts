/** Where things stand on a screen of a given size. Rectangles are half-open: right and bottom are outside. */
export interface Rectangle {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export interface Layout {
  overview: Rectangle | null;
  list: Rectangle;
  detail: Rectangle | null;
  /** The line of prompts and messages. */
  keysLine: number;
  functionKeysLine: number;
  bordered: boolean;
}

export const MINIMUM_COLUMNS = 40;
export const MINIMUM_ROWS = 8;
const HEADER_LINES = 2;
const FOOTER_LINES = 2;
const OVERVIEW_ROWS = 7;
/** Below, two panes beside each other would both be too narrow for their columns. */
const SIDE_BY_SIDE_COLUMNS = 140;

export function layoutOf(columns: number, rows: number, wantsDetail: boolean, maximised: boolean): Layout {
  const bordered = columns >= 110 && rows >= 30;
  const bottom = rows - FOOTER_LINES;
  const hasOverview = columns >= 120 && rows >= 40 && !maximised;
  const top = HEADER_LINES + (hasOverview ? OVERVIEW_ROWS : 0);
  const overview = hasOverview ? { left: 0, top: HEADER_LINES, right: columns, bottom: top } : null;
  const base = { overview, bordered, keysLine: rows - 2, functionKeysLine: rows - 1 };
  const whole = { left: 0, top, right: columns, bottom };
  if (!wantsDetail || maximised || bottom - top < 12) return { ...base, list: whole, detail: null };
  if (columns >= SIDE_BY_SIDE_COLUMNS) {
    const split = Math.floor(columns * 0.6);
    return { ...base, list: { ...whole, right: split }, detail: { ...whole, left: split } };
  }
  const split = bottom - Math.max(7, Math.floor((bottom - top) * 0.42));
  return { ...base, list: { ...whole, bottom: split }, detail: { ...whole, top: split } };
}

export function inside(rectangle: Rectangle, column: number, row: number): boolean {
  return (
    column >= rectangle.left && column < rectangle.right && row >= rectangle.top && row < rectangle.bottom
  );
}

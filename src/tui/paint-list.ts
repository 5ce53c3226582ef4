import { span } from '../view/line.js';
import type { Line } from '../view/line.js';
import type { RowColumn } from '../view/row-columns.js';
import type { Row } from '../view/row-node.js';
import { fitText, fitTextEnd, padText, textWidth } from '../view/text-width.js';
import type { AppState } from './app-state.js';
import { currentView, isTagged } from './app-state.js';
import type { Canvas } from './canvas.js';
import type { Rectangle } from './layout.js';
import { viewRecord } from './view-table.js';

const MARK_WIDTH = 2;

/** For a wider last column no other one has to go. */
const MOST_LEAST_WIDTH = 18;

/** Columns that fit, left to right; those that do not are left out from the back, the last one never. */
export function fittingColumns(columns: readonly RowColumn[], width: number): readonly RowColumn[] {
  const minimum = (list: readonly RowColumn[]): number =>
    list.reduce(
      (sum, column) =>
        sum + (column.width === 0 ? Math.min(column.leastWidth ?? 10, MOST_LEAST_WIDTH) : column.width) + 1,
      0,
    );
  const kept = [...columns];
  while (kept.length > 2 && minimum(kept) > width) kept.splice(mostExpendable(kept), 1);
  return kept;
}

/** Name at the front and command at the back always stay. */
function mostExpendable(columns: readonly RowColumn[]): number {
  let found = columns.length - 2;
  for (let at = 1; at < columns.length - 1; at++) {
    if ((columns[at]!.expendable ?? 0) > (columns[found]!.expendable ?? 0)) found = at;
  }
  return found;
}

const COMFORTABLE_COMMAND = 18;

/** The last column gets what is left; a growing one first takes what the last can spare. */
function columnWidths(columns: readonly RowColumn[], width: number): number[] {
  const fixed = columns.reduce((sum, column) => sum + column.width + 1, 0);
  let spare = width - fixed - (columns.at(-1)?.leastWidth ?? COMFORTABLE_COMMAND);
  const widths = columns.map((column) => {
    const grown = Math.max(0, Math.min(spare, (column.maximumWidth ?? 0) - column.width));
    spare -= grown;
    return column.width + grown;
  });
  const last = columns.findIndex((column) => column.width === 0);
  if (last >= 0) widths[last] = Math.max(1, width - widths.reduce((sum, each) => sum + each + 1, 0));
  return widths;
}

function treeLead(row: Row): string {
  const mark = row.node.hasChildren ? (row.expanded ? '▾ ' : '▸ ') : '  ';
  return '  '.repeat(Math.min(row.depth, 24)) + mark;
}

function headingLine(state: AppState, columns: readonly RowColumn[], widths: number[]): Line {
  const { sort } = currentView(state);
  return columns.flatMap(({ name, align }, at) => {
    const arrow = sort?.column === name ? (sort.descending ? '↓' : '↑') : '';
    return [span(`${padText(fitText(name + arrow, widths[at]!, ''), widths[at]!, align)} `, 'column')];
  });
}

/** The first column, and what is said of the row over the room of all others. */
function wideLine(state: AppState, row: Row, columns: readonly RowColumn[], widths: number[]): Line {
  const { node, isContext } = row;
  const first = columns[0]!.cell(state.model!, node);
  const room = widths.slice(1).reduce((sum, width) => sum + width + 1, 0);
  const note = Array.from(node.note ?? '')
    .slice(currentView(state).scroll)
    .join('');
  const role = node.isProblem === true ? 'warn' : 'dim';
  return [
    span(
      `${padText(fitText(treeLead(row) + first.text, widths[0]!), widths[0]!)} `,
      isContext ? 'dim' : first.role,
    ),
    span(fitText(note, Math.max(1, room - 1)), role),
  ];
}

function rowLine(
  state: AppState,
  row: Row,
  columns: readonly RowColumn[],
  widths: number[],
  treeColumn: string | null,
): Line {
  const { scroll } = currentView(state);
  if (row.node.isWide) return wideLine(state, row, columns, widths);
  return columns.flatMap((column, at) => {
    const cell = column.cell(state.model!, row.node);
    const role = row.isContext ? 'dim' : cell.role;
    const lead = column.name === treeColumn ? treeLead(row) : '';
    let text = lead + cell.text;
    if (at === columns.length - 1 && scroll > 0) text = Array.from(text).slice(scroll).join('');
    const fitted =
      column.isPath && cell.text.startsWith('/')
        ? lead + fitTextEnd(cell.text, Math.max(1, widths[at]! - textWidth(lead)))
        : fitText(text, widths[at]!);
    return [
      span(`${at === columns.length - 1 ? fitted : padText(fitted, widths[at]!, column.align)} `, role),
    ];
  });
}

/** How many rows of things a list rectangle shows. */
export function visibleRows({ top, bottom }: Rectangle, bordered: boolean): number {
  return Math.max(0, bottom - top - 1 - (bordered ? 2 : 0));
}

/** Paints heading and the rows that can be seen, and no other. */
export function paintList(canvas: Canvas, state: AppState, rectangle: Rectangle, bordered: boolean): void {
  const view = currentView(state);
  const record = viewRecord(state);
  const inner = bordered ? shrink(rectangle) : rectangle;
  if (bordered) paintBox(canvas, rectangle, listTitle(state), listFoot(state), state.focus === 'list');
  const width = inner.right - inner.left - MARK_WIDTH;
  const columns = fittingColumns(record.columns(state), width);
  const treeName = record.columns(state)[record.treeColumn(state)]?.name ?? null;
  const widths = columnWidths(columns, width);
  const left = inner.left + MARK_WIDTH;
  canvas.put(inner.left, inner.top, ' '.repeat(inner.right - inner.left), 'column', inner.right);
  canvas.putLine(left, inner.top, headingLine(state, columns, widths), inner.right);
  const count = visibleRows(rectangle, bordered);
  for (let at = 0; at < count; at++) {
    const row = view.rows[view.top + at];
    if (!row) break;
    const line = inner.top + 1 + at;
    const isCursor = view.top + at === view.cursor;
    const hasTag = isTagged(state, row.node);
    canvas.put(inner.left, line, isCursor ? '>' : ' ', isCursor ? 'key' : 'text', inner.right);
    if (hasTag) canvas.put(inner.left + 1, line, '*', 'warn', inner.right);
    canvas.putLine(left, line, rowLine(state, row, columns, widths, treeName), inner.right);
    if (isCursor)
      canvas.shade(line, inner.left, inner.right, state.focus === 'list' ? 'selected' : 'selectedUnfocused');
  }
  if (view.rows.length === 0) paintEmpty(canvas, state, inner);
  paintScrollMark(canvas, rectangle, view.top, count, view.rows.length, bordered);
}

function paintEmpty(canvas: Canvas, state: AppState, inner: Rectangle): void {
  const narrowed = state.filter !== null || state.problemsOnly || state.hideHost;
  const text =
    state.view === 'events'
      ? 'nothing has changed yet: namespaces that are born or go appear here'
      : state.problemsOnly
        ? 'no problem was found  (! shows everything again)'
        : narrowed
          ? 'nothing fits the filter  (Esc clears it)'
          : 'nothing here';
  canvas.put(inner.left + MARK_WIDTH, inner.top + 2, text, 'dim', inner.right);
}

function listTitle(state: AppState): Line {
  const record = viewRecord(state);
  const kind =
    state.view === 'tree'
      ? state.flat.tree
        ? 'flat'
        : `by ${state.settings.grouping}`
      : state.flat[state.view]
        ? 'flat'
        : 'tree';
  return [
    span(` ${record.number} `, 'key'),
    span(record.title.toLowerCase(), 'title'),
    span(` · ${kind} `, 'dim'),
  ];
}

function listFoot(state: AppState): Line {
  const view = currentView(state);
  return [span(` ${view.rows.length === 0 ? 0 : view.cursor + 1}/${view.rows.length} `, 'dim')];
}

export function shrink({ left, top, right, bottom }: Rectangle): Rectangle {
  return { left: left + 1, top: top + 1, right: right - 1, bottom: bottom - 1 };
}

/** A rounded box with a title in its top line and a note in its bottom line. */
export function paintBox(
  canvas: Canvas,
  { left, top, right, bottom }: Rectangle,
  title: Line,
  foot: Line,
  focused: boolean,
): void {
  const role = focused ? 'accent' : 'border';
  const bar = '─'.repeat(Math.max(0, right - left - 2));
  canvas.put(left, top, `╭${bar}╮`, role, right);
  canvas.put(left, bottom - 1, `╰${bar}╯`, role, right);
  for (let row = top + 1; row < bottom - 1; row++) {
    canvas.put(left, row, '│', role, right);
    canvas.put(right - 1, row, '│', role, right);
  }
  canvas.putLine(left + 2, top, title, right - 2);
  const footWidth = foot.reduce((sum, { text }) => sum + textWidth(text), 0);
  if (footWidth > 0) canvas.putLine(right - 2 - footWidth, bottom - 1, foot, right - 2);
}

/** A thumb on the right edge that tells how far down the list stands. */
function paintScrollMark(
  canvas: Canvas,
  rectangle: Rectangle,
  top: number,
  shown: number,
  total: number,
  bordered: boolean,
): void {
  if (total <= shown || !bordered || shown < 3) return;
  const size = Math.max(1, Math.floor((shown * shown) / total));
  const start = Math.floor((top * (shown - size)) / Math.max(1, total - shown));
  for (let at = 0; at < size; at++)
    canvas.put(rectangle.right - 1, rectangle.top + 2 + start + at, '█', 'accent');
}

/** Menus, plans before they run, and texts. */
import type { Line } from '../view/line.js';
import { span } from '../view/line.js';
import { wrapLines } from '../view/line-wrap.js';
import { clean } from '../view/clean.js';
import { padText } from '../view/text-width.js';
import type { Canvas } from './canvas.js';
import type {
  ConfirmDialog,
  Dialog,
  FormDialog,
  FormField,
  KeepDialog,
  MenuDialog,
  TextDialog,
} from './dialog.js';
import type { Rectangle } from './layout.js';
import { paintBox, shrink } from './paint-list.js';

const MENU_WIDTH = 78;
const TEXT_WIDTH = 110;

function centred(canvas: Canvas, width: number, height: number): Rectangle {
  const [columns, rows] = [Math.min(width, canvas.columns - 2), Math.min(height, canvas.rows - 2)];
  const left = Math.floor((canvas.columns - columns) / 2);
  const top = Math.floor((canvas.rows - rows) / 2);
  return { left, top, right: left + columns, bottom: top + rows };
}

function box(canvas: Canvas, rectangle: Rectangle, title: string, foot: string): Rectangle {
  canvas.wipe(rectangle.left, rectangle.top, rectangle.right, rectangle.bottom);
  paintBox(canvas, rectangle, [span(` ${clean(title)} `, 'title')], [span(` ${foot} `, 'dim')], true);
  return shrink(rectangle);
}

function paintMenu(canvas: Canvas, { title, items, cursor }: MenuDialog): void {
  const rectangle = centred(canvas, MENU_WIDTH, items.length + 4);
  const inner = box(canvas, rectangle, title, 'Enter:choose  Esc:close');
  const height = inner.bottom - inner.top - 2;
  const top = Math.max(0, Math.min(cursor - Math.floor(height / 2), items.length - height));
  items.slice(top, top + height).forEach(({ label, note, isDisabled }, at) => {
    const line = inner.top + 1 + at;
    const isCursor = top + at === cursor;
    canvas.putLine(
      inner.left + 1,
      line,
      [
        span(isCursor ? '> ' : '  ', 'key'),
        span(padText(label, 26), isDisabled ? 'dim' : 'strong'),
        span(` ${clean(note)}`, isDisabled ? 'warn' : 'dim'),
      ],
      inner.right,
    );
    if (isCursor) canvas.shade(line, inner.left, inner.right, 'selected');
  });
}

/** Text that scrolls; where it starts after clamping. */
function paintScrolled(canvas: Canvas, lines: readonly Line[], inner: Rectangle, top: number): number {
  const height = inner.bottom - inner.top;
  const start = Math.max(0, Math.min(top, lines.length - height));
  lines
    .slice(start, start + height)
    .forEach((line, at) => canvas.putLine(inner.left + 1, inner.top + at, line, inner.right));
  return start;
}

function paintText(canvas: Canvas, dialog: TextDialog): void {
  const width = Math.min(TEXT_WIDTH, canvas.columns - 2);
  const lines = wrapLines(dialog.lines, width - 4);
  const rectangle = centred(canvas, width, lines.length + 2);
  const inner = box(
    canvas,
    rectangle,
    dialog.title,
    dialog.save
      ? 'Esc:close  y:copy as a script  W:save it  up down:scroll'
      : 'Esc:close  y:copy  up down:scroll',
  );
  dialog.top = paintScrolled(canvas, lines, inner, dialog.top);
}

function noteLines({ note }: ConfirmDialog): Line[] {
  return note === null ? [] : [[span('! ', 'warn'), span(clean(note), 'warn')], []];
}

/** Above everything else: what would be cut, and what has to be typed. */
function threatLines({ threat, plan, typed, seconds }: ConfirmDialog): Line[] {
  if (!threat) return [];
  const after = plan.undo?.possible
    ? `the change is rolled back after ${seconds} s, unless you keep it then`
    : 'the change cannot be rolled back';
  return [
    [span('! ', 'bad'), span(clean(threat.reason), 'bad')],
    [span('  '), span(after, 'warn')],
    [
      span(`  type ${clean(threat.name)} to go on: `, 'text'),
      span(clean(typed), 'strong'),
      span('▏', 'accent'),
    ],
    [],
  ];
}

function paintKeep(canvas: Canvas, { title, deadline, now }: KeepDialog): void {
  const left = Math.max(0, Math.ceil((deadline - now()) / 1000));
  const inner = box(
    canvas,
    centred(canvas, MENU_WIDTH, 7),
    'are you still here?',
    'Enter:keep it  Esc:let it go back',
  );
  canvas.putLine(inner.left + 1, inner.top + 1, [span(`done: ${clean(title)}`, 'strong')], inner.right);
  canvas.putLine(
    inner.left + 1,
    inner.top + 3,
    [
      span(
        left > 0
          ? `rolled back in ${left} s, unless you press Enter`
          : 'the time is over: the change is rolled back',
        'warn',
      ),
    ],
    inner.right,
  );
}

function paintConfirm(canvas: Canvas, dialog: ConfirmDialog): void {
  const width = Math.min(TEXT_WIDTH, canvas.columns - 2);
  const lines = wrapLines([...noteLines(dialog), ...threatLines(dialog), ...dialog.lines], width - 4);
  const rectangle = centred(canvas, width, lines.length + 4);
  const inner = box(canvas, rectangle, dialog.plan.title, 'Tab:other button  Enter:choose  y:copy commands');
  dialog.top = paintScrolled(canvas, lines, { ...inner, bottom: inner.bottom - 2 }, dialog.top);
  const button = (text: string, isChosen: boolean): Line => [
    span(isChosen ? `[> ${text} <]` : `[  ${text}  ]`, isChosen ? 'tab-active' : 'text'),
    span('  '),
  ];
  canvas.putLine(inner.left + 1, inner.bottom - 1, [
    ...button('Cancel', dialog.choice === 'cancel'),
    ...button('Do it', dialog.choice === 'do'),
    span(dialog.isChecking ? 'looking at the machine again …' : '', 'warn'),
  ]);
}

const LABEL_WIDTH = 22;
/** Lines of what comes of a form, however many fields it has. */
const LEAST_RESULT = 3;

function fieldLine({ label, kind, note = '', disabled }: FormField, value: string, isCursor: boolean): Line {
  const shown = kind === 'toggle' ? (value === '' ? '[ ]' : '[x]') : kind === 'choice' ? `‹${value}›` : value;
  const caret = kind === 'text' && isCursor && !disabled ? '▏' : '';
  return [
    span(isCursor ? '> ' : '  ', 'key'),
    span(padText(label, LABEL_WIDTH), disabled ? 'dim' : 'text'),
    span(clean(shown), disabled ? 'dim' : 'strong'),
    span(caret, 'accent'),
    span(
      disabled ? `  ${clean(disabled)}` : note === '' ? '' : `  ${clean(note)}`,
      disabled ? 'warn' : 'dim',
    ),
  ];
}

function paintForm(canvas: Canvas, dialog: FormDialog): void {
  const width = Math.min(TEXT_WIDTH, canvas.columns - 2);
  const fields = dialog.fields(dialog.values);
  dialog.cursor = Math.max(0, Math.min(dialog.cursor, fields.length - 1));
  const { lines: preview, refusal } = dialog.preview(dialog.values);
  const below: Line[] = refusal === null ? [...preview] : [[span(clean(refusal), 'bad')]];
  const rows = fields.map((field, at) =>
    fieldLine(field, dialog.values[field.name] ?? '', at === dialog.cursor),
  );
  const result = wrapLines(below, width - 4);
  const rectangle = centred(canvas, width, rows.length + result.length + 3);
  const inner = box(canvas, rectangle, dialog.title, 'Tab:next  Space:change  Enter:go on  Esc:cancel');
  // What comes of it is always in sight, and so is the field under the cursor: the fields between them scroll.
  const room = inner.bottom - inner.top;
  const shown = Math.min(result.length, Math.max(LEAST_RESULT, room - rows.length - 1));
  const split = inner.bottom - shown - 1;
  const height = split - inner.top;
  if (dialog.cursor < dialog.top) dialog.top = dialog.cursor;
  if (dialog.cursor >= dialog.top + height) dialog.top = dialog.cursor - height + 1;
  dialog.top = paintScrolled(canvas, rows, { ...inner, bottom: split }, dialog.top);
  const isCut = shown < result.length;
  const last = isCut ? [...result.slice(0, shown - 1), [span('… more in a larger window', 'dim')]] : result;
  paintScrolled(canvas, last, { ...inner, top: split + 1 }, 0);
}

export function paintPlanDialog(canvas: Canvas, dialog: Dialog): void {
  if (dialog.dialog === 'menu') paintMenu(canvas, dialog);
  else if (dialog.dialog === 'confirm') paintConfirm(canvas, dialog);
  else if (dialog.dialog === 'text') paintText(canvas, dialog);
  else if (dialog.dialog === 'form') paintForm(canvas, dialog);
  else if (dialog.dialog === 'keep') paintKeep(canvas, dialog);
}

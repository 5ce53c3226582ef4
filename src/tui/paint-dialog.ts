import { FILTER_KEYS } from '../analysis/filter.js';
import type { Line } from '../view/line.js';
import { span } from '../view/line.js';
import { clean } from '../view/clean.js';
import { padText } from '../view/text-width.js';
import type { ActionRecord } from './actions.js';
import type { AppState, Prompt } from './app-state.js';
import type { HelpDialog } from './dialog.js';
import { paintPlanDialog } from './paint-plan.js';
import type { Canvas } from './canvas.js';
import type { Rectangle } from './layout.js';
import { paintBox, shrink } from './paint-list.js';
import { SETUP_ROWS } from './setup-table.js';
import { viewRecord } from './view-table.js';

const PROMPTS: Record<Prompt['prompt'], { label: string; hint: (state: AppState) => string }> = {
  search: { label: '/', hint: () => 'Enter:keep  Esc:drop  then n N' },
  filter: {
    label: '\\',
    hint: () => `keys: ${FILTER_KEYS.map(({ key }) => `${key}:`).join(' ')} ! not  Esc:clear`,
  },
  goto: { label: ':', hint: () => '1234 pid · 17@nginx inner pid · net:2323 inode · name' },
  simulate: {
    label: 'what if you ',
    hint: () => 'mount /T · unmount /T · lazy-unmount /T · bind /S /T · rbind /S /T · move /S /T',
  },
  bind: { label: '', hint: () => 'bind /SOURCE /TARGET, or rbind: with all that is mounted below' },
  id: {
    label: 'id ',
    hint: () => '33@container or pid, g33@… a group, 100033 an id of yours: where it is mapped',
  },
  path: {
    label: 'path to ',
    hint: () => 'an IPv4 or IPv6 address: routes, links and forwarding are followed',
  },
  hostname: {
    label: 'hostname ',
    hint: () => 'the new hostname of this uts namespace; it is shown before it is done',
  },
  domain: { label: 'NIS domain ', hint: () => 'the new NIS domain name of this uts namespace' },
  time: { label: 'time ', hint: (state) => `1-${state.replay?.length ?? 1}, or HH:MM:SS` },
};

export function paintPrompt(canvas: Canvas, state: AppState, keysLine: number, functionLine: number): void {
  const { prompt } = state;
  if (!prompt) return;
  const { label, hint } = PROMPTS[prompt.prompt];
  canvas.wipe(0, keysLine, canvas.columns, functionLine + 1);
  const end = canvas.putLine(1, keysLine, [
    span(label, 'key'),
    span(clean(prompt.text), 'strong'),
    span('▏', 'accent'),
  ]);
  if (prompt.prompt === 'filter' || prompt.prompt === 'search') {
    const count = state.views[state.view].rows.filter(({ isContext }) => !isContext).length;
    canvas.put(end + 2, keysLine, prompt.prompt === 'filter' ? `${count} shown` : '', 'dim');
  }
  canvas.put(1, functionLine, state.message?.text ?? hint(state), state.message?.isError ? 'bad' : 'dim');
}

function keyName(key: string): string {
  return key.startsWith('C-')
    ? `Ctrl-${key.slice(2).toUpperCase()}`
    : /^f[0-9]+$/.test(key)
      ? key.toUpperCase()
      : key;
}

/** Spellings of one key that a table lists twice, once to show and once as the tokenizer names it. */
function shownKeys({ keys }: ActionRecord): string {
  const shown = keys
    .map(keyName)
    .filter(
      (key, at, all) =>
        all.findIndex((other) => other.toLowerCase() === key.toLowerCase() && other.length > 1) === at ||
        key.length === 1,
    );
  return shown.filter((key) => !['escape', 'S-tab', 'space'].includes(key)).join(' ');
}

/** Lines of the help overlay: every key by group, then the columns of this view. */
export function helpLines(state: AppState, actions: readonly ActionRecord[], wanted: string): Line[] {
  const lines: Line[] = [];
  const fits = (text: string): boolean => text.toLowerCase().includes(wanted.toLowerCase());
  for (const group of [...new Set(actions.map((action) => action.group))]) {
    const inGroup = actions.filter(
      (action) => action.group === group && (fits(action.help) || fits(shownKeys(action))),
    );
    if (inGroup.length === 0) continue;
    lines.push([span(group, 'title')]);
    for (const action of inGroup) {
      const here = action.where?.(state) ?? true;
      lines.push([
        span(padText(`  ${shownKeys(action)}`, 18), here ? 'key' : 'dim'),
        span(action.help + (here ? '' : '  (not here)'), here ? 'text' : 'dim'),
      ]);
    }
  }
  const columns = viewRecord(state)
    .columns(state)
    .filter(({ name, help }) => fits(name) || fits(help));
  if (columns.length > 0) lines.push([span('Columns of this view', 'title')]);
  for (const { name, help } of columns) lines.push([span(padText(`  ${name}`, 18), 'key'), span(help)]);
  return lines;
}

function dialogRectangle(canvas: Canvas): Rectangle {
  const width = Math.min(canvas.columns - 2, 96);
  const height = Math.min(canvas.rows - 2, 40);
  const left = Math.floor((canvas.columns - width) / 2);
  const top = Math.floor((canvas.rows - height) / 2);
  return { left, top, right: left + width, bottom: top + height };
}

function paintHelp(
  canvas: Canvas,
  state: AppState,
  dialog: HelpDialog,
  actions: readonly ActionRecord[],
): void {
  const rectangle = dialogRectangle(canvas);
  const lines = helpLines(state, actions, dialog.text);
  const height = rectangle.bottom - rectangle.top - 2;
  dialog.top = Math.max(0, Math.min(dialog.top, lines.length - height));
  canvas.wipe(rectangle.left, rectangle.top, rectangle.right, rectangle.bottom);
  const looking = dialog.text === '' ? 'type to search' : `looking for: ${dialog.text}`;
  paintBox(
    canvas,
    rectangle,
    [span(` Help · ${viewRecord(state).title} `, 'title'), span(`${looking} `, 'dim')],
    [span(' Esc:close  up down:scroll ', 'dim')],
    true,
  );
  const inner = shrink(rectangle);
  lines
    .slice(dialog.top, dialog.top + height)
    .forEach((line, at) => canvas.putLine(inner.left + 1, inner.top + at, line, inner.right));
}

function paintSetup(canvas: Canvas, state: AppState, dialog: HelpDialog): void {
  const width = Math.min(canvas.columns - 2, 64);
  const left = Math.floor((canvas.columns - width) / 2);
  const top = Math.max(0, Math.floor((canvas.rows - SETUP_ROWS.length - 4) / 2));
  const rectangle = {
    left,
    top,
    right: left + width,
    bottom: Math.min(canvas.rows, top + SETUP_ROWS.length + 4),
  };
  canvas.wipe(left, top, rectangle.right, rectangle.bottom);
  paintBox(canvas, rectangle, [span(' Set-up ', 'title')], [span(' + - change  Esc close ', 'dim')], true);
  SETUP_ROWS.forEach((row, at) => {
    const line = top + 2 + at;
    canvas.putLine(
      left + 2,
      line,
      [
        span(at === dialog.cursor ? '> ' : '  ', 'key'),
        span(padText(row.name, 22)),
        span(row.value(state.settings), 'strong'),
      ],
      rectangle.right - 1,
    );
    if (at === dialog.cursor) canvas.shade(line, left + 1, rectangle.right - 1, 'selected');
  });
}

export function paintDialog(canvas: Canvas, state: AppState, actions: readonly ActionRecord[]): void {
  const { dialog } = state;
  if (dialog) paintPlanDialog(canvas, dialog);
  if (dialog?.dialog === 'help') paintHelp(canvas, state, dialog, actions);
  if (dialog?.dialog === 'setup') paintSetup(canvas, state, dialog);
}

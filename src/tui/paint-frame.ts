/** Header, overview band and footer. */
import type { Line, Role } from '../view/line.js';
import { span } from '../view/line.js';
import { clean } from '../view/clean.js';
import { NAMESPACE_KINDS } from '../model/namespace-kind.js';
import type { NamespaceKind } from '../model/namespace-kind.js';
import { totalsOf } from '../analysis/totals.js';
import type { Model } from '../model/model.js';
import { padText } from '../view/text-width.js';
import { userName } from '../analysis/namespace-name.js';
import type { ActionRecord } from './actions.js';
import type { AppState } from './app-state.js';
import type { Canvas } from './canvas.js';
import type { Rectangle } from './layout.js';
import { paintBox } from './paint-list.js';
import { clockTime, viewTabs } from './view-table.js';

export function gapCount(model: Model): number {
  return model.snapshot.gaps.reduce((sum, { count }) => sum + count, 0);
}

function liveness(state: AppState): Line {
  const at = state.model ? clockTime(state.model.snapshot.header.takenAt) : '';
  if (state.failure !== null) {
    const { isFinal, since, reason } = state.failure;
    const words = `${isFinal ? '● FAILED' : '● FAILING'} since ${clockTime(since)}: `;
    return [span(words, 'bad'), span(clean(reason.split('\n')[0]!), 'warn')];
  }
  if (state.replay)
    return [span(`▸ REPLAY ${state.replay.index + 1}/${state.replay.length}`, 'warn'), span(` ${at}`, 'dim')];
  if (state.frozen) return [span('■ FROZEN', 'warn'), span(` ${at}`, 'dim')];
  return [span('● LIVE', 'good'), span(` ${state.settings.delayMs / 1000}s ${state.source}`, 'dim')];
}

export function paintHeader(canvas: Canvas, state: AppState, now: number): void {
  const { columns } = canvas;
  const header = state.model?.snapshot.header;
  const first: Line = [
    span(' ◆ nsview ', 'key'),
    span(clean(header?.hostname ?? ''), 'strong'),
    span(columns < 100 ? '' : ` Linux ${clean(header?.kernelRelease.split('-')[0] ?? '?')}`, 'dim'),
    span(state.model ? ` ${clean(userName(state.model, header!.observer.effectiveUid))} ` : ' ', 'dim'),
    ...liveness(state),
    span(state.readonly || state.replay ? '  RO' : '', 'warn'),
    span(
      state.model ? `  ${state.model.namespaces.size} ns ${state.model.processes.size} procs` : '  looking …',
      'text',
    ),
  ];
  canvas.putLine(0, 0, first);
  canvas.put(columns - 9, 0, clockTime(now), 'dim');
  canvas.shade(0, 0, columns, 'bar');
  const tabs: Line = viewTabs(state.view, columns).flatMap(({ view, text }) => [
    span(text, view === state.view ? 'tab-active' : 'text'),
    span(' '),
  ]);
  const end = canvas.putLine(1, 1, tabs);
  canvas.putLine(end + 1, 1, conditionLine(state), columns);
}

/** What narrows or arranges the list; an active filter must never go unseen. */
function conditionLine(state: AppState): Line {
  const line: Line = [];
  if (state.filterText !== '') line.push(span(`filter:${clean(state.filterText)} `, 'warn'));
  if (state.problemsOnly) line.push(span('problems only ', 'warn'));
  if (state.hideHost) line.push(span('host hidden ', 'warn'));
  if (state.following !== null) line.push(span('following ', 'accent'));
  if (state.view === 'tree')
    line.push(span(state.flat.tree ? 'flat ' : `by:${state.settings.grouping} `, 'dim'));
  const gaps = state.model ? gapCount(state.model) : 0;
  if (gaps > 0) {
    const [first] = state.model!.snapshot.gaps;
    line.push(span(`? ${gaps} unreadable: ${first!.subject} ${first!.errno}`, 'warn'));
  }
  return line;
}

const BLOCKS = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];

/** A bar of `width` columns, filled to an eighth of a column. */
export function gauge(share: number, width: number, ascii: boolean): string {
  const eighths = Math.round(Math.max(0, Math.min(1, share)) * width * 8);
  if (ascii) return padText('#'.repeat(Math.round(eighths / 8)), width);
  const full = Math.floor(eighths / 8);
  const rest = eighths % 8 === 0 || full >= width ? '' : BLOCKS[(eighths % 8) - 1]!;
  return padText('█'.repeat(full) + rest, width);
}

function countKind(model: Model, kind: NamespaceKind): number {
  return totalsOf(model).namespaces[kind] ?? 0;
}

/** The band of large terminals: namespaces of each kind against their limit, and how isolated the machine is. */
export function paintOverview(canvas: Canvas, state: AppState, rectangle: Rectangle): void {
  const { model } = state;
  paintBox(canvas, rectangle, [span(' overview ', 'title')], [], false);
  if (!model) return;
  const limits = new Map(model.snapshot.limits.map(({ kind, maximum }) => [kind, maximum] as const));
  const most = Math.max(1, ...NAMESPACE_KINDS.map((kind) => countKind(model, kind)));
  NAMESPACE_KINDS.forEach((kind, at) => {
    const left = rectangle.left + 3 + (at % 4) * 19;
    const top = rectangle.top + 1 + Math.floor(at / 4) * 2 + (at >= 4 ? 1 : 0);
    const count = countKind(model, kind);
    const maximum = limits.get(kind) ?? 0;
    const isNear = maximum > 0 && count / maximum > 0.8;
    canvas.put(left, top, '▎', kind);
    canvas.put(left + 2, top, kind, 'strong');
    canvas.put(left + 9, top, padText(String(count), 6, 'right'), isNear ? 'bad' : kind);
    canvas.put(left + 2, top + 1, gauge(count / most, 13, state.settings.ascii), isNear ? 'bad' : kind);
  });
  paintTotals(canvas, state, model, rectangle.left + 82, rectangle.top + 1, rectangle.right - 2);
}

function paintTotals(
  canvas: Canvas,
  state: AppState,
  model: Model,
  left: number,
  top: number,
  right: number,
): void {
  const isolated = totalsOf(model).isolatedProcesses;
  const share = isolated / Math.max(1, model.processes.size);
  const nearest = model.snapshot.limits
    .map(({ kind, maximum }) => ({ kind, share: maximum > 0 ? countKind(model, kind) / maximum : 1 }))
    .sort((a, b) => b.share - a.share)[0];
  const row = (at: number, name: string, value: string, part: number, role: Role): void => {
    canvas.put(left, top + at, padText(name, 11), 'dim', right);
    canvas.put(left + 11, top + at, padText(value, 7, 'right'), 'strong', right);
    canvas.put(left + 20, top + at, gauge(part, 14, state.settings.ascii), role, right);
    canvas.put(left + 35, top + at, `${(part * 100).toFixed(part < 0.1 ? 1 : 0)}%`, 'text', right);
  };
  row(0, 'isolated', String(isolated), share, 'good');
  if (nearest) row(1, 'of limit', nearest.kind, nearest.share, nearest.share > 0.8 ? 'bad' : 'warn');
}

/** Bottom lines: keys that make sense here, and the function keys. */
export function paintFooter(
  canvas: Canvas,
  state: AppState,
  actions: readonly ActionRecord[],
  keysLine: number,
  functionLine: number,
): void {
  if (state.message && !state.prompt) {
    canvas.put(1, keysLine, state.message.text, state.message.isError ? 'bad' : 'accent');
  } else {
    const line: Line = actions
      .filter((action) => action.footer !== undefined && (action.where?.(state) ?? true))
      .flatMap(({ keys, footer }) => [span(keys[0]!, 'key'), span(`:${footer!} `, 'dim')]);
    canvas.putLine(1, keysLine, line);
  }
  const functionKeys: Line = actions
    .filter(({ functionKey }) => functionKey !== undefined)
    .sort((a, b) => a.functionKey! - b.functionKey!)
    .flatMap(({ functionKey, functionLabel }) => [
      span(`F${functionKey!}`, 'key'),
      span(`${functionLabel!} `, 'text'),
    ]);
  canvas.putLine(1, functionLine, functionKeys);
  canvas.shade(functionLine, 0, canvas.columns, 'bar');
}

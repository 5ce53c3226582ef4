import type { Line } from '../view/line.js';
import { span } from '../view/line.js';
import { clean } from '../view/clean.js';
import { namespaceName } from '../analysis/namespace-name.js';
import type { DetailSubject } from '../view/detail-tabs.js';
import { DETAIL_TABS } from '../view/detail-tabs.js';
import { fitText } from '../view/text-width.js';
import type { AppState } from './app-state.js';
import { currentView } from './app-state.js';
import type { Canvas } from './canvas.js';
import type { Rectangle } from './layout.js';
import { paintBox, shrink } from './paint-list.js';

/** What the detail pane is about: the thing under the cursor. */
export function detailSubject(state: AppState): DetailSubject | null {
  const view = currentView(state);
  const node = view.rows[view.cursor]?.node;
  if (!node || !state.model) return null;
  if (node.key !== undefined && node.rowKind !== 'process') {
    const namespace = state.model.namespaces.get(node.key);
    return namespace ? { subject: 'namespace', node: namespace } : null;
  }
  const process = node.process && state.model.processes.get(node.process.pid);
  return process ? { subject: 'process', process } : null;
}

export function detailLines(state: AppState): Line[] {
  const subject = detailSubject(state);
  if (!subject || !state.model) return [[span('nothing under the cursor', 'dim')]];
  return DETAIL_TABS[state.detailTab]?.lines(state.model, subject) ?? [[span('nothing to say', 'dim')]];
}

function subjectTitle(state: AppState): string {
  const subject = detailSubject(state);
  if (!subject || !state.model) return '';
  if (subject.subject === 'process')
    return clean(`${subject.process.pid} ${subject.process.details?.comm ?? ''}`);
  const { key } = subject.node.fact;
  return clean(`${key} ${namespaceName(state.model, key)}`);
}

function tabLine(state: AppState): Line {
  return DETAIL_TABS.flatMap(({ name }, at) => [
    span(state.detailTab === at ? `[${name}]` : ` ${name} `, state.detailTab === at ? 'tab-active' : 'tab'),
    span(' '),
  ]);
}

/** How many lines of text the pane shows. */
export function detailHeight(rectangle: Rectangle, bordered: boolean): number {
  return Math.max(0, rectangle.bottom - rectangle.top - (bordered ? 3 : 1));
}

export function paintDetail(canvas: Canvas, state: AppState, rectangle: Rectangle, bordered: boolean): void {
  const lines = detailLines(state);
  const height = detailHeight(rectangle, bordered);
  const top = Math.max(0, Math.min(state.detailTop, lines.length - height));
  const inner = bordered ? shrink(rectangle) : rectangle;
  const width = rectangle.right - rectangle.left;
  if (bordered) {
    const foot =
      lines.length > height
        ? [span(` ${top + 1}-${Math.min(lines.length, top + height)}/${lines.length} `, 'dim')]
        : [];
    paintBox(
      canvas,
      rectangle,
      [span(` ${fitText(subjectTitle(state), width - 8)} `, 'title')],
      foot,
      state.focus === 'detail',
    );
    canvas.putLine(inner.left + 1, inner.top, tabLine(state), inner.right);
  } else {
    const role = state.focus === 'detail' ? 'accent' : 'border';
    canvas.put(inner.left, inner.top, '─'.repeat(width), role, inner.right);
    const end = canvas.putLine(
      inner.left + 1,
      inner.top,
      [span(` ${fitText(subjectTitle(state), width - 48)} `, 'title')],
      inner.right,
    );
    canvas.putLine(Math.max(end + 1, inner.right - 46), inner.top, tabLine(state), inner.right);
  }
  for (let at = 0; at < height; at++) {
    const line = lines[top + at];
    if (line) canvas.putLine(inner.left + 1, inner.top + 1 + at, line, inner.right);
  }
}

/** The list of the open view: its rows, folds and order, and the thing under the cursor, which no change moves away from. */
import { parseFilter } from '../analysis/filter.js';
import type { Chosen } from '../view/row-cursor.js';
import { chosenRow, findRow, findVisibleAncestor, locate, locateThing } from '../view/row-cursor.js';
import type { RowListOptions } from '../view/row-list.js';
import { listRows } from '../view/row-list.js';
import type { Row, RowNode } from '../view/row-node.js';
import type { AppState, ViewState } from './app-state.js';
import { currentView } from './app-state.js';
import { sortColumn, viewRecord } from './view-table.js';

/** Why rows are made again: a key changed what is shown, or the machine changed. */
type Cause = 'arranged' | 'sampled';

export class ListController {
  private readonly state: AppState;
  /** Rows of things that the screen has room for. */
  private readonly shown: () => number;
  private stale: Cause | null = null;
  /** Something that is about to appear and is to be chosen then. */
  private expected: ((node: RowNode) => boolean) | null = null;
  /** What was under the cursor and went, so that another thing is there that nobody has seen yet; null: nothing. */
  slid: string | null = null;

  constructor(state: AppState, shown: () => number) {
    this.state = state;
    this.shown = shown;
  }

  /** A key changed folds, order, filter or view. */
  arranged(): void {
    this.stale = 'arranged';
  }

  /** The machine changed. */
  sampled(): void {
    this.stale ??= 'sampled';
  }

  rows(): readonly Row[] {
    const { state, stale } = this;
    const view = currentView(state);
    if (stale === null || !state.model) return view.rows;
    this.stale = null;
    const roots = viewRecord(state).build(state);
    if (this.expected && stale === 'sampled') this.chooseExpected(roots);
    view.rows = listRows(state.model, roots, this.options());
    this.restoreCursor(view, roots, stale);
    return view.rows;
  }

  /** The rows are on the screen now. */
  painted(): void {
    this.slid = null;
  }

  cursorRow(): Row | undefined {
    return this.rows()[currentView(this.state).cursor];
  }

  private isNarrowed(): boolean {
    return this.state.filterText !== '' || this.state.problemsOnly;
  }

  /** Folds of the list as it is shown: those under a filter are its own. */
  private folds(): Map<string, boolean> {
    const view = currentView(this.state);
    return this.isNarrowed() ? view.narrowedFolds : view.folds;
  }

  private options(): RowListOptions {
    const { state } = this;
    const view = currentView(state);
    const isEvents = state.view === 'events';
    const column = sortColumn(state);
    return {
      folds: this.folds(),
      everyFold: view.everyFold,
      filter: state.filterText === '' ? null : state.filter,
      problemsOnly: state.problemsOnly && !isEvents,
      hideHost: state.hideHost && !isEvents,
      sort: column && view.sort ? { column, descending: view.sort.descending } : null,
    };
  }

  /** All rows that the filter lets through, also those that folds hide. */
  unfoldedRows(): readonly Row[] {
    const { state } = this;
    if (!state.model) return [];
    const options = { ...this.options(), folds: new Map<string, boolean>(), everyFold: true };
    return listRows(state.model, viewRecord(state).build(state), options);
  }

  // ---- the cursor ----------------------------------------------------------------------------------------

  /** The cursor follows the thing; where that is hidden, to what it belongs to; where it is gone, it stays where it is. */
  private restoreCursor(view: ViewState, roots: readonly RowNode[], cause: Cause): void {
    const hidden = cause === 'arranged' ? view.hidden : null;
    const exact = [this.state.following, hidden].map((wish) => (wish ? findRow(view.rows, wish) : -1));
    const found = exact.find((at) => at >= 0);
    if (found !== undefined) view.hidden = null;
    const at = found ?? this.nextBest(view, roots, hidden);
    if (at >= 0) this.moveTo(view, at);
    else if (view.chosen && view.rows.length > 0) this.replaceChosen(view, view.chosen, roots, cause);
    this.clamp();
  }

  /** What stands for something that is still hidden, else what is chosen. */
  private nextBest(view: ViewState, roots: readonly RowNode[], hidden: Chosen | null): number {
    const located = hidden && locateThing(roots, hidden);
    const above = located ? findVisibleAncestor(view.rows, located.path) : -1;
    if (above >= 0) return above;
    return view.chosen ? findRow(view.rows, view.chosen) : -1;
  }

  private moveTo(view: ViewState, at: number): void {
    // What was seen beside it stays beside it.
    view.top += at - view.cursor;
    view.cursor = at;
    view.chosen = chosenRow(view.rows[at]!);
  }

  private replaceChosen(view: ViewState, chosen: Chosen, roots: readonly RowNode[], cause: Cause): void {
    const located = locateThing(roots, chosen) ?? (cause === 'arranged' ? locateKin(roots, chosen) : null);
    if (located || cause === 'arranged') {
      if (!view.hidden || !locateThing(roots, view.hidden)) view.hidden = chosen;
    } else view.lost = chosen;
    if (cause === 'sampled') this.slid = chosen.node?.title ?? null;
    const at = located ? findVisibleAncestor(view.rows, [...located.path, located.rowId]) : -1;
    if (at >= 0) view.cursor = at;
    view.cursor = Math.max(0, Math.min(view.cursor, view.rows.length - 1));
    view.chosen = chosenRow(view.rows[view.cursor]!);
    this.state.detailTop = 0;
  }

  /** Keeps cursor and top within the rows, and the cursor in sight. */
  clamp(): void {
    const view = currentView(this.state);
    view.cursor = Math.max(0, Math.min(view.cursor, view.rows.length - 1));
    const shown = Math.max(1, this.shown());
    view.top = Math.max(0, Math.min(view.top, view.rows.length - shown));
    if (view.cursor < view.top) view.top = view.cursor;
    if (view.cursor >= view.top + shown) view.top = view.cursor - shown + 1;
    const row = view.rows[view.cursor];
    if (row && view.chosen === null) view.chosen = chosenRow(row);
  }

  /** Chooses the thing of a row, by hand. */
  place(at: number): void {
    const view = currentView(this.state);
    const rows = this.rows();
    view.cursor = Math.max(0, Math.min(at, rows.length - 1));
    const row = rows[view.cursor];
    if (!row) return;
    view.chosen = chosenRow(row);
    this.settle();
    this.clamp();
    this.state.detailTop = 0;
    this.state.following = null;
  }

  /** What is under the cursor is what is meant from now on: nothing that was hidden or lost comes back for it. */
  settle(): void {
    const view = currentView(this.state);
    if (view.rows.length === 0) return;
    view.hidden = view.lost = null;
    this.expected = null;
  }

  /** Unfolds what a thing stands under, and puts the cursor on it; whether it is in this list at all. */
  show(wanted: Chosen): boolean {
    const at = findRow(this.rows(), wanted);
    if (at >= 0) {
      this.place(at);
      return true;
    }
    const located = this.state.model && locateThing(viewRecord(this.state).build(this.state), wanted);
    if (!located) return false;
    this.unfold(located.path);
    const shown = findRow(this.rows(), located);
    if (shown >= 0) this.place(shown);
    return shown >= 0;
  }

  private unfold(path: readonly string[]): void {
    for (const rowId of path) this.folds().set(rowId, true);
    this.arranged();
  }

  /** The thing that a key just made or moved: the cursor goes to it when it appears, unless it was moved meanwhile. */
  expect(fits: ((node: RowNode) => boolean) | null): void {
    this.expected = fits;
    this.sampled();
  }

  private chooseExpected(roots: readonly RowNode[]): void {
    const view = currentView(this.state);
    const found = locate(roots, this.expected!);
    if (!found) return;
    for (const rowId of found.path) this.folds().set(rowId, true);
    view.chosen = found;
    this.settle();
  }

  /** An interface has another name for its row now that it is in another namespace. */
  renamed(from: string, to: Chosen): void {
    const view = currentView(this.state);
    if (view.chosen?.rowId === from || view.lost?.rowId === from) {
      view.chosen = to;
      view.lost = null;
    }
    if (view.hidden?.rowId === from) view.hidden = to;
    if (this.state.following?.rowId === from) this.state.following = to;
    this.sampled();
  }

  // ---- folds and order -----------------------------------------------------------------------------------

  setFold(row: Row, expanded: boolean): void {
    this.folds().set(row.node.rowId, expanded);
    this.settle();
    this.arranged();
  }

  foldAll(expanded: boolean): void {
    const view = currentView(this.state);
    this.folds().clear();
    view.everyFold = expanded;
    this.arranged();
  }

  /** For a search that is typed: what it unfolded on the way is folded again. */
  copyFolds(): Map<string, boolean> {
    return new Map(this.folds());
  }

  resetFolds(folds: ReadonlyMap<string, boolean>): void {
    const own = this.folds();
    own.clear();
    for (const [rowId, expanded] of folds) own.set(rowId, expanded);
    this.arranged();
  }

  /** Changes what narrows the list. What is chosen stays in sight: when the list is whole again, it is unfolded there. */
  narrow(change: () => void): void {
    const wasNarrowed = this.isNarrowed();
    this.rows();
    const view = currentView(this.state);
    const chosen = view.hidden ?? view.chosen;
    change();
    if (this.isNarrowed() !== wasNarrowed)
      for (const each of Object.values(this.state.views)) each.narrowedFolds.clear();
    if (wasNarrowed && !this.isNarrowed() && chosen) this.unfold(chosen.path);
    this.arranged();
  }

  /** The reason why the text is no filter; null: it is in force now. */
  setFilter(text: string): string | null {
    const parsed = parseFilter(text);
    if (!parsed.ok) return parsed.reason;
    this.narrow(() => {
      this.state.filter = parsed.test;
      this.state.filterText = text.trim();
    });
    return null;
  }
}

/** In another arrangement a group or a namespace may have no row: then its process stands for it, or the other way round. */
function locateKin(roots: readonly RowNode[], { node }: Chosen): Chosen | null {
  if (!node || node.rowKind === 'host') return null;
  const { process, key } = node;
  const byKey =
    key === undefined ? null : locate(roots, (each) => each.rowKind === 'namespace' && each.key === key);
  if (byKey || !process) return byKey;
  return locate(roots, (each) => each.rowKind === 'process' && each.process?.pid === process.pid);
}

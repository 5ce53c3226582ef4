/** `/`: moves the cursor to what holds the text, also where a fold hides it. */
import { clean } from '../view/clean.js';
import type { Chosen } from '../view/row-cursor.js';
import { chosenRow, findRow } from '../view/row-cursor.js';
import { nodeText } from '../view/row-list.js';
import type { AppState } from './app-state.js';
import { currentView } from './app-state.js';
import type { ListController } from './list-controller.js';

export class SearchController {
  private readonly state: AppState;
  private readonly list: ListController;
  private readonly say: (text: string, isError: boolean) => void;
  /** Where the cursor was and what was folded before a search was typed. */
  private origin: { chosen: Chosen | null; folds: Map<string, boolean>; text: string } | null = null;

  constructor(state: AppState, list: ListController, say: (text: string, isError: boolean) => void) {
    this.state = state;
    this.list = list;
    this.say = say;
  }

  begin(): void {
    this.list.rows();
    const { chosen } = currentView(this.state);
    this.origin = { chosen, folds: this.list.copyFolds(), text: this.state.searchText };
  }

  /** From where the search began, with each letter. */
  typed(text: string): void {
    this.returnToOrigin();
    this.state.searchText = text;
    if (text !== '') this.find(0);
  }

  cancel(): void {
    this.returnToOrigin();
    this.state.searchText = this.origin?.text ?? '';
    this.origin = null;
  }

  accept(text: string): void {
    this.state.searchText = text;
    this.origin = null;
  }

  /** `n`, `N`. */
  again(direction: 1 | -1): void {
    if (this.state.searchText === '') this.say('nothing to look for yet: / starts a search', false);
    else this.find(direction);
  }

  private returnToOrigin(): void {
    if (!this.origin) return;
    this.list.resetFolds(this.origin.folds);
    if (this.origin.chosen) this.list.show(this.origin.chosen);
  }

  /** The next match from the cursor on; direction 0 takes the row under the cursor too. */
  private find(direction: 1 | -1 | 0): void {
    const { model, searchText } = this.state;
    if (!model) return;
    this.list.rows();
    const { chosen } = currentView(this.state);
    const rows = this.list.unfoldedRows();
    const start = chosen ? Math.max(0, findRow(rows, chosen)) : 0;
    const wanted = searchText.toLowerCase();
    const step = direction === 0 ? 1 : direction;
    for (let count = direction === 0 ? 0 : 1; count <= rows.length; count++) {
      const row = rows[(start + step * count + rows.length * 2) % Math.max(1, rows.length)];
      if (row && nodeText(model, row.node).toLowerCase().includes(wanted)) {
        this.list.show(chosenRow(row));
        return;
      }
    }
    this.say(`"${clean(searchText)}" is not in this list`, true);
  }
}

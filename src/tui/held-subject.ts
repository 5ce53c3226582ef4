/** What a menu, a form or a question is about: held by what tells it from others, looked up again each time. */
import { clean } from '../view/clean.js';
import type { AppState } from './app-state.js';
import { currentView } from './app-state.js';
import type { PaneSubject } from './paint-detail.js';
import { subjectOf, subjectTitle } from './paint-detail.js';

export class HeldSubject {
  /** Of the time when it was chosen. */
  readonly title: string;
  private readonly look: () => PaneSubject | null;

  constructor(title: string, look: () => PaneSubject | null) {
    this.title = title;
    this.look = look;
  }

  /** As it is now; null: it is gone, or only something else of that name, pid or number is there. */
  find(): PaneSubject | null {
    return this.look();
  }

  /** As it is now; throws a sentence where it is gone. */
  get<K extends PaneSubject['subject']>(kind: K): PaneSubject & { subject: K } {
    const subject = this.look();
    if (subject?.subject !== kind) throw new Error(this.goneWords());
    return subject as PaneSubject & { subject: K };
  }

  goneWords(): string {
    return `${clean(this.title)} is gone: nothing was done`;
  }
}

/** The thing under the cursor, as it was painted; null: there is none. */
export function holdSubject(state: AppState): HeldSubject | null {
  const view = currentView(state);
  const node = view.rows[view.cursor]?.node;
  const viewName = state.view;
  if (!node || !state.model || !subjectOf(state, node, viewName)) return null;
  return new HeldSubject(subjectTitle(state), () => subjectOf(state, node, viewName));
}

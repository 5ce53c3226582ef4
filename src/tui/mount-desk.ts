/** What view 4 keeps up to date and asks for: the mounts of all namespaces, and who uses the one under the cursor. */
import { buildMountModel } from '../analysis/mount-model.js';
import { mountUserQuery } from '../analysis/mount-user-query.js';
import type { SampleFeed } from '../model/sample-feed.js';
import type { MountTableFact } from '../model/snapshot.js';
import { mountNamespaceRowId } from '../view/mount-rows.js';
import { chosenId } from '../view/row-cursor.js';
import type { AppState } from './app-state.js';
import { currentView } from './app-state.js';
import type { Focus } from './focus.js';
import { focusTeller } from './focus.js';
import { detailSubject, namespaceUnderCursor, openTab, paneTabs } from './paint-detail.js';

/** Below every row: the list then scrolls so that the cursor is at its top. */
const FAR_DOWN = 1e9;

export class MountDesk {
  private readonly state: AppState;
  private readonly feed: SampleFeed;
  private readonly watch: (focus: Focus) => void;

  constructor(state: AppState, feed: SampleFeed) {
    this.state = state;
    this.feed = feed;
    this.watch = focusTeller((focus) => feed.watchMounts(focus));
  }

  take(facts: readonly MountTableFact[]): void {
    const { mounts } = this.state;
    mounts.facts = facts;
    mounts.model = buildMountModel(facts);
  }

  /** View 4 opens at the mount namespace of the thing under the cursor. */
  enter(): void {
    const key = namespaceUnderCursor(this.state, 'mnt');
    if (key) {
      const view = this.state.views.mounts;
      view.chosen = chosenId(mountNamespaceRowId(key));
      view.hidden = view.lost = null;
      view.folds.set(view.chosen.rowId, true);
      // Its mounts are what is wanted: the row goes to the top of the list.
      view.top = view.cursor = FAR_DOWN;
    }
    this.watch(key ?? 'any');
  }

  leave(): void {
    this.watch(null);
  }

  /** The namespace under the cursor is kept fresh, and the users of a mount are looked for when they are shown. */
  watchUnderCursor(): void {
    const { state } = this;
    if (state.view !== 'mounts' || !state.model) return;
    const node = currentView(state).rows[currentView(state).cursor]?.node;
    this.watch(node?.mount?.namespace ?? node?.key ?? 'any');
    const subject = detailSubject(state);
    if (subject?.subject !== 'mount' || state.replay) return;
    const isShown = state.detailShown && paneTabs(state)[openTab(state)]?.name === 'Held by';
    const { device } = subject.mount;
    if (!isShown) {
      // Shown again they are looked for again: meanwhile others may have come.
      state.mounts.usersAsked = null;
      return;
    }
    if (state.mounts.usersAsked === device) return;
    state.mounts.usersAsked = device;
    this.feed.askMountUsers(mountUserQuery(state.mounts.model, device));
  }
}

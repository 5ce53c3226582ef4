/**
 * The terminal interface: owns its state, turns input and samples into new state, and paints it. Knows
 * nothing of the kernel: samples come from a feed, saving is a function.
 */
import { ipcObjectName } from '../analysis/interior-model.js';
import { endpointText } from '../analysis/socket-model.js';
import type { ComparisonFacts } from '../model/comparison.js';
import type { FeedMessage, SampleFeed } from '../model/sample-feed.js';
import type { Pid, Snapshot } from '../model/snapshot.js';
import { clean } from '../view/clean.js';
import { chosenRow } from '../view/row-cursor.js';
import { GROUPINGS } from '../view/row-trees.js';
import { ACTIONS, actionForKey } from './actions.js';
import type { EnterPlan } from '../actions/enter-plan.js';
import type { GuardPort } from '../actions/guard.js';
import type { Perform } from '../actions/plan.js';
import type { UnsharePlan } from '../actions/unshare-plan.js';
import type { ToolFacts } from '../actions/tools.js';
import type { Line } from '../view/line.js';
import { lineText } from '../view/line.js';
import { learnLines } from '../view/learn-lines.js';
import { ActionDesk } from './action-desk.js';
import type { ComparisonAnswer } from './comparison-desk.js';
import { ComparisonDesk } from './comparison-desk.js';
import { dialogKey } from './dialog-keys.js';
import { MountDesk } from './mount-desk.js';
import { NetworkDesk } from './network-desk.js';
import type { AppState, DialogName, PromptName, ViewName } from './app-state.js';
import { currentView, initialState, isTagged, nextGrouping } from './app-state.js';
import { Canvas } from './canvas.js';
import type { InputEvent } from './key-tokenizer.js';
import type { Layout, Rectangle } from './layout.js';
import { MINIMUM_COLUMNS, MINIMUM_ROWS, inside, layoutOf } from './layout.js';
import { ListController } from './list-controller.js';
import type { PaneSubject } from './paint-detail.js';
import {
  detailHeight,
  detailLines,
  detailSubject,
  kindUnderCursor,
  openTab,
  paintDetail,
  paneTabs,
  subjectKind,
} from './paint-detail.js';
import { paintDialog, paintPrompt } from './paint-dialog.js';
import { paintFooter, paintHeader, paintOverview } from './paint-frame.js';
import { paintList, visibleRows } from './paint-list.js';
import { PlaceController } from './places.js';
import { editPrompt, openPrompt, promptKey } from './prompts.js';
import { SampleStore } from './sample-store.js';
import { SearchController } from './search-controller.js';
import type { Settings } from './settings.js';
import { stepDelay } from './setup-table.js';
import { Sparklines } from './sparklines.js';
import type { Terminal } from './terminal.js';
import type { ColorDepth } from './theme.js';
import { themeOf } from './theme.js';
import { clockTime, viewRecord, viewTabs } from './view-table.js';

const SPARKLINE_COLUMNS = 150;
/** At most 30 frames a second: a flood of samples or keys is drawn as its result. */
const FRAME_MS = 33;

/** A feed that can also stand at a chosen sample. */
export interface ReplayFeed extends SampleFeed {
  readonly length: number;
  readonly index: number;
  seek: (index: number) => void;
  /** Milliseconds since the epoch of each sample. */
  timeOf: (index: number) => number;
}

/** Programs that are given the terminal. */
export interface Foreground {
  probeTools: () => Promise<ToolFacts>;
  findShell: (pid: Pid) => string | null;
  run: (plan: EnterPlan) => Promise<{ status: number; failure: string | null }>;
  unshare: (plan: UnsharePlan) => Promise<{ status: number; failure: string | null }>;
  /** Of the person. */
  shell: string;
}

export interface AppOptions {
  settings: Settings;
  /** Null: the tree; with a pid the processes. */
  view: ViewName | null;
  pid: number | null;
  filter: string;
  readonly: boolean;
  colorDepth: ColorDepth;
  feed: SampleFeed;
  replay: ReplayFeed | null;
  now: () => number;
  /** Carries out a plan; null where nothing may be changed. */
  perform: Perform | null;
  /** Of the programs that enter namespaces; null where none may be run. */
  foreground: Foreground | null;
  guard: GuardPort | null;
  /** Saves the sample; where it went. */
  save: (snapshot: Snapshot) => Promise<string>;
  /** Saves the command log as a script; where it went. */
  saveScript: (text: string) => Promise<string>;
  saveSettings: (settings: Settings) => void;
  suspend: () => void;
  exit: (code: number) => void;
}

export class App {
  readonly state: AppState;
  /** What changes something, or runs a program. */
  readonly acts: ActionDesk;
  readonly terminal: Terminal;
  readonly options: AppOptions;
  private canvas: Canvas;
  private sparklines: Sparklines | null = null;
  private layout: Layout;
  private frameTimer: NodeJS.Timeout | null = null;
  private lastFrame = 0;
  private wantedPid: number | null;
  isClosed = false;
  private isPaintQueued = false;
  readonly list: ListController;
  readonly search: SearchController;
  readonly places: PlaceController;
  private readonly store: SampleStore;
  private readonly desk: NetworkDesk;
  private readonly mountDesk: MountDesk;
  private readonly comparisons: ComparisonDesk;

  constructor(terminal: Terminal, options: AppOptions) {
    this.terminal = terminal;
    this.options = options;
    this.state = initialState(options.settings, options.view ?? 'tree');
    this.state.readonly = options.readonly;
    this.state.replay = options.replay && { index: 0, length: options.replay.length };
    this.wantedPid = options.pid;
    this.desk = new NetworkDesk(this.state, options.feed);
    this.mountDesk = new MountDesk(this.state, options.feed);
    this.comparisons = new ComparisonDesk(this.state, options.feed);
    const say = (text: string, isError: boolean): void => this.say(text, isError);
    this.list = new ListController(this.state, () => visibleRows(this.layout.list, this.layout.bordered));
    this.search = new SearchController(this.state, this.list, say);
    this.places = new PlaceController(this.state, {
      list: this.list,
      networks: this.desk,
      openView: (view) => this.openView(view),
      say,
    });
    this.store = this.newStore(say);
    this.acts = new ActionDesk(this);
    this.setFilter(options.filter);
    this.canvas = this.newCanvas();
    this.layout = this.newLayout();
  }

  private newStore(say: (text: string, isError: boolean) => void): SampleStore {
    const { replay, now } = this.options;
    return new SampleStore(this.state, {
      mounts: this.mountDesk,
      networks: this.desk,
      replayed: () => replay && { index: replay.index, length: replay.length },
      now,
      say,
      changed: () => this.list.sampled(),
      linksMoved: (moves) => moves.forEach(({ from, to }) => this.list.renamed(from, to)),
    });
  }

  start(): void {
    this.terminal.setMouse(this.state.settings.mouse);
    this.terminal.enter();
    this.options.feed.start((message) => this.receive(message));
    if (this.state.view === 'sockets') this.options.feed.watchSockets(true);
    if (this.state.view === 'more') this.options.feed.watchInteriors(true);
    this.paint();
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    if (this.frameTimer) clearTimeout(this.frameTimer);
    this.options.feed.close();
    this.sparklines?.dispose();
    this.canvas.dispose();
    this.terminal.leave();
  }

  // ---- samples -------------------------------------------------------------------------------------------

  private receive(message: FeedMessage): void {
    switch (message.message) {
      case 'mount-users':
        this.state.mounts.users = message.users;
        break;
      case 'session':
        this.acts.confirmation.takeSession(message.facts);
        break;
      case 'comparison':
        this.showComparison(message.facts);
        break;
      case 'firewall':
        this.state.network.firewall = message.firewall;
        break;
      default:
        this.store.take(message);
        this.afterSample(message);
    }
    // A frozen screen stands still: a look that brings nothing is no reason to paint it.
    if (message.message !== 'status' || !this.state.frozen) this.paintSoon();
  }

  private afterSample(message: FeedMessage): void {
    if (message.message === 'status') this.acts.confirmation.lookedAgain(message);
    else if (message.message === 'mounts') this.places.mountsCame();
    if (this.wantedPid === null || !this.state.model) return;
    this.places.startAt(this.wantedPid, this.options.view);
    this.wantedPid = null;
  }

  // ---- input ---------------------------------------------------------------------------------------------

  input(event: InputEvent): void {
    if (event.event === 'key') this.key(event.key);
    else if (event.event === 'paste') this.paste(event.text);
    else this.mouse(event.action, event.column, event.row);
    this.paintAfterInput();
  }

  /** Once for all keys that came together (a paste, a fast typist over a slow line), still in this tick. */
  private paintAfterInput(): void {
    if (this.isPaintQueued) return;
    this.isPaintQueued = true;
    queueMicrotask(() => {
      this.isPaintQueued = false;
      this.paintNow();
    });
  }

  private key(key: string): void {
    const { state } = this;
    state.message = null;
    if (key === 'C-c') this.quit(0);
    else if (state.dialog) dialogKey(this, key);
    else if (state.prompt) promptKey(this, state.prompt, key);
    else {
      const action = actionForKey(state, key);
      if (action?.settles) this.list.settle();
      if (action?.group !== 'Act') action?.run(this);
      else if (this.isStillThere()) action.run(this);
    }
  }

  /** An action is meant for the thing that was seen under the cursor: not for what came there before it was painted. */
  private isStillThere(): boolean {
    this.list.rows();
    const { slid } = this.list;
    if (slid === null) {
      this.list.settle();
      return true;
    }
    this.say(`${clean(slid)} is gone: the cursor stood on it`, true);
    return false;
  }

  /** Pasted text is text: it never runs a key. */
  private paste(text: string): void {
    const { prompt } = this.state;
    if (prompt) editPrompt(this, prompt, prompt.text + clean(text).trim());
    else this.say('pasted text is ignored here', false);
  }

  private mouse(action: string, column: number, row: number): void {
    const { list, detail, bordered } = this.layout;
    if (action === 'wheelup' || action === 'wheeldown') {
      const step = action === 'wheelup' ? -3 : 3;
      if (detail && inside(detail, column, row)) this.scrollDetail(step);
      else this.moveBy(step);
      return;
    }
    if (action !== 'press' || this.state.dialog) return;
    if (row === 1) this.clickTab(column);
    else if (inside(list, column, row)) {
      this.state.focus = 'list';
      this.clickRow(currentView(this.state).top + row - list.top - 1 - (bordered ? 1 : 0));
    } else if (detail && inside(detail, column, row)) this.state.focus = 'detail';
  }

  /** A row as it was painted, wherever it is by now. */
  private clickRow(at: number): void {
    const view = currentView(this.state);
    const row = view.rows[at];
    if (!row) return;
    if (at === view.cursor) this.toggleFold();
    else if (!this.list.show(chosenRow(row))) this.say(`${row.node.title} is gone`, true);
  }

  private clickTab(column: number): void {
    const tab = viewTabs(this.state.view, this.canvas.columns).find(
      ({ start, end }) => column >= start && column < end,
    );
    if (tab) this.switchView(tab.view);
  }

  // ---- actions: move -------------------------------------------------------------------------------------

  moveBy(step: number): void {
    if (this.state.focus === 'detail') {
      this.scrollDetail(step);
      return;
    }
    this.list.rows();
    this.list.place(currentView(this.state).cursor + step);
  }

  moveByPage(pages: number): void {
    const { detail, bordered, list } = this.layout;
    const height =
      this.state.focus === 'detail' && detail ? detailHeight(detail, bordered) : visibleRows(list, bordered);
    this.moveBy(Math.trunc(pages * Math.max(1, height - 1)) || Math.sign(pages));
  }

  private scrollDetail(step: number): void {
    const { detail, bordered } = this.layout;
    if (!detail) return;
    const most = Math.max(
      0,
      detailLines(this.state, detail, bordered).length - detailHeight(detail, bordered),
    );
    this.state.detailTop = Math.max(0, Math.min(most, this.state.detailTop + step));
  }

  toggleFold(): void {
    const row = this.list.cursorRow();
    if (row?.node.hasChildren) this.list.setFold(row, !row.expanded);
  }

  foldOrParent(): void {
    const view = currentView(this.state);
    const row = this.list.cursorRow();
    if (view.scroll > 0) view.scroll = Math.max(0, view.scroll - 8);
    else if (row?.expanded) this.list.setFold(row, false);
    else if (row) {
      const parent = view.rows.findLastIndex((other, at) => at < view.cursor && other.depth < row.depth);
      if (parent >= 0) this.list.place(parent);
    }
  }

  unfoldOrScroll(): void {
    const row = this.list.cursorRow();
    if (row?.node.hasChildren && !row.expanded) this.list.setFold(row, true);
    else currentView(this.state).scroll += 8;
  }

  foldAll(expanded: boolean): void {
    this.list.foldAll(expanded);
  }

  open(): void {
    const row = this.list.cursorRow();
    if (this.state.focus === 'list' && row?.node.link && this.places.goToPeer(row.node.link)) return;
    if (this.state.focus === 'list' && row?.node.hasChildren && !row.expanded) this.list.setFold(row, true);
    else if (row) {
      this.state.detailShown = true;
      this.state.maximised = false;
      this.state.focus = 'detail';
    }
  }

  /**
   * One step back at a time, what came last first: what is open, what narrowed the list since the last jump, that jump,
   * what narrowed it before. Whether there was a step to go.
   */
  private goBack(): boolean {
    const { state, places } = this;
    const view = currentView(state);
    if (state.focus === 'detail') state.focus = 'list';
    else if (state.maximised) state.maximised = false;
    else if (view.scroll > 0) view.scroll = 0;
    else if (places.isNarrowedSince && this.widen()) return true;
    else if (places.goBack() || this.widen()) return true;
    else if (state.searchText !== '') state.searchText = '';
    else if (state.tagged.size > 0) state.tagged.clear();
    else return false;
    return true;
  }

  /** Takes away one thing that narrows the list; whether there was one. */
  private widen(): boolean {
    const { state } = this;
    if (state.filterText !== '') this.setFilter('');
    else if (state.problemsOnly) this.toggleProblems();
    else if (state.hideHost) this.toggleHideHost();
    else return false;
    return true;
  }

  back(): void {
    this.goBack();
  }

  backOrQuit(): void {
    if (this.state.focus === 'detail' || this.state.maximised) this.goBack();
    else this.quit(0);
  }

  switchPane(): void {
    if (this.layout.detail) this.state.focus = this.state.focus === 'list' ? 'detail' : 'list';
  }

  switchTab(step: number): void {
    if (!this.state.model) return;
    const count = paneTabs(this.state).length;
    this.state.detailTabs[subjectKind(this.state)] = (openTab(this.state) + step + count) % count;
    this.state.detailTop = 0;
  }

  /** The first of these tabs that the subject has. */
  showTab(...names: string[]): void {
    if (!this.state.model) return;
    const at = paneTabs(this.state).findIndex((tab) => names.includes(tab.name));
    if (at >= 0) this.state.detailTabs[subjectKind(this.state)] = at;
    this.state.detailTop = 0;
    this.state.detailShown = true;
    this.state.maximised = false;
  }

  // ---- actions: find -------------------------------------------------------------------------------------

  ask(prompt: PromptName): void {
    openPrompt(this, prompt);
  }

  /** Whether the text is a filter; where it is none the one before stays in force. */
  setFilter(text: string): boolean {
    const refusal = this.list.setFilter(text);
    if (refusal !== null) this.say(refusal, true);
    return refusal === null;
  }

  toggleProblems(): void {
    this.list.narrow(() => (this.state.problemsOnly = !this.state.problemsOnly));
  }

  toggleHideHost(): void {
    this.list.narrow(() => (this.state.hideHost = !this.state.hideHost));
  }

  toggleFollow(): void {
    this.state.following = this.state.following === null ? currentView(this.state).chosen : null;
  }

  // ---- actions: act --------------------------------------------------------------------------------------

  tag(): void {
    const row = this.list.cursorRow();
    if (!row) return;
    const { tagged } = this.state;
    const { rowId, identity } = row.node;
    if (isTagged(this.state, row.node)) tagged.delete(rowId);
    else tagged.set(rowId, identity);
    this.moveBy(1);
  }

  copy(): void {
    const subject = detailSubject(this.state);
    if (!subject) return;
    this.copyText(this.textOf(subject));
  }

  copyText(text: string): void {
    const copied = this.terminal.copy(text);
    const [first = ''] = text.split('\n');
    this.say(copied ? `copied: ${clean(first)}` : 'too long to copy', !copied);
  }

  private textOf(subject: PaneSubject): string {
    switch (subject.subject) {
      case 'process':
        return String(subject.process.pid);
      case 'mount':
        return subject.mount.mountPoint;
      case 'link':
        return subject.link.fact.name;
      case 'socket':
        return endpointText(subject.socket.fact, 'local');
      case 'kind':
        return subject.kind;
      case 'ipc':
        return ipcObjectName(subject.object);
      case 'namespace':
      case 'netns':
      case 'userns':
      case 'interior':
        return this.pathOf(subject.node.fact.key);
    }
  }

  private pathOf(key: string): string {
    const node = this.state.model!.namespaces.get(key as never)!;
    const [process] = node.processes;
    if (process) return `/proc/${process.pid}/ns/${node.fact.kind}`;
    const bind = node.pins.find((pin) => pin.pinKind === 'bind');
    return bind?.pinKind === 'bind' ? bind.mountPoint : key;
  }

  /** `=`: two processes or namespaces; in view 4 two mount namespaces, or one mount in every namespace. */
  compare(): void {
    const node = this.list.cursorRow()?.node;
    const shown = node && this.comparisons.compare(node);
    if (shown) this.showAnswer(shown);
  }

  private showAnswer({ title, lines, refusal }: ComparisonAnswer): void {
    if (refusal === null) this.showText(title, lines);
    else this.say(refusal, false);
  }

  private showComparison(facts: ComparisonFacts): void {
    const answer = this.comparisons.take(facts);
    if (answer) this.showAnswer(answer);
  }

  saveRecording(): void {
    const moment = this.store.moment();
    if (!moment) return;
    this.options.save(moment).then(
      (path) => this.say(`saved: ${path}`, false),
      (error: unknown) => this.say(`cannot save: ${(error as Error).message}`, true),
    );
  }

  // ---- actions: view -------------------------------------------------------------------------------------

  /** By hand: Esc does not lead back from there. */
  switchView(view: ViewName): void {
    this.places.forget();
    this.openView(view);
  }

  private openView(view: ViewName): void {
    this.list.rows();
    if (view === 'mounts' && this.state.view !== view) this.mountDesk.enter();
    else if (view !== 'mounts') this.mountDesk.leave();
    if (view === 'network' && this.state.view !== view) this.desk.enter();
    else if (view !== 'network') this.desk.leave();
    if (view !== this.state.view && (view === 'sockets' || this.state.view === 'sockets'))
      this.options.feed.watchSockets(view === 'sockets');
    if (view !== this.state.view && (view === 'more' || this.state.view === 'more'))
      this.options.feed.watchInteriors(view === 'more');
    this.state.view = view;
    this.state.detailTop = 0;
    this.state.following = null;
    this.list.arranged();
  }

  toggleDetail(): void {
    this.state.detailShown = !this.state.detailShown;
    this.state.focus = 'list';
  }

  toggleFlat(): void {
    if (this.state.view !== 'events') this.state.flat[this.state.view] = !this.state.flat[this.state.view];
    this.list.arranged();
  }

  nextGrouping(): void {
    this.state.flat.tree = false;
    this.changeSettings({
      ...this.state.settings,
      grouping: nextGrouping(this.state.settings.grouping, GROUPINGS),
    });
  }

  sortBy(step: 1 | -1): void {
    const view = currentView(this.state);
    const names = viewRecord(this.state)
      .columns(this.state)
      .flatMap(({ name, sortKey }) => (sortKey ? [name] : []));
    const choices = [null, ...names];
    const at = choices.indexOf(view.sort?.column ?? null) + step;
    const column = choices[(at + choices.length) % choices.length] ?? null;
    view.sort = column === null ? null : { column, descending: view.sort?.descending ?? false };
    this.say(column === null ? 'not sorted' : `sorted by ${column}`, false);
    this.list.arranged();
  }

  invertSort(): void {
    const { sort } = currentView(this.state);
    if (sort) sort.descending = !sort.descending;
    this.list.arranged();
  }

  toggleMaximised(): void {
    this.state.maximised = !this.state.maximised;
    this.state.focus = 'list';
  }

  toggleFrozen(): void {
    this.state.frozen = !this.state.frozen;
    this.options.feed.setFrozen(this.state.frozen);
  }

  refresh(): void {
    this.state.mounts.usersAsked = null;
    this.state.network.firewallAsked = null;
    this.options.feed.refresh(true);
    this.say('looking at everything anew', false);
  }

  redraw(): void {
    this.canvas.invalidate();
  }

  toggleMouse(): void {
    this.changeSettings({ ...this.state.settings, mouse: !this.state.settings.mouse });
    this.say(this.state.settings.mouse ? 'mouse on: hold Shift to select text' : 'mouse off', false);
  }

  replayBy(step: number): void {
    this.options.replay?.seek(this.options.replay.index + step);
  }

  goToTime(text: string): void {
    const { replay } = this.options;
    if (!replay || text === '') return;
    if (/^[0-9]+$/.test(text)) {
      replay.seek(Number(text) - 1);
      return;
    }
    for (let at = 0; at < replay.length; at++) {
      if (clockTime(replay.timeOf(at)) >= text) {
        replay.seek(at);
        return;
      }
    }
    this.say(`the recording ends before ${clean(text)}`, true);
  }

  // ---- actions: application ------------------------------------------------------------------------------

  openDialog(dialog: DialogName): void {
    this.state.dialog = { dialog, cursor: 0, top: 0, text: '' };
  }

  /** `?` on a namespace: a page about its type, with the commands for it. */
  learn(): void {
    const { model } = this.state;
    const kind = kindUnderCursor(this.state);
    if (!model || !kind) return;
    const subject = detailSubject(this.state);
    const key = subject && 'node' in subject ? subject.node.fact.key : null;
    this.showText(`${kind} namespaces  (F1: keys)`, learnLines(kind, key === null ? null : { model, key }));
  }

  closeDialog(): void {
    this.state.dialog = null;
  }

  showText(title: string, lines: readonly Line[]): void {
    const copyText = lines.map(lineText).join('\n');
    this.state.dialog = { dialog: 'text', title, lines, top: 0, copyText, save: null };
  }

  /** Takes over settings: from set-up and keys (then they are remembered), or from the changed file. */
  changeSettings(settings: Settings, remember = true): void {
    const before = this.state.settings;
    this.state.settings = settings;
    if (settings.delayMs !== before.delayMs) this.options.feed.setDelay(settings.delayMs);
    if (settings.mouse !== before.mouse) this.terminal.setMouse(settings.mouse);
    if (settings.theme !== before.theme || settings.ascii !== before.ascii) this.replaceCanvas();
    if (remember) this.options.saveSettings(settings);
    this.list.arranged();
    this.paintSoon();
  }

  stepDelay(step: 1 | -1): void {
    this.changeSettings({ ...this.state.settings, delayMs: stepDelay(this.state.settings.delayMs, step) });
  }

  quit(code: number): void {
    this.close();
    this.options.exit(code);
  }

  suspend(): void {
    this.options.suspend();
  }

  /** Back from a suspend: the size may be another one, and nothing of the screen is left. */
  resume(): void {
    this.terminal.enter();
    this.resized();
  }

  say(text: string, isError: boolean): void {
    this.state.message = { text, isError };
    this.paintSoon();
  }

  // ---- painting ------------------------------------------------------------------------------------------

  private newCanvas(): Canvas {
    const { settings } = this.state;
    const depth = settings.theme === 'mono' ? 0 : this.options.colorDepth;
    const theme = themeOf(depth === 0 ? 'mono' : settings.theme);
    return new Canvas(this.terminal.columns, this.terminal.rows, theme, depth, settings.ascii);
  }

  private replaceCanvas(): void {
    this.sparklines?.dispose();
    this.sparklines = null;
    this.canvas.dispose();
    this.canvas = this.newCanvas();
  }

  private newLayout(): Layout {
    const { columns, rows } = this.canvas;
    return layoutOf(columns, rows, this.state.detailShown, this.state.maximised);
  }

  resized(): void {
    this.canvas.resize(this.terminal.columns, this.terminal.rows);
    this.paintNow();
  }

  paintSoon(): void {
    if (this.frameTimer || this.isClosed) return;
    const wait = Math.max(0, this.lastFrame + FRAME_MS - performance.now());
    this.frameTimer = setTimeout(() => this.paintNow(), wait);
  }

  /** After a key the frame is drawn in the same tick: waiting would be felt. */
  private paintNow(): void {
    if (this.isClosed) return;
    if (this.frameTimer) clearTimeout(this.frameTimer);
    this.frameTimer = null;
    this.lastFrame = performance.now();
    this.paint();
  }

  private paint(): void {
    const { canvas } = this;
    canvas.clear();
    if (canvas.columns < MINIMUM_COLUMNS || canvas.rows < MINIMUM_ROWS) this.paintTooSmall();
    else {
      this.layout = this.newLayout();
      this.list.rows();
      this.list.clamp();
      this.list.painted();
      this.paintParts();
    }
    this.terminal.writeFrame(canvas.render());
    this.watchVisible();
    this.mountDesk.watchUnderCursor();
    this.desk.watchCursor();
  }

  private paintParts(): void {
    const { canvas, state, layout } = this;
    paintHeader(canvas, state, this.options.now());
    if (layout.overview) {
      paintOverview(canvas, state, layout.overview);
      this.paintHistory(layout.overview);
    } else this.sparklines?.hide();
    if (state.model) paintList(canvas, state, layout.list, layout.bordered);
    else
      canvas.put(
        3,
        layout.list.top + 2,
        state.failure?.reason ?? 'looking at every namespace of this machine …',
        'dim',
      );
    if (layout.detail && state.model) paintDetail(canvas, state, layout.detail, layout.bordered);
    paintFooter(canvas, state, ACTIONS, layout.keysLine, layout.functionKeysLine);
    if (state.prompt) paintPrompt(canvas, state, layout.keysLine, layout.functionKeysLine);
    paintDialog(canvas, state, ACTIONS);
  }

  /** blessed-contrib costs memory and time to load: only where its picture has room. */
  private paintHistory({ top, right }: Rectangle): void {
    if (right < SPARKLINE_COLUMNS) {
      this.sparklines?.hide();
      return;
    }
    this.sparklines ??= new Sparklines(this.canvas.screen, this.state.settings.ascii);
    this.sparklines.place(right - 32, top + 1, this.state.dialog === null);
    this.sparklines.update(this.state.history);
  }

  private paintTooSmall(): void {
    this.sparklines?.hide();
    this.canvas.put(0, 0, `nsview needs ${MINIMUM_COLUMNS}x${MINIMUM_ROWS}`, 'strong');
    this.canvas.put(0, 1, `this is ${this.canvas.columns}x${this.canvas.rows}`, 'text');
  }

  /** What is on the screen is what the collector keeps fresh. */
  private watchVisible(): void {
    const view = currentView(this.state);
    const shown = visibleRows(this.layout.list, this.layout.bordered);
    const pids = view.rows
      .slice(view.top, view.top + shown)
      .flatMap(({ node }) => (node.process ? [node.process.pid] : []));
    const text = pids.join();
    if (text === this.watchedText) return;
    this.watchedText = text;
    this.options.feed.watch(pids);
  }

  private watchedText = '';
}

/**
 * The terminal interface: owns its state, turns input and samples into new state, and paints it. Knows
 * nothing of the kernel: samples come from a feed, saving is a function.
 */
import type { Change } from '../analysis/changes.js';
import { answerIdQuestion } from '../analysis/id-question.js';
import { idLines } from '../view/user-lines.js';
import { findChanges } from '../analysis/changes.js';
import { findLinkChanges } from '../analysis/link-changes.js';
import { parseFilter } from '../analysis/filter.js';
import type { PaneSubject } from './paint-detail.js';
import { parseMountRequest } from '../analysis/mount-request.js';
import { findGoToTarget } from '../analysis/go-to.js';
import type { ComparisonFacts } from '../model/comparison.js';
import { buildModel } from '../model/model.js';
import type { FeedMessage, SampleFeed } from '../model/sample-feed.js';
import { InteriorModel, ipcObjectName } from '../analysis/interior-model.js';
import type { InteriorFact } from '../model/interior.js';
import { buildSocketModel, endpointText } from '../analysis/socket-model.js';
import type { SocketOwnerFact, SocketTableFact } from '../model/socket-table.js';
import type { NetworkTableFact } from '../model/network-table.js';
import type { MountTableFact, Pid, Snapshot } from '../model/snapshot.js';
import { applyDelta, mergeTables } from '../model/snapshot-delta.js';
import type { Link } from '../analysis/network-model.js';
import { clean } from '../view/clean.js';
import { listRows, nodeText } from '../view/row-list.js';
import type { Row } from '../view/row-node.js';
import { GROUPINGS } from '../view/row-trees.js';
import { ACTIONS, actionForKey } from './actions.js';
import type { EnterPlan } from '../actions/enter-plan.js';
import type { Operation, Perform, UtsName } from '../actions/plan.js';
import type { UnsharePlan } from '../actions/unshare-plan.js';
import type { ToolFacts } from '../actions/tools.js';
import { namespaceName } from '../analysis/namespace-name.js';
import type { Line } from '../view/line.js';
import { lineText } from '../view/line.js';
import { learnLines } from '../view/learn-lines.js';
import { ActionDesk } from './action-desk.js';
import type { ComparisonAnswer } from './comparison-desk.js';
import { ComparisonDesk } from './comparison-desk.js';
import { dialogKey } from './dialog-keys.js';
import { MountDesk } from './mount-desk.js';
import { NetworkDesk } from './network-desk.js';
import type { AppState, DialogName, PromptName, ViewName, ViewState } from './app-state.js';
import { currentView, initialState, nextGrouping } from './app-state.js';
import { Canvas } from './canvas.js';
import type { InputEvent } from './key-tokenizer.js';
import type { Layout, Rectangle } from './layout.js';
import { MINIMUM_COLUMNS, MINIMUM_ROWS, inside, layoutOf } from './layout.js';
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
import type { Settings } from './settings.js';
import { stepDelay } from './setup-table.js';
import { Sparklines } from './sparklines.js';
import type { Terminal } from './terminal.js';
import type { ColorDepth } from './theme.js';
import { themeOf } from './theme.js';
import { clockTime, sortColumn, viewRecord, viewTabs } from './view-table.js';

const MAX_EVENTS = 5000;
const MAX_HISTORY = 120;
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

/** Against locking oneself out: the process that takes a change back. */
export interface GuardPort {
  start: (
    operations: readonly Operation[],
    seconds: number,
    title: string,
  ) => Promise<{ file: string; deadline: number }>;
  keep: (file: string) => Promise<boolean>;
}

export interface AppOptions {
  settings: Settings;
  view: ViewName;
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
  private snapshot: Snapshot | null = null;
  private layout: Layout;
  private frameTimer: NodeJS.Timeout | null = null;
  private lastFrame = 0;
  private wantedPid: number | null;
  private rowsAreStale = false;
  isClosed = false;
  private isPaintQueued = false;
  private readonly desk: NetworkDesk;
  private readonly mountDesk: MountDesk;
  private readonly comparisons: ComparisonDesk;

  constructor(terminal: Terminal, options: AppOptions) {
    this.terminal = terminal;
    this.options = options;
    this.state = initialState(options.settings, options.view);
    this.state.readonly = options.readonly;
    this.state.replay = options.replay && { index: 0, length: options.replay.length };
    this.wantedPid = options.pid;
    this.desk = new NetworkDesk(this.state, options.feed);
    this.mountDesk = new MountDesk(this.state, options.feed);
    this.comparisons = new ComparisonDesk(this.state, options.feed);
    this.acts = new ActionDesk(this);
    this.setFilter(options.filter);
    this.canvas = this.newCanvas();
    this.layout = this.newLayout();
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
      case 'snapshot':
        this.takeSample(message.snapshot);
        break;
      case 'delta':
        if (this.snapshot) this.takeSample(applyDelta(this.snapshot, message.delta));
        break;
      case 'mounts':
        this.takeMounts(mergeTables(this.state.mounts.facts, message.delta));
        break;
      case 'mount-users':
        this.state.mounts.users = message.users;
        break;
      case 'networks':
        this.takeNetworks(mergeTables(this.state.network.facts, message.delta));
        break;
      case 'sockets':
        this.takeSockets(message.tables, message.owners);
        break;
      case 'interiors':
        this.takeInteriors(message.interiors);
        break;
      case 'session':
        this.acts.takeSession(message.facts);
        break;
      case 'comparison':
        this.showComparison(message.facts);
        break;
      case 'firewall':
        this.state.network.firewall = message.firewall;
        break;
      case 'status':
        this.state.source = message.source;
        this.state.busyMs = message.busyMs;
        if (!this.state.frozen) this.noteHistory(0);
        break;
      case 'failed':
        this.state.failure = message.reason;
        this.say(`collecting failed: ${clean(message.reason.split('\n')[0]!)}`, true);
        break;
    }
    this.paintSoon();
  }

  private takeSample(snapshot: Snapshot): void {
    const before = this.state.model;
    this.snapshot = snapshot;
    const model = buildModel(snapshot);
    this.state.model = model;
    if (this.options.replay) {
      this.takeMounts(snapshot.mountTables ?? []);
      this.takeNetworks(snapshot.networkTables ?? []);
      this.takeSockets(snapshot.socketTables ?? [], snapshot.socketOwners ?? []);
      this.takeInteriors(snapshot.interiors ?? []);
      this.state.replay = { index: this.options.replay.index, length: this.options.replay.length };
    }
    if (before) {
      const changes = findChanges(before, model);
      this.noteEvents(changes, snapshot.header.takenAt);
      this.noteHistory(changes.length);
    }
    this.rowsAreStale = true;
    if (this.wantedPid !== null) this.goToPid(this.wantedPid);
    this.wantedPid = null;
  }

  private takeMounts(facts: readonly MountTableFact[]): void {
    this.mountDesk.take(facts);
    if (this.state.view === 'mounts') this.rowsAreStale = true;
  }

  private noteEvents(changes: readonly Change[], at: number): void {
    const { events } = this.state;
    for (const change of changes) events.push({ ...change, at });
    if (events.length > MAX_EVENTS) events.splice(0, events.length - MAX_EVENTS);
  }

  private takeNetworks(facts: readonly NetworkTableFact[]): void {
    this.noteEvents(findLinkChanges(this.state.network.facts, facts), this.options.now());
    this.desk.take(facts);
    if (this.state.view === 'network') this.rowsAreStale = true;
  }

  private takeSockets(tables: readonly SocketTableFact[], owners: readonly SocketOwnerFact[]): void {
    this.state.sockets = buildSocketModel(tables, owners);
    if (this.state.view === 'sockets') this.rowsAreStale = true;
  }

  private takeInteriors(facts: readonly InteriorFact[]): void {
    this.state.interiors = new InteriorModel(facts);
    if (this.state.view === 'more') this.rowsAreStale = true;
  }

  private noteHistory(changes: number): void {
    const { model, history } = this.state;
    if (!model) return;
    const push = (list: number[], value: number): void => {
      list.push(value);
      if (list.length > MAX_HISTORY) list.shift();
    };
    push(history.namespaces, model.namespaces.size);
    push(history.processes, model.processes.size);
    push(history.changes, changes);
  }

  // ---- rows ----------------------------------------------------------------------------------------------

  private freshRows(): readonly Row[] {
    const { state } = this;
    const view = currentView(state);
    if (!this.rowsAreStale || !state.model) return view.rows;
    this.rowsAreStale = false;
    const isEvents = state.view === 'events';
    const column = sortColumn(state);
    view.rows = listRows(state.model, viewRecord(state).build(state), {
      folds: view.folds,
      everyFold: view.everyFold,
      filter: state.filterText === '' ? null : state.filter,
      problemsOnly: state.problemsOnly && !isEvents,
      hideHost: state.hideHost && !isEvents,
      sort: column && view.sort ? { column, descending: view.sort.descending } : null,
    });
    this.restoreCursor(view);
    return view.rows;
  }

  /** The cursor follows the thing; where that is gone it stays at its place. */
  private restoreCursor(view: ViewState): void {
    const wanted = this.state.following ?? view.cursorId;
    const at = wanted === null ? -1 : view.rows.findIndex(({ node }) => node.rowId === wanted);
    if (at >= 0) {
      // What was seen beside it stays beside it.
      view.top += at - view.cursor;
      view.cursor = at;
    }
    this.clampCursor(view);
  }

  private clampCursor(view: ViewState): void {
    view.cursor = Math.max(0, Math.min(view.cursor, view.rows.length - 1));
    const shown = Math.max(1, visibleRows(this.layout.list, this.layout.bordered));
    view.top = Math.max(0, Math.min(view.top, view.rows.length - shown));
    if (view.cursor < view.top) view.top = view.cursor;
    if (view.cursor >= view.top + shown) view.top = view.cursor - shown + 1;
    const id = view.rows[view.cursor]?.node.rowId ?? null;
    if (id !== null) view.cursorId = id;
  }

  private changed(): void {
    this.rowsAreStale = true;
  }

  private placeCursor(at: number): void {
    const view = currentView(this.state);
    view.cursor = at;
    this.clampCursor(view);
    this.state.detailTop = 0;
    this.state.following = null;
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
    this.state.message = null;
    if (key === 'C-c') this.quit(0);
    else if (this.state.dialog) dialogKey(this, key);
    else if (this.state.prompt) this.promptKey(key);
    else actionForKey(this.state, key)?.run(this);
  }

  /** Pasted text is text: it never runs a key. */
  private paste(text: string): void {
    if (this.state.prompt) this.editPrompt(this.state.prompt.text + clean(text).trim());
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
      const at = currentView(this.state).top + row - list.top - 1 - (bordered ? 1 : 0);
      if (at < 0 || at >= this.freshRows().length) return;
      if (at === currentView(this.state).cursor) this.toggleFold();
      else this.placeCursor(at);
    } else if (detail && inside(detail, column, row)) this.state.focus = 'detail';
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
    this.freshRows();
    this.placeCursor(currentView(this.state).cursor + step);
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

  private cursorRow(): Row | undefined {
    return this.freshRows()[currentView(this.state).cursor];
  }

  private setFold(row: Row, expanded: boolean): void {
    currentView(this.state).folds.set(row.node.rowId, expanded);
    this.changed();
  }

  toggleFold(): void {
    const row = this.cursorRow();
    if (row?.node.hasChildren) this.setFold(row, !row.expanded);
  }

  foldOrParent(): void {
    const view = currentView(this.state);
    const row = this.cursorRow();
    if (view.scroll > 0) view.scroll = Math.max(0, view.scroll - 8);
    else if (row?.expanded) this.setFold(row, false);
    else if (row) {
      const parent = view.rows.findLastIndex((other, at) => at < view.cursor && other.depth < row.depth);
      if (parent >= 0) this.placeCursor(parent);
    }
  }

  unfoldOrScroll(): void {
    const row = this.cursorRow();
    if (row?.node.hasChildren && !row.expanded) this.setFold(row, true);
    else currentView(this.state).scroll += 8;
  }

  foldAll(expanded: boolean): void {
    const view = currentView(this.state);
    view.folds.clear();
    view.everyFold = expanded;
    this.changed();
  }

  open(): void {
    const row = this.cursorRow();
    if (this.state.focus === 'list' && row?.node.link && this.jumpToPeer(row.node.link)) return;
    if (this.state.focus === 'list' && row?.node.hasChildren && !row.expanded) this.setFold(row, true);
    else if (row) {
      this.state.detailShown = true;
      this.state.maximised = false;
      this.state.focus = 'detail';
    }
  }

  /** From an interface to its other end; whether it has one. */
  private jumpToPeer(link: Link): boolean {
    if (!this.state.network.model.farEnd(link)) return false;
    const peer = this.desk.peerRow(link);
    if ('rowId' in peer) this.goToRow(peer.rowId);
    else this.say(clean(peer.reason), true);
    return true;
  }

  /** One step back at a time; whether there was one to go. */
  private goBack(): boolean {
    const { state } = this;
    const view = currentView(state);
    if (state.focus === 'detail') state.focus = 'list';
    else if (state.maximised) state.maximised = false;
    else if (view.scroll > 0) view.scroll = 0;
    else if (state.filterText !== '') this.setFilter('');
    else if (state.problemsOnly) state.problemsOnly = false;
    else if (state.hideHost) state.hideHost = false;
    else if (state.searchText !== '') state.searchText = '';
    else if (state.tagged.size > 0) state.tagged.clear();
    else return false;
    this.changed();
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
    const before =
      prompt === 'filter' ? this.state.filterText : prompt === 'search' ? this.state.searchText : '';
    const offered: Partial<Record<PromptName, string>> = {
      filter: before,
      simulate: this.offeredOperation('mount'),
      bind: this.offeredOperation('bind'),
      id: this.offeredId(),
      hostname: this.offeredName('hostname'),
      domain: this.offeredName('domain'),
    };
    this.state.prompt = { prompt, text: offered[prompt] ?? '', before };
  }

  private promptKey(key: string): void {
    const prompt = this.state.prompt!;
    if (key === 'escape') {
      if (prompt.prompt === 'filter') this.setFilter('');
      this.state.prompt = null;
    } else if (key === 'enter') this.acceptPrompt();
    else if (key === 'backspace') this.editPrompt(Array.from(prompt.text).slice(0, -1).join(''));
    else if (key === 'C-u') this.editPrompt('');
    else if (key === 'space') this.editPrompt(`${prompt.text} `);
    else if (key === 'up') this.moveBy(-1);
    else if (key === 'down') this.moveBy(1);
    else if (Array.from(key).length === 1) this.editPrompt(prompt.text + key);
  }

  private editPrompt(text: string): void {
    const prompt = this.state.prompt!;
    prompt.text = text;
    if (prompt.prompt === 'filter') this.setFilter(text);
    if (prompt.prompt === 'search' && text !== '') {
      this.state.searchText = text;
      this.search(0);
    }
  }

  private acceptPrompt(): void {
    const { prompt, text } = this.state.prompt!;
    // A filter that cannot be stays in the prompt, with the reason.
    if (prompt === 'filter' && !this.setFilter(text)) return;
    this.state.prompt = null;
    if (prompt === 'search') this.state.searchText = text;
    if (prompt === 'goto' && text.trim() !== '') this.goTo(text);
    if (prompt === 'time') this.goToTime(text.trim());
    if (prompt === 'simulate') this.simulate(text);
    if (prompt === 'bind') this.acts.planBind(text);
    if (prompt === 'hostname' || prompt === 'domain') this.acts.planName(prompt, text);
    if (prompt === 'id' && text.trim() !== '') this.calculateId(text);
    if (prompt === 'path' && text.trim() !== '') this.trace(text.trim());
  }

  /** Whether the text is a filter; where it is none the one before stays in force. */
  private setFilter(text: string): boolean {
    const parsed = parseFilter(text);
    if (parsed.ok) {
      this.state.filter = parsed.test;
      this.state.filterText = text.trim();
    } else this.say(parsed.reason, true);
    this.changed();
    return parsed.ok;
  }

  searchAgain(direction: 1 | -1): void {
    if (this.state.searchText === '') this.say('nothing to look for yet: / starts a search', false);
    else this.search(direction);
  }

  /** Moves to the next match; direction 0 takes the row under the cursor too. */
  private search(direction: 1 | -1 | 0): void {
    const rows = this.freshRows();
    const { model, searchText: wanted } = this.state;
    const view = currentView(this.state);
    if (!model) return;
    const step = direction === 0 ? 1 : direction;
    for (let count = direction === 0 ? 0 : 1; count <= rows.length; count++) {
      const at = (view.cursor + step * count + rows.length * 2) % Math.max(1, rows.length);
      const node = rows[at]?.node;
      if (!node) return;
      if (nodeText(model, node).toLowerCase().includes(wanted.toLowerCase())) {
        this.placeCursor(at);
        return;
      }
    }
    this.say(`"${clean(wanted)}" is not in this list`, true);
  }

  private goTo(text: string): void {
    if (!this.state.model) return;
    const found = findGoToTarget(this.state.model, text);
    if (found.target === 'nothing') this.say(clean(found.reason), true);
    else if (found.target === 'process') this.goToPid(found.pid);
    else if (found.target === 'namespace') this.goToNamespace(found.key);
    else if (found.keys[0] !== undefined) this.goToNamespace(found.keys[0]);
    else if (found.pid !== null) this.goToPid(found.pid);
  }

  private goToPid(pid: number): void {
    if (!this.state.model?.processes.has(pid)) {
      this.say(`there is no process ${pid}`, true);
      return;
    }
    this.switchView('processes');
    this.goToRow(`p${pid}`);
  }

  private goToNamespace(key: string): void {
    this.switchView('tree');
    this.state.flat.tree = true;
    this.changed();
    const at = this.freshRows().findIndex(({ node }) => node.key === key);
    if (at >= 0) this.placeCursor(at);
  }

  /** Puts the cursor on a row; where a fold or filter hides it, those give way. */
  private goToRow(rowId: string): void {
    const find = (): number => this.freshRows().findIndex(({ node }) => node.rowId === rowId);
    let at = find();
    if (at < 0) {
      this.setFilter('');
      this.state.problemsOnly = this.state.hideHost = false;
      // Namespaces of views 3 to 6 stand unfolded by themselves; trees of processes may be folded deep.
      if (this.state.view === 'tree' || this.state.view === 'processes')
        this.state.flat[this.state.view] = true;
      else {
        currentView(this.state).folds.clear();
        currentView(this.state).everyFold = null;
      }
      this.changed();
      at = find();
    }
    if (at >= 0) this.placeCursor(at);
  }

  toggleProblems(): void {
    this.state.problemsOnly = !this.state.problemsOnly;
    this.changed();
  }

  toggleHideHost(): void {
    this.state.hideHost = !this.state.hideHost;
    this.changed();
  }

  toggleFollow(): void {
    this.state.following = this.state.following === null ? currentView(this.state).cursorId : null;
  }

  private offeredOperation(operation: string): string {
    const subject = this.state.model && detailSubject(this.state);
    return subject?.subject === 'mount' ? `${operation} ${subject.mount.mountPoint}` : '';
  }

  /** `mount /a`, `rbind /a /b`: what it would do is a tab of the mount, kept up to date. */
  private simulate(text: string): void {
    const subject = this.state.model && detailSubject(this.state);
    if (subject?.subject !== 'mount') return;
    const parsed = parseMountRequest(text, subject.mount.namespace);
    if (!parsed.ok) {
      this.say(parsed.reason, true);
      return;
    }
    this.state.mounts.request = parsed.request;
    this.showTab('What if');
  }

  /** The user namespace under the cursor, for an id to be put before it. */
  private offeredId(): string {
    const subject = this.state.model && detailSubject(this.state);
    return subject?.subject === 'userns' ? `0@${subject.node.fact.key}` : '';
  }

  private offeredName(name: UtsName): string {
    const subject = this.state.model && detailSubject(this.state);
    const fact = subject?.subject === 'interior' && this.state.interiors.of('uts', subject.node.fact.key);
    return fact ? fact[name] : '';
  }

  private calculateId(text: string): void {
    const { model } = this.state;
    if (!model) return;
    try {
      const { kind, id, levels, namespace } = answerIdQuestion(model, text, 'uid');
      const lines = idLines(model, kind, levels);
      const place = namespace === null ? 'as you see it' : `in ${namespaceName(model, namespace)}`;
      this.showText(`${kind} ${id} ${clean(place)}`, lines);
    } catch (error) {
      this.say(clean((error as Error).message), true);
    }
  }

  /** The way from the namespace under the cursor to an address: a tab of it. */
  private trace(destination: string): void {
    this.state.network.destination = destination;
    this.showTab('Path');
  }

  // ---- actions: act --------------------------------------------------------------------------------------

  tag(): void {
    const row = this.cursorRow();
    if (!row) return;
    const { tagged } = this.state;
    if (!tagged.delete(row.node.rowId)) tagged.add(row.node.rowId);
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
    const node = this.cursorRow()?.node;
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
    if (!this.snapshot) return;
    const { mounts, network } = this.state;
    const moment: Snapshot = {
      ...this.snapshot,
      ...(mounts.facts.length > 0 && { mountTables: [...mounts.facts] }),
      ...(network.facts.length > 0 && { networkTables: [...network.facts] }),
    };
    this.options.save(moment).then(
      (path) => this.say(`saved: ${path}`, false),
      (error: unknown) => this.say(`cannot save: ${(error as Error).message}`, true),
    );
  }

  // ---- actions: view -------------------------------------------------------------------------------------

  switchView(view: ViewName): void {
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
    this.changed();
  }

  toggleDetail(): void {
    this.state.detailShown = !this.state.detailShown;
    this.state.focus = 'list';
  }

  toggleFlat(): void {
    if (this.state.view !== 'events') this.state.flat[this.state.view] = !this.state.flat[this.state.view];
    this.changed();
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
    this.changed();
  }

  invertSort(): void {
    const { sort } = currentView(this.state);
    if (sort) sort.descending = !sort.descending;
    this.changed();
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

  private goToTime(text: string): void {
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

  private showText(title: string, lines: readonly Line[]): void {
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
    this.changed();
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
    const { canvas, state } = this;
    canvas.clear();
    if (canvas.columns < MINIMUM_COLUMNS || canvas.rows < MINIMUM_ROWS) this.paintTooSmall();
    else {
      this.layout = this.newLayout();
      this.freshRows();
      this.clampCursor(currentView(state));
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
        state.failure ?? 'looking at every namespace of this machine …',
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

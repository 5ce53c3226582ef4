import type { UtsName } from '../actions/plan.js';
import type { Change } from '../analysis/changes.js';
import type { FilterTest } from '../analysis/filter.js';
import type { MountModel } from '../analysis/mount-model.js';
import { buildMountModel } from '../analysis/mount-model.js';
import { InteriorModel } from '../analysis/interior-model.js';
import type { SocketModel } from '../analysis/socket-model.js';
import { buildSocketModel } from '../analysis/socket-model.js';
import type { MountRequest } from '../analysis/mount-simulator.js';
import type { Model } from '../model/model.js';
import type { MountUsers } from '../model/mount-users.js';
import type { MountTableFact } from '../model/snapshot.js';
import type { Chosen } from '../view/row-cursor.js';
import type { Row, RowNode } from '../view/row-node.js';
import { isSameThing } from '../view/row-cursor.js';
import type { GroupingName } from '../view/row-trees.js';
import type { ViewName } from '../view/view-names.js';
import type { NetworkState } from './network-desk.js';
import { networkState } from './network-desk.js';
import type { Dialog, LoggedCommand } from './dialog.js';
import type { HeldSubject } from './held-subject.js';
import type { Settings } from './settings.js';

export type { ViewName };

/** What a view remembers while another one is shown. */
export interface ViewState {
  rows: Row[];
  /** The thing under the cursor; null before there was one. */
  chosen: Chosen | null;
  /** What was chosen before a filter, a fold or another arrangement hid it: it is under the cursor again when it shows. */
  hidden: Chosen | null;
  /** What was chosen and is gone; null as soon as something else is chosen. */
  lost: Chosen | null;
  /** The row that the cursor is on: follows from `chosen`, wherever rows are made. */
  cursor: number;
  top: number;
  folds: Map<string, boolean>;
  /** Folds made while a filter or `!` narrows the list: they end with it. */
  narrowedFolds: Map<string, boolean>;
  everyFold: boolean | null;
  sort: { column: string; descending: boolean } | null;
  /** Columns that the last column is scrolled by. */
  scroll: number;
}

export type PromptName =
  'search' | 'filter' | 'goto' | 'time' | 'simulate' | 'bind' | 'path' | 'id' | UtsName;

export interface Prompt {
  prompt: PromptName;
  text: string;
  /** The filter before, for Esc. */
  before: string;
  /** What was under the cursor when it was opened; null: nothing. */
  subject: HeldSubject | null;
}

export type DialogName = 'help' | 'setup';

export interface LoggedChange extends Change {
  /** Milliseconds since the epoch. */
  at: number;
  /** Counts all events of this run, also those that the list no longer holds. */
  serial: number;
}

/** The feed does not tell anything new. */
export interface FeedFailure {
  /** Milliseconds since the epoch. */
  since: number;
  reason: string;
  /** Nothing more will come; else each next look may succeed. */
  isFinal: boolean;
}

/** Kinds of subjects that have tabs of their own. */
export type SubjectKind =
  'facts' | 'mount' | 'link' | 'netns' | 'socket' | 'userns' | 'interior' | 'kind' | 'ipc';

/** What is known of mounts; the tables come while somebody looks at them. */
export interface MountState {
  facts: readonly MountTableFact[];
  model: MountModel;
  users: MountUsers | null;
  /** Device whose users were asked for. */
  usersAsked: string | null;
  /** The operation that `p` asks about. */
  request: MountRequest | null;
}

export interface AppState {
  settings: Settings;
  model: Model | null;
  mounts: MountState;
  network: NetworkState;
  sockets: SocketModel;
  interiors: InteriorModel;
  view: ViewName;
  views: Record<ViewName, ViewState>;
  /** Tree view and process view can be flat. */
  flat: Record<ViewName, boolean>;
  focus: 'list' | 'detail';
  detailShown: boolean;
  /** The tab that is open, for each kind of subject. */
  detailTabs: Record<SubjectKind, number>;
  detailTop: number;
  maximised: boolean;
  frozen: boolean;
  filterText: string;
  filter: FilterTest | null;
  searchText: string;
  problemsOnly: boolean;
  hideHost: boolean;
  /** By row id, with what tells the thing from a later one of that id. */
  tagged: Map<string, string | undefined>;
  /** A process or namespace that the cursor stays with, `F`. */
  following: Chosen | null;
  prompt: Prompt | null;
  dialog: Dialog | null;
  message: { text: string; isError: boolean } | null;
  /** What was done from here, oldest first. */
  log: LoggedCommand[];
  events: LoggedChange[];
  /** How many there were in all. */
  eventCount: number;
  source: string;
  busyMs: number;
  /** Namespaces seen by each refresh, for the sparkline. */
  history: { namespaces: number[]; processes: number[]; changes: number[] };
  readonly: boolean;
  replay: { index: number; length: number } | null;
  failure: FeedFailure | null;
}

export function viewState(): ViewState {
  return {
    rows: [],
    chosen: null,
    hidden: null,
    lost: null,
    cursor: 0,
    top: 0,
    folds: new Map(),
    narrowedFolds: new Map(),
    everyFold: null,
    sort: null,
    scroll: 0,
  };
}

export function initialState(settings: Settings, view: ViewName): AppState {
  return {
    settings,
    model: null,
    mounts: { facts: [], model: buildMountModel([]), users: null, usersAsked: null, request: null },
    network: networkState(),
    sockets: buildSocketModel([], []),
    interiors: new InteriorModel([]),
    view,
    views: {
      tree: viewState(),
      processes: viewState(),
      network: viewState(),
      mounts: viewState(),
      users: viewState(),
      sockets: viewState(),
      more: viewState(),
      events: viewState(),
    },
    flat: {
      tree: false,
      processes: false,
      network: false,
      mounts: false,
      users: false,
      sockets: false,
      more: false,
      events: true,
    },
    focus: 'list',
    detailShown: true,
    detailTabs: { facts: 0, mount: 0, link: 0, netns: 0, socket: 0, userns: 0, interior: 0, kind: 0, ipc: 0 },
    detailTop: 0,
    maximised: false,
    frozen: false,
    filterText: '',
    filter: null,
    searchText: '',
    problemsOnly: false,
    hideHost: false,
    tagged: new Map(),
    following: null,
    prompt: null,
    dialog: null,
    message: null,
    log: [],
    events: [],
    eventCount: 0,
    source: '',
    busyMs: 0,
    history: { namespaces: [], processes: [], changes: [] },
    readonly: false,
    replay: null,
    failure: null,
  };
}

export function currentView(state: AppState): ViewState {
  return state.views[state.view];
}

/** Whether this very thing is tagged, not one that had its id before. */
export function isTagged({ tagged }: AppState, { rowId, identity }: RowNode): boolean {
  return tagged.has(rowId) && isSameThing({ rowId, identity }, { rowId, identity: tagged.get(rowId) });
}

export function nextGrouping(
  current: GroupingName,
  all: readonly { grouping: GroupingName }[],
): GroupingName {
  const at = all.findIndex(({ grouping }) => grouping === current);
  return all[(at + 1) % all.length]!.grouping;
}

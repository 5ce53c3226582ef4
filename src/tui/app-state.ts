import type { Change } from '../analysis/changes.js';
import type { FilterTest } from '../analysis/filter.js';
import type { Model } from '../model/model.js';
import type { Row } from '../view/row-node.js';
import type { GroupingName } from '../view/row-trees.js';
import type { Settings } from './settings.js';

export type ViewName = 'tree' | 'processes' | 'events';

/** What a view remembers while another one is shown. */
export interface ViewState {
  rows: Row[];
  /** The thing under the cursor; null before there was one. */
  cursorId: string | null;
  cursor: number;
  top: number;
  folds: Map<string, boolean>;
  sort: { column: string; descending: boolean } | null;
  /** Columns that the last column is scrolled by. */
  scroll: number;
}

export type PromptName = 'search' | 'filter' | 'goto' | 'time';

export interface Prompt {
  prompt: PromptName;
  text: string;
  /** The filter or search before, for Esc. */
  before: string;
}

export type DialogName = 'help' | 'setup';

export interface Dialog {
  dialog: DialogName;
  cursor: number;
  top: number;
  /** Help: what is looked for. */
  text: string;
}

export interface LoggedChange extends Change {
  /** Milliseconds since the epoch. */
  at: number;
}

export interface AppState {
  settings: Settings;
  model: Model | null;
  view: ViewName;
  views: Record<ViewName, ViewState>;
  /** Tree view and process view can be flat. */
  flat: Record<ViewName, boolean>;
  focus: 'list' | 'detail';
  detailShown: boolean;
  detailTab: number;
  detailTop: number;
  maximised: boolean;
  frozen: boolean;
  filterText: string;
  filter: FilterTest | null;
  searchText: string;
  problemsOnly: boolean;
  hideHost: boolean;
  tagged: Set<string>;
  /** A process or namespace that the cursor stays with, `F`. */
  following: string | null;
  prompt: Prompt | null;
  dialog: Dialog | null;
  message: { text: string; isError: boolean } | null;
  events: LoggedChange[];
  source: string;
  busyMs: number;
  /** Namespaces seen by each refresh, for the sparkline. */
  history: { namespaces: number[]; processes: number[]; changes: number[] };
  readonly: boolean;
  replay: { index: number; length: number } | null;
  failure: string | null;
}

export function viewState(): ViewState {
  return { rows: [], cursorId: null, cursor: 0, top: 0, folds: new Map(), sort: null, scroll: 0 };
}

export function initialState(settings: Settings, view: ViewName): AppState {
  return {
    settings,
    model: null,
    view,
    views: { tree: viewState(), processes: viewState(), events: viewState() },
    flat: { tree: false, processes: false, events: true },
    focus: 'list',
    detailShown: true,
    detailTab: 0,
    detailTop: 0,
    maximised: false,
    frozen: false,
    filterText: '',
    filter: null,
    searchText: '',
    problemsOnly: false,
    hideHost: false,
    tagged: new Set(),
    following: null,
    prompt: null,
    dialog: null,
    message: null,
    events: [],
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

export function nextGrouping(
  current: GroupingName,
  all: readonly { grouping: GroupingName }[],
): GroupingName {
  const at = all.findIndex(({ grouping }) => grouping === current);
  return all[(at + 1) % all.length]!.grouping;
}

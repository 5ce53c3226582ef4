import type { RowColumn } from '../view/row-columns.js';
import { LIST_COLUMNS, MATRIX_COLUMNS, PROCESS_COLUMNS } from '../view/row-columns.js';
import { mountRowColumns, mountRows } from '../view/mount-rows.js';
import { flatLinks, networkColumns, networkRows } from '../view/network-rows.js';
import { MORE_COLUMNS, moreRows } from '../view/more-rows.js';
import { USER_COLUMNS, userRows } from '../view/user-rows.js';
import { flatSockets, socketColumns, socketRows } from '../view/socket-rows.js';
import type { RowNode } from '../view/row-node.js';
import { NO_CHILDREN } from '../view/row-node.js';
import { GROUPINGS, byProcess, flatNamespaces, flatProcesses } from '../view/row-trees.js';
import { clean } from '../view/clean.js';
import type { Role } from '../view/line.js';
import { span } from '../view/line.js';
import type { AppState, LoggedChange, ViewName } from './app-state.js';

/** A view: its number key, its rows, its columns. Header tabs, keys and help are made of this table. */
export interface ViewRecord {
  view: ViewName;
  number: string;
  title: string;
  /** For terminals of less than WIDE columns, where filter and problems must have room beside the tabs. */
  shortTitle: string;
  help: string;
  /** `t` shows its things without their tree. */
  canBeFlat?: true;
  build: (state: AppState) => readonly RowNode[];
  columns: (state: AppState) => readonly RowColumn[];
  /** Index of the column that carries the tree. */
  treeColumn: (state: AppState) => number;
}

function grouping(state: AppState) {
  return GROUPINGS.find((record) => record.grouping === state.settings.grouping) ?? GROUPINGS[0]!;
}

export function clockTime(milliseconds: number): string {
  return new Date(milliseconds).toTimeString().slice(0, 8);
}

const CHANGE_MARKS: Record<LoggedChange['change'], { mark: string; role: Role; words: string }> = {
  born: { mark: '+', role: 'good', words: 'born' },
  gone: { mark: '-', role: 'bad', words: 'gone' },
  joined: { mark: '~', role: 'accent', words: 'joined by' },
  'link born': { mark: '+', role: 'good', words: 'interface' },
  'link gone': { mark: '-', role: 'bad', words: 'interface gone' },
  'link changed': { mark: '~', role: 'accent', words: 'interface' },
};

const EVENT_COLUMNS: readonly RowColumn[] = [
  {
    name: 'TIME',
    width: 8,
    align: 'left',
    help: 'when it was noticed',
    cell: (_, { title }) => span(title.slice(0, 8), 'dim'),
  },
  {
    name: 'WHAT',
    width: 0,
    align: 'left',
    help: '+ born, - gone, ~ joined',
    cell: (_, { title, role }) => span(title.slice(9), role),
  },
];

function eventNode(event: LoggedChange): RowNode {
  const { mark, role, words } = CHANGE_MARKS[event.change];
  const who = event.pid === undefined ? words : `${words} pid ${event.pid}`;
  return {
    rowId: `e${event.serial}`,
    rowKind: 'note',
    title: clean(`${clockTime(event.at)} ${mark} ${event.key} ${who}  ${event.name}`),
    role,
    key: event.key,
    held: '',
    expanded: false,
    children: NO_CHILDREN,
    hasChildren: false,
    ofHost: false,
  };
}

export const VIEWS: readonly ViewRecord[] = [
  {
    view: 'tree',
    number: '1',
    title: 'Tree',
    shortTitle: 'Tree',
    help: 'every namespace, by container, owner, parent or process',
    canBeFlat: true,
    build: (state) => (state.flat.tree ? flatNamespaces(state.model!) : grouping(state).build(state.model!)),
    columns: (state) =>
      state.flat.tree || grouping(state).layout === 'list' ? LIST_COLUMNS : MATRIX_COLUMNS,
    treeColumn: () => 0,
  },
  {
    view: 'processes',
    number: '2',
    title: 'Processes',
    shortTitle: 'Procs',
    help: 'every process with its pids and what differs from the host',
    canBeFlat: true,
    build: (state) => (state.flat.processes ? flatProcesses(state.model!) : byProcess(state.model!)),
    columns: () => PROCESS_COLUMNS,
    treeColumn: () => PROCESS_COLUMNS.length - 1,
  },
  {
    view: 'network',
    number: '3',
    title: 'Network',
    shortTitle: 'Net',
    help: 'every interface of every network namespace, its other end, and whether it may move',
    canBeFlat: true,
    build: ({ model, network, flat }) => (flat.network ? flatLinks : networkRows)(model!, network.model),
    columns: ({ model, network }) => networkColumns(model, network.model),
    treeColumn: () => 0,
  },
  {
    view: 'mounts',
    number: '4',
    title: 'Mounts',
    shortTitle: 'Mounts',
    help: 'every mount of every mount namespace, and who gets its events',
    build: ({ model, mounts }) => mountRows(model!, mounts.model, model!.host.mnt),
    columns: ({ mounts }) => mountRowColumns(mounts.model),
    treeColumn: () => 0,
  },
  {
    view: 'users',
    number: '5',
    title: 'Users',
    shortTitle: 'Users',
    help: 'user namespaces as they are nested, what ids they map and what they own',
    build: ({ model }) => userRows(model!),
    columns: () => USER_COLUMNS,
    treeColumn: () => 0,
  },
  {
    view: 'sockets',
    number: '6',
    title: 'Sockets',
    shortTitle: 'Socks',
    help: 'every socket of every network namespace with its owners, listening ones first',
    canBeFlat: true,
    build: ({ model, sockets, flat }) => (flat.sockets ? flatSockets : socketRows)(model!, sockets),
    columns: ({ sockets }) => socketColumns(sockets),
    treeColumn: () => 0,
  },
  {
    view: 'more',
    number: '7',
    title: 'More',
    shortTitle: 'More',
    help: 'pid, uts, ipc, cgroup and time namespaces and what is inside of them',
    build: ({ model, interiors }) => moreRows(model!, interiors),
    columns: () => MORE_COLUMNS,
    treeColumn: () => 0,
  },
  {
    view: 'events',
    number: '8',
    title: 'Events',
    shortTitle: 'Events',
    help: 'namespaces born and gone, processes that moved, interfaces (while view 3 is open); newest first',
    build: ({ events }) => events.map(eventNode).reverse(),
    columns: () => EVENT_COLUMNS,
    treeColumn: () => -1,
  },
];

export function viewRecord(state: AppState): ViewRecord {
  return VIEWS.find(({ view }) => view === state.view)!;
}

/** The column that the list is sorted by, by its name. */
export function sortColumn(state: AppState): RowColumn | null {
  const { sort } = state.views[state.view];
  if (!sort) return null;
  return (
    viewRecord(state)
      .columns(state)
      .find(({ name }) => name === sort.column) ?? null
  );
}

const WIDE = 110;

export interface ViewTab {
  view: ViewName;
  text: string;
  /** Columns from here up to the next one's start. */
  start: number;
  end: number;
}

/** The tabs of the header line, where they are painted and where a click finds them. */
export function viewTabs(open: ViewName, columns: number): ViewTab[] {
  let start = 1;
  return VIEWS.map(({ view, number, title, shortTitle }) => {
    const isOpen = view === open;
    const text =
      columns >= WIDE
        ? isOpen
          ? `[${number}]${title}`
          : ` ${number} ${title}`
        : isOpen
          ? `[${number}]${shortTitle}`
          : `${number}${shortTitle}`;
    const tab = { view, text, start, end: start + text.length + 1 };
    start = tab.end;
    return tab;
  });
}

/**
 * Every key of the terminal interface: one record each. The footer, the function keys, the help overlay and
 * the key bindings are views of this table.
 */
import type { App } from './app.js';
import type { AppState } from './app-state.js';
import { kindUnderCursor } from './paint-detail.js';
import { VIEWS, viewRecord } from './view-table.js';

export type ActionGroup = 'Move' | 'Find' | 'Act' | 'View' | 'Application' | 'Replay';

export interface ActionRecord {
  action: string;
  group: ActionGroup;
  /** As the tokenizer names them; the first is the one that is shown. */
  keys: readonly string[];
  help: string;
  /** Short word for the footer. */
  footer?: string;
  functionKey?: number;
  functionLabel?: string;
  /** It is about the row under the cursor: what was there before a filter or fold hid it is given up. */
  settles?: true;
  /** Where it makes sense; elsewhere its keys are free. */
  where?: (state: AppState) => boolean;
  run: (app: App) => void;
}

const inReplay = ({ replay }: AppState): boolean => replay !== null;
const live = ({ replay }: AppState): boolean => replay === null;

const MOVE: readonly ActionRecord[] = [
  { action: 'down', group: 'Move', keys: ['j', 'down'], help: 'down', run: (app) => app.moveBy(1) },
  { action: 'up', group: 'Move', keys: ['k', 'up'], help: 'up', run: (app) => app.moveBy(-1) },
  {
    action: 'page-down',
    group: 'Move',
    keys: ['pagedown'],
    help: 'a page down',
    run: (app) => app.moveByPage(1),
  },
  { action: 'page-up', group: 'Move', keys: ['pageup'], help: 'a page up', run: (app) => app.moveByPage(-1) },
  {
    action: 'half-down',
    group: 'Move',
    keys: ['C-d'],
    help: 'half a page down',
    run: (app) => app.moveByPage(0.5),
  },
  {
    action: 'half-up',
    group: 'Move',
    keys: ['C-u'],
    help: 'half a page up',
    run: (app) => app.moveByPage(-0.5),
  },
  { action: 'first', group: 'Move', keys: ['g', 'home'], help: 'first', run: (app) => app.moveBy(-Infinity) },
  { action: 'last', group: 'Move', keys: ['G', 'end'], help: 'last', run: (app) => app.moveBy(Infinity) },
  {
    action: 'fold',
    group: 'Move',
    settles: true,
    keys: ['h', 'left'],
    help: 'fold, or up to what it belongs to',
    run: (app) => app.foldOrParent(),
  },
  {
    action: 'unfold',
    group: 'Move',
    settles: true,
    keys: ['l', 'right'],
    help: 'unfold, or scroll the last column',
    run: (app) => app.unfoldOrScroll(),
  },
  {
    action: 'toggle-fold',
    group: 'Move',
    settles: true,
    keys: ['+'],
    help: 'fold or unfold',
    run: (app) => app.toggleFold(),
  },
  {
    action: 'fold-all',
    group: 'Move',
    keys: ['-'],
    help: 'fold everything',
    run: (app) => app.foldAll(false),
  },
  {
    action: 'unfold-all',
    group: 'Move',
    keys: ['*'],
    help: 'unfold everything',
    run: (app) => app.foldAll(true),
  },
  {
    action: 'open',
    group: 'Move',
    settles: true,
    keys: ['Enter', 'enter'],
    help: 'open: unfold, details; an interface: its other end',
    footer: 'open',
    run: (app) => app.open(),
  },
  {
    action: 'back',
    group: 'Move',
    keys: ['Esc', 'escape', 'backspace'],
    help: 'back, the latest first: details, filter, jump, search',
    footer: 'back',
    run: (app) => app.back(),
  },
  {
    action: 'next-pane',
    group: 'Move',
    keys: ['Tab', 'tab', 'S-tab'],
    help: 'list or details',
    run: (app) => app.switchPane(),
  },
  {
    action: 'previous-tab',
    group: 'Move',
    keys: ['['],
    help: 'previous tab of the details',
    run: (app) => app.switchTab(-1),
  },
  {
    action: 'next-tab',
    group: 'Move',
    keys: [']'],
    help: 'next tab of the details',
    footer: 'tab',
    run: (app) => app.switchTab(1),
  },
];

const FIND: readonly ActionRecord[] = [
  {
    action: 'search',
    group: 'Find',
    keys: ['/', 'f3'],
    help: 'search: moves the cursor',
    footer: 'search',
    functionKey: 3,
    functionLabel: 'Search',
    run: (app) => app.ask('search'),
  },
  {
    action: 'search-next',
    group: 'Find',
    keys: ['n'],
    help: 'next match',
    run: (app) => app.search.again(1),
  },
  {
    action: 'search-previous',
    group: 'Find',
    keys: ['N'],
    help: 'previous match',
    run: (app) => app.search.again(-1),
  },
  {
    action: 'filter',
    group: 'Find',
    keys: ['\\', 'f4'],
    help: 'filter: hides what does not fit',
    footer: 'filter',
    functionKey: 4,
    functionLabel: 'Filter',
    run: (app) => app.ask('filter'),
  },
  {
    action: 'go-to',
    group: 'Find',
    keys: [':'],
    help: 'go to a pid, 17@container, inode, name or mount point',
    footer: 'go to',
    run: (app) => app.ask('goto'),
  },
  {
    action: 'problems',
    group: 'Find',
    keys: ['!'],
    help: 'only what has a problem',
    footer: 'problems',
    run: (app) => app.toggleProblems(),
  },
  {
    action: 'follow',
    group: 'Find',
    keys: ['F'],
    help: 'pin the cursor to this thing',
    run: (app) => app.toggleFollow(),
  },
  {
    action: 'hide-host',
    group: 'Find',
    keys: ['H'],
    help: 'hide what belongs to the host',
    run: (app) => app.toggleHideHost(),
  },
];

const ACT: readonly ActionRecord[] = [
  {
    action: 'why',
    group: 'Act',
    keys: ['w'],
    help: 'why is it alive, who holds the mount',
    footer: 'why',
    run: (app) => app.showTab('Why alive', 'Held by'),
  },
  {
    action: 'simulate',
    group: 'Act',
    keys: ['p'],
    help: 'propagation: where would a mount, unmount, bind, rbind or move appear',
    footer: 'what if',
    where: ({ view }) => view === 'mounts',
    run: (app) => app.ask('simulate'),
  },
  {
    action: 'path',
    group: 'Act',
    keys: ['p'],
    help: 'path: how a packet goes from here to an address, and where it breaks',
    footer: 'path',
    where: ({ view }) => view === 'network',
    run: (app) => app.ask('path'),
  },
  {
    action: 'id',
    group: 'Act',
    keys: ['u'],
    help: 'id calculator: what an id inside is in every ancestor, and back',
    footer: 'id',
    where: ({ view }) => view === 'users',
    run: (app) => app.ask('id'),
  },
  {
    action: 'actions',
    group: 'Act',
    keys: ['a', 'f7'],
    help: 'all that can be done to it, and why not the rest',
    functionKey: 7,
    functionLabel: 'Actions',
    where: ({ view }) => view !== 'events' && view !== 'sockets' && view !== 'users',
    run: (app) => app.acts.openActions('all'),
  },
  {
    action: 'unshare',
    group: 'Act',
    keys: ['U'],
    help: 'unshare: a program in new namespaces, with every option of unshare(1)',
    where: live,
    run: (app) => void app.acts.openUnshare(),
  },
  {
    action: 'create',
    group: 'Act',
    keys: ['c'],
    help: 'make: a network namespace, an interface, a connection',
    footer: 'make',
    where: (state) => live(state) && state.view === 'network',
    run: (app) => app.acts.openCreate(),
  },
  {
    action: 'create-anywhere',
    group: 'Act',
    keys: ['c'],
    help: 'make: a program in new namespaces, a network namespace',
    where: (state) => live(state) && state.view !== 'network',
    run: (app) => app.acts.openCreate(),
  },
  {
    action: 'move',
    group: 'Act',
    keys: ['m'],
    help: 'move the interface to another network namespace',
    footer: 'move',
    where: (state) => live(state) && state.view === 'network',
    run: (app) => app.acts.actOnLink('move'),
  },
  {
    action: 'up-down',
    group: 'Act',
    keys: ['L'],
    help: 'set the interface up or down',
    where: (state) => live(state) && state.view === 'network',
    run: (app) => app.acts.actOnLink('up-down'),
  },
  {
    action: 'signal',
    group: 'Act',
    keys: ['K', 'f9'],
    help: 'signal the process, by pidfd',
    functionKey: 9,
    functionLabel: 'Signal',
    where: live,
    run: (app) => app.acts.openSignal(),
  },
  {
    action: 'shell',
    group: 'Act',
    keys: ['s', 'e', 'f8'],
    help: 'shell inside: in all or chosen namespaces of the process or namespace',
    footer: 'shell',
    functionKey: 8,
    functionLabel: 'Enter',
    where: live,
    run: (app) => void app.acts.openEnter('shell'),
  },
  {
    action: 'tool',
    group: 'Act',
    keys: ['x'],
    help: 'run a program of the host in its network (or other namespaces)',
    where: live,
    run: (app) => void app.acts.openEnter('tool'),
  },
  {
    action: 'remove',
    group: 'Act',
    keys: ['D'],
    help: 'remove: unmount, delete an interface or a name, an object of an ipc namespace',
    footer: 'remove',
    where: ({ view }) => view === 'mounts' || view === 'more' || view === 'network',
    run: (app) => app.acts.openActions('remove'),
  },
  {
    action: 'compare',
    group: 'Act',
    keys: ['='],
    help: 'compare with what is tagged, or with the host; a mount: where else it is',
    footer: 'compare',
    where: ({ view }) => view !== 'events' && view !== 'sockets',
    run: (app) => app.compare(),
  },
  { action: 'undo', group: 'Act', keys: ['z'], help: 'undo the last action', run: (app) => app.acts.undo() },
  {
    action: 'log',
    group: 'Act',
    keys: ['@'],
    help: 'command log: what was done from here',
    run: (app) => app.acts.showLog(),
  },
  { action: 'raw', group: 'Act', keys: ['i'], help: 'raw facts as JSON', run: (app) => app.showTab('Raw') },
  { action: 'tag', group: 'Act', keys: ['Space', 'space'], help: 'tag', run: (app) => app.tag() },
  {
    action: 'copy',
    group: 'Act',
    keys: ['y'],
    help: 'copy pid or path to your clipboard (OSC 52)',
    footer: 'copy',
    run: (app) => app.copy(),
  },
  {
    action: 'save',
    group: 'Act',
    keys: ['W'],
    help: 'save a recording of this moment',
    where: live,
    run: (app) => app.saveRecording(),
  },
];

const VIEW: readonly ActionRecord[] = [
  ...VIEWS.map(({ view, number, help }): ActionRecord => ({
    action: `view-${view}`,
    group: 'View',
    keys: [number],
    help,
    run: (app) => app.switchView(view),
  })),
  {
    action: 'detail',
    group: 'View',
    keys: ['d', '0'],
    help: 'details on or off',
    run: (app) => app.toggleDetail(),
  },
  {
    action: 'flat',
    group: 'View',
    keys: ['t', 'f5'],
    help: 'tree or flat',
    where: (state) => viewRecord(state).canBeFlat === true,
    functionKey: 5,
    functionLabel: 'Tree',
    run: (app) => app.toggleFlat(),
  },
  {
    action: 'grouping',
    group: 'View',
    keys: ['T'],
    help: 'tree by container, owner, parent, process',
    footer: 'group',
    where: ({ view }) => view === 'tree',
    run: (app) => app.nextGrouping(),
  },
  {
    action: 'sort-next',
    group: 'View',
    keys: ['>', 'f6'],
    help: 'sort by the next column',
    functionKey: 6,
    functionLabel: 'Sort',
    run: (app) => app.sortBy(1),
  },
  {
    action: 'sort-previous',
    group: 'View',
    keys: ['<'],
    help: 'sort by the previous column',
    run: (app) => app.sortBy(-1),
  },
  {
    action: 'sort-invert',
    group: 'View',
    keys: ['I'],
    help: 'the other way round',
    run: (app) => app.invertSort(),
  },
  {
    action: 'maximise',
    group: 'View',
    keys: ['O'],
    help: 'list over the whole screen',
    run: (app) => app.toggleMaximised(),
  },
  {
    action: 'freeze',
    group: 'View',
    keys: ['Z', 'f'],
    help: 'freeze: no refresh',
    footer: 'freeze',
    where: live,
    run: (app) => app.toggleFrozen(),
  },
  {
    action: 'refresh',
    group: 'View',
    keys: ['R', 'C-r'],
    help: 'look at everything anew',
    where: live,
    run: (app) => app.refresh(),
  },
  { action: 'redraw', group: 'View', keys: ['C-l'], help: 'redraw the screen', run: (app) => app.redraw() },
  {
    action: 'mouse',
    group: 'View',
    keys: ['M'],
    help: 'mouse on or off (off: the terminal selects text)',
    run: (app) => app.toggleMouse(),
  },
];

const REPLAY: readonly ActionRecord[] = [
  {
    action: 'replay-back',
    group: 'Replay',
    keys: [','],
    help: 'one sample back',
    footer: 'earlier',
    where: inReplay,
    run: (app) => app.replayBy(-1),
  },
  {
    action: 'replay-forward',
    group: 'Replay',
    keys: ['.'],
    help: 'one sample forward',
    footer: 'later',
    where: inReplay,
    run: (app) => app.replayBy(1),
  },
  {
    action: 'replay-begin',
    group: 'Replay',
    keys: ['b'],
    help: 'go to a time or sample',
    footer: 'go to time',
    where: inReplay,
    run: (app) => app.ask('time'),
  },
];

const APPLICATION: readonly ActionRecord[] = [
  {
    action: 'learn',
    group: 'Application',
    keys: ['?'],
    help: 'on a namespace: what its type isolates, how it is made, entered, destroyed, with commands',
    where: (state) => kindUnderCursor(state) !== null,
    run: (app) => app.learn(),
  },
  {
    action: 'help',
    group: 'Application',
    keys: ['f1'],
    help: 'this help',
    functionKey: 1,
    functionLabel: 'Help',
    run: (app) => app.openDialog('help'),
  },
  {
    action: 'help-here',
    group: 'Application',
    keys: ['?'],
    help: 'this help, where no namespace is under the cursor',
    where: (state) => kindUnderCursor(state) === null,
    run: (app) => app.openDialog('help'),
  },
  {
    action: 'setup',
    group: 'Application',
    keys: ['S', 'f2'],
    help: 'set-up',
    functionKey: 2,
    functionLabel: 'Setup',
    run: (app) => app.openDialog('setup'),
  },
  {
    action: 'back-or-quit',
    group: 'Application',
    keys: ['q'],
    help: 'back, or quit',
    run: (app) => app.backOrQuit(),
  },
  {
    action: 'quit',
    group: 'Application',
    keys: ['Q', 'f10', 'C-c'],
    help: 'quit',
    functionKey: 10,
    functionLabel: 'Quit',
    run: (app) => app.quit(0),
  },
  {
    action: 'suspend',
    group: 'Application',
    keys: ['C-z'],
    help: 'suspend; fg comes back',
    run: (app) => app.suspend(),
  },
];

export const ACTIONS: readonly ActionRecord[] = [
  ...MOVE,
  ...FIND,
  ...ACT,
  ...VIEW,
  ...REPLAY,
  ...APPLICATION,
];

/** The action that a key stands for in this state. */
export function actionForKey(state: AppState, key: string): ActionRecord | undefined {
  return ACTIONS.find((action) => action.keys.includes(key) && (action.where?.(state) ?? true));
}

/** Going to a thing by its name, and back to where one came from. */
import { findGoToTarget } from '../analysis/go-to.js';
import { hostFirst } from '../analysis/namespace-name.js';
import type { Mount, MountTable } from '../analysis/mount-model.js';
import type { Link } from '../analysis/network-model.js';
import { namespaceSetOf } from '../model/model.js';
import type { NamespaceKey, Pid } from '../model/snapshot.js';
import { clean } from '../view/clean.js';
import { mountNamespaceRowId, mountRowId } from '../view/mount-rows.js';
import { moreRowId } from '../view/more-rows.js';
import { networkNamespaceRowId } from '../view/network-rows.js';
import type { Chosen } from '../view/row-cursor.js';
import { chosenId } from '../view/row-cursor.js';
import { socketNamespaceRowId } from '../view/socket-rows.js';
import { userRowId } from '../view/user-rows.js';
import type { AppState, ViewName } from './app-state.js';
import { currentView } from './app-state.js';
import type { ListController } from './list-controller.js';
import type { NetworkDesk } from './network-desk.js';
import { namespaceUnderCursor } from './paint-detail.js';

const MAX_PLACES = 50;

/** A view with its cursor, and what narrowed it. */
interface Place {
  view: ViewName;
  chosen: Chosen | null;
  isFlat: boolean;
  narrowing: Narrowing;
}

interface Narrowing {
  filterText: string;
  problemsOnly: boolean;
  hideHost: boolean;
}

export interface PlaceParts {
  list: ListController;
  networks: NetworkDesk;
  openView: (view: ViewName) => void;
  say: (text: string, isError: boolean) => void;
}

export class PlaceController {
  private readonly state: AppState;
  private readonly parts: PlaceParts;
  /** Where jumps were made, the latest last, with what narrowed the list on arrival. */
  private history: { from: Place; arrival: Narrowing }[] = [];
  /** A path that was asked for before the mounts were read. */
  private pendingPath: { path: string; namespace: NamespaceKey | undefined } | null = null;

  constructor(state: AppState, parts: PlaceParts) {
    this.state = state;
    this.parts = parts;
  }

  // ---- back ----------------------------------------------------------------------------------------------

  /** Another view was opened by hand: Esc is about that view. */
  forget(): void {
    this.history = [];
    this.pendingPath = null;
  }

  /** Whether the list was narrowed after the last jump: that is undone before the jump is. */
  get isNarrowedSince(): boolean {
    const last = this.history.at(-1);
    return last !== undefined && !isSame(last.arrival, this.narrowing());
  }

  /** To where the last jump was made; whether there was one. */
  goBack(): boolean {
    const last = this.history.pop();
    if (!last) return false;
    const { view, chosen, isFlat, narrowing } = last.from;
    this.parts.openView(view);
    this.state.flat[view] = isFlat;
    this.narrowTo(narrowing);
    if (chosen && !this.parts.list.show(chosen))
      this.parts.say(`${clean(chosen.node?.title ?? 'what was there')} is gone`, true);
    return true;
  }

  private narrowing(): Narrowing {
    const { filterText, problemsOnly, hideHost } = this.state;
    return { filterText, problemsOnly, hideHost };
  }

  private narrowTo({ filterText, problemsOnly, hideHost }: Narrowing): void {
    this.parts.list.setFilter(filterText);
    this.parts.list.narrow(() => Object.assign(this.state, { problemsOnly, hideHost }));
  }

  private here(): Place {
    const { view, flat } = this.state;
    return { view, chosen: currentView(this.state).chosen, isFlat: flat[view], narrowing: this.narrowing() };
  }

  /** Shows a thing in a view; what hides it is lifted, and said. False: it is not there, and all stands as before. */
  private reach(view: ViewName, wanted: Chosen, arrange: () => void = () => undefined): boolean {
    const from = this.here();
    const { list } = this.parts;
    this.parts.openView(view);
    arrange();
    list.arranged();
    let isShown = list.show(wanted);
    if (!isShown && !isSame(from.narrowing, WHOLE)) {
      this.narrowTo(WHOLE);
      isShown = list.show(wanted);
      if (isShown)
        this.parts.say(`${narrowingWords(from.narrowing)} hid it and is off; Esc goes back to it`, false);
    }
    if (isShown) this.remember(from);
    else this.restore(from);
    return isShown;
  }

  private restore({ view, chosen, isFlat, narrowing }: Place): void {
    this.parts.openView(view);
    this.state.flat[view] = isFlat;
    this.narrowTo(narrowing);
    if (chosen) this.parts.list.show(chosen);
  }

  private remember(from: Place): void {
    this.history.push({ from, arrival: this.narrowing() });
    if (this.history.length > MAX_PLACES) this.history.shift();
  }

  // ---- there ---------------------------------------------------------------------------------------------

  /** `:`, as typed. */
  goTo(text: string): void {
    const { model } = this.state;
    const wanted = text.trim();
    if (!model || wanted === '') return;
    if (this.goToContainer(wanted)) return;
    const found = findGoToTarget(model, wanted);
    if (found.target === 'nothing' && wanted.startsWith('/')) this.goToPath(wanted);
    else if (found.target === 'nothing') this.parts.say(clean(found.reason), true);
    else if (found.target === 'process') this.goToPid(found.pid);
    else if (found.target === 'namespace') this.goToNamespace(found.key);
    else if (found.keys[0] !== undefined) this.goToNamespace(found.keys[0]);
    else if (found.pid !== null) this.goToPid(found.pid);
  }

  goToPid(pid: Pid): void {
    if (!this.state.model?.processes.has(pid)) this.parts.say(`there is no process ${pid}`, true);
    else if (!this.reach('processes', chosenId(`p${pid}`))) this.notShown(`process ${pid}`);
  }

  /** In the arrangement as it is where it has a row there, else in the flat list. */
  private goToNamespace(key: NamespaceKey): void {
    const wanted = chosenId(`n${key}`);
    const flat = (): void => void (this.state.flat.tree = true);
    if (!this.reach('tree', wanted) && !this.reach('tree', wanted, flat)) this.notShown(key);
  }

  /** Its row, where the tree has containers; whether there is such a one. */
  private goToContainer(name: string): boolean {
    const { model, settings, flat } = this.state;
    const found = model?.snapshot.containers.find((each) => each.name === name);
    if (!found || settings.grouping !== 'container' || flat.tree) return false;
    return this.reach('tree', chosenId(`gc${found.engine}:${found.containerId}`));
  }

  /** From an interface to its other end; whether it has one. */
  goToPeer(link: Link): boolean {
    if (!this.state.network.model.farEnd(link)) return false;
    const peer = this.parts.networks.peerRow(link);
    if ('reason' in peer) this.parts.say(clean(peer.reason), true);
    else if (!this.reach('network', chosenId(peer.rowId))) this.notShown('the other end');
    return true;
  }

  /** The mount at a path: in the mount namespace under the cursor, else in the first that has one there. */
  private goToPath(path: string): void {
    const namespace = namespaceUnderCursor(this.state, 'mnt') ?? this.state.model?.host.mnt;
    this.pendingPath = { path, namespace };
    if (this.isRead(namespace)) this.mountsCame();
    else {
      const from = this.here();
      this.parts.openView('mounts');
      this.remember(from);
      this.parts.say('reading the mounts …', false);
    }
  }

  private isRead(namespace: NamespaceKey | undefined): boolean {
    return namespace !== undefined && this.state.mounts.model.tables.has(namespace);
  }

  /** Goes to the path that was asked for, once the mounts of its namespace are known. */
  mountsCame(): void {
    if (!this.pendingPath || !this.isRead(this.pendingPath.namespace)) return;
    const { path, namespace } = this.pendingPath;
    this.pendingPath = null;
    const tables = this.tablesFrom(namespace);
    const exact = tables.flatMap((table) => mountAt(table, path) ?? [])[0];
    const mount = exact ?? (tables[0] && mountBelow(tables[0], path));
    if (!mount || !this.reach('mounts', chosenId(mountRowId(mount)))) this.notShown(path);
    else if (!exact)
      this.parts.say(`${clean(path)} is no mount point: it lies on ${clean(mount.mountPoint)}`, false);
  }

  private tablesFrom(first: NamespaceKey | undefined): MountTable[] {
    const { model, mounts } = this.state;
    const others = hostFirst(model!, [...mounts.model.tables.keys()], model!.host.mnt).map(({ key }) => key);
    return [first, ...others.filter((key) => key !== first)].flatMap(
      (key) => (key && mounts.model.tables.get(key)) || [],
    );
  }

  private notShown(what: string): void {
    this.parts.say(`${clean(what)} has no row in this view`, true);
  }

  /** `--pid`: what the process is in, in the view that was asked for; null: the view of processes. */
  startAt(pid: Pid, view: ViewName | null): void {
    const { model } = this.state;
    const process = model?.processes.get(pid);
    if (!model || !process) {
      this.parts.say(`there is no process ${pid}`, true);
      return;
    }
    if (view === null || view === 'processes') this.goToPid(pid);
    else {
      const wanted = START_ROWS[view]?.(pid, namespaceSetOf(model, process)) ?? null;
      if (wanted === null || !this.reach(view, chosenId(wanted))) this.notShown(`process ${pid}`);
    }
    this.forget();
  }
}

type NamespaceSet = ReturnType<typeof namespaceSetOf>;

const row = (make: (key: NamespaceKey) => string, key: NamespaceKey | undefined): string | null =>
  key === undefined ? null : make(key);

/** The row for a process in each view. */
const START_ROWS: Partial<Record<ViewName, (pid: Pid, set: NamespaceSet) => string | null>> = {
  tree: (pid) => `p${pid}`,
  network: (_, { net }) => row(networkNamespaceRowId, net),
  mounts: (_, { mnt }) => row(mountNamespaceRowId, mnt),
  users: (_, { user }) => row(userRowId, user),
  sockets: (_, { net }) => row(socketNamespaceRowId, net),
  more: (_, set) => row(moreRowId, set.pid),
};

const WHOLE: Narrowing = { filterText: '', problemsOnly: false, hideHost: false };

function isSame(a: Narrowing, b: Narrowing): boolean {
  return a.filterText === b.filterText && a.problemsOnly === b.problemsOnly && a.hideHost === b.hideHost;
}

function narrowingWords({ filterText, problemsOnly }: Narrowing): string {
  if (filterText !== '') return `the filter "${clean(filterText)}"`;
  return problemsOnly ? '"problems only"' : '"host hidden"';
}

/** The topmost mount at a path. */
function mountAt({ mounts }: MountTable, path: string): Mount | undefined {
  const trimmed = path.length > 1 ? path.replace(/\/+$/, '') : path;
  return mounts.findLast(({ mountPoint }) => mountPoint === trimmed);
}

/** The mount that a path lies on. */
function mountBelow(table: MountTable, path: string): Mount | undefined {
  for (let at = path; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) {
    const found = mountAt(table, at);
    if (found) return found;
  }
  return mountAt(table, '/');
}

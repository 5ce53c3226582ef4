import type { Line } from '../view/line.js';
import { span } from '../view/line.js';
import { clean } from '../view/clean.js';
import { namespaceName } from '../analysis/namespace-name.js';
import type { DetailSubject } from '../view/detail-tabs.js';
import { DETAIL_TABS } from '../view/detail-tabs.js';
import { fitText, textWidth } from '../view/text-width.js';
import type { Mount } from '../analysis/mount-model.js';
import { wrapLines } from '../view/line-wrap.js';
import { mountRowId } from '../view/mount-rows.js';
import { MOUNT_TABS } from '../view/mount-tabs.js';
import { linkIdentity } from '../view/network-rows.js';
import { ASCII_PICTURE, UNICODE_PICTURE } from '../view/network-picture.js';
import type { RowNode } from '../view/row-node.js';
import { namespaceIdentity, processIdentity } from '../view/row-trees.js';
import { SOCKET_TABS } from '../view/socket-rows.js';
import type { Socket } from '../analysis/socket-model.js';
import { endpointText } from '../analysis/socket-model.js';
import type { IpcObject } from '../analysis/interior-model.js';
import { ipcObjectName, ipcObjects } from '../analysis/interior-model.js';
import { INTERIOR_TABS, IPC_TABS, KIND_TABS } from '../view/more-tabs.js';
import { USERNS_TABS } from '../view/user-tabs.js';
import { LINK_TABS, NETNS_TABS } from '../view/network-tabs.js';
import type { Link } from '../analysis/network-model.js';
import type { Model, NamespaceNode } from '../model/model.js';
import { namespaceSetOf } from '../model/model.js';
import type { NamespaceKind } from '../model/namespace-kind.js';
import type { NamespaceKey } from '../model/snapshot.js';
import type { AppState, SubjectKind, ViewName } from './app-state.js';
import { currentView } from './app-state.js';
import type { Canvas } from './canvas.js';
import type { Rectangle } from './layout.js';
import { paintBox, shrink } from './paint-list.js';

export type PaneSubject =
  | DetailSubject
  | { subject: 'mount'; mount: Mount }
  | { subject: 'link'; link: Link }
  | { subject: 'socket'; socket: Socket }
  /** A network namespace in view 3, where its interfaces are the point. */
  | { subject: 'netns'; node: NamespaceNode }
  /** A user namespace in view 5, where its maps are the point. */
  | { subject: 'userns'; node: NamespaceNode }
  /** A namespace in view 7, where what is inside is the point. */
  | { subject: 'interior'; node: NamespaceNode }
  /** All namespaces of a kind. */
  | { subject: 'kind'; kind: NamespaceKind }
  | { subject: 'ipc'; object: IpcObject };

/** What the detail pane is about: the thing under the cursor. */
export function detailSubject(state: AppState): PaneSubject | null {
  const view = currentView(state);
  const node = view.rows[view.cursor]?.node;
  return node ? subjectOf(state, node, state.view) : null;
}

/** The thing of a row as it is now: the row may be older than the tables. Null: it is gone, or another is in its place. */
export function subjectOf(state: AppState, node: RowNode, view: ViewName): PaneSubject | null {
  if (!state.model) return null;
  if (node.mount) return mountSubject(state, node.mount);
  if (node.link) return linkSubject(state, state.model, node, node.link);
  if (node.socket) return { subject: 'socket', socket: node.socket };
  if (node.ipc) return ipcSubject(state, node.ipc);
  if (node.kind) return { subject: 'kind', kind: node.kind };
  if (node.key !== undefined && node.rowKind !== 'process')
    return namespaceSubject(state, node, node.key, view);
  const process = node.process && state.model.processes.get(node.process.pid);
  if (!process || !isSameIdentity(processIdentity(node.process!), processIdentity(process))) return null;
  return { subject: 'process', process };
}

function isSameIdentity(before: string | undefined, now: string | undefined): boolean {
  return before === undefined || now === undefined || before === now;
}

function namespaceSubject(
  { model, network }: AppState,
  { rowKind, identity }: RowNode,
  key: NamespaceKey,
  view: ViewName,
): PaneSubject | null {
  const namespace = model!.namespaces.get(key);
  if (!namespace) return null;
  if (rowKind === 'namespace' && !isSameIdentity(identity, namespaceIdentity(namespace.fact))) return null;
  const isNetns = view === 'network' && network.model.tables.has(key);
  return { subject: isNetns ? 'netns' : (NAMESPACE_SUBJECTS[view] ?? 'namespace'), node: namespace };
}

/** Views in which a namespace has tabs of its own. */
const NAMESPACE_SUBJECTS: Partial<Record<ViewName, 'userns' | 'interior'>> = {
  users: 'userns',
  more: 'interior',
};

/** The namespace of a kind that is under the cursor, or that of the process that is. */
export function namespaceUnderCursor(state: AppState, kind: NamespaceKind): NamespaceKey | undefined {
  const subject = state.model && detailSubject(state);
  if (subject?.subject === 'namespace' || subject?.subject === 'interior' || subject?.subject === 'userns') {
    const { fact, processes } = subject.node;
    if (fact.kind === kind) return fact.key;
    return processes[0] && namespaceSetOf(state.model!, processes[0])[kind];
  }
  return subject?.subject === 'process' ? namespaceSetOf(state.model!, subject.process)[kind] : undefined;
}

/** The type of namespace that the row under the cursor is about; null: it is about something else. */
export function kindUnderCursor(state: AppState): NamespaceKind | null {
  const subject = state.model && detailSubject(state);
  if (subject?.subject === 'kind') return subject.kind;
  return subject && 'node' in subject ? subject.node.fact.kind : null;
}

function mountSubject({ mounts }: AppState, known: Mount): PaneSubject | null {
  const mount = mounts.model.tables.get(known.namespace)?.byId.get(known.mountId);
  return mount && mountRowId(mount) === mountRowId(known) ? { subject: 'mount', mount } : null;
}

function ipcSubject({ interiors }: AppState, object: IpcObject): PaneSubject | null {
  const fact = interiors.of('ipc', object.namespace);
  const name = ipcObjectName(object);
  const found = fact && ipcObjects(fact).find((each) => ipcObjectName(each) === name);
  return found && isSameObject(found, object) ? { subject: 'ipc', object: found } : null;
}

/** Ids of System V objects are counted on, but not for ever. */
export function isSameObject(a: IpcObject, b: IpcObject): boolean {
  const [keyOfA, keyOfB] = [a, b].map(({ fact }) => ('ipcKey' in fact ? fact.ipcKey : 0));
  return keyOfA === keyOfB && a.fact.uid === b.fact.uid;
}

function linkSubject(
  { network }: AppState,
  model: Model,
  { identity }: RowNode,
  { namespace, fact }: Link,
): PaneSubject | null {
  const link = network.model.linkAt(namespace, fact.ifindex);
  return link && isSameIdentity(identity, linkIdentity(model, link)) ? { subject: 'link', link } : null;
}

/** A tab for the subject under the cursor. */
export interface PaneTab {
  name: string;
  lines: () => Line[] | null;
}

export function paneTabs(state: AppState): PaneTab[] {
  const subject = detailSubject(state);
  const model = state.model!;
  if (subject?.subject === 'mount') {
    const { mounts } = state;
    const context = { model, mounts: mounts.model };
    const { mount } = subject;
    const questions = {
      users: mounts.users?.device === mount.device ? mounts.users : null,
      usersNote: state.replay ? 'a recording does not tell who has files open' : 'looking at every process …',
      request: mounts.request,
    };
    return MOUNT_TABS.map(({ name, lines }) => ({ name, lines: () => lines(context, mount, questions) }));
  }
  if (subject?.subject === 'socket') {
    const { socket } = subject;
    return SOCKET_TABS.map(({ name, lines }) => ({ name, lines: () => lines(model, state.sockets, socket) }));
  }
  if (subject?.subject === 'userns') {
    const { node } = subject;
    return USERNS_TABS.map(({ name, lines }) => ({ name, lines: () => lines(model, node) }));
  }
  if (subject?.subject === 'interior') {
    const context = { model, interiors: state.interiors };
    return INTERIOR_TABS.map(({ name, lines }) => ({ name, lines: () => lines(context, subject.node) }));
  }
  if (subject?.subject === 'kind')
    return KIND_TABS.map(({ name, lines }) => ({ name, lines: () => lines(model, subject.kind) }));
  if (subject?.subject === 'ipc')
    return IPC_TABS.map(({ name, lines }) => ({ name, lines: () => lines(model, subject.object) }));
  if (subject?.subject === 'link' || subject?.subject === 'netns') return networkTabs(state, subject);
  return DETAIL_TABS.map(({ name, lines }) => ({
    name,
    lines: () => (subject ? lines(model, subject) : null),
  }));
}

function networkTabs(state: AppState, subject: PaneSubject & { subject: 'link' | 'netns' }): PaneTab[] {
  const { network, settings } = state;
  const context = { model: state.model!, network: network.model };
  const key = subject.subject === 'link' ? subject.link.namespace : subject.node.fact.key;
  const questions = {
    destination: network.destination,
    firewall: network.firewall?.key === key ? network.firewall : null,
    firewallNote: state.replay ? 'a recording does not tell the firewall' : 'asking nft and iptables …',
    glyphs: settings.ascii ? ASCII_PICTURE : UNICODE_PICTURE,
  };
  if (subject.subject === 'link')
    return LINK_TABS.map(({ name, lines }) => ({
      name,
      lines: () => lines(context, subject.link, questions),
    }));
  const facts = { subject: 'namespace', node: subject.node } as const;
  return NETNS_TABS.map(({ name, lines }) => ({ name, lines: () => lines(context, key, questions, facts) }));
}

const SPECIAL: ReadonlySet<string> = new Set<SubjectKind>([
  'mount',
  'link',
  'netns',
  'socket',
  'userns',
  'interior',
  'kind',
  'ipc',
]);

/** Subjects with tabs of their own; all others have those of facts. */
export function subjectKind(state: AppState): SubjectKind {
  const subject = detailSubject(state)?.subject ?? '';
  return SPECIAL.has(subject) ? (subject as SubjectKind) : 'facts';
}

export function openTab(state: AppState): number {
  return state.detailTabs[subjectKind(state)];
}

/** Sentences about a mount are wrapped; lists of processes are cut, for a wrapped command line helps nobody. */
export function detailLines(state: AppState, { left, right }: Rectangle, bordered: boolean): Line[] {
  if (!state.model || !detailSubject(state)) return [[span('nothing under the cursor', 'dim')]];
  const tabLines = (): Line[] =>
    paneTabs(state)[openTab(state)]?.lines() ?? [[span('nothing to say', 'dim')]];
  const kind = subjectKind(state);
  if (kind === 'facts') return tabLines();
  const { mounts, network } = state;
  const width = right - left - (bordered ? 4 : 2);
  const made = [
    cursorId(state),
    openTab(state),
    mounts.model,
    mounts.users,
    mounts.request,
    network.model,
    network.destination,
    network.firewall,
    state.sockets,
    state.interiors,
    state.settings.ascii,
    state.model,
    width,
  ];
  if (!lastLines?.made.every((part, at) => part === made[at]))
    lastLines = { made, lines: isPicture(state) ? tabLines() : wrapLines(tabLines(), width) };
  return lastLines.lines;
}

/** A picture that is wrapped is none any more. */
function isPicture(state: AppState): boolean {
  return paneTabs(state)[openTab(state)]?.name === 'Picture';
}

/** A simulation over thousands of mounts is made once, not for each frame. */
let lastLines: { made: readonly unknown[]; lines: Line[] } | null = null;

function cursorId(state: AppState): string | null {
  return currentView(state).chosen?.rowId ?? null;
}

export function subjectTitle(state: AppState): string {
  const subject = detailSubject(state);
  if (!subject || !state.model) return '';
  if (subject.subject === 'process')
    return clean(`${subject.process.pid} ${subject.process.details?.comm ?? ''}`);
  if (subject.subject === 'mount') {
    const { mountPoint, namespace } = subject.mount;
    return clean(`${mountPoint} in ${namespaceName(state.model, namespace)}`);
  }
  if (subject.subject === 'link') {
    const { fact, namespace } = subject.link;
    return clean(`${fact.name} in ${namespaceName(state.model, namespace)}`);
  }
  if (subject.subject === 'socket') {
    const { fact, namespace } = subject.socket;
    return clean(
      `${fact.protocol} ${endpointText(fact, 'local')} in ${namespaceName(state.model, namespace)}`,
    );
  }
  if (subject.subject === 'ipc')
    return clean(
      `${ipcObjectName(subject.object)} in ${namespaceName(state.model, subject.object.namespace)}`,
    );
  if (subject.subject === 'kind') return `${subject.kind} namespaces`;
  const { key } = subject.node.fact;
  return clean(`${key} ${namespaceName(state.model, key)}`);
}

/** Tabs as far as they fit, the open one always among them; `‹` and `›` tell that there are more. */
function tabLine(state: AppState, width: number): Line {
  const open = openTab(state);
  const tabs = paneTabs(state).map(({ name }, at) => (open === at ? `[${name}]` : ` ${name} `));
  const widthOf = (from: number, to: number): number =>
    tabs.slice(from, to + 1).reduce((sum, tab) => sum + textWidth(tab) + 1, 0);
  let first = 0;
  while (first < open && widthOf(first, open) + 2 > width) first++;
  let last = tabs.length - 1;
  const marks = (): number => (first > 0 ? 1 : 0) + (last < tabs.length - 1 ? 1 : 0);
  while (last > open && widthOf(first, last) + marks() > width + 1) last--;
  return [
    span(first > 0 ? '‹' : '', 'key'),
    ...tabs
      .slice(first, last + 1)
      .flatMap((tab, at) => [span(tab, open === first + at ? 'tab-active' : 'tab'), span(' ')]),
    span(last < tabs.length - 1 ? '›' : '', 'key'),
  ];
}

/** How many lines of text the pane shows. */
export function detailHeight(rectangle: Rectangle, bordered: boolean): number {
  return Math.max(0, rectangle.bottom - rectangle.top - (bordered ? 3 : 1));
}

export function paintDetail(canvas: Canvas, state: AppState, rectangle: Rectangle, bordered: boolean): void {
  const lines = detailLines(state, rectangle, bordered);
  const height = detailHeight(rectangle, bordered);
  const top = Math.max(0, Math.min(state.detailTop, lines.length - height));
  const inner = bordered ? shrink(rectangle) : rectangle;
  const width = rectangle.right - rectangle.left;
  if (bordered) {
    const foot =
      lines.length > height
        ? [span(` ${top + 1}-${Math.min(lines.length, top + height)}/${lines.length} `, 'dim')]
        : [];
    paintBox(
      canvas,
      rectangle,
      [span(` ${fitText(subjectTitle(state), width - 8)} `, 'title')],
      foot,
      state.focus === 'detail',
    );
    const room = inner.right - inner.left - 1;
    canvas.putLine(inner.left + 1, inner.top, tabLine(state, room), inner.right);
  } else {
    const role = state.focus === 'detail' ? 'accent' : 'border';
    canvas.put(inner.left, inner.top, '─'.repeat(width), role, inner.right);
    const end = canvas.putLine(
      inner.left + 1,
      inner.top,
      [span(` ${fitText(subjectTitle(state), width - 48)} `, 'title')],
      inner.right,
    );
    const start = Math.max(end + 1, inner.right - 46);
    canvas.putLine(start, inner.top, tabLine(state, inner.right - start), inner.right);
  }
  for (let at = 0; at < height; at++) {
    const line = lines[top + at];
    if (line) canvas.putLine(inner.left + 1, inner.top + 1 + at, line, inner.right);
  }
}

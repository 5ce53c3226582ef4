/** Who keeps a mount, and what an unmount would do, as lines. */
import { counted } from '../model/text.js';
import type { Model } from '../model/model.js';
import type { MountUserFact } from '../model/mount-users.js';
import type { NamespaceKey } from '../model/snapshot.js';
import { containerOf, unitOf } from '../analysis/container-of.js';
import type { MountHolders } from '../analysis/mount-holders.js';
import type { Mount } from '../analysis/mount-model.js';
import type { PlacedUser } from '../analysis/mount-user-places.js';
import { commandOf, namespaceName } from '../analysis/namespace-name.js';
import type { UnmountForecast } from '../analysis/unmount-forecast.js';
import { heldBy } from '../analysis/why-alive.js';
import { clean } from './clean.js';
import type { Line } from './line.js';
import { span } from './line.js';
import type { MountContext } from './mount-columns.js';
import { cut, namespaceCell } from './mount-lines.js';

const USE_WORDS: Record<MountUserFact['use'], string> = {
  cwd: 'working directory',
  root: 'root directory',
  exe: 'executable',
  fd: 'open file',
  map: 'mapped file',
  socket: 'bound socket',
  bound: 'bound socket of an owner out of sight',
  registered: 'file registered with an io_uring',
  loop: 'loop device',
  swap: 'swap file',
  stacked: 'device on top of it',
  device: 'open device',
};

function ownerWords(model: Model, pid: number): string {
  const process = model.processes.get(pid);
  const container = containerOf(model, process);
  const place = container ? `${container.engine} ${container.name}` : (unitOf(process) ?? '');
  return clean(`${pid} ${process?.details?.comm ?? commandOf(process)}${place === '' ? '' : ` (${place})`}`);
}

function whoUses(user: MountUserFact): string {
  if ('pid' in user) return `pid ${user.pid}`;
  return user.use === 'loop' || user.use === 'stacked' ? user.name : user.path;
}

/** One line for each process, with all its uses; loop devices and swap have one each. */
function userLines(context: MountContext, placed: readonly PlacedUser[], home: NamespaceKey | null): Line[] {
  const groups = new Map<string, PlacedUser[]>();
  for (const each of placed) {
    const who = whoUses(each.user);
    groups.set(who, [...(groups.get(who) ?? []), each]);
  }
  return cut(context, [...groups.values()], (group) => {
    const users = group.map(({ user }) => user);
    const first = users[0]!;
    const who = 'pid' in first ? ownerWords(context.model, first.pid) : whoUses(first);
    const telling = group.find(({ user: { use } }) => use !== 'root' && use !== 'cwd') ?? group[0]!;
    const path = telling.user.path === whoUses(first) ? '' : telling.user.path;
    return [
      span(`  ${clean(who)}  `, 'strong'),
      span(useWords(users), 'accent'),
      span(clean(path === '' ? '' : `  ${path}`), 'dim'),
      span(clean(whereWords(context.model, telling, home)), 'dim'),
    ];
  });
}

/** In which namespace the path is, where that is another than the one that is looked at. */
function whereWords(
  model: Model,
  { user, mounts, isCertain }: PlacedUser,
  home: NamespaceKey | null,
): string {
  if (isCertain) {
    const { namespace } = mounts[0]!;
    return namespace === home ? '' : ` in ${namespaceName(model, namespace)}`;
  }
  if (mounts.length > 0) return '  through a mount that cannot be told';
  return user.mountId === null ? '' : '  through a mount that is attached nowhere (any more)';
}

/** Who keeps a mount namespace: its first process with container or unit, or what else holds it. */
export function keeperWords(model: Model, key: NamespaceKey): string {
  const node = model.namespaces.get(key);
  if (!node) return '';
  const [process] = node.processes;
  return process ? `pid ${ownerWords(model, process.pid)}` : `no process, held by ${heldBy(node)}`;
}

function useWords(group: readonly MountUserFact[]): string {
  const counts = new Map<string, number>();
  for (const user of group) {
    const word = USE_WORDS[user.use] + ('threadId' in user ? ' of a thread' : '');
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return [...counts].map(([word, count]) => (count === 1 ? word : `${count} × ${word}`)).join(', ');
}

export function holderLines(context: MountContext, holders: MountHolders): Line[] {
  const { mount, nested, users, copyUsers, otherUsers, otherMounts, unmount, unreadable } = holders;
  const home = mount.namespace;
  const lines: Line[] = forecastVerdict(holders);
  const section = (heading: string, rows: Line[]): void => {
    if (rows.length > 0) lines.push([], [span(heading, 'column')], ...rows);
  };
  const nestedRow = (each: Mount): Line => [
    span('  '),
    span(clean(each.mountPoint)),
    span(clean(`  ${each.filesystemType}`), 'dim'),
  ];
  section(`${counted(nested.length, 'mount')} on it`, cut(context, nested, nestedRow));
  const here = users.map((user) => ({ user, mounts: [mount], isCertain: true }));
  section('in use through this mount', userLines(context, here, home));
  section('in use through copies that would go with it', userLines(context, copyUsers, home));
  section(
    'the filesystem is also mounted',
    mountRows(context, [...otherMounts.values()].flat(), unmount.remaining),
  );
  section('the filesystem is also in use', userLines(context, otherUsers, home));
  section('overlays with layers on the filesystem', layerRows(context, holders));
  if (unreadable > 0) {
    const what = unreadable === 1 ? '1 process' : `${unreadable} processes`;
    lines.push([], [span(`? ${what} could not be looked at: ${refusedWords(context.model)}`, 'warn')]);
  }
  return lines;
}

export function refusedWords({ snapshot: { header } }: Model): string {
  return header.observer.effectiveUid === 0
    ? 'a security module or a missing capability refuses it'
    : 'run as root';
}

/** Mounts with who keeps their namespaces; `staying`: those that are not in it go with the unmount. */
export function mountRows(
  context: MountContext,
  mounts: readonly Mount[],
  staying: readonly Mount[],
): Line[] {
  const { model } = context;
  return cut(context, mounts, (each) => [
    span(`  ${namespaceCell(model, each.namespace)}`, 'strong'),
    span(clean(each.mountPoint)),
    span(`  ${keeperWords(model, each.namespace)}`, 'dim'),
    span(staying.includes(each) ? '' : '  goes with it', 'good'),
  ]);
}

export function layerRows(context: MountContext, { layers }: Pick<MountHolders, 'layers'>): Line[] {
  const { model } = context;
  return cut(context, layers, ({ overlay, path }) => [
    span(`  ${namespaceCell(model, overlay.namespace)}`, 'strong'),
    span(clean(overlay.mountPoint)),
    span(clean(`  layer ${path}`), 'dim'),
  ]);
}

/** Users of a filesystem that is asked for by its device, wherever they are. */
export function filesystemUserLines(context: MountContext, placed: readonly PlacedUser[]): Line[] {
  return userLines(context, placed, null);
}

// ---- what would happen --------------------------------------------------------------------------------------

function forecastVerdict(holders: MountHolders): Line[] {
  const { unmount } = holders;
  const first = verdictLine(unmount);
  if (unmount.verdict === 'fails') return [first];
  return [first, ...unseenLines(unmount), afterwardsLine(holders)];
}

function verdictLine({ verdict, busy, doubts, notLookedAt }: UnmountForecast): Line {
  switch (verdict) {
    case 'fails':
      return [span('unmount fails: ', 'bad'), span(clean(busy ?? ''))];
    case 'may fail':
      return [span('unmount may fail: ', 'warn'), span(clean(doubts.join('; ')))];
    case 'users not known':
      return [span('unmount fails where it is in use', 'warn'), span(': who uses it is not known')];
    case 'nothing seen':
      return notLookedAt.length > 0
        ? [span('unmount may work: no user seen, but not all could be looked at', 'warn')]
        : [span('unmount should work', 'good'), span(': nothing seen that would keep it busy')];
  }
}

function unseenLines({ notLookedAt }: UnmountForecast): Line[] {
  return notLookedAt.map((each) => [span('  ? ', 'warn'), span(clean(each))]);
}

/** What becomes of the filesystem, and so of its device or server. */
function afterwardsLine({ unmount, otherUsers, layers }: MountHolders): Line {
  const { remaining, frees, notLookedAt, verdict } = unmount;
  const lead = span('the filesystem ');
  if (remaining.length > 0)
    return [
      lead,
      span(
        `stays in use: ${counted(remaining.length, 'mount')} of it ${remaining.length === 1 ? 'stays' : 'stay'}`,
        'warn',
      ),
    ];
  if (otherUsers.length > 0) return [lead, span('stays in use: files of it are open', 'warn')];
  if (layers.length > 0) {
    const words =
      layers.length === 1 ? 'an overlay has a layer on it' : `${layers.length} overlays have layers on it`;
    return [lead, span(`stays in use: ${words}`, 'warn')];
  }
  if (verdict === 'users not known') return [lead, span('has no other mount in sight')];
  if (notLookedAt.length > 0 || !frees)
    return [lead, span('may stay in use: nothing seen that would keep it')];
  return [lead, span('is freed then: nothing seen that would keep it')];
}

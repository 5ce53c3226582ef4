/**
 * Whether a plain unmount would work: propagate_mount_busy() in fs/pnode.c, Linux 6.18. A reference to the mount, or
 * to a copy that would go with it, makes it fail with EBUSY; nothing that is seen is no promise.
 */
import { counted } from '../model/text.js';
import type { Model } from '../model/model.js';
import type { MountUserFact, MountUsers, UsersGap } from '../model/mount-users.js';
import type { Mount, MountModel } from './mount-model.js';
import { overmountOf } from './mount-model.js';
import { lockedWarning } from './locked-mounts.js';
import type { MountRequest, Simulation } from './mount-simulator.js';
import { simulate } from './mount-simulator.js';
import type { PlacedUser } from './mount-user-places.js';
import { namespaceName } from './namespace-name.js';

export type UnmountVerdict = 'fails' | 'may fail' | 'nothing seen' | 'users not known';

export interface UnmountForecast {
  verdict: UnmountVerdict;
  simulation: Simulation;
  /** A plain unmount fails; the sentence says why. */
  busy: string | null;
  /** Why it may fail. */
  doubts: readonly string[];
  /** What may keep it and could not be looked at. */
  notLookedAt: readonly string[];
  /** Mounts of the filesystem that stay after the unmount: while there is one the device stays in use. */
  remaining: readonly Mount[];
  /** Nothing is seen that would keep the filesystem in use afterwards, and all was looked at. */
  frees: boolean;
}

export interface ForecastFacts {
  model: Model | null;
  mounts: MountModel;
  mount: Mount;
  nested: readonly Mount[];
  /** Null: nobody looked. */
  users: MountUsers | null;
  placed: readonly PlacedUser[];
  /** Other mounts of the filesystem. */
  others: readonly Mount[];
  /** Overlays with layers on it. */
  layers: number;
}

export function forecastUnmount(facts: ForecastFacts): UnmountForecast {
  const { mounts, mount, users, placed, others, layers } = facts;
  const request: MountRequest = {
    operation: 'unmount',
    namespace: mount.namespace,
    target: mount.mountPoint,
  };
  const simulation = simulate(mounts, request);
  const gone = new Set([mount.mountId]);
  if (simulation.ok) for (const each of simulation.vanishes) gone.add(each.mount.mountId);
  const remaining = others.filter(({ mountId }) => !gone.has(mountId));
  const checked = checkedMounts(facts, gone);
  const busy = busyReason(facts, simulation, checked);
  const doubts = busy === null ? [...doubtsOf(facts, request, checked), ...strangers(facts, simulation)] : [];
  const notLookedAt = unseen(facts);
  const verdict =
    busy !== null ? 'fails' : doubts.length > 0 ? 'may fail' : users ? 'nothing seen' : 'users not known';
  return {
    verdict,
    simulation,
    busy,
    doubts,
    notLookedAt,
    remaining,
    frees:
      busy === null && users !== null && remaining.length + placed.length + layers + notLookedAt.length === 0,
  };
}

/**
 * Of the copies that would go those whose users the kernel looks for: a copy with something mounted on it goes or stays
 * unlooked at, unless that one mount covers it whole.
 */
function checkedMounts({ mounts, mount, others }: ForecastFacts, gone: ReadonlySet<number>): Set<number> {
  const checked = new Set([mount.mountId]);
  for (const copy of others) {
    if (!gone.has(copy.mountId)) continue;
    const table = mounts.tables.get(copy.namespace)!;
    const children = table.children.get(copy.mountId) ?? [];
    if (children.length === 0 || (children.length === 1 && overmountOf(table, copy)))
      checked.add(copy.mountId);
  }
  return checked;
}

// ---- certain ------------------------------------------------------------------------------------------------

function busyReason(facts: ForecastFacts, simulation: Simulation, gone: ReadonlySet<number>): string | null {
  const { mount, nested, placed } = facts;
  if (nested.length > 0) return `${nested.length} mounted on it`;
  if (!simulation.ok) return simulation.reason;
  const certain = placed.filter(({ mounts, isCertain }) => isCertain && gone.has(mounts[0]!.mountId));
  const here = certain.filter(({ mounts }) => mounts[0]!.mountId === mount.mountId);
  if (here.length > 0) return `in use by ${usersInWords(here.map(({ user }) => user))}`;
  if (certain.length === 0) return null;
  const [copy] = certain[0]!.mounts;
  const through = certain.filter(({ mounts }) => mounts[0]!.mountId === copy!.mountId);
  const rest = new Set(certain.map(({ mounts }) => mounts[0]!.mountId)).size - 1;
  const more = rest === 0 ? '' : rest === 1 ? '; so is 1 other copy' : `; so are ${rest} other copies`;
  return `its copy ${placeWords(facts, copy!)}, which would go with it, is in use by ${usersInWords(through.map(({ user }) => user))}${more}`;
}

function placeWords({ model }: ForecastFacts, { namespace, mountPoint }: Mount): string {
  return `at ${mountPoint} in ${model ? namespaceName(model, namespace) : namespace}`;
}

/** Processes, not uses: one process often has many. */
export function usersInWords(users: readonly MountUserFact[]): string {
  const processes = new Set(users.flatMap((user) => ('pid' in user ? [user.pid] : [])));
  const count = (use: MountUserFact['use']): number => users.filter((user) => user.use === use).length;
  const words = [
    processes.size > 0 ? counted(processes.size, 'process', 'processes') : '',
    count('loop') > 0 ? counted(count('loop'), 'loop device') : '',
    count('swap') > 0 ? counted(count('swap'), 'swap file') : '',
    count('bound') > 0 ? counted(count('bound'), 'bound socket') : '',
    count('stacked') > 0 ? counted(count('stacked'), 'device') : '',
  ].filter(Boolean);
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)!}`;
}

// ---- possible -----------------------------------------------------------------------------------------------

function doubtsOf(facts: ForecastFacts, request: MountRequest, gone: ReadonlySet<number>): string[] {
  const { model, mounts, mount, placed } = facts;
  const doubts: string[] = [];
  const perhaps = placed.filter(
    ({ mounts: through, isCertain }) => !isCertain && through.some(({ mountId }) => gone.has(mountId)),
  );
  if (perhaps.length > 0) {
    doubts.push(
      `${usersInWords(perhaps.map(({ user }) => user))} may use it: nobody can tell through which mount`,
    );
  }
  const isParentShared = parentGroup(mounts, mount) !== null;
  const detached = placed.filter(
    ({ user, mounts: through }) =>
      through.length === 0 && user.mountId !== null && mayLieIn(mount, user.path),
  );
  // A tree of open_tree(2) that is attached nowhere may receive the event, too.
  if (detached.length > 0 && isParentShared) {
    doubts.push(`${usersInWords(detached.map(({ user }) => user))} may use a copy that is attached nowhere`);
  }
  const locked = model && lockedWarning(model, mounts, request);
  if (locked !== null) doubts.push(locked);
  return doubts;
}

/**
 * In a copied tree the mount would hang on the same directory, so its name is on the way. A mount that was unmounted
 * lazily has a path of its own root only.
 */
function mayLieIn({ mountPoint }: Mount, path: string): boolean {
  const name = mountPoint.slice(mountPoint.lastIndexOf('/'));
  return path === '?' || `${path.replace(/ \(deleted\)$/, '')}/`.includes(`${name}/`);
}

/** The group in which an unmount is an event. */
function parentGroup({ tables }: MountModel, { namespace, parentMountId }: Mount): number | null {
  return tables.get(namespace)!.byId.get(parentMountId)?.peerGroup ?? null;
}

/** What lies at the same place of a peer goes too, also a filesystem of its own: who uses that is not looked for. */
function strangers(facts: ForecastFacts, simulation: Simulation): string[] {
  const gone = simulation.ok ? simulation.vanishes.map(({ mount }) => mount) : [];
  const others = gone.filter(({ device }) => device !== facts.mount.device);
  return others.map(
    (each) =>
      `another filesystem, ${each.filesystemType} ${each.source} ${placeWords(facts, each)}, would go with it: who uses that was not looked at`,
  );
}

/** What could not be looked at, in words. */
function unseen({ model, mounts, mount, users }: ForecastFacts): string[] {
  const words: string[] = [];
  if (users && users.unreadable > 0)
    words.push(`${counted(users.unreadable, 'process', 'processes')} could not be looked at`);
  words.push(...(users?.gaps ?? []).map(gapWords));
  if (model && parentGroup(mounts, mount) !== null) {
    const unread = unreadNamespaces(model, mounts);
    if (unread > 0)
      words.push(`copies in ${counted(unread, 'mount namespace')} that could not be read would go with it`);
  }
  return [...new Set(words)];
}

function unreadNamespaces(model: Model, { tables }: MountModel): number {
  const keys = [...model.namespaces.values()]
    .filter(({ fact }) => fact.kind === 'mnt')
    .map(({ fact }) => fact.key);
  return keys.filter((key) => tables.get(key)?.fact.partialRoot !== undefined || !tables.has(key)).length;
}

export function gapWords(gap: UsersGap): string {
  switch (gap.gap) {
    case 'in flight':
      return `${counted(gap.count, 'descriptor')} under way to process ${gap.pid} may be of it`;
    case 'unread events':
      return `process ${gap.pid} watches it by fanotify, and events that it has not read keep it`;
    case 'sockets':
      return `the unix sockets of ${counted(gap.count, 'network namespace')} could not be looked at`;
    case 'loop devices':
      return `the files of ${counted(gap.count, 'loop device')} could not be looked at`;
    case 'processes out of sight':
      return 'processes outside of this pid namespace are out of sight';
  }
}

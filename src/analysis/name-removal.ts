/**
 * What the removal of a name under /run/netns ends: unlink(2) detaches every mount on that file in all mount
 * namespaces (Linux 3.18, mount_namespaces(7)), whatever namespace it is, and whatever path leads to the file there.
 */
import type { Model, NamespaceNode } from '../model/model.js';
import { representativeOf } from '../model/model.js';
import { OWN_COMM } from '../model/own-name.js';
import type { FilePlace, NamespaceKey, NetnsNameFact, Pid, PinFact } from '../model/snapshot.js';

type BindPin = Extract<PinFact, { pinKind: 'bind' }>;

/** A namespace that is mounted on the file. */
export interface MountedNamespace {
  key: NamespaceKey;
  /** These mounts. */
  mounts: readonly BindPin[];
  /** Where it is mounted on the file; null: where we are. */
  mountNamespaces: readonly (NamespaceKey | null)[];
  /** How many things in sight keep it besides these mounts. */
  others: number;
  /** Mounts of it of which it cannot be told whether they are on the same file: they may keep it. */
  unsure: number;
}

export interface NameRemoval {
  namespaces: readonly MountedNamespace[];
  /** Why mounts on the file may be out of sight; null: all mount namespaces were read. */
  blindSpot: string | null;
}

export function forecastRemoval(model: Model, name: NetnsNameFact): NameRemoval {
  const mounted = new Map<NamespaceKey, BindPin[]>();
  // The name leads there, whatever could be read of mounts.
  if (name.key !== null) mounted.set(name.key, []);
  for (const pin of model.snapshot.pins) {
    if (pin.pinKind !== 'bind' || isOnFile(model, pin, name) !== true) continue;
    mounted.set(pin.key, [...(mounted.get(pin.key) ?? []), pin]);
  }
  const { mnt: own } = model.snapshot.header.observer.namespaces;
  const placesOf = (mounts: readonly BindPin[]): (NamespaceKey | null)[] => {
    const keys = mounts.map(({ mountNamespace }) => (mountNamespace === own ? null : mountNamespace));
    return [...new Set(keys.length === 0 ? [null] : keys)];
  };
  return {
    namespaces: [...mounted].map(([key, mounts]) => ({
      key,
      mounts,
      mountNamespaces: placesOf(mounts),
      ...holdersBesides(model, key, name),
    })),
    blindSpot: blindSpotOf(model),
  };
}

/** Names that lead nowhere from here, while one of these mounts is on their file in another mount namespace. */
export function namesMountedElsewhere(
  model: Model,
  pins: readonly PinFact[],
): { name: NetnsNameFact; mountNamespace: NamespaceKey | null }[] {
  const broken = (model.snapshot.netnsNames ?? []).filter(({ key }) => key === null);
  if (broken.length === 0) return [];
  return pins.flatMap((pin) => {
    if (pin.pinKind !== 'bind') return [];
    const name = broken.find((each) => isOnFile(model, pin, each) === true);
    return name ? [{ name, mountNamespace: pin.mountNamespace }] : [];
  });
}

/** `mnt:[4026532] of 4242 (sh)`: a mount namespace and who is in it. */
export function mountNamespaceWords(model: Model, key: NamespaceKey | null): string {
  const node = key === null ? undefined : model.namespaces.get(key);
  const process = node && representativeOf(node);
  const comm = process?.details?.comm;
  const who = process ? `${process.pid}${comm === undefined ? '' : ` (${comm})`}` : null;
  return key === null
    ? 'your mount namespace'
    : `${key}${who === null ? ', where no process is' : ` of ${who}`}`;
}

function sameFile(a: FilePlace, b: FilePlace): boolean {
  return a.device === b.device && a.path === b.path;
}

/** Null: it has the same path, and it is not known which file that is there. */
function isOnFile(model: Model, pin: BindPin, { file, path }: NetnsNameFact): boolean | null {
  if (pin.file && file) return sameFile(pin.file, file);
  if (pin.mountPoint !== path) return false;
  return pin.mountNamespace === model.snapshot.header.observer.namespaces.mnt ? true : null;
}

function holdersBesides(
  model: Model,
  key: NamespaceKey,
  name: NetnsNameFact,
): Pick<MountedNamespace, 'others' | 'unsure'> {
  const node: NamespaceNode | undefined = model.namespaces.get(key);
  if (!node) return { others: 0, unsure: 0 };
  const { processes, threads, forChildren, threadsForChildren, pins, children, owns } = node;
  // Another nsview looks into each namespace for a moment: it keeps nothing.
  const stays = ({ pid }: { pid: Pid }): boolean => model.processes.get(pid)?.details?.comm !== OWN_COMM;
  const members = [processes, threads, forChildren, threadsForChildren].flatMap((list) => list.filter(stays));
  const held = pins.filter((pin) => {
    if (pin.pinKind === 'bind') return isOnFile(model, pin, name) === false;
    return pin.pinKind !== 'fd' || stays(pin);
  });
  const unsure = pins.filter((pin) => pin.pinKind === 'bind' && isOnFile(model, pin, name) === null);
  return {
    others: members.length + held.length + children.length + owns.length,
    unsure: unsure.length,
  };
}

/** Collectors of mounts, by the subject of their gaps. */
const MOUNT_SUBJECTS = new Set(['mountinfo', 'mounts without a process', 'mount namespace walk']);

function blindSpotOf(model: Model): string | null {
  const { header, gaps } = model.snapshot;
  const [gap] = gaps.filter(({ subject }) => MOUNT_SUBJECTS.has(subject));
  if (gap) return `not all mount namespaces could be read (${gap.errno})`;
  const unread = [...model.namespaces.values()].filter(
    ({ fact, processes, threads }) =>
      fact.kind === 'mnt' && processes.length + threads.length === 0 && fact.namespaceId === undefined,
  );
  if (unread.length > 0) return `the mounts of ${unread[0]!.fact.key} could not be read: no process is in it`;
  const own = header.observer.namespaces.pid;
  const initial = header.initialNamespaces.pid;
  return own !== undefined && initial !== undefined && own === initial
    ? null
    : 'mount namespaces of processes outside of your pid namespace are out of sight';
}

/**
 * Bind-mounted namespaces: nsfs mounts in the mountinfo of every mount namespace that has a process or
 * thread. One reader a mount namespace is enough.
 */
import { listMountinfo, mountIdsFingerprint } from '../kernel/mount-listing.js';
import { hasLeftMounts } from '../kernel/proc.js';
import { parseNamespaceLink } from '../formats/namespace-link.js';
import { parseNamespaceFiles } from '../formats/mountinfo.js';
import { isNamespaceKind } from '../model/namespace-kind.js';
import type { NamespaceKey, Pid, PinFact } from '../model/snapshot.js';
import { namespaceKey } from '../model/snapshot.js';
import type { Discovery } from './discovery.js';

/** A /proc path that shows the mounts of each mount namespace. */
export function mountNamespaceReaders(
  discovery: Discovery,
): Map<NamespaceKey | null, { pid: Pid; suffix: string }[]> {
  const readers = new Map<NamespaceKey | null, { pid: Pid; suffix: string }[]>();
  const add = (set: number, pid: Pid, suffix: string): void => {
    const key = discovery.sets.get(set).mnt ?? null;
    const list = readers.get(key);
    if (!list) readers.set(key, [{ pid, suffix }]);
    // A few spares: the first may be gone, or in a chroot.
    else if (list.length < 3) list.push({ pid, suffix });
  };
  for (const [pid, set] of discovery.links) if (discovery.sets.get(set).mnt) add(set, pid, '');
  for (const [pid, threads] of discovery.threads) {
    for (const { threadId, namespaceSet } of threads) {
      if (discovery.sets.get(namespaceSet).mnt) add(namespaceSet, pid, `/task/${threadId}`);
    }
  }
  return readers;
}

export function collectBindMounts(discovery: Discovery): void {
  discovery.gaps.forget('mountinfo');
  const pins: PinFact[] = [];
  const readers = mountNamespaceReaders(discovery);
  // Without the right to read anyone's links, our own mounts are still ours to read.
  if (readers.size === 0) readers.set(null, [{ pid: process.pid, suffix: '' }]);
  for (const [mountNamespace, candidates] of readers) {
    const mounts = mountsOf(discovery, mountNamespace);
    if (mounts !== null && discovery.mountsWithoutBinds.get(mountNamespace!) === mounts) continue;
    const found = readBindPins(discovery, mountNamespace, candidates);
    if (!found) continue;
    pins.push(...found);
    if (mounts !== null && found.length === 0) discovery.mountsWithoutBinds.set(mountNamespace!, mounts);
    else if (mountNamespace !== null) discovery.mountsWithoutBinds.delete(mountNamespace);
  }
  for (const key of discovery.mountsWithoutBinds.keys()) {
    if (!readers.has(key)) discovery.mountsWithoutBinds.delete(key);
  }
  discovery.bindPins = pins;
}

/** Told by ids, which is forty times cheaper than to read the mounts; null where the kernel cannot say. */
function mountsOf({ namespaces }: Discovery, mountNamespace: NamespaceKey | null): string | null {
  const namespaceId = mountNamespace === null ? undefined : namespaces.get(mountNamespace)?.namespaceId;
  if (namespaceId === undefined) return null;
  const ids = mountIdsFingerprint(namespaceId);
  return ids === null ? null : `${namespaceId} ${ids}`;
}

/** Null where nobody could be read. Who is in a chroot does not see the mounts outside of it: others are better. */
function readBindPins(
  discovery: Discovery,
  mountNamespace: NamespaceKey | null,
  readers: readonly { pid: Pid; suffix: string }[],
): PinFact[] | null {
  let partial: PinFact[] | null = null;
  for (const { pid, suffix } of readers) {
    const text = discovery.proc.readNumberFile(pid, `${suffix}/mountinfo`);
    // Without a line: its root was unmounted lazily, and it sees no mount that others may see.
    if (text === '') continue;
    if (typeof text === 'string') {
      const pins = bindPinsOf(text, mountNamespace);
      const root = discovery.proc.readNumberTarget(pid, `${suffix}/root`);
      if (typeof root === 'number' || root === '/') return pins;
      partial ??= pins;
    } else if (!hasLeftMounts(text)) discovery.gaps.add('mountinfo', text, String(pid));
  }
  const listed = partial && listById(discovery, mountNamespace);
  return typeof listed === 'string' ? bindPinsOf(listed, mountNamespace) : partial;
}

function listById({ namespaces }: Discovery, mountNamespace: NamespaceKey | null): string | number | null {
  const namespaceId = mountNamespace === null ? undefined : namespaces.get(mountNamespace)?.namespaceId;
  return namespaceId === undefined ? null : listMountinfo(namespaceId);
}

export function bindPinsOf(mountinfo: string, mountNamespace: NamespaceKey | null): PinFact[] {
  const pins: PinFact[] = [];
  for (const { entry, file } of parseNamespaceFiles(mountinfo)) {
    const identity = parseNamespaceLink(entry.root);
    if (!identity || !isNamespaceKind(identity.kindWord)) continue;
    const key = namespaceKey(identity.kindWord, identity.inode);
    pins.push({ pinKind: 'bind', key, mountPoint: entry.mountPoint, mountNamespace, file });
  }
  return pins;
}

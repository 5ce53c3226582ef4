/**
 * The mounts of every mount namespace: mountinfo of a process inside, else statmount(2) with the namespace's
 * id. A file is opened, read and closed in one go: an open mountinfo would pin its namespace.
 */
import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { readText } from '../kernel/byte-names.js';
import { ENOENT, ENOSYS } from '../kernel/errno.js';
import { listMountinfo, newestMountId } from '../kernel/mount-listing.js';
import { pathsInto, readJoinedMounts } from './joined-mounts.js';
import { hasLeftMounts } from '../kernel/proc.js';
import type { MountTableFact, NamespaceKey, Pid } from '../model/snapshot.js';
import { mountNamespaceReaders } from './bind-mounts.js';
import { ownNamespace } from './joined-namespaces.js';
import type { Discovery } from './discovery.js';

const SUBJECT = 'mounts';
const MAX_MTAB_SIZE = 1 << 20;

interface Reader {
  pid: Pid;
  suffix: string;
}

export function collectMountTables(discovery: Discovery): MountTableFact[] {
  discovery.gaps.forget(SUBJECT);
  const readers = mountNamespaceReaders(discovery);
  return mountNamespacesOf(discovery).flatMap((key) => {
    const table = readMountTable(discovery, key, readers.get(key) ?? []);
    return table ? [table] : [];
  });
}

export function mountNamespacesOf(discovery: Discovery): NamespaceKey[] {
  return [...discovery.namespaces.values()].filter(({ kind }) => kind === 'mnt').map(({ key }) => key);
}

/** Null where nobody can read it; why is a gap. */
export function readMountTable(
  discovery: Discovery,
  key: NamespaceKey,
  readers: readonly Reader[],
): MountTableFact | null {
  // Before the lines: a mount that comes meanwhile is then one that was not seen, never another in its place.
  const newest = newestMountOf(discovery, key);
  const table = readLines(discovery, key, readers);
  return table && newest !== null ? { ...table, newestMount: newest } : table;
}

function newestMountOf({ namespaces, options }: Discovery, key: NamespaceKey): number | null {
  const namespaceId = namespaces.get(key)?.namespaceId;
  return namespaceId === undefined || !options.statmount ? null : newestMountId(namespaceId);
}

function readLines(
  discovery: Discovery,
  key: NamespaceKey,
  readers: readonly Reader[],
): MountTableFact | null {
  let partial: MountTableFact | null = null;
  let refused = -ENOENT;
  /** Processes whose root was unmounted lazily: they see no mount, and the namespace may have many. */
  const blind: string[] = [];
  for (const reader of readers) {
    const table = readThrough(discovery, key, reader);
    if (typeof table === 'number') refused = table;
    else if (table.mountinfo === '') blind.push(`/proc/${reader.pid}${reader.suffix}/ns/mnt`);
    else if (table.partialRoot === undefined) return table;
    else partial ??= table;
  }
  const listed = listByStatmount(discovery, key);
  if (typeof listed === 'string') return { key, mountinfo: listed, readBy: 'statmount' };
  if (partial) return partial;
  // Who joins a namespace stands at its root.
  const paths = readers.length === 0 ? pathsInto(discovery, key) : blind;
  const joined = paths.length > 0 ? readJoinedMounts(discovery, key, paths) : listed;
  if (typeof joined === 'string') return { key, mountinfo: joined, readBy: 'joined thread' };
  // A process that ended while it was looked at is no gap.
  if (paths.length > 0 || readers.length === 0 || !hasLeftMounts(refused))
    discovery.gaps.add(SUBJECT, joined, key);
  return null;
}

function listByStatmount({ namespaces, options }: Discovery, key: NamespaceKey): string | number {
  const namespaceId = namespaces.get(key)?.namespaceId;
  return namespaceId === undefined || !options.statmount ? -ENOSYS : listMountinfo(namespaceId);
}

/** A process in a chroot sees only what is below its root: good enough where there is nothing better. */
function readThrough(
  discovery: Discovery,
  key: NamespaceKey,
  { pid, suffix }: Reader,
): MountTableFact | number {
  const { proc } = discovery;
  const mountinfo = proc.readNumberFile(pid, `${suffix}/mountinfo`);
  if (typeof mountinfo === 'number') return mountinfo;
  const table: MountTableFact = { key, mountinfo, readBy: 'mountinfo', pid };
  const root = proc.readNumberTarget(pid, `${suffix}/root`);
  if (typeof root === 'string' && root !== '/') table.partialRoot = root;
  const mtab = wantsMtab(discovery, key) ? readMtab(pid) : null;
  if (mtab !== null) table.mtab = mtab;
  return table;
}

/** Of others only when asked: their root may lie on a server that does not answer. */
function wantsMtab(discovery: Discovery, key: NamespaceKey): boolean {
  const own = ownNamespace(discovery, 'mnt');
  return discovery.options.everyMtab || key === own;
}

/** /etc/mtab as the process sees it, where it is a real file; usually it is a link to /proc/self/mounts. */
function readMtab(pid: Pid): string | null {
  let fd: number;
  try {
    // Not blocking: what lies there may be a FIFO.
    fd = openSync(
      `/proc/${pid}/root/etc/mtab`,
      constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    );
  } catch {
    // ELOOP: a link, as it should be. Everything else: there is none that we could compare.
    return null;
  }
  try {
    const status = fstatSync(fd);
    return status.isFile() && status.size <= MAX_MTAB_SIZE ? readText(fd) : null;
  } finally {
    closeSync(fd);
  }
}

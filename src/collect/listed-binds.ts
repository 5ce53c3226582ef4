/**
 * Namespaces bind-mounted inside mount namespaces that no process lives in: statmount(2) with the id that the
 * mount namespace walk gave. Where the kernel cannot (before 6.11) they stay unseen, as does the walk itself.
 */
import { listMountinfo, listMounts } from '../kernel/mount-listing.js';
import type { NamespaceKey, PinFact } from '../model/snapshot.js';
import { bindPinsOf, mountNamespaceReaders } from './bind-mounts.js';
import type { Discovery } from './discovery.js';
import { splitKey } from './relations.js';

const SUBJECT = 'mounts without a process';

export function collectListedBinds(discovery: Discovery): void {
  const readable = mountNamespaceReaders(discovery);
  const pins: PinFact[] = [];
  discovery.gaps.forget(SUBJECT);
  for (const fact of [...discovery.namespaces.values()]) {
    if (fact.kind !== 'mnt' || readable.has(fact.key) || fact.namespaceId === undefined) continue;
    pins.push(...findBinds(discovery, fact.key, fact.namespaceId));
  }
  discovery.listedBindPins = pins;
}

function findBinds(discovery: Discovery, mountNamespace: NamespaceKey, mountNamespaceId: number): PinFact[] {
  const mounts = listMounts(mountNamespaceId);
  const hasBinds = typeof mounts === 'number' || mounts.some((mount) => mount.filesystemType === 'nsfs');
  // Only with all their fields the mounts tell what each is mounted on.
  const mountinfo = typeof mounts === 'number' ? mounts : hasBinds ? listMountinfo(mountNamespaceId) : '';
  if (typeof mountinfo === 'number') {
    discovery.gaps.add(SUBJECT, mountinfo, mountNamespace);
    return [];
  }
  const pins = bindPinsOf(mountinfo, mountNamespace);
  for (const { key } of pins) {
    if (discovery.namespaces.has(key)) continue;
    const [kind, inode] = splitKey(key);
    discovery.namespaces.set(key, { key, kind, inode, foundBy: ['listed binds'] });
  }
  return pins;
}

/**
 * Namespaces bind-mounted inside mount namespaces that no process lives in: statmount(2) with the id that the
 * mount namespace walk gave. Where the kernel cannot (before 6.11) they stay unseen, as does the walk itself.
 */
import { parseNamespaceLink } from '../formats/namespace-link.js';
import { listMounts } from '../kernel/mount-listing.js';
import { isNamespaceKind } from '../model/namespace-kind.js';
import type { NamespaceKey, PinFact } from '../model/snapshot.js';
import { namespaceKey } from '../model/snapshot.js';
import { mountNamespaceReaders } from './bind-mounts.js';
import type { Discovery } from './discovery.js';

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
  if (typeof mounts === 'number') {
    discovery.gaps.add(SUBJECT, mounts, mountNamespace);
    return [];
  }
  const pins: PinFact[] = [];
  for (const mount of mounts) {
    const identity = mount.filesystemType === 'nsfs' ? parseNamespaceLink(mount.root) : null;
    if (!identity || !isNamespaceKind(identity.kindWord)) continue;
    const { kindWord: kind, inode } = identity;
    const key = namespaceKey(kind, inode);
    pins.push({ pinKind: 'bind', key, mountPoint: mount.mountPoint, mountNamespace });
    if (!discovery.namespaces.has(key)) {
      discovery.namespaces.set(key, { key, kind, inode, foundBy: ['listed binds'] });
    }
  }
  return pins;
}

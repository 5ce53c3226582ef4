/** Two mount namespaces side by side, and why a mount of one is not in the other. */
import type { NamespaceKey } from '../model/snapshot.js';
import type { Mount, MountModel, MountTable } from './mount-model.js';
import { dentryOf, isHidden, isWithin, mountAt, mountsOfDevice, mountsOfPlace } from './mount-model.js';
import { sourceWithRoot } from './mount-words.js';
import { mountsOf, peerGroup } from './peer-groups.js';

export interface MountDifference {
  mountPoint: string;
  /** What a process finds at the mount point in each; null: no mount there. */
  a: Mount | null;
  b: Mount | null;
  /** What of them differs; empty where one is missing. */
  differs: ('source' | 'fstype' | 'options' | 'propagation')[];
}

/** By mount point: the mount on top counts, for that is what is seen. */
export function mountDifferences(a: MountTable, b: MountTable): MountDifference[] {
  const inA = topmost(a);
  const inB = topmost(b);
  const points = [...new Set([...inA.keys(), ...inB.keys()])].sort();
  return points.flatMap((mountPoint) => {
    const [one, other] = [inA.get(mountPoint) ?? null, inB.get(mountPoint) ?? null];
    const differs = one && other ? differencesOf(one, other) : [];
    return one && other && differs.length === 0 ? [] : [{ mountPoint, a: one, b: other, differs }];
  });
}

function topmost(table: MountTable): Map<string, Mount> {
  return new Map(
    table.mounts
      .filter((mount) => !isHidden(table, mount))
      .map((mount) => [mount.mountPoint, mount] as const),
  );
}

function differencesOf(a: Mount, b: Mount): MountDifference['differs'] {
  const differs: MountDifference['differs'] = [];
  if (a.device !== b.device || a.root !== b.root) differs.push('source');
  if (a.filesystemType !== b.filesystemType) differs.push('fstype');
  if (a.mountOptions !== b.mountOptions) differs.push('options');
  if (a.propagation !== b.propagation) differs.push('propagation');
  return differs;
}

/** Why a mount is not seen in another namespace, or that it is. */
export interface MissingAnswer {
  verdict:
    | 'present'
    | 'hidden'
    | 'parent not shared'
    | 'receives, but was not there'
    | 'copy does not receive'
    | 'directory not there';
  sentence: string;
  /** What would make it appear; null where nothing is wrong. */
  remedy: string | null;
  /** Where it is, or where it would have to appear. */
  place: Mount | null;
}

export function whyMissing(model: MountModel, mount: Mount, other: NamespaceKey): MissingAnswer {
  const table = model.tables.get(other)!;
  const copies = mountsOfPlace(table, mount.device, mount.root);
  const seen = copies.filter((copy) => !isHidden(table, copy));
  const here = seen.find(({ mountPoint }) => mountPoint === mount.mountPoint);
  // Where its parent is mounted there it would be at another path: then that is where it is.
  const [elsewhere] = seen;
  if (here ?? (elsewhere && isExpectedAt(model, mount, elsewhere))) {
    return presentAnswer(mount, here ?? elsewhere!);
  }
  const [hidden] = copies.filter((copy) => isHidden(table, copy));
  if (hidden) return hiddenAnswer(table, hidden, elsewhere ?? null);
  const absent = absentOrRoot(model, mount, table);
  if (!elsewhere) return absent;
  // What it is mounted on is not there: a bind is the only way that it can be there.
  if (absent.verdict === 'directory not there') return presentAnswer(mount, elsewhere);
  return { ...absent, sentence: `it is there only at ${elsewhere.mountPoint}: ${absent.sentence}` };
}

/** Whether a mount of the other namespace is where the mount's own parent would have it. */
function isExpectedAt(model: MountModel, mount: Mount, copy: Mount): boolean {
  const parent = model.tables.get(mount.namespace)!.byId.get(mount.parentMountId);
  const otherParent = model.tables.get(copy.namespace)!.byId.get(copy.parentMountId);
  if (!parent || !otherParent || parent.device !== otherParent.device) return false;
  return dentryOf(parent, mount.mountPoint) === dentryOf(otherParent, copy.mountPoint);
}

const DELETED = /\/\/deleted$/;

function presentAnswer({ root }: Mount, copy: Mount): MissingAnswer {
  const isDeleted = DELETED.test(root);
  const what = isDeleted
    ? 'what it shows was deleted or replaced: the new file or directory is not seen there'
    : '';
  return {
    verdict: 'present',
    sentence: `it is there, at ${copy.mountPoint}${isDeleted ? `; ${what}` : ''}`,
    remedy: isDeleted ? `unmount ${copy.mountPoint} there and mount it again` : null,
    place: copy,
  };
}

function hiddenAnswer(table: MountTable, copy: Mount, elsewhere: Mount | null): MissingAnswer {
  const over = mountAt(table, copy.mountPoint)!;
  const also = elsewhere ? `; it is seen there at ${elsewhere.mountPoint} only` : '';
  return {
    verdict: 'hidden',
    sentence: `it is there, at ${copy.mountPoint}, but ${sourceWithRoot(over)} on ${over.mountPoint} hides it${also}`,
    remedy: `unmount ${over.mountPoint} there, or look before that was mounted`,
    place: copy,
  };
}

function absentOrRoot(model: MountModel, mount: Mount, table: MountTable): MissingAnswer {
  const parent = model.tables.get(mount.namespace)!.byId.get(mount.parentMountId);
  if (parent) return absentAnswer(model, mount, parent, table);
  return {
    verdict: 'directory not there',
    sentence: 'it is the root of its mount namespace: no event could bring it elsewhere',
    remedy: `bind mount what is needed of ${sourceWithRoot(mount)}`,
    place: null,
  };
}

function absentAnswer(model: MountModel, mount: Mount, parent: Mount, table: MountTable): MissingAnswer {
  const dentry = dentryOf(parent, mount.mountPoint);
  const receivers = parent.peerGroup === null ? [] : mountsOf(peerGroup(model, parent.peerGroup, new Set()));
  const receiver = receivers.find(
    ({ namespace, root }) => namespace === table.fact.key && isWithin(dentry, root),
  );
  const candidate =
    receiver ?? mountsOfDevice(table, parent.device).find(({ root }) => isWithin(dentry, root));
  if (!candidate) {
    return {
      verdict: 'directory not there',
      sentence: `nothing of ${sourceWithRoot(parent)}, on which it is mounted, is mounted there`,
      remedy: `bind mount ${mount.mountPoint}, or a directory above it, into the namespace (with rslave, to get later mounts too)`,
      place: null,
    };
  }
  if (receiver) {
    return {
      verdict: 'receives, but was not there',
      sentence: `${candidate.mountPoint} there does receive its mount events, so it was mounted before (and left out by a bind that was not recursive), or unmounted there later`,
      remedy: `mount it again on the side of ${mount.mountPoint}, or bind mount it in the namespace itself`,
      place: candidate,
    };
  }
  if (parent.peerGroup === null) {
    return {
      verdict: 'parent not shared',
      sentence: `it is mounted on ${parent.mountPoint}, which is ${parent.propagation}: its mount events go nowhere`,
      remedy: `make ${parent.mountPoint} shared before the namespace is made, then mount; or bind mount it into the namespace`,
      place: candidate,
    };
  }
  return {
    verdict: 'copy does not receive',
    sentence: `${candidate.mountPoint} there shows the same directory, but is ${candidate.propagation} and receives nothing of group ${parent.peerGroup}`,
    remedy:
      'a mount cannot join a peer group later: make the bind anew with rslave propagation (docker: bind-propagation=rslave)',
    place: candidate,
  };
}

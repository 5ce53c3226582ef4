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
  const [copy] = mountsOfPlace(table, mount.device, mount.root);
  if (copy) return presentAnswer(table, copy);
  const home = model.tables.get(mount.namespace)!;
  const parent = home.byId.get(mount.parentMountId);
  if (!parent) {
    return {
      verdict: 'directory not there',
      sentence: 'it is the root of its mount namespace: no event could bring it elsewhere',
      remedy: `bind mount what is needed of ${sourceWithRoot(mount)}`,
      place: null,
    };
  }
  return absentAnswer(model, mount, parent, table);
}

function presentAnswer(table: MountTable, copy: Mount): MissingAnswer {
  if (!isHidden(table, copy)) {
    const sentence = `it is there, at ${copy.mountPoint}`;
    return { verdict: 'present', sentence, remedy: null, place: copy };
  }
  const over = mountAt(table, copy.mountPoint)!;
  return {
    verdict: 'hidden',
    sentence: `it is there, at ${copy.mountPoint}, but ${sourceWithRoot(over)} on ${over.mountPoint} hides it`,
    remedy: `unmount ${over.mountPoint} there, or look before that was mounted`,
    place: copy,
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

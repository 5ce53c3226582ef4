/** Plans that change mounts: propagation, unmount, bind mount, each in a chosen mount namespace. */
import type { Mount, MountModel, MountTable } from '../analysis/mount-model.js';
import { isHidden } from '../analysis/mount-model.js';
import { impossiblePaths, uncheckedPath } from '../analysis/mount-request.js';
import type { MountRequest } from '../analysis/mount-simulator.js';
import { simulate } from '../analysis/mount-simulator.js';
import { namespaceName } from '../analysis/namespace-name.js';
import { mountsOf, peerGroup } from '../analysis/peer-groups.js';
import type { Model } from '../model/model.js';
import type { MountPath } from '../model/mount-path.js';
import { inNamespace, unreachable } from './in-namespace.js';
import { namespaceReference } from './namespace-reference.js';
import { forbidsChange } from './permission.js';
import type { MountPlace, NamespaceReference, Operation, Plan, PropagationChange, Undo } from './plan.js';
import { NEW_MOUNT } from './plan.js';

export interface MountScene {
  model: Model;
  mounts: MountModel;
}

/** Files there have devices of their own, which no mount table shows. */
const OTHER_DEVICES = /^(btrfs|overlay|fuse)/;

function placeOf({ model, mounts }: MountScene, mount: Mount): MountPlace {
  const { namespace, mountPoint, mountId, device, filesystemType } = mount;
  return {
    namespace: namespaceReference(model, namespace),
    mountPoint,
    mountId,
    device: OTHER_DEVICES.test(filesystemType) ? null : device,
    newestMount: mounts.tables.get(namespace)?.fact.newestMount ?? null,
  };
}

type MountOperation = Extract<Operation, { operation: 'set-propagation' | 'unmount' | 'bind-mount' }>;

export function commandOf(operation: MountOperation): string {
  switch (operation.operation) {
    case 'set-propagation': {
      const { place, propagation, recursive } = operation;
      const option = `--make-${recursive ? 'r' : ''}${propagation}`;
      return inNamespace(place.namespace, 'mount', option, place.mountPoint);
    }
    case 'unmount': {
      const { place, lazy } = operation;
      return inNamespace(place.namespace, 'umount', ...(lazy ? ['--lazy'] : []), place.mountPoint);
    }
    case 'bind-mount': {
      const { namespace, source, target, recursive } = operation;
      return inNamespace(namespace, 'mount', recursive ? '--rbind' : '--bind', source, target);
    }
  }
}

function blockedAt(model: Model, reference: NamespaceReference): string | null {
  return unreachable(reference) ?? forbidsChange(model, reference, 'SYS_ADMIN');
}

// ---- propagation -------------------------------------------------------------------------------------------

export function planPropagation(
  scene: MountScene,
  mount: Mount,
  propagation: PropagationChange,
  recursive: boolean,
): Plan {
  const place = placeOf(scene, mount);
  const blocked = blockedAt(scene.model, place.namespace) ?? hiddenReason(scene, mount);
  if (blocked !== null) return { ok: false, reason: blocked };
  if (!recursive && isAlready(mount, propagation)) {
    return { ok: false, reason: `${mount.mountPoint} is ${mount.propagation} already` };
  }
  const operations: MountOperation[] = [{ operation: 'set-propagation', place, propagation, recursive }];
  const touched = recursive ? subtreeOf(scene, mount) : [mount];
  return {
    ok: true,
    title: `make ${mount.mountPoint} ${recursive ? 'and all below ' : ''}${propagation}`,
    operations,
    undo: undoPropagation(scene, touched, propagation),
    commands: operations.map(commandOf),
    effects: propagationEffects(scene, mount, propagation, touched.length),
    simulated: null,
  };
}

function isAlready({ propagation }: Mount, wanted: PropagationChange): boolean {
  return propagation === wanted || (propagation === 'shared-slave' && wanted === 'shared');
}

function subtreeOf({ mounts }: MountScene, mount: Mount): Mount[] {
  const { children } = mounts.tables.get(mount.namespace)!;
  const below = (each: Mount): Mount[] => [each, ...(children.get(each.mountId) ?? []).flatMap(below)];
  return below(mount);
}

/** mount_namespaces(7), "Propagation type transitions". */
function propagationEffects(
  { model, mounts }: MountScene,
  mount: Mount,
  wanted: PropagationChange,
  count: number,
): string[] {
  const effects: string[] = count > 1 ? [`${count} mounts are changed`] : [];
  const { peerGroup: group, masterGroup: master } = mount;
  const members = group === null ? [] : mounts.groupMounts(group).members;
  const names = (list: readonly Mount[]): string =>
    [...new Set(list.map(({ namespace }) => namespaceName(model, namespace)))].slice(0, 6).join(', ');
  const others = members.filter(({ mountId }) => mountId !== mount.mountId);
  if (wanted === 'shared') {
    effects.push(
      master === null
        ? 'it becomes the only member of a new peer group: mounts made from it later, by bind or by a new namespace, join'
        : `it keeps receiving from group ${master} and becomes the first member of a new peer group`,
    );
    return effects;
  }
  if (wanted === 'slave') {
    if (others.length > 0)
      effects.push(
        `it still receives what is mounted in group ${group} (${names(others)}), and sends nothing`,
      );
    else if (group !== null && master !== null) effects.push(`it still receives from group ${master}`);
    else effects.push('nobody is left to receive from: it becomes private');
    return effects;
  }
  if (others.length > 0)
    effects.push(`it leaves group ${group}: ${names(others)} and it no longer see each other’s mounts`);
  const slaves =
    group === null
      ? []
      : mountsOf(peerGroup(mounts, group, new Set())).filter(
          ({ mountId }) => !members.some((member) => member.mountId === mountId),
        );
  if (others.length === 0 && slaves.length > 0) {
    effects.push(`${slaves.length} slaves lose their master (${names(slaves)})`);
  }
  if (master !== null) effects.push(`it no longer receives from group ${master}`);
  if (wanted === 'unbindable') effects.push('it cannot be bind mounted any more');
  if (effects.length === 0) effects.push('nothing is shared now, so nobody notices');
  return effects;
}

/** The type can be brought back, the peer group cannot: a mount never joins an existing one. */
function undoPropagation(scene: MountScene, touched: readonly Mount[], wanted: PropagationChange): Undo {
  const changed = touched.filter((mount) => !isAlready(mount, wanted));
  const lost = changed.find((mount) => !canReturn(scene, mount, wanted));
  if (lost) {
    return {
      possible: false,
      reason: `${lost.mountPoint} cannot join its peers or master again once it has left them: only a new bind mount, or a new mount namespace, would`,
    };
  }
  const operations = changed.map((mount): MountOperation => {
    const { propagation: before, masterGroup: master } = mount;
    const place = placeOf(scene, mount);
    if (before === 'slave')
      return {
        operation: 'set-propagation',
        place,
        propagation: 'slave',
        recursive: false,
        ...(master !== null && { master }),
      };
    const propagation = before === 'shared-slave' ? 'shared' : before;
    return { operation: 'set-propagation', place, propagation, recursive: false };
  });
  const isSlave = changed.some(({ propagation }) => propagation === 'slave');
  return {
    possible: true,
    operations,
    commands: operations.map(commandOf),
    note: isSlave ? 'while no other mount has joined its new peer group' : null,
  };
}

/** Whether setting the type again brings everything back, mount_namespaces(7), "Propagation type transitions". */
function canReturn(
  { mounts }: MountScene,
  { peerGroup: group, masterGroup: master }: Mount,
  wanted: PropagationChange,
): boolean {
  if (group === null) {
    // It keeps its master beside its new group, and gets rid of that group as long as it is alone in it.
    return master === null || wanted === 'shared' || wanted === 'slave';
  }
  const { members, slaves } = mounts.groupMounts(group);
  // Slaves of its own would be given to its master, or be left alone.
  if (members.length > 1 || slaves.length > 0) return false;
  // A lone slave that is shared too keeps its master.
  return master === null || wanted === 'slave';
}

function hiddenReason({ mounts }: MountScene, mount: Mount): string | null {
  if (!isHidden(mounts.tables.get(mount.namespace)!, mount)) return null;
  return `another mount lies over ${mount.mountPoint}: a path leads to that one only`;
}

// ---- unmount -----------------------------------------------------------------------------------------------

export function planUnmount(scene: MountScene, mount: Mount, lazy: boolean): Plan {
  const place = placeOf(scene, mount);
  const blocked = blockedAt(scene.model, place.namespace) ?? hiddenReason(scene, mount);
  if (blocked !== null) return { ok: false, reason: blocked };
  const simulated: MountRequest = {
    operation: lazy ? 'lazy-unmount' : 'unmount',
    namespace: mount.namespace,
    target: mount.mountPoint,
  };
  const simulation = simulate(scene.mounts, simulated);
  if (!simulation.ok) return { ok: false, reason: simulation.reason };
  const operations: MountOperation[] = [{ operation: 'unmount', place, lazy }];
  const elsewhere = simulation.vanishes.filter(({ reach }) => reach !== 'here').length;
  const effects = [
    ...(lazy ? ['what is in use stays usable for who uses it, until the last one lets go'] : []),
    ...(elsewhere > 0
      ? [
          `it vanishes from ${elsewhere === 1 ? '1 other place too, for it receives' : `${elsewhere} other places too, for they receive`} its events`,
        ]
      : []),
  ];
  return {
    ok: true,
    title: `unmount ${mount.mountPoint}${lazy ? ' lazily, with all below' : ''}`,
    operations,
    undo: undoUnmount(scene, mount, simulation.vanishes.length),
    commands: operations.map(commandOf),
    effects,
    simulated,
  };
}

/** The same directory with the same options, where a path leads to it also when the other is gone. */
function canStandIn(table: MountTable, source: Mount, lost: Mount): boolean {
  return (
    source.mountId !== lost.mountId &&
    source.device === lost.device &&
    source.root === lost.root &&
    !lost.root.endsWith('//deleted') &&
    source.mountOptions === lost.mountOptions &&
    !isHidden(table, source)
  );
}

/** A bind mount can be made again from another mount of the same directory in the same namespace. */
function undoUnmount({ mounts, model }: MountScene, mount: Mount, vanishing: number): Undo {
  const table = mounts.tables.get(mount.namespace)!;
  const source = table.mounts.find((each) => canStandIn(table, each, mount));
  if (!source || vanishing > 1 || mount.peerGroup !== null || mount.masterGroup !== null) {
    return {
      possible: false,
      reason: 'the mount would have to be made anew; a filesystem in memory is lost with its last mount',
    };
  }
  const operation: MountOperation = {
    operation: 'bind-mount',
    namespace: namespaceReference(model, mount.namespace),
    source: source.mountPoint,
    target: mount.mountPoint,
    recursive: false,
  };
  return { possible: true, operations: [operation], commands: [commandOf(operation)], note: null };
}

// ---- bind --------------------------------------------------------------------------------------------------

/** What is not known of the paths is an effect of its own. */
export function planBind(
  scene: MountScene,
  namespace: Mount['namespace'],
  sourcePath: MountPath,
  targetPath: MountPath,
  recursive: boolean,
): Plan {
  const { path: source } = sourcePath;
  const { path: target } = targetPath;
  const reference = namespaceReference(scene.model, namespace);
  const blocked =
    blockedAt(scene.model, reference) ?? impossiblePaths('bind', sourcePath, targetPath)?.reason ?? null;
  if (blocked !== null) return { ok: false, reason: blocked };
  const simulated: MountRequest = { operation: recursive ? 'rbind' : 'bind', namespace, source, target };
  const simulation = simulate(scene.mounts, simulated);
  if (!simulation.ok) return { ok: false, reason: simulation.reason };
  const operation: MountOperation = {
    operation: 'bind-mount',
    namespace: reference,
    source,
    target,
    recursive,
  };
  const place: MountPlace = { namespace: reference, mountPoint: target, mountId: NEW_MOUNT };
  const undo: MountOperation = { operation: 'unmount', place, lazy: recursive };
  const elsewhere = simulation.appears.filter(({ reach }) => reach !== 'here').length;
  return {
    ok: true,
    title: `bind ${source} to ${target}`,
    operations: [operation],
    undo: { possible: true, operations: [undo], commands: [commandOf(undo)], note: null },
    commands: [commandOf(operation)],
    effects: [
      ...(elsewhere > 0
        ? [
            `it appears in ${elsewhere === 1 ? '1 other place too, for it receives' : `${elsewhere} other places too, for they receive`} its events`,
          ]
        : []),
      ...[sourcePath, targetPath].flatMap((path) => uncheckedPath(path) ?? []),
    ],
    simulated,
  };
}

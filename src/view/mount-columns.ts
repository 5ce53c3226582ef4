import type { Model } from '../model/model.js';
import type { Mount, MountModel, MountTable } from '../analysis/mount-model.js';
import { isHidden } from '../analysis/mount-model.js';
import {
  FINDMNT_PROPAGATION,
  decodedOptions,
  mergedOptions,
  propagationWords,
  sourceWithRoot,
} from '../analysis/mount-words.js';
import { namespaceName } from '../analysis/namespace-name.js';

/** What a view of mounts looks at. */
export interface MountContext {
  model: Model;
  mounts: MountModel;
  /** Lists are shown whole: for what is printed. */
  isWhole?: boolean;
}

export type MountValue = string | number | boolean | null;

/** A column of `nsview mounts`; the name in lower case is its JSON key. Names of findmnt(8) where it has them. */
export interface MountColumn {
  name: string;
  align: 'left' | 'right';
  help: string;
  value: (context: MountContext, table: MountTable, mount: Mount) => MountValue;
  /** Where the table says more than the value. */
  text?: (context: MountContext, mount: Mount) => string;
}

export const MOUNT_COLUMNS: readonly MountColumn[] = [
  {
    name: 'TARGET',
    align: 'left',
    help: 'mount point',
    value: (_, __, { mountPoint }) => mountPoint,
  },
  {
    name: 'SOURCE',
    align: 'left',
    help: 'source, with the directory of the filesystem that is mounted where that is not its root',
    value: (_, __, mount) => sourceWithRoot(mount),
  },
  {
    name: 'FSTYPE',
    align: 'left',
    help: 'type of the filesystem',
    value: (_, __, mount) => mount.filesystemType,
  },
  {
    name: 'PROPAGATION',
    align: 'left',
    help: 'shared, slave, private, unbindable, with peer group and master group',
    value: (_, __, { propagation }) => FINDMNT_PROPAGATION[propagation],
    text: (_, mount) => propagationWords(mount),
  },
  {
    name: 'SEEN',
    align: 'right',
    help: 'mount namespaces that hold a mount of the same directory of the same filesystem',
    value: ({ mounts }, _, mount) => mounts.seenIn(mount).length,
  },
  {
    name: 'OPTIONS',
    align: 'left',
    help: 'options of mount and filesystem',
    value: (_, __, mount) => mergedOptions(mount),
  },
  { name: 'ID', align: 'right', help: 'mount id', value: (_, __, { mountId }) => mountId },
  {
    name: 'PARENT',
    align: 'right',
    help: 'id of the mount that it is mounted on',
    value: (_, __, { parentMountId }) => parentMountId,
  },
  {
    name: 'MAJ:MIN',
    align: 'right',
    help: 'device of the filesystem',
    value: (_, __, { device }) => device,
  },
  {
    name: 'FSROOT',
    align: 'left',
    help: 'directory of the filesystem that is mounted',
    value: (_, __, { root }) => root,
  },
  {
    name: 'VFS-OPTIONS',
    align: 'left',
    help: 'options of the mount',
    value: (_, __, { mountOptions }) => decodedOptions(mountOptions),
  },
  {
    name: 'FS-OPTIONS',
    align: 'left',
    help: 'options of the filesystem',
    value: (_, __, { superOptions }) => decodedOptions(superOptions),
  },
  {
    name: 'PEERGROUP',
    align: 'right',
    help: 'peer group that it shares events with',
    value: (_, __, { peerGroup }) => peerGroup,
  },
  {
    name: 'MASTER',
    align: 'right',
    help: 'peer group that it receives events from',
    value: (_, __, { masterGroup }) => masterGroup,
  },
  {
    name: 'HIDDEN',
    align: 'left',
    help: 'whether another mount lies over it, or over a directory on the way to it',
    value: (_, table, mount) => isHidden(table, mount),
  },
  {
    name: 'MNTNS',
    align: 'left',
    help: 'its mount namespace',
    value: (_, __, { namespace }) => namespace,
    text: ({ model }, { namespace }) => `${namespace} ${namespaceName(model, namespace)}`,
  },
];

export const DEFAULT_MOUNT_COLUMNS = ['TARGET', 'SOURCE', 'FSTYPE', 'PROPAGATION', 'SEEN', 'OPTIONS'];

export function mountColumn(name: string): MountColumn | undefined {
  return MOUNT_COLUMNS.find((column) => column.name === name.toUpperCase());
}

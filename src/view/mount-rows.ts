/** View 4: mount namespaces, and in each the tree of its mounts. */
import { counted } from '../model/text.js';
import type { Model } from '../model/model.js';
import type { NamespaceKey } from '../model/snapshot.js';
import type { Mount, MountModel, MountTable } from '../analysis/mount-model.js';
import { isHidden } from '../analysis/mount-model.js';
import { mergedOptions, propagationWords, sourceWithRoot } from '../analysis/mount-words.js';
import { hostFirst } from '../analysis/namespace-name.js';
import { clean } from './clean.js';
import type { Role } from './line.js';
import { span } from './line.js';
import type { MountContext } from './mount-columns.js';
import { PROPAGATION_ROLES } from './mount-lines.js';
import { tableProblems } from './mount-tabs.js';
import type { RowColumn } from './row-columns.js';
import type { RowNode } from './row-node.js';
import { NO_CHILDREN, once } from './row-node.js';
import { namespaceIdentity } from './row-trees.js';

/** Identity of a mount: ids are used again after an unmount, often at once and for the same filesystem. */
export function mountRowId({ namespace, mountId, device, root, mountPoint }: Mount): string {
  return `m${namespace}/${mountId}/${device}${root} ${mountPoint}`;
}

export function mountNamespaceRowId(key: NamespaceKey): string {
  return `M${key}`;
}

/** Host first, then by name; `open` stands unfolded. */
export function mountRows(model: Model, mounts: MountModel, open: NamespaceKey | undefined): RowNode[] {
  const context = { model, mounts };
  const keys = [...model.namespaces.values()].flatMap(({ fact }) => (fact.kind === 'mnt' ? [fact.key] : []));
  const named = hostFirst(model, keys, model.host.mnt);
  return named.map(({ key, name, isHost }) => tableRow(context, key, name, isHost, key === open));
}

function tableRow(
  context: MountContext,
  key: NamespaceKey,
  name: string,
  isHost: boolean,
  isOpen: boolean,
): RowNode {
  const table = context.mounts.tables.get(key);
  const problems = table ? tableProblems(context, key) : [];
  const process = context.model.namespaces.get(key)?.processes[0];
  const who = process && !isHost ? `${process.pid} ${process.details?.comm ?? ''}` : '';
  return {
    rowId: mountNamespaceRowId(key),
    identity: namespaceIdentity(context.model.namespaces.get(key)?.fact),
    rowKind: 'namespace',
    title: clean(name),
    role: isHost ? 'strong' : 'mnt',
    key,
    process,
    held: '',
    note: clean(
      [table ? counted(table.count, 'mount') : 'not readable (yet)', who, ...problems]
        .filter(Boolean)
        .join('; '),
    ),
    isProblem: problems.length > 0,
    isWide: true,
    expanded: isOpen,
    children: table ? once(() => table.tops.map((mount) => mountRow(table, mount, isHost))) : NO_CHILDREN,
    hasChildren: table !== undefined && table.count > 0,
    ofHost: isHost,
  };
}

function mountRow(table: MountTable, mount: Mount, isHost: boolean): RowNode {
  const children = table.children.get(mount.mountId) ?? [];
  const isBroken = mount.root.endsWith('//deleted');
  return {
    rowId: mountRowId(mount),
    rowKind: 'mount',
    title: clean(mount.mountPoint),
    role: 'text',
    mount,
    held: '',
    isProblem: isBroken,
    expanded: children.length > 0,
    children:
      children.length > 0 ? once(() => children.map((child) => mountRow(table, child, isHost))) : NO_CHILDREN,
    hasChildren: children.length > 0,
    ofHost: isHost,
  };
}

function flags(mounts: MountModel, mount: Mount): string {
  const table = mounts.tables.get(mount.namespace);
  const words = [mergedOptions(mount)];
  if (table && isHidden(table, mount)) words.unshift('HIDDEN');
  if (mount.root.endsWith('//deleted')) words.unshift('DELETED');
  return words.join(',');
}

/** `seen in` is counted over all tables, so the columns are made for a model. */
export function mountRowColumns(mounts: MountModel): readonly RowColumn[] {
  const cell = (text: (mount: Mount) => string, role: (mount: Mount) => Role): RowColumn['cell'] => {
    return (_, { mount }) => (mount ? span(clean(text(mount)), role(mount)) : span(''));
  };
  const dim = (): Role => 'dim';
  return [
    {
      name: 'MOUNT POINT',
      width: 24,
      maximumWidth: 52,
      align: 'left',
      help: 'mount namespaces, and in each the tree of its mounts',
      isPath: true,
      cell: (_, { title, role }) => span(title, role),
      sortKey: (_, { title }) => title,
    },
    {
      name: 'SOURCE',
      width: 12,
      expendable: 1,
      maximumWidth: 34,
      align: 'left',
      help: 'source [directory of the filesystem]',
      cell: cell(sourceWithRoot, () => 'text'),
      sortKey: (_, { mount }) => (mount ? sourceWithRoot(mount) : ''),
    },
    {
      name: 'FS',
      width: 6,
      expendable: 2,
      maximumWidth: 10,
      align: 'left',
      help: 'type of the filesystem',
      cell: cell(({ filesystemType }) => filesystemType, dim),
      sortKey: (_, { mount }) => mount?.filesystemType ?? '',
    },
    {
      name: 'PROPAGATION',
      width: 13,
      maximumWidth: 30,
      align: 'left',
      help: 'shared with its peer group, slave <- master group, private, unbindable',
      cell: cell(propagationWords, ({ propagation }) => PROPAGATION_ROLES[propagation]),
      sortKey: (_, { mount }) => mount?.propagation ?? '',
    },
    {
      name: 'SEEN',
      width: 5,
      expendable: 1.5,
      align: 'right',
      help: 'mount namespaces in which the same directory of the same filesystem is mounted',
      cell: (_, { mount }) => {
        const count = mount ? mounts.seenIn(mount).length : 0;
        return mount ? span(`${count} ns`, count > 1 ? 'accent' : 'dim') : span('');
      },
      sortKey: (_, { mount }) => (mount ? mounts.seenIn(mount).length : 0),
    },
    {
      name: 'FLAGS',
      width: 0,
      align: 'left',
      help: 'HIDDEN by another mount, DELETED directory, options',
      cell: (_, { mount, note, isProblem }) => {
        if (!mount) return span(note ?? '', isProblem === true ? 'warn' : 'dim');
        const text = flags(mounts, mount);
        return span(clean(text), /^[A-Z]/.test(text) ? 'warn' : 'dim');
      },
      sortKey: (_, { mount }) => (mount ? flags(mounts, mount) : ''),
    },
  ];
}

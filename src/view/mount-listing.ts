/** `nsview mounts`: the mounts of a namespace as a table, a tree, our JSON and findmnt's JSON. */
import type { Mount, MountTable } from '../analysis/mount-model.js';
import { FINDMNT_PROPAGATION, mergedOptions, sourceWithRoot } from '../analysis/mount-words.js';
import { clean } from './clean.js';
import type { MountColumn, MountContext, MountValue } from './mount-columns.js';
import type { TreeGlyphs } from './namespace-listing.js';
import type { TableOptions } from './text-table.js';
import { renderTable } from './text-table.js';
import { fitText } from './text-width.js';

interface ListedMount {
  mount: Mount;
  branch: string;
}

function treeOrder(table: MountTable, glyphs: TreeGlyphs): ListedMount[] {
  const listed: ListedMount[] = [];
  const add = (mount: Mount, own: string, below: string): void => {
    listed.push({ mount, branch: own });
    const children = table.children.get(mount.mountId) ?? [];
    children.forEach((child, at) => {
      const isLast = at === children.length - 1;
      add(child, below + (isLast ? glyphs.corner : glyphs.tee), below + (isLast ? glyphs.gap : glyphs.bar));
    });
  };
  for (const top of table.tops) add(top, '', '');
  return listed;
}

function cellText(value: MountValue): string {
  if (value === null) return '-';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return clean(String(value));
}

export function renderMounts(
  context: MountContext,
  table: MountTable,
  columns: readonly MountColumn[],
  glyphs: TreeGlyphs | null,
  options: TableOptions,
): string[] {
  const listed = glyphs ? treeOrder(table, glyphs) : table.mounts.map((mount) => ({ mount, branch: '' }));
  const rows = listed.map(({ mount, branch }) =>
    columns.map((column) => {
      const text = column.text
        ? clean(column.text(context, mount))
        : cellText(column.value(context, table, mount));
      return column.name === 'TARGET' && !options.raw ? branch + text : text;
    }),
  );
  fitTarget(columns, rows, options);
  const heads = columns.map(({ name, align }) => ({ heading: name, align }));
  return renderTable(heads, rows, options);
}

const TARGET_SHARE = 0.45;

/** One long mount point must not push all other columns off the terminal. */
function fitTarget(columns: readonly MountColumn[], rows: string[][], { width, raw }: TableOptions): void {
  const at = columns.findIndex(({ name }) => name === 'TARGET');
  if (width === null || raw || at < 0) return;
  const most = Math.max(24, Math.floor(width * TARGET_SHARE));
  for (const row of rows) row[at] = fitText(row[at]!, most);
}

/** Our JSON: flat, every column asked for by its lower-case name. */
export function mountsJson(
  context: MountContext,
  table: MountTable,
  columns: readonly MountColumn[],
): Record<string, MountValue>[] {
  return table.mounts.map((mount) =>
    Object.fromEntries(
      columns.map(({ name, value }) => [name.toLowerCase(), value(context, table, mount)] as const),
    ),
  );
}

/** A filesystem of `findmnt -J -o +PROPAGATION,ID,PARENT`. */
export interface FindmntEntry {
  target: string;
  /** Null where the mount has none. */
  source: string | null;
  fstype: string;
  options: string;
  propagation: string;
  id: number;
  parent: number;
  children?: FindmntEntry[];
}

/** findmnt lists what is on a mount by id, which need not be the kernel's order. */
function sortedById(mounts: readonly Mount[] | undefined): Mount[] | undefined {
  return mounts && [...mounts].sort((a, b) => a.mountId - b.mountId);
}

export function findmntJson(table: MountTable): FindmntEntry[] {
  const entry = (mount: Mount): FindmntEntry => {
    const children = sortedById(table.children.get(mount.mountId))?.map(entry);
    return {
      target: mount.mountPoint,
      source: sourceWithRoot(mount) || null,
      fstype: mount.filesystemType,
      options: mergedOptions(mount),
      propagation: FINDMNT_PROPAGATION[mount.propagation],
      id: mount.mountId,
      parent: mount.parentMountId,
      ...(children && { children }),
    };
  };
  return table.tops.map(entry);
}

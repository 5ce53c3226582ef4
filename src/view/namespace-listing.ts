import type { Model, NamespaceNode } from '../model/model.js';
import { namespaceSetOf, representativeOf } from '../model/model.js';
import type { NamespaceKey } from '../model/snapshot.js';
import { clean } from './clean.js';
import type { CellValue, NamespaceColumn } from './namespace-columns.js';
import { cellText } from './namespace-columns.js';
import type { TableOptions } from './text-table.js';
import { renderTable } from './text-table.js';

export type TreeRelation = 'process' | 'parent' | 'owner';

export interface ListedNamespace {
  node: NamespaceNode;
  depth: number;
  /** Lines of the tree to the left of it. */
  branch: string;
  children: ListedNamespace[];
}

export interface TreeGlyphs {
  tee: string;
  corner: string;
  bar: string;
  gap: string;
}

export const UNICODE_GLYPHS: TreeGlyphs = { tee: '├─', corner: '└─', bar: '│ ', gap: '  ' };
export const ASCII_GLYPHS: TreeGlyphs = { tee: '|-', corner: '`-', bar: '| ', gap: '  ' };

const PARENT_OF: Record<TreeRelation, (model: Model, node: NamespaceNode) => NamespaceKey | null> = {
  parent: (_, { fact }) => fact.parent ?? null,
  owner: (_, { fact }) => (fact.kind === 'user' ? (fact.parent ?? null) : (fact.owner ?? null)),
  process: parentByProcess,
};

/** The namespace of the same kind of the nearest ancestor process that has another one. */
function parentByProcess(model: Model, node: NamespaceNode): NamespaceKey | null {
  let process = representativeOf(node);
  for (let steps = 0; process?.details && steps < 10_000; steps++) {
    const key: NamespaceKey | undefined = namespaceSetOf(model, process)[node.fact.kind];
    if (key !== undefined && key !== node.fact.key) return key;
    process = model.processes.get(process.details.ppid);
  }
  return null;
}

/** Roots with their children below; a namespace whose parent is not listed is a root. */
export function treeOf(
  model: Model,
  nodes: NamespaceNode[],
  relation: TreeRelation | null,
  glyphs: TreeGlyphs,
): ListedNamespace[] {
  const listed = new Map<NamespaceKey, ListedNamespace>();
  for (const node of nodes) listed.set(node.fact.key, { node, depth: 0, branch: '', children: [] });
  const roots: ListedNamespace[] = [];
  for (const entry of listed.values()) {
    const parentKey = relation === null ? null : PARENT_OF[relation](model, entry.node);
    const parent = parentKey === null ? undefined : listed.get(parentKey);
    if (parent && parent !== entry) parent.children.push(entry);
    else roots.push(entry);
  }
  for (const root of roots) layOut(root, 0, '', '', glyphs);
  return roots;
}

function layOut(entry: ListedNamespace, depth: number, own: string, below: string, glyphs: TreeGlyphs): void {
  entry.depth = depth;
  entry.branch = own;
  entry.children.forEach((child, at) => {
    const isLast = at === entry.children.length - 1;
    const lead = isLast ? glyphs.corner : glyphs.tee;
    layOut(child, depth + 1, below + lead, below + (isLast ? glyphs.gap : glyphs.bar), glyphs);
  });
}

export function flatten(roots: ListedNamespace[]): ListedNamespace[] {
  return roots.flatMap((root) => [root, ...flatten(root.children)]);
}

/** The tree lines stand in the COMMAND column for the process relation, as in lsns, else in the first. */
export function renderListing(
  model: Model,
  roots: ListedNamespace[],
  columns: NamespaceColumn[],
  relation: TreeRelation | null,
  options: TableOptions,
): string[] {
  const treeColumn = relation === 'process' ? columns.findIndex(({ name }) => name === 'COMMAND') : 0;
  const rows = flatten(roots).map((entry) =>
    columns.map((column, at) => {
      const text = clean(cellText(column.value(model, entry.node)));
      return at === treeColumn && !options.raw ? entry.branch + text : text;
    }),
  );
  const heads = columns.map(({ name, align }, at) => ({
    heading: name,
    align: at === treeColumn && relation !== null && relation !== 'process' ? ('left' as const) : align,
  }));
  return renderTable(heads, rows, options);
}

export type ListingJson = Record<string, CellValue | object[]>;

/** lsns's JSON: lower-case column names; `children` where a tree was asked for. */
export function listingJson(
  model: Model,
  roots: ListedNamespace[],
  columns: NamespaceColumn[],
): ListingJson[] {
  return roots.map((entry) => {
    const row: ListingJson = {};
    for (const column of columns) row[column.name.toLowerCase()] = column.value(model, entry.node);
    if (entry.children.length > 0) row['children'] = listingJson(model, entry.children, columns);
    return row;
  });
}

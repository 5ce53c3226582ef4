/** The thing under the cursor, found again in rows that came, went, folded, were sorted or arranged in another way. */
import type { Row, RowNode } from './row-node.js';

/** A thing that was chosen, and where it stood. */
export interface Chosen {
  rowId: string;
  /** As of `RowNode`. */
  identity?: string | undefined;
  /** Row ids of what it belongs to, the outermost first. */
  path: readonly string[];
  /** As it was when it was last seen; null: it was never seen. */
  node: RowNode | null;
}

/** Not one that only has the same pid, inode or number: what is not known on either side is not held against it. */
export function isSameThing(
  a: { rowId: string; identity?: string | undefined },
  b: { rowId: string; identity?: string | undefined },
): boolean {
  if (a.rowId !== b.rowId) return false;
  return a.identity === undefined || b.identity === undefined || a.identity === b.identity;
}

export function chosenRow(row: Row): Chosen {
  const path: string[] = [];
  for (let above = row.parent; above; above = above.parent) path.unshift(above.node.rowId);
  const { rowId, identity } = row.node;
  return { rowId, identity, path, node: row.node };
}

/** A thing that is known by its id only. */
export function chosenId(rowId: string): Chosen {
  return { rowId, path: [], node: null };
}

/** Its row; a process stands under each of its namespaces: then that under the same one is meant. -1: not shown. */
export function findRow(rows: readonly Row[], wanted: Chosen): number {
  const parent = wanted.path.at(-1);
  let found = -1;
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at]!;
    if (!isSameThing(row.node, wanted)) continue;
    if (row.parent?.node.rowId === parent) return at;
    if (found < 0) found = at;
  }
  return found;
}

/** The innermost of these that is shown; -1: none. */
export function findVisibleAncestor(rows: readonly Row[], path: readonly string[]): number {
  for (const rowId of [...path].reverse()) {
    const at = rows.findIndex(({ node }) => node.rowId === rowId);
    if (at >= 0) return at;
  }
  return -1;
}

/** Where in the whole tree, shown or not, the first node is that fits; null: nowhere. `enters`: whose children count. */
export function locate(
  roots: readonly RowNode[],
  fits: (node: RowNode) => boolean,
  enters: (node: RowNode) => boolean = () => true,
): Chosen | null {
  const path: string[] = [];
  const visit = (nodes: readonly RowNode[]): Chosen | null => {
    for (const node of nodes) {
      if (fits(node)) return { rowId: node.rowId, identity: node.identity, path: [...path], node };
      if (!node.hasChildren || !enters(node)) continue;
      path.push(node.rowId);
      const found = visit(node.children());
      if (found) return found;
      path.pop();
    }
    return null;
  };
  return visit(roots);
}

/** The thing itself; a mount never leaves its namespace, so that the tables of others need not be parsed. */
export function locateThing(roots: readonly RowNode[], wanted: Chosen): Chosen | null {
  const namespace = wanted.node?.mount?.namespace;
  return locate(
    roots,
    (node) => isSameThing(node, wanted),
    ({ rowKind, key }) => namespace === undefined || rowKind !== 'namespace' || key === namespace,
  );
}

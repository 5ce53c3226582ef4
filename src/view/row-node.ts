import type { IpcObject } from '../analysis/interior-model.js';
import type { Mount } from '../analysis/mount-model.js';
import type { Link } from '../analysis/network-model.js';
import type { Socket } from '../analysis/socket-model.js';
import type { NamespaceKind } from '../model/namespace-kind.js';
import type { NamespaceKey, ProcessFact } from '../model/snapshot.js';
import type { Role } from './line.js';

/** A thing in a list or tree. Children are made only when they are looked at: there may be 100,000. */
export interface RowNode {
  /** Names the thing, not its place: the cursor follows it. */
  rowId: string;
  /**
   * What tells it from another thing that gets the same id later (a pid, an inode number is used again); undefined:
   * not known.
   */
  identity?: string | undefined;
  rowKind: 'host' | 'group' | 'process' | 'namespace' | 'mount' | 'link' | 'socket' | 'ipc' | 'note';
  title: string;
  role: Role;
  process?: ProcessFact | undefined;
  key?: NamespaceKey | undefined;
  /** Index of the namespace set that stands for it in the matrix of kinds. */
  namespaceSet?: number | undefined;
  mount?: Mount | undefined;
  link?: Link | undefined;
  socket?: Socket | undefined;
  ipc?: IpcObject | undefined;
  /** A name under /run/netns that leads nowhere. */
  brokenName?: string;
  /** A section for all namespaces of a kind. */
  kind?: NamespaceKind | undefined;
  /** What is said beside it where a column has room. */
  note?: string;
  /** Its note takes all columns after the first: they have nothing to say of it. */
  isWide?: true;
  /** Where the namespace's own problems are not the point. */
  isProblem?: boolean;
  /** Member count or what holds it, for the HELD column. */
  held: string;
  expanded: boolean;
  children: () => readonly RowNode[];
  hasChildren: boolean;
  /** All of it belongs to the host: `H` hides it. */
  ofHost: boolean;
}

/** A row of the list as it stands: a node at a depth. */
export interface Row {
  node: RowNode;
  /** What it stands under; null: nothing. */
  parent: Row | null;
  depth: number;
  expanded: boolean;
  /** Only here because something below it is: an ancestor that the filter kept. */
  isContext: boolean;
}

const NONE: readonly RowNode[] = [];

/** One function for all leaves: a closure for each of thousands would be megabytes. */
export const NO_CHILDREN = (): readonly RowNode[] => NONE;

export function once<T>(make: () => T): () => T {
  let made: { value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}

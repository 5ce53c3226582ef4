import type { Model } from '../model/model.js';
import type { Mount } from '../analysis/mount-model.js';
import type { FilterSubject, FilterTest } from '../analysis/filter.js';
import { searchText } from '../analysis/filter.js';
import { socketText } from '../analysis/socket-model.js';
import type { Link } from '../analysis/network-model.js';
import { problemsOf } from '../analysis/problems.js';
import { whyAlive } from '../analysis/why-alive.js';
import { addressWords, linkKind } from './network-words.js';
import type { RowColumn } from './row-columns.js';
import type { Row, RowNode } from './row-node.js';

export interface RowListOptions {
  /** Nodes that stand otherwise than they would at first. */
  folds: ReadonlyMap<string, boolean>;
  /**
   * All others unfolded, or the outermost folded, those too that come later; null: as each stands at first. What is
   * below a folded one is out of sight anyway, and stands as at first when it is unfolded again.
   */
  everyFold: boolean | null;
  filter: FilterTest | null;
  problemsOnly: boolean;
  hideHost: boolean;
  sort: { column: RowColumn; descending: boolean } | null;
}

/** A filter or problem search looks at all nodes: what is under them counts, whether unfolded or not. */
function matches(model: Model, node: RowNode, options: RowListOptions): boolean {
  if (options.hideHost && node.ofHost) return false;
  if (options.problemsOnly && !isProblem(model, node)) return false;
  if (!options.filter) return true;
  if (node.rowKind === 'host' || (node.rowKind === 'group' && node.ofHost)) return false;
  return options.filter(model, filterSubject(node, model));
}

/** What a plain word is looked for in. */
export function mountText({ mountPoint, source, root, filesystemType, device }: Mount): string {
  return `${mountPoint} ${source} ${root} ${filesystemType} ${device}`;
}

export function linkText(link: Link): string {
  const { fact } = link;
  const words = [fact.name, ...fact.alternativeNames, linkKind(fact), fact.address, addressWords(link)];
  return words.join(' ');
}

/** What is under the cursor, in words that a search looks through. */
export function nodeText(
  model: Model,
  { title, note = '', mount, link, socket, process, key }: RowNode,
): string {
  const own = socket
    ? socketText(model, socket)
    : mount
      ? mountText(mount)
      : link
        ? linkText(link)
        : searchText(model, { process, key });
  return `${title} ${note} ${own}`;
}

function filterSubject(
  { rowKind, key, process, title, mount, link, socket }: RowNode,
  model: Model,
): FilterSubject {
  if (rowKind === 'namespace') return { key, process };
  if (rowKind === 'note') return { key, text: title };
  if (socket) return { key: socket.namespace, process, text: socketText(model, socket) };
  if (link) return { key: link.namespace, text: linkText(link) };
  if (mount) return { key: mount.namespace, text: mountText(mount) };
  return { process };
}

function isProblem(model: Model, node: RowNode): boolean {
  if (node.isProblem !== undefined) return node.isProblem;
  if (node.key !== undefined) return problemsOf(model, node.key).length > 0;
  if (node.rowKind !== 'process' || !node.process) return false;
  const set = model.snapshot.namespaceSets[node.process.namespaceSet] ?? {};
  return Object.values(set).some(
    (key) => problemsOf(model, key).length > 0 && whyAlive(model, key).length > 0,
  );
}

function sorted(model: Model, nodes: readonly RowNode[], { sort }: RowListOptions): readonly RowNode[] {
  const sortKey = sort?.column.sortKey;
  if (!sortKey) return nodes;
  const keyed = nodes.map((node) => [sortKey(model, node), node] as const);
  const direction = sort.descending ? -1 : 1;
  keyed.sort(([a], [b]) => (a < b ? -direction : a > b ? direction : 0));
  return keyed.map(([, node]) => node);
}

/** The rows that a list shows, top to bottom; ancestors of what a filter lets through are kept. */
export function listRows(model: Model, roots: readonly RowNode[], options: RowListOptions): Row[] {
  const rows: Row[] = [];
  const narrowed = options.filter !== null || options.problemsOnly || options.hideHost;
  for (const node of sorted(model, roots, options)) appendRow(model, node, null, options, narrowed, rows);
  return rows;
}

function standsUnfolded(node: RowNode, depth: number, { everyFold }: RowListOptions): boolean {
  if (everyFold === true) return true;
  return everyFold === false && depth === 0 ? false : node.expanded;
}

/** Whether something in a namespace fits by its own words, not only by those of the namespace that it is in. */
function holdsOwnMatch(model: Model, node: RowNode, filter: FilterTest): boolean {
  return node.children().some((child) => {
    const { text } = filterSubject(child, model);
    const isOwn = text !== undefined && filter(model, { text });
    return isOwn || (child.hasChildren && holdsOwnMatch(model, child, filter));
  });
}

/** What a search finds is shown: below what does not fit itself, and inside of namespaces that do. */
function opensForSearch(model: Model, node: RowNode, isMatch: boolean, options: RowListOptions): boolean {
  if (options.filter === null && !options.problemsOnly) return false;
  if (!isMatch) return true;
  return (
    options.filter !== null && node.rowKind === 'namespace' && holdsOwnMatch(model, node, options.filter)
  );
}

/** Appends a node and what shows below it; whether anything was appended. */
function appendRow(
  model: Model,
  node: RowNode,
  parent: Row | null,
  options: RowListOptions,
  narrowed: boolean,
  rows: Row[],
): boolean {
  const depth = parent ? parent.depth + 1 : 0;
  const isMatch = !narrowed || matches(model, node, options);
  const expanded =
    options.folds.get(node.rowId) ??
    (standsUnfolded(node, depth, options) || opensForSearch(model, node, isMatch, options));
  const row: Row = { node, parent, depth, expanded: expanded && node.hasChildren, isContext: !isMatch };
  const at = rows.push(row);
  // Under a filter folded nodes are looked into as well, but only to learn whether they must be kept.
  if (node.hasChildren && (expanded || (narrowed && !isMatch))) {
    for (const child of sorted(model, node.children(), options)) {
      appendRow(model, child, row, options, narrowed, rows);
    }
  }
  const hasMatchBelow = rows.length > at;
  if (!isMatch && !hasMatchBelow) {
    rows.pop();
    return false;
  }
  if (!expanded) rows.length = at;
  return true;
}

/** The undo of a plan after a run: it means what the run made and moved, not whatever has those names later. */
import type {
  LinkPlace,
  MadeNamespace,
  NetnsPlace,
  Operation,
  Outcome,
  SeenLink,
  SeenNamespace,
  Undo,
} from './plan.js';
import { NEW_MOUNT } from './plan.js';

/** The namespace of a place in one word. */
export function netnsWord(place: NetnsPlace): string {
  return 'made' in place ? place.made : place.key;
}

export function isLinkPlace(value: object): value is LinkPlace {
  return 'netns' in value && 'name' in value && 'ifindex' in value;
}

/** Calls back with every interface that an operation names. */
export function forEachLink(value: unknown, look: (place: LinkPlace) => void): void {
  if (typeof value !== 'object' || value === null) return;
  if (isLinkPlace(value)) look(value);
  else for (const each of Object.values(value)) forEachLink(each, look);
}

/** A copy of plain data in which some records are others. */
function mapRecords(value: unknown, change: (record: object) => object): unknown {
  if (Array.isArray(value)) return value.map((each) => mapRecords(each, change));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, each]) => [name, mapRecords(each, change)] as const);
  return change(Object.fromEntries(entries));
}

function withLink(place: LinkPlace, links: readonly SeenLink[]): LinkPlace {
  if (place.ifindex !== null) return place;
  const seen = links.find(({ netns, name }) => netns === netnsWord(place.netns) && name === place.name);
  return seen ? { ...place, ifindex: seen.ifindex } : place;
}

function withNamespace(place: MadeNamespace, namespaces: readonly SeenNamespace[]): MadeNamespace {
  const seen = namespaces.find(({ made }) => made === place.made);
  return seen ? { ...place, key: seen.key, namespaceId: seen.namespaceId } : place;
}

function meant(operation: Operation, { links = [], namespaces = [] }: Outcome): Operation {
  const changed = mapRecords(operation, (record) => {
    if (isLinkPlace(record)) return withLink(record, links);
    if ('made' in record) return withNamespace(record as MadeNamespace, namespaces);
    return record;
  }) as Operation;
  if (changed.operation !== 'netns-remove-name' || changed.of !== undefined) return changed;
  const seen = namespaces.find(({ made }) => made === changed.name);
  return seen ? { ...changed, of: { key: seen.key, namespaceId: seen.namespaceId } } : changed;
}

/** The undo with the ids of what the run made. */
export function undoAfter(undo: Undo, outcome: Outcome): Undo {
  if (!undo.possible) return undo;
  const at = outcome.mountIds.findIndex((id) => id !== null && id >= 0);
  const made = { mountId: outcome.mountIds[at] ?? NEW_MOUNT, uniqueId: outcome.uniqueMountIds?.[at] ?? null };
  const operations = undo.operations.map((operation): Operation => {
    if (operation.operation !== 'unmount') return meant(operation, outcome);
    if (operation.place.mountId !== NEW_MOUNT) return operation;
    return { ...operation, place: { ...operation.place, ...made } };
  });
  return { ...undo, operations };
}

/** The same operation, where some interfaces have another number by then. */
export function renumbered<O extends Operation>(operation: O, isNew: (place: LinkPlace) => boolean): O {
  return mapRecords(operation, (record) =>
    isLinkPlace(record) && isNew(record) ? { ...record, ifindex: null } : record,
  ) as O;
}

/** The same operation for an interface that has another number by then: known by its hardware address. */
export function loosened<O extends Operation>(operation: O): O {
  return renumbered(operation, () => true);
}

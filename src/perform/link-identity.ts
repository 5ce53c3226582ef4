/** Which interface a step means: the one that the plan was made for, or that the same run made, moved or renamed. */
import type { LinkPlace, NetnsPlace, Operation, SeenLink, SeenNamespace } from '../actions/plan.js';
import { forEachLink, netnsWord } from '../actions/undo.js';
import { errnoName } from '../kernel/errno.js';
import * as links from '../kernel/link-changes.js';
import type { LinkFact } from '../model/network-table.js';
import type { NetnsTravel } from './netns-travel.js';
import { Refused } from './refused.js';

/** By namespace and name. A thread carries out one run. */
const numbers = new Map<string, number>();
export const madeNamespaces = new Map<string, SeenNamespace>();

const wordOf = (netns: NetnsPlace, name: string): string => `${netnsWord(netns)} ${name}`;

function isSame({ netns, name, ifindex, hardwareAddress }: LinkPlace, found: LinkFact): boolean {
  const number = ifindex ?? numbers.get(wordOf(netns, name)) ?? found.ifindex;
  return number === found.ifindex && (hardwareAddress === undefined || hardwareAddress === found.address);
}

/** The number of an interface in the namespace that we are in; it must be the one that was chosen. */
export function ifindexOf(place: LinkPlace): number {
  const found = links.findLink(place.name);
  if (links.isLinkRefusal(found))
    throw new Refused(`there is no interface ${place.name} any more: ${errnoName(found.errno)}`);
  if (!isSame(place, found)) throw new Refused(`${place.name} is another interface by now: nothing was done`);
  return found.ifindex;
}

/** Every interface that the operation names, also in a script or a route. */
export function checkLinks(travel: NetnsTravel, operation: Operation): void {
  forEachLink(operation, (place) => travel.inside(place.netns, () => ifindexOf(place)));
}

/** What has just come to a namespace, or has another name there: later steps mean that one. Inside of it. */
export function noteLink(netns: NetnsPlace, name: string): void {
  const found = links.findLink(name);
  if (!links.isLinkRefusal(found)) numbers.set(wordOf(netns, name), found.ifindex);
}

/** All that the run made, moved and renamed, and that is still there; for the undo of it. */
export function seenLinks(travel: NetnsTravel, operations: readonly Operation[]): SeenLink[] {
  const places = new Map<string, LinkPlace>();
  for (const operation of operations) {
    forEachLink(operation, (place) => places.set(wordOf(place.netns, place.name), place));
    for (const place of arrivals(operation)) places.set(wordOf(place.netns, place.name), place);
  }
  return [...places.values()].flatMap(({ netns, name }) => {
    if (!numbers.has(wordOf(netns, name))) return [];
    const found = travel.inside(netns, () => links.findLink(name));
    return links.isLinkRefusal(found)
      ? []
      : [{ netns: netnsWord(netns), name, ifindex: found.ifindex, hardwareAddress: found.address }];
  });
}

/** Where an operation leaves an interface. */
export function arrivals(operation: Operation): LinkPlace[] {
  const place = (netns: NetnsPlace, name: string): LinkPlace => ({ netns, name, ifindex: null });
  switch (operation.operation) {
    case 'link-add': {
      const { netns, name, options } = operation;
      const own = place(netns, name);
      return options.kind === 'veth' ? [own, place(options.peerNetns ?? netns, options.peerName)] : [own];
    }
    case 'link-move':
      return [place(operation.to, operation.newName ?? operation.link.name)];
    case 'wiphy-move':
      return [place(operation.to, operation.link.name)];
    case 'link-rename':
      return [place(operation.link.netns, operation.newName)];
    default:
      return [];
  }
}

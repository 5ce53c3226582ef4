/** How an interface that is deleted is made again, with all that went along: the undo of a deletion. */
import { singleFarEnd } from '../analysis/network-model.js';
import type { Link } from '../analysis/network-model.js';
import type { LinkTraits } from '../model/network-table.js';
import { aliasAgain, restore } from './link-state.js';
import { neverBack } from './left-behind.js';
import { blocked, linkPlace, netnsPlace } from './network-steps.js';
import type { NetworkScene } from './network-steps.js';
import { MACVLAN_MODES } from './plan.js';
import { bridgeAgain, masterAgain } from './port-state.js';
import { netnsWord, renumbered } from './undo.js';
import type { LinkPlace, NetworkOperation, NewLinkOptions } from './plan.js';

export interface Rebuild {
  operations: NetworkOperation[];
  /** Why it cannot be made again; null: it can. */
  lost: string | null;
  /** What does not come back with it. */
  note: string | null;
}

interface Draft {
  operations: NetworkOperation[];
  problems: string[];
  notes: Set<string>;
  /** What is made again: by namespace and name. */
  made: Set<string>;
}

const wordOf = ({ netns, name }: LinkPlace): string => `${netnsWord(netns)} ${name}`;

/** In one go it and what stands on it: those vanish with it. */
export function rebuildLink(scene: NetworkScene, link: Link): Rebuild {
  const draft: Draft = {
    operations: [],
    problems: [],
    notes: new Set(['it gets another interface number']),
    made: new Set(),
  };
  addLink(scene, link, draft);
  const [problem] = draft.problems;
  if (problem !== undefined) return { operations: [], lost: problem, note: null };
  const operations = inPhases(draft.operations).map((each) =>
    renumbered(each, (place) => draft.made.has(wordOf(place))),
  );
  return { operations, lost: null, note: [...draft.notes].join('; ') };
}

const NEEDS_CARRIER = new Set<NetworkOperation['operation']>(['next-hop-add', 'route-add']);

/** Routes come last: next hops are refused where the other end is not up yet. */
function inPhases(operations: readonly NetworkOperation[]): NetworkOperation[] {
  const isLate = ({ operation }: NetworkOperation): boolean => NEEDS_CARRIER.has(operation);
  return [...operations.filter((each) => !isLate(each)), ...operations.filter(isLate)];
}

const NO_ADDRESS = /^(00:?)*$/;

/** A bridge takes the address of one of its ports, for as long as it is given none. */
function traitsOf({ network }: NetworkScene, link: Link): LinkTraits {
  const { address, mtu } = link.fact;
  const isTaken = network.ports(link).some(({ fact }) => fact.address === address);
  return NO_ADDRESS.test(address) || isTaken ? { mtu } : { hardwareAddress: address, mtu };
}

function placeAnew(scene: NetworkScene, link: Link): LinkPlace {
  return { ...linkPlace(scene.model, link), ifindex: null };
}

function addLink(scene: NetworkScene, link: Link, draft: Draft): void {
  const far = link.fact.kind === 'veth' ? singleFarEnd(scene.network, link) : null;
  const options = optionsOf(scene, link, far);
  if (typeof options === 'string') {
    draft.problems.push(options);
    return;
  }
  const { netns, name } = linkPlace(scene.model, link);
  draft.operations.push({
    operation: 'link-add',
    netns,
    name,
    options: { ...options, ...traitsOf(scene, link) },
  });
  const ends = far ? [link, far] : [link];
  for (const each of ends) draft.made.add(wordOf(linkPlace(scene.model, each)));
  for (const each of ends) settle(scene, each, draft);
}

/** All that it had, its ports, and the interfaces that stand on it. */
function settle(scene: NetworkScene, link: Link, draft: Draft): void {
  const { network } = scene;
  const place = placeAnew(scene, link);
  draft.operations.push(
    ...bridgeAgain(scene, link, place),
    ...aliasAgain(scene, link, place),
    ...restore(scene, link, place, { withMaster: true, isNew: true }),
  );
  for (const port of network.ports(link))
    draft.operations.push(...masterAgain(scene, port, linkPlace(scene.model, port), place));
  for (const note of neverBack(scene, link)) draft.notes.add(note);
  for (const upper of network.uppers(link)) addLink(scene, upper, draft);
}

/** What makes such an interface; text: why nothing here does. */
function optionsOf(scene: NetworkScene, link: Link, far: Link | null): NewLinkOptions | string {
  const { fact } = link;
  switch (fact.kind) {
    case 'bridge':
    case 'dummy':
      return { kind: fact.kind };
    case 'veth': {
      if (!far) return `the other end of ${fact.name} is not known`;
      const refused = blocked(scene.model, far.namespace);
      const isSame = far.namespace === link.namespace;
      const peerNetns = isSame ? null : netnsPlace(scene.model, far.namespace);
      return refused ?? { kind: 'veth', peerName: far.fact.name, peerNetns, peer: traitsOf(scene, far) };
    }
    case 'macvlan':
    case 'macvtap':
    case 'vlan':
      return optionsOnLower(scene, link);
    default:
      return `nsview cannot make ${fact.kind ?? 'hardware'} anew: ${fact.name} would be gone`;
  }
}

function optionsOnLower(
  { model, network }: NetworkScene,
  { namespace, fact }: Link,
): NewLinkOptions | string {
  const { lower, lowerNetnsid, details } = fact;
  const below = network.tables.get(namespace)?.links.find((each) => each.fact.ifindex === lower);
  if (lowerNetnsid !== null || !below) return `${fact.name} stands on an interface of another namespace`;
  const lowerLink = linkPlace(model, below);
  if (fact.kind === 'vlan')
    return details['protocol'] === '802.1ad'
      ? `nsview cannot make ${fact.name} again: its protocol is 802.1ad`
      : { kind: 'vlan', lower: below.fact.name, id: Number(details['id']), lowerLink };
  const mode = MACVLAN_MODES.find((each) => each === details['mode']);
  return mode === undefined
    ? `nsview cannot make ${fact.name} again: its mode is ${String(details['mode'])}`
    : { kind: fact.kind === 'macvtap' ? 'macvtap' : 'macvlan', lower: below.fact.name, mode, lowerLink };
}

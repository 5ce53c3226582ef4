/** Plans that move an interface to another network namespace. */
import { remainsOf } from '../analysis/link-remains.js';
import { movabilityOf } from '../analysis/movability.js';
import { namespaceName } from '../analysis/namespace-name.js';
import { wiphyOf } from '../analysis/network-model.js';
import type { Link } from '../analysis/network-model.js';
import type { NamespaceKey } from '../model/snapshot.js';
import { routesLeft } from './link-routes.js';
import { hasPortSettings } from './port-state.js';
import { alsoElsewhere, neverBack, staysThere } from './left-behind.js';
import { keptAddresses, restore } from './link-state.js';
import {
  blocked,
  linkNameProblem,
  linkPlace,
  nameTaken,
  netnsPlace,
  no,
  planOfSteps,
} from './network-steps.js';
import type { NetworkScene, Step } from './network-steps.js';
import type { LinkPlace, NetworkOperation, Plan } from './plan.js';

export interface MoveChoice {
  /** Its addresses, routes and up state go with it. */
  keep: boolean;
  /** Another name there; null: the same. */
  newName: string | null;
  /** The bridge there that it becomes a port of; null: none. */
  master: string | null;
}

/** Also an alternative name that another interface there has: no new name helps against that. */
function clashProblem(scene: NetworkScene, link: Link, to: NamespaceKey, name: string): string | null {
  const { alternativeNames, name: own } = link.fact;
  const clash = alternativeNames.find((each) => nameTaken(scene, to, each));
  if (clash !== undefined)
    return `its alternative name ${clash} is taken there: take it away first, ip link property del dev ${own} altname ${clash}`;
  if (wiphyOf(link.fact) !== null && nameTaken(scene, to, own))
    return `${own} is taken there, and a wireless interface arrives under its own name`;
  return nameTaken(scene, to, name) ? `${name} is taken there: give it another name` : null;
}

export function planMove(
  scene: NetworkScene,
  link: Link,
  to: NamespaceKey,
  { keep, newName, master }: MoveChoice,
): Plan {
  const { model } = scene;
  const { answer, reason } = movabilityOf(link.fact);
  const name = newName ?? link.fact.name;
  const problem =
    (to === link.namespace ? 'it is there already' : null) ??
    (answer === 'immovable' ? reason : null) ??
    blocked(model, link.namespace) ??
    blocked(model, to) ??
    linkNameProblem(name) ??
    clashProblem(scene, link, to, name) ??
    (master !== null && !nameTaken(scene, to, master) ? `there is no bridge ${master} there` : null);
  if (problem !== null) return no(problem);
  const from = linkPlace(model, link);
  const there: LinkPlace = { ...from, netns: netnsPlace(model, to), name, ifindex: null };
  const back: LinkPlace = { ...from, ifindex: null };
  const renamed = name === link.fact.name ? null : name;
  const phy = wiphyOf(link.fact);
  const [carry, ...rename] =
    phy === null ? [carryLink(from, there, renamed)] : carryWiphy(scene, link, phy, there, renamed);
  const again = restore(scene, link, back, { withMaster: true, isNew: false });
  const move: Step = { done: carry!.done, undo: [...carry!.undo, ...again] };
  const withoutIpv6 = remainsOf(scene.network, to).disablesIpv6 === true;
  const after: NetworkOperation[] = [
    ...(master === null ? [] : [masterThere(scene, to, there, master)]),
    ...(keep ? restore(scene, link, there, { withMaster: false, isNew: false, withoutIpv6 }) : []),
  ];
  return planOfSteps(
    `move ${link.fact.name} to ${namespaceName(model, to)}${renamed === null ? '' : ` as ${name}`}`,
    [move, ...rename, ...after.map((done): Step => ({ done, undo: [] }))],
    [
      ...moveEffects(scene, link, keep, after.length > 0),
      ...(keep ? keepEffects(scene, link, to, there, withoutIpv6) : []),
    ],
    null,
    undoNote(scene, link),
  );
}

function masterThere(
  { model, network }: NetworkScene,
  to: NamespaceKey,
  there: LinkPlace,
  master: string,
): NetworkOperation {
  const found = network.tables.get(to)?.links.find(({ fact }) => fact.name === master);
  return { operation: 'link-master', link: there, master, ...(found && { bridge: linkPlace(model, found) }) };
}

function carryLink(from: LinkPlace, there: LinkPlace, newName: string | null): Step {
  const nameBack = newName === null ? null : from.name;
  return {
    done: { operation: 'link-move', link: from, to: there.netns, newName },
    undo: [{ operation: 'link-move', link: there, to: from.netns, newName: nameBack }],
  };
}

/** By nl80211, that knows no new name: it is renamed there. Its number may be another one there. */
function carryWiphy(
  { model }: NetworkScene,
  link: Link,
  phy: number,
  place: LinkPlace,
  newName: string | null,
): Step[] {
  const from = linkPlace(model, link);
  const there: LinkPlace = { ...place, name: from.name };
  const back: NetworkOperation = { operation: 'wiphy-move', link: there, phy, to: from.netns };
  const move: Step = { done: { operation: 'wiphy-move', link: from, phy, to: place.netns }, undo: [back] };
  if (newName === null) return [move];
  const named: LinkPlace = { ...there, name: newName };
  return [
    move,
    {
      done: { operation: 'link-rename', link: there, newName },
      undo: [{ operation: 'link-rename', link: named, newName: from.name }],
    },
  ];
}

function vxlansOn({ network }: NetworkScene, link: Link): readonly Link[] {
  return network.uppers(link).filter(({ fact }) => fact.kind === 'vxlan');
}

function moveEffects(scene: NetworkScene, link: Link, keep: boolean, hasState: boolean): string[] {
  const { model, network } = scene;
  const master = network.master(link);
  const phy = wiphyOf(link.fact);
  const fellows =
    phy === null
      ? []
      : (network.tables.get(link.namespace)?.links ?? []).filter(
          (each) => each !== link && wiphyOf(each.fact) === phy,
        );
  return [
    ...fellows.map(({ fact }) => `${fact.name} goes too: it is on the same device`),
    ...(keep || !(hasState || master) ? [] : ['a move takes it down and drops its addresses and routes']),
    ...(master ? [`it is no port of ${master.fact.name} any more`] : []),
    ...(master && hasPortSettings(scene, link)
      ? [`its settings as a port of ${master.fact.name} (isolation, vlans, cost …) go with that`]
      : []),
    ...vxlansOn(scene, link).map(
      ({ fact, namespace }) =>
        `${fact.name} in ${namespaceName(model, namespace)} stands on it and is destroyed`,
    ),
    ...neverBack(scene, link),
    ...staysThere(scene, link),
  ];
}

/** What of it does not go along, and what it meets there. */
function keepEffects(
  scene: NetworkScene,
  link: Link,
  to: NamespaceKey,
  there: LinkPlace,
  withoutIpv6: boolean,
): string[] {
  const addresses = keptAddresses(link);
  const ipv6 = addresses.filter((each) => each.includes(':'));
  return [
    ...(withoutIpv6 && ipv6.length > 0
      ? [
          `${ipv6.join(', ')} cannot go along: IPv6 is disabled there (net.ipv6.conf.default.disable_ipv6 is 1)`,
        ]
      : []),
    ...routesLeft(scene, link, there),
    ...alsoElsewhere(scene, link, to, addresses),
  ];
}

function undoNote(scene: NetworkScene, link: Link): string | null {
  const notes = [
    ...vxlansOn(scene, link).map(({ fact }) => `${fact.name} does not come back`),
    ...neverBack(scene, link),
  ];
  return notes.length === 0 ? null : notes.join('; ');
}

/** What an interface is as a port of a bridge, and a bridge as such: given back after it left, or was made again. */
import { bridgeWords, defaultVlan, portWords } from '../analysis/bridge-words.js';
import { remainsOf, settingsOfLink } from '../analysis/link-remains.js';
import type { Link } from '../analysis/network-model.js';
import { linkPlace } from './network-steps.js';
import type { NetworkScene } from './network-steps.js';
import type { LinkPlace, NetworkOperation } from './plan.js';

/** PVID and untagged: what a port has by itself. */
const USUAL_FLAGS = 2 | 4;

function vlansAgain(
  { network }: NetworkScene,
  link: Link,
  place: LinkPlace,
  bridge: Link,
): NetworkOperation[] {
  const vlans = settingsOfLink(network, link)?.vlans ?? [];
  const usual = defaultVlan(settingsOfLink(network, bridge)?.kindData ?? null);
  const isUsual =
    usual === 0
      ? vlans.length === 0
      : vlans.length === 1 && vlans[0]!.vid === usual && (vlans[0]!.flags & USUAL_FLAGS) === USUAL_FLAGS;
  const isBridge = link === bridge;
  // A kernel without vlans of bridges tells none.
  return isUsual || vlans.length === 0 ? [] : [{ operation: 'bridge-vlans', link: place, isBridge, vlans }];
}

/** Entries by which a bridge forwards to it, or it by itself. */
function entriesAgain({ network }: NetworkScene, link: Link, place: LinkPlace): NetworkOperation[] {
  return remainsOf(network, link.namespace)
    .forwardingEntries.filter(({ ifindex }) => ifindex === link.fact.ifindex)
    .map(({ message }) => ({ operation: 'forwarding-add', link: place, message }));
}

function groupsAgain(
  { network }: NetworkScene,
  link: Link,
  place: LinkPlace,
  bridge: LinkPlace,
): NetworkOperation[] {
  return remainsOf(network, link.namespace)
    .groupMembers.filter(({ ifindex }) => ifindex === link.fact.ifindex)
    .map(({ message }) => ({ operation: 'group-add', link: place, bridge, message }));
}

/** A port again, with its settings. `bridgePlace`: where the bridge is another one by then. */
export function masterAgain(
  scene: NetworkScene,
  link: Link,
  place: LinkPlace,
  bridgePlace?: LinkPlace,
): NetworkOperation[] {
  const { model, network } = scene;
  const master = network.master(link);
  if (!master) return [];
  const bridge = bridgePlace ?? linkPlace(model, master);
  const data = settingsOfLink(network, link)?.portData ?? null;
  const { kind, name } = { kind: link.fact.kind, name: master.fact.name };
  const hasSettings = data !== null && portWords(data, kind).length > 0;
  return [
    { operation: 'link-master', link: place, master: name, bridge },
    ...(hasSettings ? [{ operation: 'port-settings', link: place, data, kind } as const] : []),
    ...(data === null ? [] : vlansAgain(scene, link, place, master)),
    ...entriesAgain(scene, link, place),
    ...groupsAgain(scene, link, place, bridge),
  ];
}

/** The settings of a bridge that was made again, without those of its ports. */
export function bridgeAgain(scene: NetworkScene, link: Link, place: LinkPlace): NetworkOperation[] {
  const data = settingsOfLink(scene.network, link)?.kindData ?? null;
  if (link.fact.kind !== 'bridge' || data === null) return [];
  const { kind } = link.fact;
  return [
    ...(bridgeWords(data).length > 0
      ? [{ operation: 'bridge-settings', link: place, data, kind } as const]
      : []),
    ...vlansAgain(scene, link, place, link),
  ];
}

/** What is said where a port leaves. */
export function hasPortSettings({ network }: NetworkScene, link: Link): boolean {
  const data = settingsOfLink(network, link)?.portData ?? null;
  return data !== null && portWords(data, link.fact.kind).length > 0;
}

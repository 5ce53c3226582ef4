/** Plans for the names and numbers of network namespaces. */
import type { MountedNamespace } from '../analysis/name-removal.js';
import { forecastRemoval, mountNamespaceWords } from '../analysis/name-removal.js';
import { counted } from '../model/text.js';
import { namespaceName } from '../analysis/namespace-name.js';
import type { NetnsDeletion } from '../analysis/netns-deletion.js';
import { forecastDeletion } from '../analysis/netns-deletion.js';
import type { Link } from '../analysis/network-model.js';
import { isLoopback } from '../analysis/network-model.js';
import { unseenHolders } from '../analysis/unseen-holders.js';
import type { Model } from '../model/model.js';
import type { NamespaceKey, NetnsNameFact } from '../model/snapshot.js';
import { unreachable } from './in-namespace.js';
import { namespaceReference } from './namespace-reference.js';
import { blocked, netnsNameProblem, netnsPlace, no, planOfSteps } from './network-steps.js';
import type { NetworkScene } from './network-steps.js';
import { forbidsChange } from './permission.js';
import type { HeldNamespace, NamespaceReference, NetnsPlace, NetworkOperation, Plan } from './plan.js';

export function planNetnsAdd({ model }: NetworkScene, name: string): Plan {
  const own = model.snapshot.header.observer.namespaces.net;
  const problem =
    netnsNameProblem(model, name) ??
    (own ? forbidsChange(model, namespaceReference(model, own), 'SYS_ADMIN') : null);
  if (problem !== null) return no(problem);
  const netns: NetnsPlace = { made: name };
  return planOfSteps(
    `make network namespace ${name}`,
    [
      {
        done: { operation: 'netns-add', name },
        undo: [{ operation: 'netns-remove-name', name }],
      },
      { done: { operation: 'link-up', link: { netns, name: 'lo', ifindex: null } }, undo: [] },
    ],
    [],
  );
}

export function planAttach({ model }: NetworkScene, key: NamespaceKey, name: string): Plan {
  const namespace = namespaceReference(model, key);
  const broken = brokenName(model, name);
  const problem =
    (broken ? repairProblem(model, broken) : netnsNameProblem(model, name)) ?? unreachable(namespace);
  if (problem !== null) return no(problem);
  const others = broken ? forecastRemoval(model, broken).namespaces : [];
  return planOfSteps(
    broken ? `repair the name ${name}: ${key}` : `name ${key} ${name}`,
    [
      {
        done: { operation: 'netns-attach', name, namespace, ...(broken && { onFile: true }) },
        // The file of a broken name stays: others may have mounted a namespace on it.
        undo: [
          {
            operation: 'netns-remove-name',
            name,
            of: { key, namespaceId: namespace.namespaceId },
            ...(broken && { keepFile: true }),
          },
        ],
      },
    ],
    [
      ...(broken ? [`${name} led nowhere: ${broken.reason ?? 'it is no namespace'}`] : []),
      ...others.map(
        (each) =>
          `${each.key} stays mounted on the same file in ${each.mountNamespaces
            .map((place) => mountNamespaceWords(model, place))
            .join(', ')}: removing the name later takes that mount away too`,
      ),
      'ip netns knows it then; the name keeps the namespace alive',
    ],
  );
}

/** It is mounted over what is there, so that nothing ends: but not over what is of use. */
function repairProblem(model: Model, broken: NetnsNameFact): string | null {
  if (broken.isDirectory) return `${broken.path} is a directory, not a name of a network namespace: rmdir`;
  const here = forecastRemoval(model, broken).namespaces.find(({ mountNamespaces }) =>
    mountNamespaces.includes(null),
  );
  return here ? `${here.key} is mounted on ${broken.path}: remove that name first` : null;
}

/** A file under /run/netns that is no namespace: after a reboot, or an umount(8) that left it. */
function brokenName({ snapshot }: Model, name: string): NetnsNameFact | undefined {
  return snapshot.netnsNames?.find((each) => each.name === name && each.key === null);
}

/** What leads to it when that name is gone. */
function withoutPath(reference: NamespaceReference, path: string): NamespaceReference {
  return { ...reference, paths: reference.paths.filter((each) => each !== path) };
}

/** What was not looked at may keep it all the same. */
function unseenWarnings(model: Model, key: NamespaceKey): string[] {
  return unseenHolders(model, key).map((holder) => {
    switch (holder.unseen) {
      case 'sockets':
        return 'sockets were not looked at and may keep it: --sockets does';
      case 'files':
        return 'TUN devices and open files of /proc were not looked at and may keep it';
      case 'in flight':
        return 'descriptors in flight between processes may keep it';
      case 'processes':
        return `processes that could not be looked into (${holder.count}) may keep it`;
    }
  });
}

/** The namespace that a name leads to, or null: checked again before it is removed. */
function heldBy(model: Model, { key }: NetnsNameFact): HeldNamespace | null {
  return key === null ? null : { key, namespaceId: model.namespaces.get(key)?.fact.namespaceId ?? null };
}

/** Takes a name away, also a broken one; what happens to the namespaces on its file is told. */
export function planRemoveName(scene: NetworkScene, name: string): Plan {
  const { model } = scene;
  const known = model.snapshot.netnsNames?.find((each) => each.name === name);
  if (!known) return no(`there is no name ${name}`);
  if (known.isDirectory) return no(`${known.path} is a directory, not a name of a network namespace: rmdir`);
  const { namespaces, blindSpot } = forecastRemoval(model, known);
  const ending = namespaces.filter(({ others }) => others === 0);
  const done: NetworkOperation = { operation: 'netns-remove-name', name, of: heldBy(model, known) };
  const effects = [
    ...(known.reason === null ? [] : [known.reason]),
    ...namespaces.flatMap((each) => removalEffects(scene, known, each)),
    ...(blindSpot === null ? [] : [`${blindSpot}: what is mounted on this file there ends too, unsaid`]),
  ];
  const way = known.key === null ? null : withoutPath(namespaceReference(model, known.key), known.path);
  const isWhole =
    ending.length === 0 && namespaces.length === 1 && namespaces[0]!.mountNamespaces.length === 1;
  return planOfSteps(
    removalTitle(known, ending),
    [
      {
        done,
        undo: isWhole && way ? [{ operation: 'netns-attach', name, namespace: way }] : [],
      },
    ],
    effects,
    isWhole && way ? unreachable(way) : removalLoss(namespaces, ending),
  );
}

function removalTitle({ name, key }: NetnsNameFact, ending: readonly MountedNamespace[]): string {
  const others = ending.filter((each) => each.key !== key);
  const more = others.length === 0 ? '' : `, and end ${others.map((each) => each.key).join(', ')}`;
  if (key === null) return `remove the broken name ${name}${more}`;
  return `${ending.length > others.length ? 'delete network namespace' : 'remove the name'} ${name}${more}`;
}

function removalLoss(namespaces: readonly MountedNamespace[], ending: readonly MountedNamespace[]): string {
  if (namespaces.length === 0) return 'it led nowhere';
  if (ending.length > 1) return 'the namespaces are gone with their last name';
  return ending.length === 1
    ? 'the namespace is gone with its last name'
    : 'the mounts in other mount namespaces do not come back';
}

/** What becomes of one namespace that is mounted on the file of the name. */
function removalEffects(
  scene: NetworkScene,
  { key: named }: NetnsNameFact,
  { key, mountNamespaces, others, unsure }: MountedNamespace,
): string[] {
  const { model, network } = scene;
  const elsewhere = mountNamespaces.filter((each) => each !== null);
  const places = elsewhere.map((each) => mountNamespaceWords(model, each)).join(', ');
  const where =
    key === named
      ? elsewhere.map((each) => `it is no longer mounted in ${mountNamespaceWords(model, each)} either`)
      : [
          elsewhere.length === 0
            ? `${key} is mounted on this file: the mount goes`
            : `${key} is mounted on this file in ${places}: the mount goes there too`,
        ];
  const subject = key === named ? 'the namespace' : key;
  if (others > 0) return [...where, `${subject} lives on: ${counted(others, 'other holder')} in sight`];
  return [
    ...where,
    unsure > 0
      ? `${counted(unsure, 'mount')} at the same path in other mount namespaces may keep ${subject}; else it ends`
      : `nothing else is seen to keep ${subject}: then it ends`,
    ...unseenWarnings(model, key),
    ...(key.startsWith('net:') ? fateWords(scene, forecastDeletion(model, network, key)) : []),
  ];
}

/** Which interfaces go, and where. */
function fateWords({ model }: NetworkScene, { fates, tunnels, silenced }: NetnsDeletion): string[] {
  const nameOf = ({ fact, namespace }: Link): string => `${fact.name} in ${namespaceName(model, namespace)}`;
  return [
    ...fates.flatMap(({ link, fate, newName, takesAlong, losesUnseenPeer }) => [
      ...(isLoopback(link.fact)
        ? []
        : [
            fate === 'returns'
              ? `${link.fact.name} comes back to the initial namespace as ${newName ?? link.fact.name}`
              : `${link.fact.name} is destroyed`,
          ]),
      ...takesAlong.map((each) => `${nameOf(each)} is destroyed with it`),
      ...(losesUnseenPeer ? [`the other end of ${link.fact.name}, out of sight, is destroyed with it`] : []),
    ]),
    ...tunnels.map((each) => `${nameOf(each)} is destroyed too: the namespace is where it was made`),
    ...silenced.map((each) => `${nameOf(each)} stays, but sends nothing any more: it was made here`),
  ];
}

export function planSetNetnsid(
  { model }: NetworkScene,
  from: NamespaceKey,
  target: NamespaceKey,
  netnsid: number,
): Plan {
  const problem =
    blocked(model, from) ??
    unreachable(namespaceReference(model, target)) ??
    (Number.isInteger(netnsid) && netnsid >= 0 ? null : 'a netnsid is a number from 0');
  if (problem !== null) return no(problem);
  return planOfSteps(
    `number ${namespaceName(model, target)} ${netnsid} in ${namespaceName(model, from)}`,
    [
      {
        done: {
          operation: 'netns-set-id',
          netns: netnsPlace(model, from),
          target: netnsPlace(model, target),
          netnsid,
        },
        undo: [],
      },
    ],
    [],
    'the kernel never takes a number back',
  );
}

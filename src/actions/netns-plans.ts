/** Plans for the names and numbers of network namespaces. */
import { counted } from '../model/text.js';
import { namespaceName } from '../analysis/namespace-name.js';
import { forecastDeletion } from '../analysis/netns-deletion.js';
import { isLoopback } from '../analysis/network-model.js';
import { unseenHolders } from '../analysis/unseen-holders.js';
import type { Model } from '../model/model.js';
import { OWN_COMM } from '../model/own-name.js';
import type { NamespaceKey, NetnsNameFact, Pid, PinFact } from '../model/snapshot.js';
import { unreachable } from './in-namespace.js';
import { namespaceReference } from './namespace-reference.js';
import { blocked, netnsNameProblem, netnsPlace, no, planOfSteps } from './network-steps.js';
import type { NetworkScene, Step } from './network-steps.js';
import { forbidsChange } from './permission.js';
import type { NamespaceReference, NetnsPlace, Plan } from './plan.js';

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
      { done: { operation: 'netns-add', name }, undo: [{ operation: 'netns-remove-name', name }] },
      { done: { operation: 'link-up', link: { netns, name: 'lo', ifindex: null } }, undo: [] },
    ],
    [],
  );
}

export function planAttach({ model }: NetworkScene, key: NamespaceKey, name: string): Plan {
  const namespace = namespaceReference(model, key);
  const broken = brokenName(model, name);
  const problem = (broken ? null : netnsNameProblem(model, name)) ?? unreachable(namespace);
  if (problem !== null) return no(problem);
  return planOfSteps(
    broken ? `repair the name ${name}: ${key}` : `name ${key} ${name}`,
    [
      ...(broken ? [{ done: { operation: 'netns-remove-name', name }, undo: [] } satisfies Step] : []),
      {
        done: { operation: 'netns-attach', name, namespace },
        undo: [{ operation: 'netns-remove-name', name }],
      },
    ],
    [
      ...(broken ? [`${name} led nowhere: ${broken.reason ?? 'it is no namespace'}`] : []),
      'ip netns knows it then; the name keeps the namespace alive',
    ],
  );
}

/** A file under /run/netns that is no namespace: after a reboot, or an umount(8) that left it. */
function brokenName({ snapshot }: Model, name: string): NetnsNameFact | undefined {
  return snapshot.netnsNames?.find((each) => each.name === name && each.key === null);
}

/** What leads to it when that name is gone. */
function withoutPath(reference: NamespaceReference, path: string): NamespaceReference {
  return { ...reference, paths: reference.paths.filter((each) => each !== path) };
}

/** What keeps it besides that file. Copies of the mount elsewhere go with it where they are its peers. */
function otherHolders(model: Model, key: NamespaceKey, path: string): { certain: number; copies: number } {
  const node = model.namespaces.get(key);
  if (!node) return { certain: 0, copies: 0 };
  const { processes, threads, forChildren, threadsForChildren, pins, children, owns } = node;
  // Another nsview looks into each namespace for a moment: it keeps nothing.
  const stays = ({ pid }: { pid: Pid }): boolean => model.processes.get(pid)?.details?.comm !== OWN_COMM;
  const isCopy = (pin: PinFact): boolean => pin.pinKind === 'bind' && pin.mountPoint === path;
  const own = model.snapshot.header.observer.namespaces.mnt;
  const copies = pins.filter(
    (pin) =>
      isCopy(pin) && pin.pinKind === 'bind' && pin.mountNamespace !== null && pin.mountNamespace !== own,
  );
  const others = pins.filter((pin) => !isCopy(pin) && (pin.pinKind !== 'fd' || stays(pin)));
  const members = [processes, threads, forChildren, threadsForChildren].map((list) => list.filter(stays));
  const lists = [...members, others, children, owns];
  return { certain: lists.reduce((sum, list) => sum + list.length, 0), copies: copies.length };
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

/** Takes a name away, also a broken one; what happens to the namespace is told. */
export function planRemoveName(scene: NetworkScene, name: string): Plan {
  const { model, network } = scene;
  const known = model.snapshot.netnsNames?.find((each) => each.name === name);
  if (!known) return no(`there is no name ${name}`);
  if (known.key === null) {
    return planOfSteps(
      `remove the broken name ${name}`,
      [{ done: { operation: 'netns-remove-name', name }, undo: [] }],
      [known.reason ?? ''].filter(Boolean),
      'it led nowhere',
    );
  }
  const { certain: others, copies } = otherHolders(model, known.key, known.path);
  if (others > 0) {
    const namespace = withoutPath(namespaceReference(model, known.key), known.path);
    return planOfSteps(
      `remove the name ${name}`,
      [
        {
          done: { operation: 'netns-remove-name', name },
          undo: [{ operation: 'netns-attach', name, namespace }],
        },
      ],
      [`the namespace lives on: ${others === 1 ? '1 other keeps' : `${others} others keep`} it`],
      unreachable(namespace),
    );
  }
  const { fates } = forecastDeletion(model, network, known.key);
  const effects = fates.flatMap(({ link, fate, newName, takesAlong }) => [
    ...(isLoopback(link.fact)
      ? []
      : [
          fate === 'returns'
            ? `${link.fact.name} comes back to the initial namespace as ${newName ?? link.fact.name}`
            : `${link.fact.name} dies`,
        ]),
    ...takesAlong.map((each) => `${each.fact.name} in ${namespaceName(model, each.namespace)} dies with it`),
  ]);
  return planOfSteps(
    `delete network namespace ${name}`,
    [{ done: { operation: 'netns-remove-name', name }, undo: [] }],
    [
      copies === 0
        ? 'nothing else is seen to keep it: then it ends'
        : `${counted(copies, 'copy', 'copies')} of this mount in other mount namespaces may keep it; else it ends`,
      ...unseenWarnings(model, known.key),
      ...effects,
    ],
    'the namespace is gone with its last name',
  );
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

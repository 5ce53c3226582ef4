/** Plans in network namespaces as steps: each operation with what takes it back; places, names and who may. */
import type { Link, NetworkModel } from '../analysis/network-model.js';
import { textBytes } from '../model/byte-text.js';
import type { Model } from '../model/model.js';
import type { NamespaceKey } from '../model/snapshot.js';
import { unreachable } from './in-namespace.js';
import { namespaceReference } from './namespace-reference.js';
import { networkCommand } from './network-commands.js';
import { forbidsChange } from './permission.js';
import type { LinkPlace, NetnsPlace, NetworkOperation, Plan } from './plan.js';
import { loosened } from './undo.js';

export interface NetworkScene {
  model: Model;
  network: NetworkModel;
}

/** One operation and what takes it back. */
export interface Step {
  done: NetworkOperation;
  undo: readonly NetworkOperation[];
}

export const no = (reason: string): Plan => ({ ok: false, reason });

/**
 * What rolls an undo back that fails half-way: the steps once more. A step without an undo of its own goes with the one
 * before it, and comes back with that.
 */
function redoing(steps: readonly Step[]): (readonly NetworkOperation[])[] {
  const groups: { undo: readonly NetworkOperation[]; redo: NetworkOperation[] }[] = [];
  for (const { done, undo } of steps) {
    const last = groups.at(-1);
    if (undo.length === 0 && last) last.redo.push(loosened(done));
    else groups.push({ undo, redo: [loosened(done)] });
  }
  return groups
    .reverse()
    .flatMap(({ undo, redo }) => undo.map((_, at): readonly NetworkOperation[] => (at === 0 ? redo : [])));
}

/** A plan that is done whole or not at all. `lost`: why it cannot be undone; `note`: what its undo does not bring back. */
export function planOfSteps(
  title: string,
  steps: readonly Step[],
  effects: readonly string[],
  lost: string | null = null,
  note: string | null = null,
): Plan {
  const back = [...steps].reverse().flatMap(({ undo }) => undo);
  return {
    ok: true,
    title,
    operations: steps.map(({ done }) => done),
    rollback: steps.map(({ undo }) => undo),
    commands: steps.map(({ done }) => networkCommand(done)),
    undo:
      lost === null
        ? {
            possible: true,
            operations: back,
            rollback: redoing(steps),
            commands: back.map(networkCommand),
            note,
          }
        : { possible: false, reason: lost },
    effects,
    simulated: null,
  };
}

export function netnsPlace(model: Model, key: NamespaceKey): NetnsPlace {
  return namespaceReference(model, key);
}

const NO_ADDRESS = /^(00:?)*$/;

/** A bridge takes the address of one of its ports: it is not told from others by that. */
export function linkPlace(model: Model, { namespace, fact }: Link): LinkPlace {
  const { address, kind, name, ifindex } = fact;
  const isTold = kind !== 'bridge' && !NO_ADDRESS.test(address);
  return {
    netns: netnsPlace(model, namespace),
    name,
    ifindex,
    ...(isTold && { hardwareAddress: address }),
  };
}

/** Why nothing can be changed in a network namespace; null: it can. */
export function blocked(model: Model, key: NamespaceKey): string | null {
  const reference = namespaceReference(model, key);
  return unreachable(reference) ?? forbidsChange(model, reference, 'NET_ADMIN');
}

const MAXIMUM_NAME = 15;

/** isspace() of the kernel takes the no-break space of Latin-1 for one too. */
function isForbidden(byte: number): boolean {
  return (byte >= 0x09 && byte <= 0x0d) || byte === 0x20 || byte === 0xa0 || byte === 0x2f || byte === 0x3a;
}

/** dev_valid_name() of net/core/dev.c; of a `%d` __dev_alloc_name() makes a number. */
export function linkNameProblem(name: string): string | null {
  if (name === '') return 'the interface has no name';
  const bytes = textBytes(name);
  if (bytes.length > MAXIMUM_NAME) return `"${name}" is longer than ${MAXIMUM_NAME} bytes`;
  return name === '.' || name === '..' || name.includes('%') || bytes.some(isForbidden)
    ? `"${name}" is no name for an interface`
    : null;
}

export function netnsNameProblem(model: Model, name: string): string | null {
  if (name === '' || name === '.' || name === '..' || name.includes('/'))
    return `"${name}" is no name for a network namespace`;
  const taken = model.snapshot.netnsNames?.some((each) => each.name === name) ?? false;
  return taken ? `the name ${name} is taken` : null;
}

export function nameTaken({ network }: NetworkScene, key: NamespaceKey, name: string): boolean {
  const isIt = ({ fact }: Link): boolean => fact.name === name || fact.alternativeNames.includes(name);
  return network.tables.get(key)?.links.some(isIt) ?? false;
}

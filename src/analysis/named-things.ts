/** What a name may mean: containers, names under /run/netns, mount points of namespaces, units, commands. */
import type { Model } from '../model/model.js';
import { representativeOf } from '../model/model.js';
import type { NamespaceKey, Pid } from '../model/snapshot.js';
import type { Container } from './containers.js';
import { containersOf } from './containers.js';
import { containerOf } from './container-of.js';
import { namespaceName } from './namespace-name.js';
import { namesElsewhere } from './netns-names.js';

/** One thing that a name stands for. */
export interface NamedThing {
  /** How a list of candidates calls it. */
  label: string;
  sort: 'container' | 'mount' | 'process' | 'host';
  /** Its namespaces; those of a container are its own, without the host's. */
  keys: readonly NamespaceKey[];
  /** The process that stands for it: the init of a container; null where the name leads to a namespace only. */
  pid: Pid | null;
  /** Words that tell it apart from all others. */
  operand: string;
}

/**
 * Everything that has exactly this name, id or path. Names that an engine, ip-netns(8) or a path gives come first, as
 * these programs would find them; units, commands and names mounted in other mount namespaces count where nothing
 * else is called so.
 */
export function thingsNamed(model: Model, text: string): NamedThing[] {
  const given = [
    ...containersOf(model)
      .filter(({ label }) => isCalled(label, text))
      .map(containerThing),
    ...mountedThings(model, text),
  ];
  if (given.length === 0 || text === 'host') return [...given, ...namespacesCalled(model, text)];
  // A mount of what a container has already is no second meaning.
  return given.filter(
    (thing) =>
      thing.sort !== 'mount' ||
      !given.some(({ sort, keys }) => sort === 'container' && thing.keys.every((key) => keys.includes(key))),
  );
}

const SHORT_ID = 12;

function isCalled({ engine, containerId, name }: Container['label'], text: string): boolean {
  const own = text.startsWith(`${engine}:`) ? text.slice(engine.length + 1) : text;
  return (
    own === name || own === containerId || (isHash(containerId) && own === containerId.slice(0, SHORT_ID))
  );
}

function isHash(containerId: string): boolean {
  return /^[0-9a-f]{64}$/.test(containerId);
}

function containerThing({ label, main, keys }: Container): NamedThing {
  const short = isHash(label.containerId) ? label.containerId.slice(0, SHORT_ID) : label.containerId;
  const called = label.name === short ? short : `${label.name} ${short}`;
  return {
    label: `${label.engine} container ${called} (pid ${main.pid})`,
    sort: 'container',
    keys,
    pid: main.pid,
    operand: `${label.engine}:${short}`,
  };
}

/** Containers whose id begins so; `engine:` may stand before it. */
export function containersByIdPrefix(model: Model, text: string): NamedThing[] {
  const [, engine, prefix] = /^(?:([a-z-]+):)?([0-9a-f]+)$/.exec(text) ?? [];
  if (prefix === undefined) return [];
  return containersOf(model)
    .filter(
      ({ label }) =>
        isHash(label.containerId) &&
        label.containerId.startsWith(prefix) &&
        (engine === undefined || engine === label.engine),
    )
    .map(containerThing);
}

/** Containers whose name begins so. */
export function containersByNamePrefix(model: Model, text: string): NamedThing[] {
  return containersOf(model)
    .filter(({ label }) => label.name.startsWith(text))
    .map(containerThing);
}

/** Names that ip-netns(8) knows, and mount points of namespaces by their whole path. */
function mountedThings(model: Model, text: string): NamedThing[] {
  const found = new Map<NamespaceKey, string>();
  for (const { name, path, key } of model.snapshot.netnsNames ?? []) {
    if (key !== null && (name === text || path === text)) found.set(key, path);
  }
  const elsewhere = namesElsewhere(model).get(text);
  if (elsewhere) found.set(elsewhere.key, `the file of ${text} in ${elsewhere.words}`);
  if (text.startsWith('/')) {
    const own = model.snapshot.header.observer.namespaces.mnt;
    for (const { pins } of model.namespaces.values()) {
      for (const pin of pins) {
        if (pin.pinKind !== 'bind' || pin.mountPoint !== text) continue;
        if (pin.mountNamespace === null || pin.mountNamespace === own) found.set(pin.key, pin.mountPoint);
      }
    }
  }
  return [...found].map(([key, path]) => ({
    label: `${key}, mounted on ${path}`,
    sort: 'mount',
    keys: [key],
    pid: null,
    operand: operandOfKey(key),
  }));
}

/** `net:4026532323`: no shell takes it for a pattern. */
export function operandOfKey(key: NamespaceKey): string {
  return key.replace(/[[\]]/g, '');
}

/** Namespaces that the screen calls so, by the process that gave them the name. Those of containers are the container's. */
function namespacesCalled(model: Model, text: string): NamedThing[] {
  const groups = new Map<Pid | NamespaceKey, NamespaceKey[]>();
  for (const [key, node] of model.namespaces) {
    if (namespaceName(model, key) !== text) continue;
    const process = representativeOf(node);
    if (text !== 'host' && containerOf(model, process)) continue;
    const owner = text === 'host' ? 1 : (process?.pid ?? key);
    groups.set(owner, [...(groups.get(owner) ?? []), key]);
  }
  return [...groups].map(([owner, keys]): NamedThing => {
    if (typeof owner === 'string')
      return { label: owner, sort: 'mount', keys, pid: null, operand: operandOfKey(owner) };
    const pid = model.processes.has(owner) ? owner : null;
    const isHost = text === 'host';
    return {
      label: isHost ? 'the host' : `${keys.join(', ')} of pid ${owner}`,
      sort: isHost ? 'host' : 'process',
      keys,
      pid,
      operand: isHost ? 'host' : String(owner),
    };
  });
}

/** `17@web`: the process that has a pid inside a container or pid namespace. */
import type { Model } from '../model/model.js';
import { kindOfKey } from '../model/namespace-kind.js';
import type { NamespaceKey, Pid, ProcessFact } from '../model/snapshot.js';
import { containersOf } from './containers.js';
import type { NamedThing } from './named-things.js';
import { containersByIdPrefix, containersByNamePrefix, thingsNamed } from './named-things.js';
import { namespaceName } from './namespace-name.js';
import { namespacesByEnd, namespacesByInode } from './namespace-number.js';
import { pidChain } from './pid-chain.js';

const MAXIMUM_LISTED = 8;

/** The pid namespaces, or processes, in which an inner pid is looked for. */
interface PidScope {
  label: string;
  has: (process: ProcessFact, pid: Pid) => boolean;
}

/** Its pid as we count, or a sentence. The exact name or id wins; a beginning counts where it fits one container. */
export function findInnerPid(model: Model, wanted: number, name: string): { pid: Pid } | { reason: string } {
  const exact = pidScopes(model, name);
  const scopes =
    exact.length > 0
      ? exact
      : [
          ...namespacesByEnd(model, name).flatMap((key) => namespaceScope(model, key)),
          ...byContainer(model, containersByIdPrefix(model, name)),
          ...byContainer(model, containersByNamePrefix(model, name)),
        ];
  const found = new Set<Pid>();
  for (const process of model.processes.values()) {
    if (scopes.some(({ has }) => has(process, wanted))) found.add(process.pid);
  }
  const labels = new Set(scopes.map(({ label }) => label));
  // A beginning that fits several is refused even where only one of them has such a process.
  if (found.size > 1 || (exact.length === 0 && labels.size > 1)) {
    return {
      reason: `"${name}" fits ${labels.size} things: ${[...labels].slice(0, MAXIMUM_LISTED).join('; ')}`,
    };
  }
  const [pid] = found;
  return pid === undefined ? { reason: `no process ${wanted} inside "${name}"` } : { pid };
}

function pidScopes(model: Model, name: string): PidScope[] {
  const things = thingsNamed(model, name);
  const others = things.flatMap((thing) => (thing.sort === 'container' ? [] : thing.keys));
  const keys = new Set([...namespacesByInode(model, name), ...others]);
  return [...byContainer(model, things), ...[...keys].flatMap((key) => namespaceScope(model, key))];
}

function namespaceScope(model: Model, key: NamespaceKey): PidScope[] {
  if (kindOfKey(key) !== 'pid') return [];
  return [
    {
      label: `${key} ${namespaceName(model, key)}`,
      has: (process, pid) =>
        pidChain(model, process).some((level) => level.namespace === key && level.pid === pid),
    },
  ];
}

/** Of containers without a pid namespace of their own: their processes. */
function byContainer(model: Model, things: readonly NamedThing[]): PidScope[] {
  return things.flatMap((thing) => {
    if (thing.sort !== 'container') return [];
    const key = thing.keys.find((each) => kindOfKey(each) === 'pid');
    if (key !== undefined)
      return namespaceScope(model, key).map((scope) => ({ ...scope, label: thing.label }));
    const container = containersOf(model).find(({ main }) => main.pid === thing.pid);
    const has = (process: ProcessFact, pid: Pid): boolean =>
      process.pid === pid && container?.processes.includes(process) === true;
    return [{ label: thing.label, has }];
  });
}

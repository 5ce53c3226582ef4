/** What is inside of a namespace, in a few words: one function for each kind that has some. */
import type { Model } from '../model/model.js';
import type { NamespaceKind } from '../model/namespace-kind.js';
import { kindOfKey } from '../model/namespace-kind.js';
import type { ClockOffset } from '../model/interior.js';
import type { NamespaceKey } from '../model/snapshot.js';
import type { InteriorModel, IpcObject } from '../analysis/interior-model.js';
import { ipcObjects, mainRoot, offsetSeconds } from '../analysis/interior-model.js';
import { commandOf } from '../analysis/namespace-name.js';
import { livingIn, pidNamespace } from '../analysis/pid-namespaces.js';
import { byteWords, counted } from './network-words.js';

/** The kernel's word for a domain name that was never set. */
export const NO_DOMAIN = '(none)';

export interface MoreContext {
  model: Model;
  interiors: InteriorModel;
}

const NOT_KNOWN = 'not readable (yet)';

const INSIDE_WORDS: Partial<Record<NamespaceKind, (context: MoreContext, key: NamespaceKey) => string>> = {
  pid: ({ model }, key) => {
    const { init, state } = pidNamespace(model, key);
    const living = counted(livingIn(model, key).length, 'process', 'processes');
    if (init) return `init ${init.pid} ${state === 'zombie' ? '(zombie) ' : ''}${commandOf(init)}; ${living}`;
    return state === 'dead' ? 'its init is gone' : living;
  },
  uts: ({ interiors }, key) => {
    const fact = interiors.of('uts', key);
    if (!fact) return NOT_KNOWN;
    return fact.domain === NO_DOMAIN ? fact.hostname : `${fact.hostname} domain ${fact.domain}`;
  },
  ipc: ({ interiors }, key) => {
    const fact = interiors.of('ipc', key);
    if (!fact) return NOT_KNOWN;
    const words = (['shm', 'sem', 'msg', 'mq'] as const).flatMap((kind) => {
      const some = ipcObjects(fact).filter(({ objectKind }) => objectKind === kind);
      if (some.length === 0) return [];
      return `${some.length} ${kind}${kind === 'shm' ? ` ${byteWords(sharedBytes(some))}` : ''}`;
    });
    if (fact.posixQueues === null) words.push('POSIX queues not readable');
    return words.join(', ') || 'nothing in it';
  },
  cgroup: ({ interiors }, key) => {
    const fact = interiors.of('cgroup', key);
    if (!fact) return NOT_KNOWN;
    const { memoryBytes, pids } = fact.usage;
    return [
      mainRoot(fact)?.path ?? 'root not known',
      memoryBytes === null ? '' : `mem ${byteWords(memoryBytes)}`,
      pids === null ? '' : `pids ${pids}`,
    ]
      .filter(Boolean)
      .join('  ');
  },
  time: ({ interiors }, key) => {
    const fact = interiors.of('time', key);
    if (!fact) return NOT_KNOWN;
    const { monotonic, boottime } = fact;
    if (offsetSeconds(monotonic) === 0 && offsetSeconds(boottime) === 0) return 'no offsets';
    return `monotonic ${offsetWords(monotonic)}, boottime ${offsetWords(boottime)}`;
  },
};

function sharedBytes(objects: readonly IpcObject[]): number {
  return objects.reduce((sum, object) => sum + (object.objectKind === 'shm' ? object.fact.bytes : 0), 0);
}

/** `+86400s`, `-1.5s`. */
export function offsetWords(offset: ClockOffset): string {
  const seconds = offsetSeconds(offset);
  return `${seconds < 0 ? '' : '+'}${seconds}s`;
}

/** Empty for kinds with views of their own. */
export function insideWords(context: MoreContext, key: NamespaceKey): string {
  const kind = kindOfKey(key);
  return INSIDE_WORDS[kind]?.(context, key) ?? '';
}

/** `0600`, as ls(1) and ipcs(1) write permissions. */
export function modeWords(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

/** Size, permissions and users of an object, for a column. */
export function ipcObjectWords(object: IpcObject): string {
  const mode = modeWords(object.fact.mode);
  switch (object.objectKind) {
    case 'shm': {
      const { bytes, attached, isDoomed } = object.fact;
      return `${byteWords(bytes)} ${mode} attached ${attached}${isDoomed ? ', removed when the last detaches' : ''}`;
    }
    case 'sem':
      return `${counted(object.fact.semaphores, 'semaphore')} ${mode}`;
    case 'msg':
      return `${counted(object.fact.messages, 'message')} ${byteWords(object.fact.bytes)} ${mode}`;
    case 'mq': {
      const { messages, maximumMessages } = object.fact;
      return `${messages ?? '?'} of ${maximumMessages ?? '?'} messages ${mode}`;
    }
  }
}

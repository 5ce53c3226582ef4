import { kindOfKey } from '../model/namespace-kind.js';
import type { Model, NamespaceNode } from '../model/model.js';
import { canEnter } from '../analysis/capabilities.js';
import { observerOf } from '../analysis/forecast.js';
import type { NamespaceKey, Pid, ProcessFact } from '../model/snapshot.js';
import { descriptorPath } from '../model/snapshot.js';
import type { NamespaceReference } from './plan.js';

/** Of ip-netns(8). */
const NAMES = '/run/netns/';

/** How a namespace can be reached; no path: only a walk showed it, and nobody holds it open in sight. */
export function namespaceReference(model: Model, key: NamespaceKey): NamespaceReference {
  const node = model.namespaces.get(key);
  const kind = kindOfKey(key);
  const own = model.snapshot.header.observer.namespaces;
  const binds = (node?.pins ?? []).flatMap((pin) =>
    pin.pinKind === 'bind' && pin.mountNamespace === own.mnt ? [pin.mountPoint] : [],
  );
  // A name outlives every process: a command that is copied shall work a moment later.
  const paths = binds.filter((path) => path.startsWith(NAMES));
  for (const pid of lastingMembers(model, node)) paths.push(`/proc/${pid}/ns/${kind}`);
  for (const { pid, threadId } of node?.threads.slice(0, 3) ?? [])
    paths.push(`/proc/${pid}/task/${threadId}/ns/${kind}`);
  for (const pin of node?.pins ?? []) if (pin.pinKind === 'fd') paths.push(descriptorPath(pin));
  paths.push(...binds.filter((path) => !path.startsWith(NAMES)));
  paths.push(...bindsElsewhere(model, node));
  const isOwn = Object.values(own).includes(key);
  const through = isOwn ? null : userNamespaceFirst(model, key);
  return {
    key,
    namespaceId: node?.fact.namespaceId ?? null,
    isOwn,
    paths: paths.slice(0, 6),
    ...(through !== null && { through }),
  };
}

/**
 * Mounts in other mount namespaces, through the root directories of processes there, proc_pid_root(5). A process in a
 * chroot, or with another mount on top, leads elsewhere: whoever opens one looks at what was opened.
 */
function bindsElsewhere(model: Model, node: NamespaceNode | undefined): string[] {
  const own = model.snapshot.header.observer.namespaces.mnt;
  return (node?.pins ?? []).flatMap((pin) => {
    if (pin.pinKind !== 'bind' || pin.mountNamespace === null || pin.mountNamespace === own) return [];
    const place = model.namespaces.get(pin.mountNamespace);
    const members = lastingMembers(model, place).map((pid) => `/proc/${pid}`);
    const threads = (place?.threads ?? []).map(({ pid, threadId }) => `/proc/${pid}/task/${threadId}`);
    return [...members, ...threads.slice(0, MEMBERS)].map((process) => `${process}/root${pin.mountPoint}`);
  });
}

const MEMBERS = 3;

/** Those that have been there longest: a command that is copied shall work a moment later; we ourselves come last. */
function lastingMembers(model: Model, node: NamespaceNode | undefined): Pid[] {
  const own = model.snapshot.header.observer.pid;
  const age = ({ pid, details }: ProcessFact): number =>
    pid === own ? Infinity : (details?.startTimeTicks ?? Number.MAX_SAFE_INTEGER);
  // The host's namespaces have thousands of members: one pass, no sorting of all.
  const oldest: ProcessFact[] = [];
  for (const process of node?.processes ?? []) {
    const at = oldest.findIndex((each) => age(process) < age(each));
    if (at >= 0) oldest.splice(at, 0, process);
    else oldest.push(process);
    if (oldest.length > MEMBERS) oldest.pop();
  }
  return oldest.map(({ pid }) => pid);
}

/**
 * Who may not enter it, but its owner: an ordinary user with a container of his own. The outermost that he may enter:
 * its root has all rights in those below, so one will do for a plan that works in several.
 */
function userNamespaceFirst(model: Model, key: NamespaceKey): string | null {
  const observer = observerOf(model);
  const owner = model.namespaces.get(key)?.fact.owner;
  if (!observer || !owner || canEnter(model, observer, key).allowed !== false) return null;
  let path: string | null = null;
  for (let at: NamespaceKey | null | undefined = owner; at; at = model.namespaces.get(at)?.fact.parent) {
    if (canEnter(model, observer, at).allowed !== true) break;
    const pid = model.namespaces.get(at)?.processes[0]?.pid;
    if (pid !== undefined) path = `/proc/${pid}/ns/user`;
  }
  return path;
}

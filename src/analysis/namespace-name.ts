import type { Model, NamespaceNode } from '../model/model.js';
import { representativeOf } from '../model/model.js';
import type { NamespaceKey, ProcessFact } from '../model/snapshot.js';
import { containerOf, unitOf } from './container-of.js';

/** The name that ip-netns(8) shows for a bind-mounted network namespace, or the mount point's last part. */
export function bindName(node: NamespaceNode): string | null {
  const pin = node.pins.find((candidate) => candidate.pinKind === 'bind');
  if (pin?.pinKind !== 'bind') return null;
  return pin.mountPoint.split('/').at(-1) ?? null;
}

export function commandOf(process: ProcessFact | undefined): string {
  const details = process?.details;
  if (!details) return '';
  return details.commandLine === undefined || details.commandLine === '' ? details.comm : details.commandLine;
}

/** A short name that a person knows the namespace by: host, container, name of the mount, unit, command. */
export function namespaceName(model: Model, key: NamespaceKey): string {
  const node = model.namespaces.get(key);
  if (!node) return 'out of sight';
  if (model.host[node.fact.kind] === key) return 'host';
  const process = representativeOf(node);
  const container = containerOf(model, process);
  if (container) return container.name;
  const bound = bindName(node);
  if (bound !== null) return bound;
  if (process) return unitOf(process) ?? process.details?.comm ?? `pid ${process.pid}`;
  const thread = node.threads[0];
  if (thread) return `thread ${thread.threadId}`;
  const holder = node.pins.find((pin) => pin.pinKind !== 'bind' && pin.pinKind !== 'proc');
  if (holder && 'fd' in holder) return `fd ${holder.fd} of ${holder.pid}`;
  return 'no process';
}

export function userName(model: Model, uid: number): string {
  return model.snapshot.users[String(uid)] ?? String(uid);
}

export interface NamedNamespace {
  key: NamespaceKey;
  name: string;
  isHost: boolean;
}

/** In the order of the screen: the host's first, then by name. */
export function hostFirst(
  model: Model,
  keys: readonly NamespaceKey[],
  host: NamespaceKey | undefined,
): NamedNamespace[] {
  const named = keys.map((key) => ({ key, name: namespaceName(model, key), isHost: key === host }));
  return named.sort(
    (a, b) => Number(b.isHost) - Number(a.isHost) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
  );
}

import type { Model, NamespaceNode } from '../model/model.js';
import type { DescriptorFact, HoldingFile, NamespaceKey, Pid } from '../model/snapshot.js';

/** One thing that keeps a namespace alive. `count` things of a kind, with the first of them named. */
export type Reason =
  | { reasonKind: 'initial' }
  | { reasonKind: 'processes'; pids: Pid[] }
  | { reasonKind: 'threads'; threads: { pid: Pid; threadId: Pid }[] }
  | { reasonKind: 'for children'; pids: Pid[] }
  | { reasonKind: 'threads for children'; threads: { pid: Pid; threadId: Pid }[] }
  | { reasonKind: 'fd' | 'socket'; holders: DescriptorFact[] }
  | { reasonKind: 'file'; file: HoldingFile; holders: DescriptorFact[] }
  | { reasonKind: 'bind' | 'proc mount'; mountPoint: string; mountNamespace: NamespaceKey | null }
  | { reasonKind: 'child namespaces' | 'owned namespaces'; keys: NamespaceKey[] }
  | { reasonKind: 'unknown' };

function descriptorOf({ pid, threadId, fd }: DescriptorFact): DescriptorFact {
  return { pid, ...(threadId !== undefined && { threadId }), fd };
}

function holders(node: NamespaceNode, pinKind: 'fd' | 'socket'): DescriptorFact[] {
  return node.pins.flatMap((pin) => (pin.pinKind === pinKind ? [descriptorOf(pin)] : []));
}

function fileReasons(node: NamespaceNode): Reason[] {
  const byFile = new Map<HoldingFile, DescriptorFact[]>();
  for (const pin of node.pins) {
    if (pin.pinKind !== 'file') continue;
    byFile.set(pin.file, [...(byFile.get(pin.file) ?? []), descriptorOf(pin)]);
  }
  return [...byFile].map(([file, list]) => ({ reasonKind: 'file', file, holders: list }));
}

/** Every reason in sight why the kernel keeps the namespace, strongest first; namespaces(7), "Namespace lifetime". */
export function whyAlive(model: Model, key: NamespaceKey): Reason[] {
  const node = model.namespaces.get(key);
  if (!node) return [];
  const reasons: Reason[] = [];
  if (node.initial) reasons.push({ reasonKind: 'initial' });
  const pidsOf = (list: readonly { pid: Pid }[]): Pid[] => list.map(({ pid }) => pid);
  if (node.processes.length > 0) reasons.push({ reasonKind: 'processes', pids: pidsOf(node.processes) });
  if (node.threads.length > 0) reasons.push({ reasonKind: 'threads', threads: node.threads });
  if (node.forChildren.length > 0) {
    reasons.push({ reasonKind: 'for children', pids: pidsOf(node.forChildren) });
  }
  if (node.threadsForChildren.length > 0)
    reasons.push({ reasonKind: 'threads for children', threads: node.threadsForChildren });
  for (const pin of node.pins) {
    const { pinKind } = pin;
    if (pinKind !== 'bind' && pinKind !== 'proc') continue;
    const { mountPoint, mountNamespace } = pin;
    reasons.push({ reasonKind: pinKind === 'bind' ? 'bind' : 'proc mount', mountPoint, mountNamespace });
  }
  for (const pinKind of ['fd', 'socket'] as const) {
    const list = holders(node, pinKind);
    if (list.length > 0) reasons.push({ reasonKind: pinKind, holders: list });
  }
  reasons.push(...fileReasons(node));
  if (node.children.length > 0) reasons.push({ reasonKind: 'child namespaces', keys: node.children });
  if (node.owns.length > 0) reasons.push({ reasonKind: 'owned namespaces', keys: node.owns });
  if (reasons.length === 0) reasons.push({ reasonKind: 'unknown' });
  return reasons;
}

/** Members and pins in one word, for a column: `3p`, `1t`, `bind`, `fd`, `child`. */
export function heldBy(node: NamespaceNode): string {
  if (node.processes.length > 0) return `${node.processes.length}p`;
  if (node.threads.length > 0) return `${node.threads.length}t`;
  if (node.forChildren.length + node.threadsForChildren.length > 0) return 'next child';
  const pinKinds = new Set<string>(node.pins.map((pin) => pin.pinKind));
  for (const pinKind of ['bind', 'fd', 'socket', 'file', 'proc'] as const)
    if (pinKinds.has(pinKind)) return pinKind;
  if (node.children.length > 0) return 'child';
  return node.owns.length > 0 ? 'owner' : '?';
}

/** Namespaces by number: `net:[4026532323]`, `4026532323`, or the last digits of an inode. */
import type { Model } from '../model/model.js';
import type { NamespaceKind } from '../model/namespace-kind.js';
import { NAMESPACE_KINDS } from '../model/namespace-kind.js';
import type { NamespaceKey } from '../model/snapshot.js';

const SHORTEST_INODE_END = 3;

interface WrittenInode {
  kinds: readonly NamespaceKind[];
  digits: string;
}

/** `net:[4026532323]`, `net:4026532323`, `[4026532323]`, `4026532323`. */
function writtenInode(text: string): WrittenInode | null {
  const [, kind, bracketed, bare] = /^(?:([a-z]+):)?(?:\[([0-9]+)\]|([0-9]+))$/.exec(text) ?? [];
  const digits = bracketed ?? bare;
  if (digits === undefined) return null;
  const kinds = kind === undefined ? NAMESPACE_KINDS : NAMESPACE_KINDS.filter((each) => each === kind);
  return { kinds, digits };
}

export function namespacesByInode(model: Model, text: string): NamespaceKey[] {
  const written = writtenInode(text);
  if (!written) return [];
  return [...model.namespaces.values()].flatMap(({ fact }) =>
    written.kinds.includes(fact.kind) && String(fact.inode) === written.digits ? [fact.key] : [],
  );
}

/** The last digits of an inode; brackets stand for the whole. */
export function namespacesByEnd(model: Model, text: string): NamespaceKey[] {
  const written = writtenInode(text);
  if (!written || written.digits.length < SHORTEST_INODE_END || text.includes('[')) return [];
  return [...model.namespaces.values()].flatMap(({ fact }) =>
    written.kinds.includes(fact.kind) && String(fact.inode).endsWith(written.digits) ? [fact.key] : [],
  );
}

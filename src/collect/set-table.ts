import type { LinkName } from '../model/namespace-kind.js';
import { LINK_NAMES, kindOfLink } from '../model/namespace-kind.js';
import type { NamespaceKey, NamespaceSet } from '../model/snapshot.js';
import { namespaceKey } from '../model/snapshot.js';

/**
 * The distinct combinations of namespaces, each once, as the kernel's nsproxy: thousands of processes
 * share a few of them. A scan hands in ten inodes (0: unreadable) and gets the index of their set.
 */
export class SetTable {
  private sets: NamespaceSet[] = [];
  private inodes: Float64Array[] = [];
  private readonly byHash = new Map<number, number[]>();
  private lastIndex = -1;

  /** Index of the set of these inodes, in the order of LINK_NAMES. The array may be reused afterwards. */
  intern(inodes: Float64Array): number {
    // Neighbours in the process list mostly share a container.
    if (this.lastIndex >= 0 && equal(inodes, this.inodes[this.lastIndex]!)) return this.lastIndex;
    const hash = hashOf(inodes);
    const candidates = this.byHash.get(hash);
    const known = candidates?.find((index) => equal(inodes, this.inodes[index]!));
    if (known !== undefined) return (this.lastIndex = known);
    const index = this.sets.push(setOf(inodes)) - 1;
    this.inodes.push(inodes.slice());
    if (candidates) candidates.push(index);
    else this.byHash.set(hash, [index]);
    return (this.lastIndex = index);
  }

  get(index: number): NamespaceSet {
    return this.sets[index] ?? {};
  }

  get size(): number {
    return this.sets.length;
  }

  all(): readonly NamespaceSet[] {
    return this.sets;
  }
}

function equal(a: Float64Array, b: Float64Array): boolean {
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}

function hashOf(inodes: Float64Array): number {
  let hash = 17;
  for (const inode of inodes) hash = (Math.imul(hash, 31) + inode) | 0;
  return hash;
}

function setOf(inodes: Float64Array): NamespaceSet {
  const set: Partial<Record<LinkName, NamespaceKey>> = {};
  LINK_NAMES.forEach((link, at) => {
    if (inodes[at]! > 0) set[link] = namespaceKey(kindOfLink(link), inodes[at]!);
  });
  return set;
}

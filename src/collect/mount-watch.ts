/**
 * Keeps the mount tables of a screen fresh: the one that is looked at with each refresh, the others in turn
 * within a budget of time. Only what was sent is remembered, and of that a fingerprint: the texts of hundreds
 * of namespaces would be megabytes.
 */
import { createHash } from 'node:crypto';
import type { MountTableFact, NamespaceKey } from '../model/snapshot.js';
import type { MountTablesDelta } from '../model/snapshot-delta.js';
import { mountNamespaceReaders } from './bind-mounts.js';
import type { Discovery } from './discovery.js';
import { mountNamespacesOf, readMountTable } from './mount-tables.js';

/** Milliseconds of one refresh for tables that nobody looks at. */
const BUDGET_MS = 15;
/** While some were never read: the screen waits for "seen in". */
const FIRST_BUDGET_MS = 120;

export class MountWatch {
  focus: NamespaceKey | 'any' = 'any';
  private readonly sent = new Map<NamespaceKey, string>();
  private queue: NamespaceKey[] = [];
  private isFirstRound = true;

  /** Whether some namespace was not read yet. */
  get isCatchingUp(): boolean {
    return this.isFirstRound;
  }

  /** The one under the cursor, at once; the others have their turn in `refresh`. */
  refreshFocus(discovery: Discovery): MountTablesDelta | null {
    const { focus } = this;
    if (focus === 'any' || !discovery.namespaces.has(focus)) return null;
    const table = readMountTable(discovery, focus, mountNamespaceReaders(discovery).get(focus) ?? []);
    return table && this.isNews(table) ? { changed: [table], gone: [] } : null;
  }

  refresh(discovery: Discovery): MountTablesDelta | null {
    const keys = mountNamespacesOf(discovery);
    const living = new Set(keys);
    const gone = [...this.sent.keys()].filter((key) => !living.has(key));
    for (const key of gone) this.sent.delete(key);
    const changed: MountTableFact[] = [];
    const readers = mountNamespaceReaders(discovery);
    const look = (key: NamespaceKey): void => {
      const table = readMountTable(discovery, key, readers.get(key) ?? []);
      if (table && this.isNews(table)) changed.push(table);
    };
    if (this.queue.length === 0) {
      discovery.gaps.forget('mounts');
      this.queue = [...keys];
    }
    if (this.focus !== 'any' && living.has(this.focus)) look(this.focus);
    const end = performance.now() + (this.isFirstRound ? FIRST_BUDGET_MS : BUDGET_MS);
    while (this.queue.length > 0 && performance.now() < end) {
      const key = this.queue.shift()!;
      if (living.has(key) && key !== this.focus) look(key);
    }
    if (this.queue.length === 0) this.isFirstRound = false;
    return changed.length + gone.length > 0 ? { changed, gone } : null;
  }

  private isNews(table: MountTableFact): boolean {
    const { key, mountinfo, partialRoot = '', mtab = '', newestMount = 0 } = table;
    const fingerprint = createHash('sha1')
      .update(mountinfo)
      .update(`\0${partialRoot}\0${mtab}\0${newestMount}`)
      .digest('base64');
    if (this.sent.get(key) === fingerprint) return false;
    this.sent.set(key, fingerprint);
    return true;
  }
}

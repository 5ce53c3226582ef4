/**
 * Keeps the network tables of a screen fresh: the namespace that is looked at with each refresh, the others in
 * turn within a budget of time.
 */
import type { NetworkTableFact } from '../model/network-table.js';
import type { NamespaceKey } from '../model/snapshot.js';
import type { NetworkTablesDelta } from '../model/snapshot-delta.js';
import type { Discovery } from './discovery.js';
import { namespacesOfKind } from './joined-namespaces.js';
import { readNetworkTables } from './network-tables.js';

/** Milliseconds of one refresh for tables that nobody looks at. */
const BUDGET_MS = 30;
/** While some were never read: who is at the other end of a link is only known with all of them. */
const FIRST_BUDGET_MS = 250;
/** Namespaces that are entered in one go. */
const BATCH = 8;

interface Sent {
  table: NetworkTableFact;
  fingerprint: string;
  /** Its counters were moving: it is sent once more when they stand still, so that its rates fall to zero. */
  wasMoving: boolean;
}

export class NetworkWatch {
  focus: NamespaceKey | 'any' = 'any';
  private readonly sent = new Map<NamespaceKey, Sent>();
  private queue: NamespaceKey[] = [];
  private isFirstRound = true;

  /** Whether some namespace was not read yet. */
  get isCatchingUp(): boolean {
    return this.isFirstRound;
  }

  /** Reads the one under the cursor, or ours, at once: something happened there. */
  refreshOne(discovery: Discovery, key: NamespaceKey): NetworkTablesDelta | null {
    return discovery.namespaces.has(key) ? this.deltaOf(this.read(discovery, [key]), []) : null;
  }

  refresh(discovery: Discovery): NetworkTablesDelta | null {
    const keys = namespacesOfKind(discovery, 'net');
    const living = new Set(keys);
    const gone = [...this.sent.keys()].filter((key) => !living.has(key));
    for (const key of gone) this.sent.delete(key);
    if (this.queue.length === 0) {
      discovery.gaps.forget('network');
      this.queue = [...keys];
    }
    const changed: NetworkTableFact[] = [];
    if (this.focus !== 'any' && living.has(this.focus)) changed.push(...this.read(discovery, [this.focus]));
    const end = performance.now() + (this.isFirstRound ? FIRST_BUDGET_MS : BUDGET_MS);
    while (this.queue.length > 0 && performance.now() < end) {
      const batch = this.queue.splice(0, BATCH).filter((key) => living.has(key) && key !== this.focus);
      changed.push(...this.read(discovery, batch));
    }
    if (this.isFirstRound && this.queue.length === 0) {
      this.isFirstRound = false;
      // Those that were read first did not know of the later ones.
      changed.push(...this.readUnresolved(discovery));
    }
    return this.deltaOf(changed, gone);
  }

  private readUnresolved(discovery: Discovery): NetworkTableFact[] {
    const isUnresolved = ({ links, netnsids }: NetworkTableFact): boolean =>
      links.some(
        ({ lowerNetnsid }) =>
          lowerNetnsid !== null && lowerNetnsid >= 0 && netnsids[String(lowerNetnsid)] === undefined,
      );
    const keys = [...this.sent].flatMap(([key, { table }]) => (isUnresolved(table) ? [key] : []));
    return this.read(discovery, keys);
  }

  /** The tables that are news. */
  private read(discovery: Discovery, keys: readonly NamespaceKey[]): NetworkTableFact[] {
    if (keys.length === 0) return [];
    const others = [...this.sent.values()].map(({ table }) => table);
    return readNetworkTables(discovery, keys, others).filter((table) => this.isNews(table));
  }

  private isNews(table: NetworkTableFact): boolean {
    const fingerprint = JSON.stringify({ ...table, takenAt: 0 });
    const known = this.sent.get(table.key);
    const isMoving = known !== undefined && known.fingerprint !== fingerprint;
    if (known && !isMoving && !known.wasMoving) return false;
    this.sent.set(table.key, { table, fingerprint, wasMoving: isMoving });
    return true;
  }

  private deltaOf(tables: NetworkTableFact[], gone: NamespaceKey[]): NetworkTablesDelta | null {
    // Of one that was read twice the later one.
    const changed = [...new Map(tables.map((table) => [table.key, table] as const)).values()];
    return changed.length + gone.length > 0 ? { changed, gone } : null;
  }
}

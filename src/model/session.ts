import type { NetworkTableFact } from './network-table.js';
import type { NamespaceKey, Pid } from './snapshot.js';
import type { SocketOwnerFact, SocketTableFact } from './socket-table.js';

/** What is read to find out what a person's own session hangs on. */
export interface SessionFacts {
  networkTables: NetworkTableFact[];
  socketTables: SocketTableFact[];
  socketOwners: SocketOwnerFact[];
  /** Of the observer, its parent first. */
  ancestors: { pid: Pid; comm: string }[];
  /** Who is in which other network namespace: who was there before and is there now is no visitor. */
  members: { pid: Pid; namespace: NamespaceKey }[];
}

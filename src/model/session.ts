import type { NetworkTableFact } from './network-table.js';
import type { Pid } from './snapshot.js';
import type { SocketOwnerFact, SocketTableFact } from './socket-table.js';

/** What is read to find out what a person's own session hangs on. */
export interface SessionFacts {
  networkTables: NetworkTableFact[];
  socketTables: SocketTableFact[];
  socketOwners: SocketOwnerFact[];
  /** Of the observer, its parent first. */
  ancestors: { pid: Pid; comm: string }[];
}

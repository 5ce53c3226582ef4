import type { InteriorFact } from './interior.js';
import type { NetworkTableFact } from './network-table.js';
import type { MountTableFact, NamespaceKey, Pid, Snapshot } from './snapshot.js';

/** What is read of one process only when somebody compares it. */
export interface ProcessProfile {
  pid: Pid;
  /** Lines of /proc/PID/limits, getrlimit(2). Null: unlimited. */
  limits: { name: string; soft: number | null; hard: number | null; unit: string }[];
  /** Hexadecimal sets of proc_pid_status(5). */
  capabilities: Record<CapabilitySet, string>;
  noNewPrivileges: boolean | null;
  /** 0 none, 1 strict, 2 filter, seccomp(2). */
  seccomp: number | null;
  groups: number[];
  /** As the observer's mount namespace names it, where that can be. */
  rootDirectory: string | null;
  workingDirectory: string | null;
  executable: string | null;
  /** AppArmor or SELinux label; null: none, or not readable. */
  securityLabel: string | null;
}

export type CapabilitySet = 'inheritable' | 'permitted' | 'effective' | 'bounding' | 'ambient';

/** What a comparison of two subjects needs beyond the snapshot. */
export interface ComparisonQuery {
  pids: readonly Pid[];
  mountNamespaces: readonly NamespaceKey[];
  networkNamespaces: readonly NamespaceKey[];
}

export interface ComparisonFacts {
  profiles: ProcessProfile[];
  mountTables: MountTableFact[];
  networkTables: NetworkTableFact[];
  interiors: InteriorFact[];
}

/** What a sample of a recording holds; of single processes it knows no more than the list. */
export function recordedComparison(snapshot: Snapshot): ComparisonFacts {
  const { mountTables = [], networkTables = [], interiors = [] } = snapshot;
  return { profiles: [], mountTables, networkTables, interiors };
}

/** What a comparison needs beyond the snapshot: tables of two namespaces, profiles of two processes. */
import { parseProcessLimits, parseRights } from '../formats/process-profile.js';
import type { ComparisonFacts, ComparisonQuery, ProcessProfile } from '../model/comparison.js';
import type { Pid } from '../model/snapshot.js';
import { mountNamespaceReaders } from './bind-mounts.js';
import type { Discovery } from './discovery.js';
import { collectInteriors } from './interiors.js';
import { readMountTable } from './mount-tables.js';
import { readNetworkTables } from './network-tables.js';

export function collectComparison(discovery: Discovery, query: ComparisonQuery): ComparisonFacts {
  const readers = mountNamespaceReaders(discovery);
  return {
    profiles: query.pids.flatMap((pid) => readProfile(discovery, pid) ?? []),
    mountTables: query.mountNamespaces.flatMap((key) => {
      const table = readMountTable(discovery, key, readers.get(key) ?? []);
      return table ? [table] : [];
    }),
    networkTables: readNetworkTables(discovery, query.networkNamespaces, []),
    interiors: collectInteriors(discovery),
  };
}

function readProfile({ proc }: Discovery, pid: Pid): ProcessProfile | null {
  const status = proc.readNumberFile(pid, '/status');
  if (typeof status !== 'string') return null;
  const limits = proc.readNumberFile(pid, '/limits');
  const label = proc.readNumberFile(pid, '/attr/current');
  const target = (name: string): string | null => {
    const path = proc.readNumberTarget(pid, name);
    return typeof path === 'string' ? path : null;
  };
  return {
    pid,
    limits: typeof limits === 'string' ? parseProcessLimits(limits) : [],
    ...parseRights(status),
    rootDirectory: target('/root'),
    workingDirectory: target('/cwd'),
    executable: target('/exe'),
    securityLabel: typeof label === 'string' ? label.replace(/[\0\n]+$/, '') || null : null,
  };
}

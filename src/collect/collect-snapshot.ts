import type { ComparisonFacts, ComparisonQuery } from '../model/comparison.js';
import type { MountUserQuery, MountUsers } from '../model/mount-users.js';
import type { SessionFacts } from '../model/session.js';
import type { FirewallFact } from '../model/firewall.js';
import type { NamespaceFact, NamespaceKey, Pid, ProcessFact, Snapshot } from '../model/snapshot.js';
import type { SmallPart } from '../model/snapshot-delta.js';
import { COLLECTORS } from './collectors.js';
import { collectContainerNames } from './container-names.js';
import type { CollectOptions } from './discovery.js';
import { Discovery, EVERYTHING } from './discovery.js';
import { collectComparison } from './comparison.js';
import { collectSession } from './session.js';
import { collectFirewall } from './firewall.js';
import { collectLimits, collectUsers, readHeader } from './host-facts.js';
import { collectInteriors } from './interiors.js';
import { collectNetnsNames } from './netns-names.js';
import { collectNetnsids } from './netnsids.js';
import { collectNetworkTables, readNetworkTables } from './network-tables.js';
import type { InsideAnswer, InsideRequest } from './own-containers.js';
import { collectSocketOwners, collectSocketTables } from './socket-tables.js';
import { collectUserMaps } from './user-maps.js';
import { collectRestrictions } from './restrictions.js';
import { collectMountTables } from './mount-tables.js';
import { collectMountUsers } from './mount-users.js';
import { collectDetails } from './process-details.js';

/** One full look at the machine. */
export async function collectSnapshot(options: Partial<CollectOptions> = {}): Promise<Snapshot> {
  const discovery = new Discovery({ ...EVERYTHING, ...options });
  try {
    runCollectors(discovery);
    collectNetnsids(discovery);
    collectDetails(discovery);
    collectLimits(discovery);
    collectUsers(discovery);
    collectRestrictions(discovery);
    collectNetnsNames(discovery);
    if (discovery.options.userMaps) collectUserMaps(discovery);
    await collectContainerNames(discovery);
    // Before the rest is put together: what cannot be read becomes a gap.
    const mountTables = discovery.options.mounts ? collectMountTables(discovery) : null;
    const networkTables = discovery.options.networks ? collectNetworkTables(discovery) : null;
    const sockets = discovery.options.socketTables && {
      socketTables: collectSocketTables(discovery),
      socketOwners: collectSocketOwners(discovery),
    };
    const interiors = discovery.options.interiors ? collectInteriors(discovery) : null;
    return {
      ...toSnapshot(discovery),
      ...sockets,
      ...(interiors && { interiors }),
      ...(mountTables && { mountTables }),
      ...(networkTables && { networkTables }),
    };
  } finally {
    discovery.dispose();
  }
}

/** The firewall of one network namespace, by a look of its own. */
export function lookAtFirewall(key: NamespaceKey): FirewallFact {
  return lookOnce((discovery) => collectFirewall(discovery, key));
}

/** What a comparison needs beyond a snapshot, by a look of its own. */
export function lookForComparison(query: ComparisonQuery): ComparisonFacts {
  return lookOnce((discovery) => collectComparison(discovery, query));
}

/** Who uses the files of a filesystem, by a look of its own. */
export function lookForMountUsers(query: MountUserQuery): MountUsers {
  return lookOnce((discovery) => collectMountUsers(discovery, query));
}

/** What a session hangs on, by a look of its own: for a command, where nothing else runs beside. */
export function lookForSession(): SessionFacts {
  return lookOnce(collectSession);
}

/** These namespaces only, by a look of its own. */
export function lookInto({ networks, interiors }: InsideRequest): InsideAnswer {
  return lookOnce((discovery) => ({
    networkTables: readNetworkTables(discovery, networks, []),
    interiors: collectInteriors(discovery).filter(({ key }) => interiors.includes(key)),
  }));
}

function lookOnce<T>(look: (discovery: Discovery) => T): T {
  const discovery = new Discovery({ ...EVERYTHING, containerNames: false, details: 'none' });
  try {
    runCollectors(discovery);
    return look(discovery);
  } finally {
    discovery.dispose();
  }
}

export function runCollectors(discovery: Discovery): void {
  for (const record of COLLECTORS) if (record.when?.(discovery) ?? true) record.collect(discovery);
}

/** The facts of a discovery as plain data, processes by pid, namespaces by inode. */
export function toSnapshot(discovery: Discovery): Omit<Snapshot, 'mountTables' | 'networkTables'> {
  const header = readHeader(discovery);
  if (Object.keys(header.initialNamespaces).length < 8) noteInitialGap(discovery);
  const pids = [...discovery.links.keys()].sort((a, b) => a - b);
  return {
    header,
    namespaces: namespaceFacts(discovery),
    namespaceSets: [...discovery.sets.all()],
    processes: pids.map((pid) => processFact(discovery, pid)),
    ...smallParts(discovery),
  };
}

/** By inode. */
export function namespaceFacts(discovery: Discovery): NamespaceFact[] {
  return [...discovery.namespaces.values()].sort((a, b) => a.inode - b.inode);
}

/** What is small enough to be sent whole; the namespaces are not in it, as sorting them has its price. */
export function smallParts(discovery: Discovery): Omit<Pick<Snapshot, SmallPart>, 'namespaces'> {
  return {
    threads: [...discovery.threads.values()].flat(),
    pins: discovery.pins(),
    containers: discovery.containers,
    users: discovery.users,
    limits: discovery.limits,
    gaps: discovery.gaps.list(),
    netnsNames: discovery.netnsNames,
    userMaps: discovery.userMaps,
    restrictions: discovery.restrictions,
    inFlight: discovery.inFlight,
    lookedAt: [...discovery.lookedAt],
  };
}

function noteInitialGap(discovery: Discovery): void {
  discovery.gaps.forget('initial namespaces');
  discovery.gaps.add(
    'initial namespaces',
    'ENOENT',
    'this is not the initial pid namespace, or links are unreadable',
  );
}

export function processFact(discovery: Discovery, pid: Pid): ProcessFact {
  const details = discovery.details.get(pid);
  const namespaceSet = discovery.links.get(pid)!;
  return details ? { pid, namespaceSet, details } : { pid, namespaceSet };
}

/** Networks and sockets of the whole machine, read at one moment: what a session hangs on. */
import type { SessionFacts } from '../model/session.js';
import type { Pid } from '../model/snapshot.js';
import { readDetails } from './process-details.js';
import type { Discovery } from './discovery.js';
import { ownNamespace } from './joined-namespaces.js';
import { collectNetworkTables } from './network-tables.js';
import { collectSocketOwners, collectSocketTables } from './socket-tables.js';

const MAXIMUM_ANCESTORS = 64;

export function collectSession(discovery: Discovery): SessionFacts {
  return {
    networkTables: collectNetworkTables(discovery),
    socketTables: collectSocketTables(discovery),
    socketOwners: collectSocketOwners(discovery),
    ancestors: ancestorsOf(discovery, process.pid),
    members: membersOf(discovery),
  };
}

function membersOf(discovery: Discovery): SessionFacts['members'] {
  const own = ownNamespace(discovery, 'net');
  return [...discovery.links].flatMap(([pid, set]) => {
    const { net } = discovery.sets.get(set);
    return net === undefined || net === own ? [] : [{ pid, namespace: net }];
  });
}

/** Read now: details that were read before may be of a parent that has ended since. */
function ancestorsOf(discovery: Discovery, pid: Pid): SessionFacts['ancestors'] {
  const chain: SessionFacts['ancestors'] = [];
  for (let at = readDetails(discovery, pid)?.ppid ?? 0; at > 0 && chain.length < MAXIMUM_ANCESTORS;) {
    const details = readDetails(discovery, at);
    chain.push({ pid: at, comm: details?.comm ?? '' });
    at = details?.ppid ?? 0;
  }
  return chain;
}

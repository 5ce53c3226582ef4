/**
 * Threads whose namespaces differ from their leader's: setns(2) and unshare(2) act on one thread for net,
 * uts, ipc, mnt and cgroup. A process whose leader is dead lives on in its threads, and only they tell.
 */
import { isGone } from '../kernel/proc.js';
import type { Pid, ThreadFact } from '../model/snapshot.js';
import type { Discovery } from './discovery.js';
import { GONE, readSet } from './process-links.js';

/** `.`, `..` and one thread. */
const LINKS_OF_A_SINGLE_THREAD = 3;

export function collectThreadLinks(discovery: Discovery): void {
  for (const pid of discovery.links.keys()) scanThreads(discovery, pid);
}

export function scanThreads(discovery: Discovery, pid: Pid): void {
  const loose = findLooseThreads(discovery, pid);
  if (loose.length > 0) discovery.threads.set(pid, loose);
  else discovery.threads.delete(pid);
}

function findLooseThreads(discovery: Discovery, pid: Pid): ThreadFact[] {
  if (discovery.proc.countLinks(pid, '/task') <= LINKS_OF_A_SINGLE_THREAD) return [];
  const leaderSet = discovery.links.get(pid)!;
  if (Object.keys(discovery.sets.get(leaderSet)).length === 0) return [];
  const task = discovery.proc.openNumber(pid, '/task');
  if (typeof task === 'number') {
    if (!isGone(task)) discovery.gaps.add('thread namespaces', task, String(pid));
    return [];
  }
  try {
    const threadIds = task.listNumbers();
    if (typeof threadIds === 'number') return [];
    return threadIds
      .filter((threadId) => threadId !== pid)
      .map((threadId) => ({
        pid,
        threadId,
        namespaceSet: readSet(discovery, pid, `/task/${threadId}/ns`, 'thread namespaces'),
      }))
      .filter(({ namespaceSet }) => namespaceSet !== GONE && namespaceSet !== leaderSet);
  } finally {
    task.close();
  }
}

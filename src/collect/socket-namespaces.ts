/**
 * Network namespaces kept alive by a socket: its process may have left the namespace since. Takes a copy of
 * each socket of each process for a moment, so it is opt-in.
 */
import { close } from '../kernel/libc.js';
import { openPidfd, openSocketNamespace } from '../kernel/foreign-sockets.js';
import { isGone } from '../kernel/proc.js';
import type { Pid, PinFact } from '../model/snapshot.js';
import type { Discovery } from './discovery.js';
import { recordDescriptor } from './relations.js';

const SUBJECT = 'socket namespaces';

export function collectSocketNamespaces(discovery: Discovery): void {
  discovery.gaps.forget(SUBJECT);
  discovery.socketPins = [];
  // The dump of all files saw them already, without a copy of any.
  if (discovery.lookedAt.has('files')) return;
  for (const [pid, set] of discovery.links) {
    const own = discovery.sets.get(set).net;
    if (own !== undefined) discovery.socketPins.push(...findSocketPins(discovery, pid, own));
  }
  discovery.lookedAt.add('sockets');
}

function socketFds(discovery: Discovery, pid: Pid): number[] {
  const directory = discovery.proc.openNumber(pid, '/fd');
  if (typeof directory === 'number') return [];
  try {
    const fds = directory.listNumbers();
    if (typeof fds === 'number') return [];
    return fds.filter((fd) => String(directory.readNumberLink(fd)).startsWith('socket:['));
  } finally {
    directory.close();
  }
}

function findSocketPins(discovery: Discovery, pid: Pid, own: string): PinFact[] {
  const fds = socketFds(discovery, pid);
  if (fds.length === 0) return [];
  const pidfd = openPidfd(pid);
  if (pidfd < 0) {
    if (!isGone(pidfd)) discovery.gaps.add(SUBJECT, pidfd, String(pid));
    return [];
  }
  const pins: PinFact[] = [];
  for (const fd of fds) {
    const namespaceFd = openSocketNamespace(pidfd, fd);
    if (namespaceFd < 0) {
      discovery.gaps.add(SUBJECT, namespaceFd, `${pid} fd ${fd}`);
      continue;
    }
    const key = recordDescriptor(discovery, namespaceFd, 'sockets');
    if (key && key !== own) pins.push({ pinKind: 'socket', key, pid, fd });
    close(namespaceFd);
  }
  close(pidfd);
  return pins;
}

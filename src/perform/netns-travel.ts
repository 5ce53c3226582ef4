/** The thread's way through network namespaces: there, and back to where it started. */
import type { NetnsPlace } from '../actions/plan.js';
import { leadsTo } from '../kernel/namespace-identity.js';
import * as libc from '../kernel/libc.js';
import { NETNS_DIRECTORY } from '../kernel/netns-files.js';
import { Refused } from './refused.js';
import { explainRefusal } from './refusals.js';

const CLONE_NEWNET = 0x40000000;

function openPath(path: string): number {
  return libc.openat(libc.AT_FDCWD, libc.fixedPath(path).address, libc.O_RDONLY | libc.O_CLOEXEC, 0);
}

export class NetnsTravel {
  private readonly home = openPath('/proc/thread-self/ns/net');

  /** A descriptor of the namespace, to be closed by the caller. */
  open(place: NetnsPlace): number {
    const fd = this.tryOpen(place);
    if (fd >= 0) return fd;
    const name = 'made' in place ? place.made : place.key;
    throw new Refused(`${name} is not there any more, or another one by now: nothing was done`);
  }

  private tryOpen(place: NetnsPlace): number {
    if ('made' in place) {
      const path = `${NETNS_DIRECTORY}/${place.made}`;
      const isOther = place.key !== undefined && !leadsTo(path, place.key, place.namespaceId ?? null);
      return isOther ? -1 : openPath(path);
    }
    const { isOwn, paths, key, namespaceId } = place;
    if (isOwn) return openPath('/proc/self/ns/net');
    const path = paths.find((each) => leadsTo(each, key, namespaceId));
    return path === undefined ? -1 : openPath(path);
  }

  /** Runs `work` in the namespace, and comes back. */
  inside<T>(place: NetnsPlace, work: () => T): T {
    const fd = this.open(place);
    try {
      if (libc.setns(fd, CLONE_NEWNET) < 0)
        throw new Refused(explainRefusal('enter', nameOf(place), libc.errno()));
      return work();
    } finally {
      libc.close(fd);
      this.goHome();
    }
  }

  goHome(): void {
    // A thread that cannot come back only ends: it has a plan to carry out and nothing else.
    libc.setns(this.home, CLONE_NEWNET);
  }
}

export function nameOf(place: NetnsPlace): string {
  return 'made' in place ? place.made : place.key;
}

/** Going into namespaces of one kind and coming back, each within one synchronous function. */
import { close } from '../kernel/libc.js';
import type { JoinableKind } from '../kernel/namespace-join.js';
import { NamespaceHome } from '../kernel/namespace-join.js';
import type { NamespaceKind } from '../model/namespace-kind.js';
import type { NamespaceKey } from '../model/snapshot.js';
import type { Discovery } from './discovery.js';
import { openNamespace, waysToNamespaces } from './relations.js';

export interface JoinedNamespaces {
  /** -errno where we may not enter, or nothing leads there any more. */
  inside: <T>(key: NamespaceKey, work: () => T) => T | number;
  /** A descriptor of a namespace, to be closed by the caller; -errno. */
  open: (key: NamespaceKey) => number;
}

export function namespacesOfKind(discovery: Discovery, wanted: NamespaceKind): NamespaceKey[] {
  return [...discovery.namespaces.values()].filter(({ kind }) => kind === wanted).map(({ key }) => key);
}

/** The observer's own namespace of a kind. */
export function ownNamespace({ sets, links }: Discovery, kind: NamespaceKind): NamespaceKey | undefined {
  return sets.get(links.get(process.pid) ?? -1)[kind];
}

/** 0, or -errno where there would be no way back. */
export function withJoined(
  discovery: Discovery,
  kind: JoinableKind,
  work: (joined: JoinedNamespaces) => void,
): number {
  const home = NamespaceHome.open(kind);
  if (typeof home === 'number') return home;
  try {
    const ways = waysToNamespaces(discovery);
    const own = ownNamespace(discovery, kind);
    const open = (key: NamespaceKey): number => openNamespace(discovery, ways, key);
    work({
      open,
      inside: (key, inner) => {
        if (key === own) return inner();
        const fd = open(key);
        if (fd < 0) return fd;
        try {
          return home.inside(fd, inner);
        } finally {
          close(fd);
        }
      },
    });
    return 0;
  } finally {
    home.close();
  }
}

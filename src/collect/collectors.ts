/**
 * Discovery is this table: one record for each place where a namespace can hide (lsns knows only some), in
 * an order in which each finds what it builds on. `everywhere: false` records run even for a quick look.
 */
import { collectBindMounts } from './bind-mounts.js';
import type { Discovery } from './discovery.js';
import { collectListedBinds } from './listed-binds.js';
import { collectListedNamespaces } from './listed-namespaces.js';
import { collectMountNamespaceWalk } from './mount-namespace-walk.js';
import { collectOpenFds } from './open-fds.js';
import { collectProcessLinks } from './process-links.js';
import { collectRelations } from './relations.js';
import { collectSocketNamespaces } from './socket-namespaces.js';
import { collectTaskDump } from './task-dump.js';
import { collectThreadLinks } from './thread-links.js';

export interface CollectorRecord {
  name: string;
  /** Why it must come after those. */
  after: string[];
  when?: (discovery: Discovery) => boolean;
  collect: (discovery: Discovery) => void;
}

/** The three walks through /proc are needed only where the dump did not do their work. */
const walks = (discovery: Discovery): boolean => !discovery.hasTaskDump;
const everywhere = (discovery: Discovery): boolean => discovery.options.everywhere;

export const COLLECTORS: readonly CollectorRecord[] = [
  {
    name: 'task dump',
    after: [],
    when: everywhere,
    collect: (discovery) => {
      discovery.hasTaskDump = collectTaskDump(discovery);
    },
  },
  { name: 'process links', after: ['task dump'], when: walks, collect: collectProcessLinks },
  {
    name: 'thread links',
    after: ['process links'],
    when: (discovery) => everywhere(discovery) && walks(discovery),
    collect: collectThreadLinks,
  },
  {
    name: 'bind mounts',
    after: ['process links', 'thread links'],
    collect: collectBindMounts,
  },
  {
    name: 'open fds',
    after: ['process links', 'bind mounts'],
    when: (discovery) => everywhere(discovery) && walks(discovery),
    collect: collectOpenFds,
  },
  {
    name: 'relations',
    after: ['process links', 'thread links', 'open fds', 'bind mounts'],
    collect: (discovery) => collectRelations(discovery),
  },
  {
    name: 'mount namespace walk',
    after: ['relations'],
    when: everywhere,
    collect: collectMountNamespaceWalk,
  },
  { name: 'listns', after: ['relations'], when: everywhere, collect: collectListedNamespaces },
  {
    name: 'listed binds',
    after: ['mount namespace walk', 'listns', 'bind mounts'],
    when: everywhere,
    collect: collectListedBinds,
  },
  {
    name: 'sockets',
    after: ['relations'],
    when: (discovery) => discovery.options.sockets,
    collect: collectSocketNamespaces,
  },
];

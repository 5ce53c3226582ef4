/** The header of a snapshot: machine, kernel, observer, initial namespaces; and limits and user names. */
import { hostname, release } from 'node:os';
import { sysconf } from '../kernel/libc.js';
import { parsePasswd } from '../formats/passwd.js';
import { parseProcessStatus } from '../formats/process-status.js';
import type { NamespaceKind } from '../model/namespace-kind.js';
import { NAMESPACE_KIND_TABLE } from '../model/namespace-kind.js';
import type { LimitFact, NamespaceKey, SnapshotHeader } from '../model/snapshot.js';
import { SNAPSHOT_FORMAT_VERSION, namespaceKey } from '../model/snapshot.js';
import type { Discovery } from './discovery.js';
import { readSet } from './process-links.js';
import { Directory } from '../kernel/proc.js';

const SC_CLK_TCK = 2;
/** Fixed since Linux 6.18, <linux/nsfs.h>. */
const FIXED_SINCE_6_18 = { mnt: 0xeffffff8, net: 0xeffffff9 };
const KTHREADD = 2;

export function readHeader(discovery: Discovery): SnapshotHeader {
  const text = (path: string): string => {
    const content = discovery.proc.readFile(path);
    return typeof content === 'string' ? content.trim() : '';
  };
  const status = parseProcessStatus(text(`${process.pid}/status`));
  const own = readSet(discovery, process.pid, '/ns', 'namespace links');
  return {
    formatVersion: SNAPSHOT_FORMAT_VERSION,
    takenAt: Date.now(),
    hostname: hostname(),
    kernelRelease: release(),
    uptimeSeconds: Number(text('uptime').split(' ')[0]) || 0,
    bootId: text('sys/kernel/random/boot_id'),
    clockTicksPerSecond: sysconf(SC_CLK_TCK),
    observer: {
      pid: process.pid,
      effectiveUid: process.geteuid?.() ?? -1,
      capabilities: status?.effectiveCapabilities ?? '',
      namespaces: discovery.sets.get(own),
    },
    initialNamespaces: findInitialNamespaces(discovery),
  };
}

/**
 * Fixed inodes where the kernel has them; mnt and net before 6.18 from kthreadd, which always has the
 * initial ones. Only those that were seen: inside a container the initial pid namespace is out of sight.
 */
function findInitialNamespaces(discovery: Discovery): Partial<Record<NamespaceKind, NamespaceKey>> {
  const initial: Partial<Record<NamespaceKind, NamespaceKey>> = {};
  const keep = (kind: NamespaceKind, key: NamespaceKey | undefined): void => {
    if (key !== undefined && discovery.namespaces.has(key)) initial[kind] ??= key;
  };
  for (const { kind, initialInode } of NAMESPACE_KIND_TABLE) {
    if (initialInode !== null) keep(kind, namespaceKey(kind, initialInode));
  }
  const kernelThread = isKthreadd(discovery) ? discovery.links.get(KTHREADD) : undefined;
  for (const kind of ['mnt', 'net'] as const) {
    if (kernelThread !== undefined) keep(kind, discovery.sets.get(kernelThread)[kind]);
    keep(kind, namespaceKey(kind, FIXED_SINCE_6_18[kind]));
  }
  return initial;
}

function isKthreadd(discovery: Discovery): boolean {
  const stat = discovery.proc.readNumberFile(KTHREADD, '/stat');
  return typeof stat === 'string' && stat.startsWith('2 (kthreadd) ');
}

export function collectLimits(discovery: Discovery): void {
  discovery.limits = [];
  for (const { kind, limitName } of NAMESPACE_KIND_TABLE) {
    const text = discovery.proc.readFile(`sys/user/${limitName}`);
    if (typeof text !== 'string') continue;
    const limit: LimitFact = { kind, maximum: Number(text) };
    discovery.limits.push(limit);
  }
}

export function collectUsers(discovery: Discovery): void {
  const root = Directory.open('/');
  try {
    const text = root.readFile('etc/passwd');
    discovery.users = typeof text === 'string' ? parsePasswd(text) : {};
  } finally {
    root.close();
  }
}

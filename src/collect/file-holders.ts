/** What the dump of all descriptors says of namespaces: who holds which, and by what. */
import type { FileRecord } from '../kernel/file-program.js';
import { FILE_USES, INITIAL_USER_INODE } from '../kernel/file-program.js';
import type { NamespaceKind } from '../model/namespace-kind.js';
import type { DescriptorFact, HoldingFile, NamespaceKey, Pid, PinFact } from '../model/snapshot.js';
import { namespaceKey } from '../model/snapshot.js';
import { namespaceBehind } from './descriptor-namespace.js';
import type { Discovery } from './discovery.js';

/** The numbers of the dump are those of the initial pid namespace: here is how the observer counts. */
export interface Numbers {
  pidOfGroup: ReadonlyMap<number, Pid>;
  threadOf: (groupId: number, threadId: number) => Pid | undefined;
}

interface FileUse {
  use: number;
  kind: NamespaceKind;
  file: HoldingFile | 'socket';
  /** What the link must read: the dump cannot tell anonymous files apart, and reads each as all of them. */
  link?: RegExp;
}

const USES: readonly FileUse[] = [
  { use: FILE_USES.socket, kind: 'net', file: 'socket' },
  { use: FILE_USES.tun, kind: 'net', file: 'tun', link: /\/(tun|tap\d+)( \(deleted\))?$/ },
  { use: FILE_USES.procNet, kind: 'net', file: 'proc-net' },
  { use: FILE_USES.mountTable, kind: 'mnt', file: 'mount-table', link: /\/(mountinfo|mounts|mountstats)$/ },
  { use: FILE_USES.perfEvent, kind: 'pid', file: 'perf-event', link: /^anon_inode:\[perf_event\]$/ },
  { use: FILE_USES.deadPid, kind: 'pid', file: 'pidfd' },
  { use: FILE_USES.fsContextNet, kind: 'net', file: 'mount-context', link: /^anon_inode:\[fscontext\]$/ },
  { use: FILE_USES.fsContextUser, kind: 'user', file: 'mount-context', link: /^anon_inode:\[fscontext\]$/ },
  { use: FILE_USES.credentials, kind: 'user', file: 'credentials' },
];

export function recordFiles(discovery: Discovery, records: readonly FileRecord[], numbers: Numbers): void {
  const kinds = kindsByInode(discovery);
  const seen = new Set<string>();
  discovery.fdPins.clear();
  discovery.filePins = [];
  discovery.inFlight = [];
  for (const record of records) {
    const descriptor = descriptorOf(record, numbers);
    if (!descriptor) continue;
    // A dead leader has no table: each of its threads is told of, with the one that they share.
    const table = isLeaderDead(discovery, descriptor.pid) ? 0 : (descriptor.threadId ?? 0);
    const identity = `${descriptor.pid} ${table} ${record.fd} ${record.use} ${record.inode}`;
    if (seen.has(identity)) continue;
    seen.add(identity);
    if (record.use === FILE_USES.inFlight) discovery.inFlight.push({ ...descriptor, count: record.count });
    else if (record.use === FILE_USES.nsfs) addDescriptor(discovery, record, descriptor, kinds);
    else addFile(discovery, record, descriptor);
  }
  discovery.lookedAt.add('sockets').add('files');
}

function kindsByInode({ sets, namespaces }: Discovery): Map<number, NamespaceKey> {
  const kinds = new Map<number, NamespaceKey>();
  const add = (key: NamespaceKey): void => void kinds.set(Number(key.slice(key.indexOf('[') + 1, -1)), key);
  for (const key of namespaces.keys()) add(key);
  for (const set of sets.all()) for (const key of Object.values(set)) add(key);
  return kinds;
}

function descriptorOf(
  { groupId, threadId, fd }: FileRecord,
  { pidOfGroup, threadOf }: Numbers,
): DescriptorFact | null {
  const pid = pidOfGroup.get(groupId);
  if (pid === undefined) return null;
  if (threadId === groupId) return { pid, fd };
  const own = threadOf(groupId, threadId);
  return own === undefined ? { pid, fd } : { pid, threadId: own, fd };
}

/** A dead leader has left all but its pid and user namespaces. */
export function isLeaderDead({ sets, links }: Discovery, pid: Pid): boolean {
  const { pid: pidNamespace, mnt } = sets.get(links.get(pid) ?? -1);
  return pidNamespace !== undefined && mnt === undefined;
}

function addDescriptor(
  discovery: Discovery,
  { inode }: FileRecord,
  descriptor: DescriptorFact,
  kinds: ReadonlyMap<number, NamespaceKey>,
): void {
  const { pid, threadId, fd } = descriptor;
  const suffix = threadId === undefined ? `/fd/${fd}` : `/task/${threadId}/fd/${fd}`;
  const key = kinds.get(inode) ?? namespaceBehind(discovery.proc, pid, suffix);
  if (key === null) return;
  const pins = discovery.fdPins.get(pid) ?? [];
  pins.push({ pinKind: 'fd', key, ...descriptor });
  discovery.fdPins.set(pid, pins);
}

function addFile(discovery: Discovery, record: FileRecord, descriptor: DescriptorFact): void {
  const use = USES.find((candidate) => candidate.use === record.use);
  if (!use || (use.kind === 'user' && record.inode === INITIAL_USER_INODE)) return;
  const key = namespaceKey(use.kind, record.inode);
  if (isMember(discovery, descriptor, key) || !fitsLink(discovery, descriptor, use.link)) return;
  if (record.namespaceId > 0) discovery.handles.set(key, record.namespaceId);
  const pin: PinFact =
    use.file === 'socket'
      ? { pinKind: 'socket', key, ...descriptor }
      : { pinKind: 'file', key, file: use.file, ...descriptor };
  discovery.filePins.push(pin);
}

function isMember({ sets, links }: Discovery, { pid }: DescriptorFact, key: NamespaceKey): boolean {
  return Object.values(sets.get(links.get(pid) ?? -1)).includes(key);
}

function fitsLink({ proc }: Discovery, { pid, threadId, fd }: DescriptorFact, link?: RegExp): boolean {
  if (!link) return true;
  const suffix = threadId === undefined ? `/fd/${fd}` : `/task/${threadId}/fd/${fd}`;
  const text = proc.readNumberTarget(pid, suffix);
  return typeof text === 'string' && link.test(text);
}

/**
 * What is set inside of uts, ipc, cgroup and time namespaces. The files of /proc that tell it show the namespace of
 * the thread that opens them: so the thread joins, reads, comes back. A time namespace only a process without
 * other threads may join; its offsets are read of a process whose children will live in it.
 */
import { parseCgroupLines, cgroupRoot } from '../formats/cgroup.js';
import { parseClockOffsets } from '../formats/clock-offsets.js';
import { parseMountinfo } from '../formats/mountinfo.js';
import {
  parseAttached,
  parseMessageQueues,
  parseSemaphores,
  parseSharedMemory,
} from '../formats/system-v.js';
import { ENOENT, EPERM } from '../kernel/errno.js';
import { readMountedQueues, readPosixQueues } from '../kernel/posix-queues.js';
import { isGone } from '../kernel/proc.js';
import type {
  CgroupFact,
  CgroupRoot,
  InteriorFact,
  IpcFact,
  PosixQueueFact,
  TimeFact,
  UtsFact,
} from '../model/interior.js';
import type { LinkName } from '../model/namespace-kind.js';
import type { NamespaceKey, Pid } from '../model/snapshot.js';
import { CgroupFiles } from './cgroup-files.js';
import type { Discovery } from './discovery.js';
import { lookThroughOwn } from './own-containers.js';
import { namespacesOfKind, ownNamespace, withJoined } from './joined-namespaces.js';

const SUBJECT = 'inside of namespaces';
const QUEUES_SUBJECT = 'POSIX message queues';

export function collectInteriors(discovery: Discovery): InteriorFact[] {
  discovery.gaps.forget(SUBJECT);
  discovery.gaps.forget(QUEUES_SUBJECT);
  return [
    ...eachInside(discovery, 'uts', (key) => readUts(discovery, key)),
    ...withAttachments(
      discovery,
      eachInside(discovery, 'ipc', (key) => readIpc(discovery, key)),
    ),
    ...readCgroups(discovery),
    ...namespacesOfKind(discovery, 'time').flatMap((key) => readTime(discovery, key) ?? []),
  ];
}

function eachInside<T>(
  discovery: Discovery,
  kind: 'uts' | 'ipc' | 'cgroup',
  read: (key: NamespaceKey) => T | number,
): T[] {
  const facts: T[] = [];
  const refused: NamespaceKey[] = [];
  const failed = withJoined(discovery, kind, (joined) => {
    for (const key of namespacesOfKind(discovery, kind)) {
      const fact = joined.inside(key, () => read(key));
      if (fact === -EPERM) refused.push(key);
      else if (typeof fact === 'number') discovery.gaps.add(SUBJECT, fact, key);
      else facts.push(fact);
    }
  });
  const seen = lookThroughOwn(discovery, SUBJECT, refused, ({ interiors }) =>
    interiors.filter(({ interior }) => interior === kind),
  );
  if (failed < 0) discovery.gaps.add(SUBJECT, failed, `/proc/thread-self/ns/${kind}`);
  // Of that kind, as the look inside has them.
  return [...facts, ...(seen as unknown as T[])];
}

/** The members whose link leads to a namespace, lowest pid first. */
function membersOf({ links, sets }: Discovery, link: LinkName, key: NamespaceKey): Pid[] {
  return [...links].flatMap(([pid, set]) => (sets.get(set)[link] === key ? [pid] : []));
}

// ---- uts ---------------------------------------------------------------------------------------------------

function readUts({ proc }: Discovery, key: NamespaceKey): UtsFact | number {
  const hostname = proc.readFile('sys/kernel/hostname');
  const domain = proc.readFile('sys/kernel/domainname');
  if (typeof hostname === 'number') return hostname;
  if (typeof domain === 'number') return domain;
  return { interior: 'uts', key, hostname: hostname.replace(/\n$/, ''), domain: domain.replace(/\n$/, '') };
}

// ---- ipc ---------------------------------------------------------------------------------------------------

function readIpc(discovery: Discovery, key: NamespaceKey): IpcFact | number {
  const { proc } = discovery;
  const [shm, sem, msg] = ['shm', 'sem', 'msg'].map((name) => proc.readFile(`sysvipc/${name}`));
  // A kernel without System V IPC has none of these files.
  const text = (table: string | number | undefined): string => (typeof table === 'string' ? table : '');
  if (typeof shm === 'number' && shm !== -ENOENT) return shm;
  return {
    interior: 'ipc',
    key,
    sharedMemory: parseSharedMemory(text(shm)).map((segment) => ({ ...segment, attachedBy: [] })),
    semaphores: parseSemaphores(text(sem)),
    messageQueues: parseMessageQueues(text(msg)),
    posixQueues: queuesHere(discovery, key),
  };
}

/** Who may mount nothing sees those of his own namespace where they are mounted. */
function queuesHere(discovery: Discovery, key: NamespaceKey): PosixQueueFact[] | null {
  let queues = readPosixQueues();
  if (typeof queues === 'number' && key === ownNamespace(discovery, 'ipc')) {
    const place = ownMounts(discovery).find(({ filesystemType }) => filesystemType === 'mqueue');
    if (place) queues = readMountedQueues(place.mountPoint);
  }
  if (typeof queues !== 'number') return queues.sort((a, b) => (a.name < b.name ? -1 : 1));
  discovery.gaps.add(QUEUES_SUBJECT, queues, key);
  return null;
}

function ownMounts({ proc }: Discovery) {
  const text = proc.readFile('self/mountinfo');
  return typeof text === 'string' ? parseMountinfo(text) : [];
}

/** Maps are long: they are read only where somebody has something attached. */
function withAttachments(discovery: Discovery, facts: IpcFact[]): IpcFact[] {
  for (const { key, sharedMemory } of facts) {
    if (sharedMemory.every(({ attached }) => attached === 0)) continue;
    const byId = new Map(sharedMemory.map((segment) => [segment.id, segment] as const));
    for (const pid of membersOf(discovery, 'ipc', key)) {
      const maps = discovery.proc.readNumberFile(pid, '/maps');
      if (typeof maps === 'number') {
        if (!isGone(maps)) discovery.gaps.add(SUBJECT, maps, `/proc/${pid}/maps`);
        continue;
      }
      for (const { id, ipcKey } of parseAttached(maps)) {
        const segment = byId.get(id);
        // What a process brought along from another ipc namespace may have the same id.
        if (segment?.ipcKey === ipcKey) segment.attachedBy.push(pid);
      }
    }
  }
  return facts;
}

// ---- cgroup ------------------------------------------------------------------------------------------------

/** Members that are asked for their path, until one lies inside of the root. */
const ASKED_MEMBERS = 8;

interface Seen {
  pid: Pid;
  text: string;
}

function readCgroups(discovery: Discovery): CgroupFact[] {
  const cgroupOf = (pid: Pid): Seen[] => {
    const text = discovery.proc.readNumberFile(pid, '/cgroup');
    return typeof text === 'string' ? [{ pid, text }] : [];
  };
  const outside = new Map(
    namespacesOfKind(discovery, 'cgroup').map((key) => {
      const members = membersOf(discovery, 'cgroup', key).slice(0, ASKED_MEMBERS);
      return [key, members.flatMap(cgroupOf)] as const;
    }),
  );
  const files = new CgroupFiles(ownMounts(discovery));
  try {
    return eachInside(discovery, 'cgroup', (key): CgroupFact => {
      const roots = rootsOf(outside.get(key) ?? [], cgroupOf);
      const unified = roots.find(({ hierarchy }) => hierarchy === '');
      // Nobody inside, or everybody in it lives outside of its root: the filesystem itself is asked.
      if (unified) unified.path ??= files.rootHere();
      else {
        const path = files.rootHere();
        if (path !== null) roots.push({ hierarchy: '', path });
      }
      return { interior: 'cgroup', key, roots, ...files.look(roots), takenAt: Date.now() };
    });
  } finally {
    files.close();
  }
}

/** One root for each hierarchy, from the first member that tells it. */
function rootsOf(members: readonly Seen[], inside: (pid: Pid) => Seen[]): CgroupRoot[] {
  const roots = new Map<string, string | null>();
  for (const { pid, text } of members) {
    const own = new Map(
      inside(pid).flatMap((seen) =>
        parseCgroupLines(seen.text).map(({ hierarchy, path }) => [hierarchy, path] as const),
      ),
    );
    for (const { hierarchy, path } of parseCgroupLines(text)) {
      const within = own.get(hierarchy);
      const root = within === undefined ? null : cgroupRoot(path, within);
      roots.set(hierarchy, roots.get(hierarchy) ?? root);
    }
  }
  return [...roots].map(([hierarchy, path]) => ({ hierarchy, path }));
}

// ---- time --------------------------------------------------------------------------------------------------

/** The offsets are those of the namespace for children: of a member that has not unshared again, or a waiting one. */
function readTime(discovery: Discovery, key: NamespaceKey): TimeFact | null {
  let refused = -ENOENT;
  for (const pid of membersOf(discovery, 'time_for_children', key)) {
    const text = discovery.proc.readNumberFile(pid, '/timens_offsets');
    const offsets = typeof text === 'string' ? parseClockOffsets(text) : null;
    if (offsets) return { interior: 'time', key, ...offsets };
    if (typeof text === 'number') refused = text;
  }
  discovery.gaps.add(SUBJECT, refused, key);
  return null;
}

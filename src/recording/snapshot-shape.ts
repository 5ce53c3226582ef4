/** What the lines of a recording must be: a Snapshot, then deltas. */
import type { LinkName, NamespaceKind } from '../model/namespace-kind.js';
import type {
  ContainerFact,
  FilePlace,
  Gap,
  HoldingFile,
  InFlightFact,
  LimitFact,
  LookedAt,
  MountTableFact,
  NamespaceFact,
  NamespaceSet,
  NetnsNameFact,
  PinFact,
  ProcessDetails,
  ProcessFact,
  RestrictionFact,
  Snapshot,
  SnapshotHeader,
  ThreadFact,
} from '../model/snapshot.js';
import type { MountTablesDelta, NetworkTablesDelta, SnapshotDelta } from '../model/snapshot-delta.js';
import type { IdExtent, UserMapFact } from '../model/user-map.js';
import type { Check } from './check.js';
import {
  amount,
  checkedAs,
  listOf,
  mapOf,
  oneOf,
  optional,
  orNull,
  shape,
  tagged,
  text,
  whole,
  yes,
} from './check.js';
import { hexadecimal, keyOfKind, moment, namespaceKey, pid, setIndex, uid } from './common-shapes.js';
import { interior } from './interior-shape.js';
import { networkTable, socketOwner, socketTable } from './network-shape.js';

const kind = oneOf<NamespaceKind>({
  mnt: true,
  net: true,
  pid: true,
  user: true,
  uts: true,
  ipc: true,
  cgroup: true,
  time: true,
});

const keysByKind = {
  mnt: optional(keyOfKind('mnt')),
  net: optional(keyOfKind('net')),
  pid: optional(keyOfKind('pid')),
  user: optional(keyOfKind('user')),
  uts: optional(keyOfKind('uts')),
  ipc: optional(keyOfKind('ipc')),
  cgroup: optional(keyOfKind('cgroup')),
  time: optional(keyOfKind('time')),
};

const namespaceSet: Check<NamespaceSet> = shape<Partial<Record<LinkName, `${NamespaceKind}:[${number}]`>>>({
  ...keysByKind,
  pid_for_children: keysByKind.pid,
  time_for_children: keysByKind.time,
});

const header = shape<SnapshotHeader>({
  formatVersion: whole(1),
  takenAt: moment,
  hostname: text,
  kernelRelease: text,
  uptimeSeconds: amount,
  bootId: text,
  clockTicksPerSecond: whole(1),
  observer: shape<SnapshotHeader['observer']>({
    pid,
    effectiveUid: uid,
    capabilities: hexadecimal,
    namespaces: namespaceSet,
  }),
  initialNamespaces: shape<SnapshotHeader['initialNamespaces']>(keysByKind),
});

const namespaceFields = shape<NamespaceFact>({
  key: namespaceKey,
  kind,
  inode: whole(),
  namespaceId: optional(amount),
  parent: optional(orNull(namespaceKey)),
  owner: optional(orNull(keyOfKind('user'))),
  ownerUid: optional(uid),
  netnsid: optional(orNull(whole(-1))),
  foundBy: listOf(text),
});

/** Its key says the same as its kind and inode, and its parent is of its kind. */
const namespace: Check<NamespaceFact> = {
  problem: (value) => {
    const found = namespaceFields.problem(value);
    if (found !== null) return found;
    const { key, kind: own, inode, parent } = value as NamespaceFact;
    if (key !== `${own}:[${inode}]`) return `.key: ${own}:[${inode}] is wanted, not ${key}`;
    return parent
      ? keyOfKind(own).problem(parent) && `.parent: a ${own} namespace is wanted, not ${parent}`
      : null;
  },
};

const details = shape<ProcessDetails>({
  ppid: pid,
  startTimeTicks: amount,
  state: text,
  comm: text,
  commandLine: optional(text),
  uid,
  threads: whole(),
  namespacePids: listOf(pid),
  residentKib: amount,
  effectiveCapabilities: hexadecimal,
  cgroup: optional(listOf(text)),
});

const process = shape<ProcessFact>({ pid, namespaceSet: setIndex, details: optional(details) });

const filePlace = shape<FilePlace>({ device: text, path: text });

const descriptor = { pid, threadId: optional(pid), fd: whole() };

const descriptorPin = shape<Extract<PinFact, { pinKind: 'fd' | 'socket' }>>({
  pinKind: oneOf<'fd' | 'socket'>({ fd: true, socket: true }),
  key: namespaceKey,
  ...descriptor,
});

const pin = tagged<PinFact, 'pinKind'>('pinKind', {
  fd: descriptorPin,
  socket: descriptorPin,
  file: shape({
    pinKind: oneOf<'file'>({ file: true }),
    key: namespaceKey,
    file: oneOf<HoldingFile>({
      tun: true,
      'proc-net': true,
      'mount-table': true,
      'perf-event': true,
      pidfd: true,
      'mount-context': true,
      credentials: true,
    }),
    ...descriptor,
  }),
  bind: shape({
    pinKind: oneOf<'bind'>({ bind: true }),
    key: namespaceKey,
    mountPoint: text,
    mountNamespace: orNull(keyOfKind('mnt')),
    file: optional(orNull(filePlace)),
  }),
  proc: shape({
    pinKind: oneOf<'proc'>({ proc: true }),
    key: namespaceKey,
    mountPoint: text,
    mountNamespace: orNull(keyOfKind('mnt')),
  }),
});

const mountTable = shape<MountTableFact>({
  key: keyOfKind('mnt'),
  mountinfo: text,
  readBy: oneOf<MountTableFact['readBy']>({ mountinfo: true, statmount: true, 'joined thread': true }),
  pid: optional(pid),
  partialRoot: optional(text),
  newestMount: optional(amount),
  mtab: optional(text),
});

const extent = shape<IdExtent>({ inside: uid, outside: uid, length: whole(0, 2 ** 32) });

const SMALL = {
  namespaces: listOf(namespace),
  threads: listOf(shape<ThreadFact>({ pid, threadId: pid, namespaceSet: setIndex })),
  pins: listOf(pin),
  containers: listOf(
    shape<ContainerFact>({ engine: text, containerId: text, name: text, image: optional(text) }),
  ),
  users: mapOf(/^[0-9]{1,10}$/, text),
  limits: listOf(shape<LimitFact>({ kind, maximum: amount })),
  gaps: listOf(
    shape<Gap>({ subject: text, errno: text, count: whole(), examples: listOf(text), remedy: text }),
  ),
};

const ADDED_LATER = {
  inFlight: optional(listOf(shape<InFlightFact>({ ...descriptor, count: whole() }))),
  lookedAt: optional(listOf(oneOf<LookedAt>({ sockets: true, files: true }))),
  netnsNames: optional(
    listOf(
      shape<NetnsNameFact>({
        name: text,
        path: text,
        key: orNull(keyOfKind('net')),
        reason: orNull(text),
        file: optional(orNull(filePlace)),
        isDirectory: optional(yes),
      }),
    ),
  ),
  userMaps: optional(
    listOf(
      shape<UserMapFact>({
        key: keyOfKind('user'),
        uidMap: listOf(extent),
        gidMap: listOf(extent),
        setgroups: orNull(oneOf<'allow' | 'deny'>({ allow: true, deny: true })),
        pid,
      }),
    ),
  ),
  restrictions: optional(listOf(shape<RestrictionFact>({ name: text, value: text }))),
  socketTables: optional(listOf(socketTable)),
  socketOwners: optional(listOf(socketOwner)),
  interiors: optional(listOf(interior)),
};

const snapshot = shape<Snapshot>({
  header,
  ...SMALL,
  namespaceSets: listOf(namespaceSet),
  processes: listOf(process),
  ...ADDED_LATER,
  mountTables: optional(listOf(mountTable)),
  networkTables: optional(listOf(networkTable)),
});

const delta = shape<SnapshotDelta>({
  header: optional(header),
  namespaces: optional(SMALL.namespaces),
  threads: optional(SMALL.threads),
  pins: optional(SMALL.pins),
  containers: optional(SMALL.containers),
  users: optional(SMALL.users),
  limits: optional(SMALL.limits),
  gaps: optional(SMALL.gaps),
  ...ADDED_LATER,
  namespaceSets: optional(
    shape<NonNullable<SnapshotDelta['namespaceSets']>>({ from: whole(), sets: listOf(namespaceSet) }),
  ),
  processes: optional(
    shape<NonNullable<SnapshotDelta['processes']>>({ changed: listOf(process), gone: listOf(pid) }),
  ),
  mountTables: optional(
    shape<MountTablesDelta>({ changed: listOf(mountTable), gone: listOf(keyOfKind('mnt')) }),
  ),
  networkTables: optional(
    shape<NetworkTablesDelta>({ changed: listOf(networkTable), gone: listOf(keyOfKind('net')) }),
  ),
});

/** Throws a ShapeError. */
export function checkSnapshot(value: unknown): Snapshot {
  return checkedAs(value, snapshot);
}

/** Throws a ShapeError. */
export function checkDelta(value: unknown): SnapshotDelta {
  return checkedAs(value, delta);
}

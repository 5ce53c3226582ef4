/** Each way to hold a namespace × each kind it can hold: what is said of it, beside whether the kernel keeps it. */
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { unseenHolders } from '../../src/analysis/unseen-holders.js';
import type { Reason } from '../../src/analysis/why-alive.js';
import { whyAlive } from '../../src/analysis/why-alive.js';
import { collectSnapshot } from '../../src/collect/collect-snapshot.js';
import type { CollectOptions } from '../../src/collect/discovery.js';
import { dumpTasks } from '../../src/kernel/bpf-iterator.js';
import type { Model } from '../../src/model/model.js';
import { buildModel } from '../../src/model/model.js';
import type { NamespaceKind } from '../../src/model/namespace-kind.js';
import { NAMESPACE_KINDS } from '../../src/model/namespace-kind.js';
import type { Holder } from '../sandbox/holders.js';
import { becomes, isAlive, startHolder } from '../sandbox/holders.js';
import { needsRoot } from '../sandbox/scene.js';

const BOUND: readonly NamespaceKind[] = NAMESPACE_KINDS.filter((kind) => kind !== 'mnt');

interface Way {
  way: string;
  kinds: readonly NamespaceKind[];
  /** How it must be said, by the dump of all files and by a walk through /proc; null: cannot be seen. */
  dump: Reason['reasonKind'] | null;
  walk: Reason['reasonKind'] | null;
  file?: string;
}

const WAYS: readonly Way[] = [
  { way: 'fd', kinds: NAMESPACE_KINDS, dump: 'fd', walk: 'fd' },
  { way: 'path-fd', kinds: BOUND, dump: 'fd', walk: 'fd' },
  { way: 'path-fd-unmounted', kinds: BOUND, dump: 'fd', walk: 'fd' },
  { way: 'path-fd-o-path', kinds: ['net', 'uts'], dump: 'fd', walk: 'fd' },
  { way: 'open-tree', kinds: ['net'], dump: 'fd', walk: 'fd' },
  { way: 'bind', kinds: BOUND, dump: 'bind', walk: 'bind' },
  { way: 'thread', kinds: ['net', 'uts', 'ipc', 'cgroup', 'mnt'], dump: 'threads', walk: 'threads' },
  { way: 'dead-leader', kinds: ['net', 'uts', 'ipc', 'cgroup', 'mnt'], dump: 'threads', walk: 'threads' },
  { way: 'thread-fd', kinds: NAMESPACE_KINDS, dump: 'fd', walk: 'fd' },
  { way: 'dead-leader-fd', kinds: NAMESPACE_KINDS, dump: 'fd', walk: 'fd' },
  { way: 'children', kinds: ['pid', 'time'], dump: 'for children', walk: 'for children' },
  { way: 'thread-children', kinds: ['pid'], dump: 'threads for children', walk: 'threads for children' },
  { way: 'zombie', kinds: ['user'], dump: 'processes', walk: 'processes' },
  { way: 'child', kinds: ['user'], dump: 'child namespaces', walk: 'child namespaces' },
  { way: 'owned', kinds: ['user'], dump: 'owned namespaces', walk: 'owned namespaces' },
  ...['socket', 'netlink', 'packet', 'unix'].map((way): Way => ({
    way,
    kinds: ['net'],
    dump: 'socket',
    walk: null,
  })),
  ...(
    [
      ['tun', 'net', 'tun'],
      ['tun-device', 'net', 'tun'],
      ['proc-net', 'net', 'proc-net'],
      ['fscontext', 'net', 'mount-context'],
      ['perf', 'pid', 'perf-event'],
      ['pidfd', 'pid', 'pidfd'],
      ['proc-dir', 'pid', 'pidfd'],
      ['mountinfo', 'mnt', 'mount-table'],
      ['credentials', 'user', 'credentials'],
    ] as const
  ).map(([way, kind, file]): Way => ({ way, kinds: [kind], dump: 'file', walk: null, file })),
];

/** Ways that keep nothing: a directory of /proc/PID/net, mounts whose superblock takes no full reference. */
const KEEPING_NOTHING: readonly (readonly [string, NamespaceKind])[] = [
  ...NAMESPACE_KINDS.map((kind) => ['none', kind] as const),
  ['proc-net-dir', 'net'],
  ['sysfs-mount', 'net'],
  ['mqueue-mount', 'ipc'],
  ['mqueue-fd', 'ipc'],
  ['cgroup-mount', 'cgroup'],
  ['pidfd', 'net'],
];

async function look(options: Partial<CollectOptions>): Promise<Model> {
  return buildModel(await collectSnapshot({ containerNames: false, details: 'none', ...options }));
}

/** Reasons that are not the namespace of somebody who is still inside to ask about it. */
function reasonOf(model: Model, { key }: Holder, wanted: Way['dump']): Reason | undefined {
  return whyAlive(model, key).find(({ reasonKind }) => reasonKind === wanted);
}

async function shows(t: ExecutionContext, way: Way, how: 'dump' | 'walk', only: readonly NamespaceKind[]) {
  const options: Partial<CollectOptions> = how === 'dump' ? { everyFile: true } : { taskDump: 'never' };
  for (const kind of way.kinds.filter((each) => only.includes(each))) {
    const holder = await startHolder(t, way.way, kind);
    if (!holder) continue;
    const where = `${way.way} ${kind} ${how}`;
    if (holder.id > 0) t.true(await becomes(true, holder), `${where}: the kernel keeps it`);
    const model = await look(options);
    const wanted = way[how];
    if (wanted === null) {
      // Not seen; then it must be said what was not looked at.
      t.true(unseenHolders(model, holder.key).length > 0, where);
      continue;
    }
    const reason = reasonOf(model, holder, wanted);
    t.truthy(reason, `${where}: ${JSON.stringify(whyAlive(model, holder.key))}`);
    if (reason?.reasonKind === 'file') t.is(reason.file, way.file as typeof reason.file, where);
    if (reason && 'holders' in reason) {
      t.true(
        reason.holders.some(({ pid }) => pid === holder.pid),
        where,
      );
    }
  }
}

function canDump(t: ExecutionContext): boolean {
  if (typeof dumpTasks() !== 'number') return true;
  t.pass('skipped: this kernel allows no BPF task iterator');
  return false;
}

/** All kinds take two minutes: every way is tried with its first kind here, and all of them where it is asked for. */
function kindsOf(way: Way): readonly NamespaceKind[] {
  return process.env['NSVIEW_ALL_HOLDERS'] ? way.kinds : way.kinds.slice(0, 1);
}

test.serial('by the dump of all files: the holder is named', async (t) => {
  if (!needsRoot(t) || !canDump(t)) return;
  for (const way of WAYS) await shows(t, way, 'dump', kindsOf(way));
});

test.serial(
  'by a walk through /proc: the holder is named, or it is said what was not looked at',
  async (t) => {
    if (!needsRoot(t)) return;
    for (const way of WAYS) await shows(t, way, 'walk', kindsOf(way));
  },
);

test.serial('what waits in a socket is never passed over in silence', async (t) => {
  if (!needsRoot(t) || !canDump(t)) return;
  for (const [way, kind] of [
    ['in-flight', 'uts'],
    ['socket-in-flight', 'net'],
  ] as const) {
    const holder = await startHolder(t, way, kind);
    t.truthy(holder);
    const unseen = unseenHolders(await look({ everyFile: true }), holder!.key);
    const inFlight = unseen.find((each) => each.unseen === 'in flight');
    t.true(
      inFlight?.unseen === 'in flight' && inFlight.sockets.some(({ pid }) => pid === holder!.pid),
      JSON.stringify(unseen),
    );
  }
});

test.serial('what keeps nothing is not said to keep anything', async (t) => {
  if (!needsRoot(t)) return;
  for (const [way, kind] of KEEPING_NOTHING) {
    const holder = await startHolder(t, way, kind);
    if (!holder || holder.id === 0) continue;
    t.true(await becomes(false, holder), `${way} ${kind}: the kernel lets it go`);
    const model = await look({ everyFile: true });
    // Its inode may be another's by now.
    const node = model.namespaces.get(holder.key);
    if (node?.fact.namespaceId === holder.id) t.true(isAlive(holder), `${way} ${kind}`);
  }
});

/**
 * Each errno that the kernel answers with, produced: by the real cause, or by a filter of system calls that answers as
 * an older kernel or a container engine would (test/sandbox/refuse.c). What is said of it is a sentence that helps.
 */
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { constants, hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { openOwner, openParent, readOwnerUid } from '../../src/kernel/namespace-ioctls.js';
import type { LinkPlace, MountPlace, NamespaceReference, Operation } from '../../src/actions/plan.js';
import type { RefusedCall } from '../../src/perform/refusals.js';
import { REASONS, reasonFor } from '../../src/perform/refusals.js';
import type { NamespaceKind } from '../../src/model/namespace-kind.js';
import { namespaceKey } from '../../src/model/snapshot.js';
import * as libc from '../../src/kernel/libc.js';
import { NetScene } from '../sandbox/net-scene.js';
import { compiled, needsRoot } from '../sandbox/scene.js';
import { PROGRAM, runCommand } from '../support/run-program.js';

const { EPERM, EINVAL, ENOSYS, ENOTTY, EACCES } = constants.errno;

/** Numbers of system calls, <asm/unistd.h>; those above 400 are the same everywhere. */
const CALL = {
  x64: {
    ioctl: 16,
    unshare: 272,
    setns: 308,
    readlinkat: 267,
    mount: 165,
    umount2: 166,
    sethostname: 170,
    shmctl: 31,
  },
  arm64: {
    ioctl: 29,
    unshare: 97,
    setns: 268,
    readlinkat: 78,
    mount: 40,
    umount2: 39,
    sethostname: 161,
    shmctl: 195,
  },
}[process.arch as 'x64' | 'arm64'];
const STATMOUNT = 457;
const LISTMOUNT = 458;
const CLONE3 = 435;
const PIDFD_SEND_SIGNAL = 424;
const NS_MNT_GET_NEXT = 0x8010b70b;
const NS_GET_ID = 0x8008b70d;

interface Answer {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** nsview, to which these calls are refused. */
function refused(calls: readonly string[], ...words: string[]): Promise<Answer> {
  return runCommand([compiled('refuse'), ...calls, '--', process.execPath, PROGRAM, ...words]);
}

/** Node in the scene, to which these calls are refused. */
function refusing(scene: NetScene, calls: readonly string[]): string[] {
  const enter = ['nsenter', '-t', String(scene.pid), '-n', '-m'];
  return [...enter, compiled('refuse'), ...calls, '--', process.execPath];
}

async function sentences(
  t: ExecutionContext,
  cases: readonly (readonly [string, Promise<Answer>, RegExp])[],
): Promise<void> {
  for (const [what, answer, sentence] of cases) {
    const { stderr, stdout } = await answer;
    t.regex(stderr + stdout, sentence, what);
    t.notRegex(stderr, /\n\s+at /, `${what}: no stack`);
  }
}

test('ioctls: what is EPERM and EINVAL means none, not unknown', async (t) => {
  if (!needsRoot(t)) return;
  for (const [path, ask, expected] of [
    ['/proc/2/ns/pid', openParent, -EPERM],
    ['/proc/2/ns/user', openParent, -EPERM],
    ['/proc/self/ns/uts', openParent, -EINVAL],
    ['/proc/self/ns/net', readOwnerUid, -EINVAL],
    ['/proc/2/ns/user', openOwner, -EPERM],
  ] as const) {
    const fd = libc.openat(libc.AT_FDCWD, libc.fixedPath(path).address, libc.O_RDONLY | libc.O_CLOEXEC, 0);
    t.true(fd >= 0, path);
    t.is(ask(fd), expected, `${ask.name} ${path}`);
    libc.close(fd);
  }
  const { stderr } = await runCommand([process.execPath, PROGRAM, 'ls', '-J']);
  t.notRegex(stderr, /parent|EINVAL/);
});

test('reads that an older kernel or a container refuses are gaps, with what would help', async (t) => {
  if (!needsRoot(t)) return;
  const inPidNamespace = ['unshare', '--pid', '--fork', '--mount-proc', process.execPath, PROGRAM, 'ls'];
  await sentences(t, [
    ['EPERM of the walk', runCommand(inPidNamespace), /mount namespace walk unreadable: (EPERM .*initial pid namespace|ENOTTY .*needs Linux 6\.12)/],
    ['ENOTTY of the walk', refused([`${CALL.ioctl},${NS_MNT_GET_NEXT}=${ENOTTY}`], 'ls'), /mount namespace walk unreadable: ENOTTY .*needs Linux 6\.12/],
    ['EACCES of links', refused([`${CALL.readlinkat}=${EACCES}`], 'ls'), /namespace links unreadable: EACCES/],
    ['ENOSYS of statmount', refused([`${STATMOUNT}=${ENOSYS}`, `${LISTMOUNT}=${ENOSYS}`], 'mounts'), /^\/ +\S+ /m],
    ['ENOTTY of ids', refused([`${CALL.ioctl},${NS_GET_ID}=${ENOTTY}`], 'ls'), /^\d+ mnt/m],
    ['ENOSYS of clone3', refused([`${CLONE3}=${ENOSYS}`], 'ls'), /^\d+ mnt/m],
  ]); // prettier-ignore
});

test('changes that a filter of system calls refuses say so, and leave nothing', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await NetScene.start(t);
  await scene.netns('left');
  const inScene = (calls: readonly string[], ...words: string[]): Promise<Answer> =>
    runCommand([...refusing(scene, calls), PROGRAM, ...words]);
  const before = await scene.run('ls /run/netns; ip -n left link');
  await sentences(t, [
    ['unshare EPERM', inScene([`${CALL.unshare}=${EPERM}`], 'wire', 'netns', 'fresh', '--yes'), /cannot make network namespace fresh: EPERM: /],
    ['unshare ENOSYS', inScene([`${CALL.unshare}=${ENOSYS}`], 'wire', 'netns', 'fresh', '--yes'), /cannot make network namespace fresh: ENOSYS: /],
    ['setns EPERM', inScene([`${CALL.setns}=${EPERM}`], 'wire', 'bridge', 'left:br0', '--yes'), /cannot enter (net:\[\d+\]|left): EPERM: it takes CAP_SYS_ADMIN in the user namespace that owns it/],
    ['a form before it runs', inScene([`${CALL.unshare}=${EPERM}`], 'unshare', '--uts', '--dry-run', 'true'), /the kernel refuses new namespaces: EPERM: .*seccomp/],
    ['with users', inScene([`${CALL.unshare}=${ENOSYS}`], 'unshare', '--map-root-user', '--dry-run', 'true'), /the kernel refuses a user namespace with ids mapped: ENOSYS/],
  ]); // prettier-ignore
  t.is(await scene.run('ls /run/netns; ip -n left link'), before);
});

test('limits: ENOSPC of a count and of the depth, before and by the kernel', async (t) => {
  if (!needsRoot(t)) return;
  const own = (script: string): Promise<Answer> =>
    runCommand([
      'unshare',
      '--user',
      '--map-root-user',
      '--mount',
      '--net',
      'sh',
      '-c',
      `mount -t tmpfs t /run; ${script}`,
    ]);
  const nsview = `${process.execPath} ${PROGRAM}`;
  const deep = Array.from({ length: 32 }, () => 'unshare --user --map-root-user').join(' ');
  await sentences(t, [
    ['count', own(`echo 0 > /proc/sys/user/max_net_namespaces; ${nsview} wire netns fresh --yes`), /cannot make network namespace fresh: ENOSPC: user\.max_net_namespaces is used up/],
    ['count of users', own(`echo 0 > /proc/sys/user/max_user_namespaces; ${nsview} unshare --map-root-user true`), /user\.max_user_namespaces.*ENOSPC|ENOSPC.*user\.max/],
    ['depth', own(`${deep} ${nsview} unshare --user true`), /ENOSPC/],
  ]); // prettier-ignore
});

test('a chroot: EPERM, which no setting tells', async (t) => {
  if (!needsRoot(t)) return;
  const script = `mount -t tmpfs t /mnt && mkdir /mnt/root && mount --rbind / /mnt/root &&
    chroot /mnt/root ${process.execPath} ${PROGRAM} unshare --map-root-user true`;
  await sentences(t, [
    [
      'chroot',
      runCommand(['unshare', '--mount', 'sh', '-c', script]),
      /the kernel refuses a user namespace.*: EPERM: .*a chroot/,
    ],
  ]);
});

test('an ordinary user: EPERM of what is not his, EACCES of files on the way', async (t) => {
  if (!needsRoot(t)) return;
  const user = ['setpriv', '--reuid', '4005', '--regid', '4005', '--clear-groups', process.execPath, PROGRAM];
  await sentences(t, [
    ['unshare without users', runCommand([...user, 'unshare', '--uts', 'true']), /it takes CAP_SYS_ADMIN in your user namespace: make a user namespace along with it/],
    ['signal', runCommand([...user, 'signal', '1', 'TERM', '--yes']), /EPERM|may not/],
    ['netns', runCommand([...user, 'wire', 'netns', 'mine', '--yes']), /CAP_SYS_ADMIN/],
    ['enter', runCommand([...user, 'enter', '1', '--', 'true']), /the namespaces of process 1 cannot be read: it takes its user, or CAP_SYS_PTRACE/],
  ]); // prettier-ignore
});

test('every sentence of the table is what the kernel’s answer comes to', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await NetScene.start(t);
  await scene.netns('left', 'right');
  await scene.run(`ip -n left link add br0 type bridge && ip -n left link add mine type veth peer name other netns right
    ip -n left addr add 10.5.0.1/24 dev mine && ip -n left link set mine up
    ip -n left route add 10.66.0.0/16 dev mine && ip netns set right 7 && mkdir /run/point /run/elsewhere
    mount -t tmpfs point /run/point && ipcmk -M 4096 >/dev/null`);
  const left = { made: 'left' };
  const link = (name: string): LinkPlace => ({ netns: left, name, ifindex: null });
  const own = (kind: NamespaceKind): NamespaceReference => ({
    key: namespaceKey(kind, 0),
    namespaceId: null,
    isOwn: true,
    paths: [],
  });
  const segment = Number((await scene.run("ipcs -m | awk '$5 == 4096 {print $2}' | tail -n 1")).trim());
  t.teardown(() => scene.attempt(`ipcrm -m ${segment}`));
  const shm = (await scene.run('cat /proc/sysvipc/shm')).split('\n').map((line) => line.trim().split(/\s+/));
  const [ipcKey, , , , , , , uid] = shm.find(([, id]) => id === String(segment))!;
  const mountId = Number(/^(\d+) .* \/run\/point /m.exec(await scene.run('cat /proc/self/mountinfo'))![1]);
  const point: MountPlace = { namespace: own('mnt'), mountPoint: '/run/point', mountId };
  const bind: Operation = {
    operation: 'bind-mount',
    namespace: own('mnt'),
    source: '/run/point',
    target: '/run/elsewhere',
    recursive: false,
  };
  const route = {
    destination: '10.66.0.0/16',
    family: 'inet',
    gateway: null,
    device: 'mine',
    metric: null,
    source: null,
    table: null,
  } as const;
  const ownStart = (await scene.run('cut -d" " -f22 /proc/$$/stat')).trim();
  const signal: Operation = {
    operation: 'signal',
    pid: scene.pid,
    startTimeTicks: Number(ownStart),
    signal: 'SIGCONT',
  };
  /** Really refused where there are no calls; else by the filter. */
  const cases: readonly [RefusedCall, string, Operation, string?][] = [
    ['enter', 'EPERM', { operation: 'link-up', link: link('br0') }, `${CALL.setns}=`],
    ['enter', 'EINVAL', { operation: 'link-up', link: link('br0') }, `${CALL.setns}=`],
    ...(['EBUSY', 'EINVAL'] as const).map((errno) => ['unmount', errno, { operation: 'unmount', place: point, lazy: false }, `${CALL.umount2}=`] as [RefusedCall, string, Operation, string]),
    ...(['EINVAL', 'ENOENT', 'ENOTDIR', 'ELOOP', 'ENOSPC'] as const).map((errno) => ['bind-mount', errno, bind, `${CALL.mount}=`] as [RefusedCall, string, Operation, string]),
    ['set-propagation', 'EINVAL', { operation: 'set-propagation', place: point, propagation: 'shared', recursive: false }, `${CALL.mount}=`],
    ...(['EPERM', 'EINVAL'] as const).map((errno) => ['set-uts-name', errno, { operation: 'set-uts-name', namespace: own('uts'), name: 'hostname', value: 'x', before: (hostname()) }, `${CALL.sethostname}=`] as [RefusedCall, string, Operation, string]),
    ...(['EPERM', 'EINVAL', 'EIDRM', 'ENOENT'] as const).map((errno) => ['remove-ipc', errno, { operation: 'remove-ipc', namespace: own('ipc'), place: { objectKind: 'shm', id: segment, ipcKey: Number(ipcKey) >>> 0, uid: Number(uid) } }, `${CALL.shmctl}=`] as [RefusedCall, string, Operation, string]),
    ['link-move', 'EINVAL', { operation: 'link-move', link: link('lo'), to: { made: 'right' }, newName: null }],
    ['link-move', 'EEXIST', { operation: 'link-move', link: link('mine'), to: { made: 'right' }, newName: 'other' }],
    ['link-add', 'EEXIST', { operation: 'link-add', netns: left, name: 'mine', options: { kind: 'bridge' } }],
    ...((await scene.attempt('ip link add dum0 type dummy && ip link del dum0')).code === 0 ? [] : [['link-add', 'EOPNOTSUPP', { operation: 'link-add', netns: left, name: 'dum0', options: { kind: 'dummy' } }] as [RefusedCall, string, Operation]]),
    ['link-rename', 'EEXIST', { operation: 'link-rename', link: link('br0'), newName: 'mine' }],
    ['link-delete', 'EOPNOTSUPP', { operation: 'link-delete', link: link('lo') }],
    ['netns-add', 'EEXIST', { operation: 'netns-add', name: 'left' }],
    ['netns-add', 'ENOSPC', { operation: 'netns-add', name: 'fresh' }, `${CALL.unshare}=`],
    ['netns-attach', 'EEXIST', { operation: 'netns-attach', name: 'left', namespace: own('net') }],
    ['netns-set-id', 'EEXIST', { operation: 'netns-set-id', netns: own('net'), target: { made: 'right' }, netnsid: 9 }],
    ['address-add', 'EEXIST', { operation: 'address-add', link: link('mine'), address: '10.5.0.1/24' }],
    ['address-delete', 'EADDRNOTAVAIL', { operation: 'address-delete', link: link('mine'), address: '10.9.9.9/24' }],
    ['route-add', 'EEXIST', { operation: 'route-add', netns: left, route }],
    ['route-add', 'ENETUNREACH', { operation: 'route-add', netns: left, route: { ...route, destination: 'default', gateway: '203.0.113.1', device: null } }],
    ['route-delete', 'ESRCH', { operation: 'route-delete', netns: left, route: { ...route, destination: '203.0.113.0/24' } }],
    ['signal', 'ESRCH', signal, `${PIDFD_SEND_SIGNAL}=`],
    ['signal', 'EPERM', signal, `${PIDFD_SEND_SIGNAL}=`],
    ...(['EPERM', 'EACCES', 'ENOSYS', 'ENOENT', 'EBUSY'] as const).map((errno) => ['netns-add', errno, { operation: 'netns-add', name: 'fresh' }, `${CALL.unshare}=`] as [RefusedCall, string, Operation, string]),
  ]; // prettier-ignore
  const told = new Set<string>();
  const program = fileURLToPath(new URL('../sandbox/perform.js', import.meta.url));
  for (const [call, errno, operation, filter] of cases) {
    const number = constants.errno[errno as keyof typeof constants.errno];
    const calls = filter === undefined ? [] : [`${filter}${number}`];
    const { stdout, stderr } = await runCommand([...refusing(scene, calls), program], {
      input: JSON.stringify({ operations: [operation] }),
    });
    t.not(stdout, '', `${call} ${errno}: ${stderr}`);
    const { failure } = JSON.parse(stdout) as { failure: string | null };
    const record = reasonFor(call, errno);
    t.true(
      failure?.includes(`${errno}: ${record?.reason ?? '?'}`),
      `${call} ${errno}: ${failure ?? 'it was done'}`,
    );
    if (record) told.add(`${record.call ?? 'any'} ${record.errno}`);
  }
  // No radio here; an interface that vanishes between two system calls cannot be had; a kernel may know all
  // kinds, and rename what is up.
  const rest = REASONS.map(({ call, errno }) => `${call ?? 'any'} ${errno}`).filter(
    (each) => !told.has(each),
  );
  const excused = ['any ENODEV', 'link-add EOPNOTSUPP', 'link-rename EBUSY', 'wiphy-move EOPNOTSUPP'];
  t.deepEqual(
    rest.filter((each) => !excused.includes(each)),
    [],
  );
});

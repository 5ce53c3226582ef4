/** What is inside of namespaces, against lsipc, hostname, /proc and mqueue as a process inside sees them. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readlinkSync, rmdirSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { planRemoveIpc, planUtsName } from '../../src/actions/inside-plans.js';
import { InteriorModel, ipcObjectName, ipcObjects, uptimeInside } from '../../src/analysis/interior-model.js';
import { livingIn, pidIn, pidNamespace, sees } from '../../src/analysis/pid-namespaces.js';
import { problemsOf } from '../../src/analysis/problems.js';
import { collectSnapshot } from '../../src/collect/collect-snapshot.js';
import { performOperations } from '../../src/perform/perform.js';
import { buildModel } from '../../src/model/model.js';
import type { NamespaceKey } from '../../src/model/snapshot.js';
import { compiled, endScene, needsRoot, started } from '../sandbox/scene.js';
import { runNsview } from '../support/run-program.js';

/** A process in uts and ipc namespaces of its own, with one object and more of each kind. */
async function furnished(t: ExecutionContext): Promise<number> {
  const { pid } = await started(
    t,
    'unshare',
    '--uts',
    '--ipc',
    compiled('ipc-objects'),
    'web-7',
    'example.org',
  );
  return pid!;
}

function keyOf(pid: number, kind: string): NamespaceKey {
  return readlinkSync(`/proc/${pid}/ns/${kind}`) as NamespaceKey;
}

async function look() {
  const snapshot = await collectSnapshot({ details: 'all', containerNames: false, interiors: true });
  return { model: buildModel(snapshot), interiors: new InteriorModel(snapshot.interiors ?? []), snapshot };
}

function inside(pid: number, ...words: string[]): string {
  return execFileSync('nsenter', ['-t', String(pid), ...words], { encoding: 'utf8' });
}

interface Lsipc {
  sharedmemory?: Record<string, string | number>[];
  semaphores?: Record<string, string | number>[];
  messages?: Record<string, string | number>[];
}

/** util-linux names the list differently from version to version. */
function lsipc(pid: number, option: string, columns: string): string[][] {
  const names = columns.split(',');
  const text = inside(pid, '-i', 'lsipc', option, '--json', '--bytes', '--numeric-perms', '-o', columns);
  const [list = []] = Object.values(JSON.parse(text) as Lsipc) as Record<string, string | number>[][];
  return list.map((row) => names.map((name) => String(row[name.toLowerCase()])));
}

const hexadecimal = (key: number): string => `0x${key.toString(16).padStart(8, '0')}`;
const octal = (mode: number): string => `0${mode.toString(8)}`;

test('System V objects are those of lsipc inside', async (t) => {
  if (!needsRoot(t)) return;
  const pid = await furnished(t);
  const { interiors } = await look();
  const fact = interiors.of('ipc', keyOf(pid, 'ipc'))!;
  t.deepEqual(
    fact.sharedMemory.map(({ ipcKey, id, mode, bytes, attached, creator, lastUser }) => [
      hexadecimal(ipcKey), String(id), octal(mode), String(bytes), String(attached), String(creator), String(lastUser),
    ]), // prettier-ignore
    lsipc(pid, '--shmems', 'KEY,ID,PERMS,SIZE,NATTCH,CPID,LPID'),
  );
  t.deepEqual(
    fact.semaphores.map(({ ipcKey, id, mode, semaphores }) => [
      hexadecimal(ipcKey), String(id), octal(mode), String(semaphores),
    ]), // prettier-ignore
    lsipc(pid, '--semaphores', 'KEY,ID,PERMS,NSEMS'),
  );
  t.deepEqual(
    fact.messageQueues.map(({ ipcKey, id, bytes, messages, lastSender }) => [
      hexadecimal(ipcKey),
      ...[id, bytes, messages, lastSender].map(String),
    ]),
    // It knows no permissions of these.
    lsipc(pid, '--queues', 'KEY,ID,USEDBYTES,MSGS,LSPID'),
  );
  t.deepEqual(
    fact.messageQueues.map(({ mode }) => mode),
    [0o666],
  );
  t.true(fact.sharedMemory.length === 2 && fact.semaphores.length === 1 && fact.messageQueues.length === 1);
  t.deepEqual(
    fact.sharedMemory.map(({ attachedBy }) => attachedBy),
    [[pid], []],
  );
});

test('POSIX queues are those of the mqueue filesystem inside', async (t) => {
  if (!needsRoot(t)) return;
  const pid = await furnished(t);
  const { interiors } = await look();
  const script = 'mount -t mqueue none /mnt && for q in /mnt/*; do stat -c %a:%u $q; cat $q; done';
  const text = inside(pid, '-i', 'unshare', '--mount', 'sh', '-c', script);
  t.regex(text, /^644:0\nQSIZE:5 /);
  t.deepEqual(interiors.of('ipc', keyOf(pid, 'ipc'))?.posixQueues, [
    {
      name: '/jobs', mode: 0o644, uid: 0, gid: 0, messages: 1, maximumMessages: 5, messageSize: 64, bytes: 5, notified: 0,
    },
  ]); // prettier-ignore
  // Looking mounted nothing.
  t.notRegex(readFileSync('/proc/self/mountinfo', 'utf8'), / - mqueue none /);
});

test('names of uts namespaces, also of one without a process', async (t) => {
  if (!needsRoot(t)) return;
  const pid = await furnished(t);
  const key = keyOf(pid, 'uts');
  const held = await started(t, 'sh', '-c', `exec 9</proc/${pid}/ns/uts; echo ready; read stop`);
  const before = await look();
  t.is(before.interiors.of('uts', key)?.hostname, inside(pid, '-u', 'uname', '-n').trim());
  t.is(
    before.interiors.of('uts', key)?.domain,
    inside(pid, '-u', 'cat', '/proc/sys/kernel/domainname').trim(),
  );
  process.kill(pid, 'SIGKILL');
  while (existsSync(`/proc/${pid}/ns/uts`)) await sleep(10);
  const { interiors, model } = await look();
  t.is(model.namespaces.get(key)?.processes.length, 0);
  t.deepEqual(interiors.of('uts', key), { interior: 'uts', key, hostname: 'web-7', domain: 'example.org' });
  t.truthy(held.pid);
});

test('clocks: the offsets and the uptime that a process inside sees', async (t) => {
  if (!needsRoot(t)) return;
  const words = [
    '--time',
    '--fork',
    '--monotonic',
    '-3',
    '--boottime',
    '86400',
    'sh',
    '-c',
    'echo ready; read stop',
  ];
  const parent = await started(t, 'unshare', ...words);
  const child = Number(readFileSync(`/proc/${parent.pid!}/task/${parent.pid!}/children`, 'utf8'));
  const key = keyOf(child, 'time');
  const { interiors, model } = await look();
  t.deepEqual(interiors.of('time', key), {
    interior: 'time',
    key,
    monotonic: { seconds: -3, nanoseconds: 0 },
    boottime: { seconds: 86_400, nanoseconds: 0 },
  });
  const shown = Number(inside(child, '-T', 'cat', '/proc/uptime').split(' ')[0]);
  const told = uptimeInside(model, interiors, key)!;
  t.true(told <= shown && shown - told < 3600, `${told} told, ${shown} shown`);
});

/** Where version 2 is mounted, alone or beside version 1. */
const UNIFIED = ['/sys/fs/cgroup/unified', '/sys/fs/cgroup'].find((path) =>
  existsSync(`${path}/cgroup.controllers`),
);

test('cgroup roots, with a member and without', async (t) => {
  if (!needsRoot(t)) return;
  const name = `nsview-test-${process.pid}`;
  try {
    mkdirSync(`${UNIFIED!}/${name}/inner`, { recursive: true });
  } catch {
    t.log('no cgroup of version 2 can be made here');
    t.pass();
    return;
  }
  const script = `echo $$ > ${UNIFIED!}/${name}/cgroup.procs && exec unshare --cgroup sh -c 'echo ready; read stop'`;
  const member = await started(t, 'sh', '-c', script);
  const key = keyOf(member.pid!, 'cgroup');
  const held = await started(t, 'sh', '-c', `exec 9</proc/${member.pid!}/ns/cgroup; echo ready; read stop`);
  t.teardown(async () => {
    await endScene(member);
    await endScene(held);
    rmdirSync(`${UNIFIED!}/${name}/inner`);
    rmdirSync(`${UNIFIED!}/${name}`);
  });
  const rootIn = async (): Promise<string | null | undefined> => {
    const { interiors } = await look();
    return interiors.of('cgroup', key)?.roots.find(({ hierarchy }) => hierarchy === '')?.path;
  };
  const outside = /^0::(.*)$/m.exec(readFileSync(`/proc/${member.pid!}/cgroup`, 'utf8'))![1]!;
  t.is(await rootIn(), outside);
  // Deeper than the root, then outside of it, where only the filesystem can tell.
  writeFileSync(`${UNIFIED!}/${name}/inner/cgroup.procs`, String(member.pid));
  t.regex(inside(member.pid!, '-C', 'cat', `/proc/${member.pid!}/cgroup`), /^0::\/inner$/m);
  t.is(await rootIn(), outside);
  writeFileSync(`${UNIFIED!}/cgroup.procs`, String(member.pid));
  t.regex(inside(member.pid!, '-C', 'cat', `/proc/${member.pid!}/cgroup`), /^0::\/\.\.$/m);
  t.is(await rootIn(), outside);
  await endScene(member);
  t.is(await rootIn(), outside);
});

test('pid namespaces: init, who lives there under which pid, who sees whom', async (t) => {
  if (!needsRoot(t)) return;
  const script =
    'sleep 600 & unshare --pid --fork --mount-proc sh -c "sleep 601 & echo ready; read stop"; true';
  const outer = await started(
    t,
    'unshare',
    '--pid',
    '--fork',
    '--mount-proc',
    '--kill-child',
    'sh',
    '-c',
    script,
  );
  const init = Number(readFileSync(`/proc/${outer.pid!}/task/${outer.pid!}/children`, 'utf8'));
  const key = keyOf(init, 'pid');
  const { model } = await look();
  const told = pidNamespace(model, key);
  t.is(told.init?.pid, init);
  t.is(told.state, 'alive');
  const listed = inside(init, '-p', '-m', 'ps', '-eo', 'pid=,args=');
  const shown = listed
    .split('\n')
    .flatMap((line) => (/ ps -eo/.test(line) || line === '' ? [] : [parseInt(line)]));
  const living = livingIn(model, key);
  t.deepEqual(
    living.map((each) => pidIn(model, each, key)).sort((a, b) => a! - b!),
    shown,
  );
  t.true(shown.length >= 5);
  const [below] = model.namespaces.get(key)!.children;
  t.is(pidNamespace(model, below!).state, 'alive');
  const innermost = model.namespaces.get(below!)!.processes[0]!;
  t.true(sees(model, told.init!, innermost));
  t.false(sees(model, innermost, told.init!));
  t.is(pidIn(model, told.init!, below!), null);
});

test('a dead init and a zombie init are named', async (t) => {
  if (!needsRoot(t)) return;
  const dead = await started(
    t,
    'unshare',
    '--pid',
    'bash',
    '--norc',
    '-c',
    '/bin/true; echo ready; read stop',
  );
  const program = `import ctypes, os, sys
ctypes.CDLL(None).unshare(0x20000000)
if os.fork() == 0: os._exit(0)
print("ready", flush=True)
sys.stdin.read()`;
  const zombies = await started(t, 'python3', '-c', program);
  const child = Number(readFileSync(`/proc/${zombies.pid!}/task/${zombies.pid!}/children`, 'utf8'));
  while (!/^State:\tZ/m.test(readFileSync(`/proc/${child}/status`, 'utf8'))) await sleep(10);
  const { model } = await look();
  const deadKey = readlinkSync(`/proc/${dead.pid!}/ns/pid_for_children`) as NamespaceKey;
  t.is(pidNamespace(model, deadKey).state, 'dead');
  t.true(problemsOf(model, deadKey).some(({ problem }) => problem === 'dead-init'));
  // It is as it was told: nothing can be started inside.
  t.throws(
    () => inside(dead.pid!, `--pid=/proc/${dead.pid!}/ns/pid_for_children`, 'true'),
    undefined,
    'it forked',
  );
  const zombieKey = keyOf(child, 'pid');
  t.is(pidNamespace(model, zombieKey).state, 'zombie');
  t.regex(
    problemsOf(model, zombieKey)
      .map(({ sentence }) => sentence)
      .join(),
    /its init is a zombie/,
  );
});

test('the hostname is changed and brought back; another change in between is seen', async (t) => {
  if (!needsRoot(t)) return;
  const pid = await furnished(t);
  const { model, interiors } = await look();
  const fact = interiors.of('uts', keyOf(pid, 'uts'))!;
  const plan = planUtsName(model, fact, 'hostname', 'web-8');
  if (!plan.ok || !plan.undo?.possible) throw new Error('no plan');
  t.deepEqual(plan.commands, [
    `nsenter --uts=/proc/${pid}/ns/uts -- sh -c 'echo web-8 > /proc/sys/kernel/hostname'`,
  ]);
  t.is((await performOperations(plan.operations)).failure, null);
  t.is(inside(pid, '-u', 'uname', '-n'), 'web-8\n');
  t.not(execFileSync('uname', ['-n'], { encoding: 'utf8' }), 'web-8\n');
  t.regex((await performOperations(plan.operations)).failure ?? '', /the hostname is "web-8" by now/);
  t.is((await performOperations(plan.undo.operations)).failure, null);
  t.is(inside(pid, '-u', 'uname', '-n'), 'web-7\n');
  execFileSync('sh', ['-c', plan.commands[0]!]);
  t.is(inside(pid, '-u', 'uname', '-n'), 'web-8\n');
  const domain = planUtsName(model, fact, 'domain', 'example.net');
  t.true(domain.ok && (await performOperations(domain.operations)).failure === null);
  t.is(inside(pid, '-u', 'cat', '/proc/sys/kernel/domainname'), 'example.net\n');
  for (const [name, reason] of [
    ['', /empty/], ['web-7', /already/], ['x'.repeat(65), /64 bytes/], ['ö'.repeat(33), /64 bytes/], ['a b', /blank/],
  ] as const) {
    const refused = planUtsName(model, fact, 'hostname', name);
    t.regex(refused.ok ? '' : refused.reason, reason);
  } // prettier-ignore
});

test('objects of an ipc namespace are removed, each by plan and by its command', async (t) => {
  if (!needsRoot(t)) return;
  for (const way of ['plan', 'shell'] as const) {
    const pid = await furnished(t);
    const { model, interiors } = await look();
    const objects = ipcObjects(interiors.of('ipc', keyOf(pid, 'ipc'))!);
    t.is(objects.length, 5);
    for (const object of objects) {
      const plan = planRemoveIpc(model, object);
      if (!plan.ok) throw new Error(plan.reason);
      if (way === 'plan')
        t.is((await performOperations(plan.operations)).failure, null, ipcObjectName(object));
      else execFileSync('sh', ['-c', plan.commands[0]!]);
      if (way === 'plan')
        t.regex(
          (await performOperations(plan.operations)).failure ?? '',
          /gone already|another one by now/,
          ipcObjectName(object),
        );
    }
    const after = ipcObjects((await look()).interiors.of('ipc', keyOf(pid, 'ipc'))!);
    // What is attached goes with the last who detaches, and has no key any more.
    t.deepEqual(after.map((object) => [ipcObjectName(object), object.objectKind === 'shm' && object.fact.isDoomed]), [
      [ipcObjectName(objects[0]!), true],
    ]); // prettier-ignore
  }
});

test('nsview inside: list, one namespace, changes only with --yes', async (t) => {
  if (!needsRoot(t)) return;
  const pid = await furnished(t);
  const json = async (...words: string[]) => {
    const { stdout } = await runNsview(['inside', '--json', ...words]);
    return (JSON.parse(stdout) as { inside: { ns: number; type: string; inside: { hostname?: string } }[] })
      .inside;
  };
  const inode = (kind: string): number => Number(keyOf(pid, kind).replace(/\D/g, ''));
  t.is((await json('uts')).find(({ ns }) => ns === inode('uts'))?.inside.hostname, 'web-7');
  t.deepEqual(
    (await json(keyOf(pid, 'ipc'))).map(({ type, ns }) => [type, ns]),
    [['ipc', inode('ipc')]],
  );
  const shown = await runNsview(['inside', String(pid)]);
  t.regex(shown.stdout, /hostname +web-7\n +NIS domain +example.org\n/);
  t.regex(shown.stdout, /mq \/jobs .*1 of 5 messages 0644\n/);
  const planned = await runNsview(['inside', 'hostname', String(pid), 'web-9']);
  t.regex(planned.stdout, /\$ nsenter --uts=.* 'echo web-9 > /);
  t.regex(planned.stderr, /nothing was done: --yes does it/);
  t.is(inside(pid, '-u', 'uname', '-n'), 'web-7\n');
  t.is((await runNsview(['inside', 'hostname', String(pid), 'web-9', '--yes'])).code, 0);
  t.is(inside(pid, '-u', 'uname', '-n'), 'web-9\n');
  t.is((await runNsview(['inside', 'remove', String(pid), 'mq', '/jobs', '--yes'])).code, 0);
  t.regex(
    (await runNsview(['inside', 'remove', String(pid), 'mq', '/jobs', '--yes'])).stderr,
    /there is no "mq \/jobs"/,
  );
  for (const wrong of [
    ['inside', 'remove', String(pid)],
    ['inside', 'a', 'b'],
    ['inside', keyOf(pid, 'net')],
  ])
    t.is((await runNsview(wrong)).code, 2, wrong.join(' '));
});

test('an ordinary user sees his own, is told what is refused, and plans say no', async (t) => {
  if (!needsRoot(t)) return;
  const pid = await furnished(t);
  const through = ['setpriv', '--reuid', '1000', '--regid', '1000', '--clear-groups'];
  const own = await runNsview(['inside', 'uts', '--json'], { through });
  const list = (JSON.parse(own.stdout) as { inside: { inside: { hostname: string } | null }[] }).inside;
  t.is(list[0]?.inside?.hostname, execFileSync('uname', ['-n'], { encoding: 'utf8' }).trim());
  const refused = await runNsview(['inside', 'hostname', String(pid), 'x', '--yes'], { through });
  t.is(refused.code, 1);
  t.is(inside(pid, '-u', 'uname', '-n'), 'web-7\n');
});

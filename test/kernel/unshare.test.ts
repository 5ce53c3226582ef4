/** New namespaces: what is told to be refused is refused by unshare and the kernel, and the rest is not. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import type { UnshareChoice } from '../../src/actions/unshare-plan.js';
import { NO_UNSHARE, planUnshare } from '../../src/actions/unshare-plan.js';
import { collectSnapshot } from '../../src/collect/collect-snapshot.js';
import { buildModel } from '../../src/model/model.js';
import { probeTools } from '../../src/perform/foreground.js';
import { endScene, needsRoot } from '../sandbox/scene.js';
import { runCommand, runNsview } from '../support/run-program.js';

/** Choices that meet each rule from both sides. */
const CHOICES: readonly Partial<UnshareChoice>[] = [
  {},
  { namespaces: { uts: true } },
  { namespaces: { mnt: true, net: true, ipc: true, cgroup: true } },
  { namespaces: { pid: true }, fork: true },
  { namespaces: { pid: true }, killChild: '', mountProc: '' },
  { namespaces: { mnt: true }, propagation: 'slave' },
  { namespaces: { mnt: true }, propagation: 'unchanged' },
  { namespaces: { time: true }, fork: true, boottime: '100', monotonic: '7' },
  { namespaces: { time: true }, fork: true, boottime: 'soon' },
  { namespaces: { user: true } },
  { namespaces: { uts: true }, map: 'root' },
  { map: 'root', namespaces: { net: true, mnt: true, pid: true }, fork: true, mountProc: '' },
  { map: 'current', namespaces: { uts: true } },
  { map: 'root', setgroups: 'deny' },
  { map: 'root', setgroups: 'allow' },
  { map: 'current', setgroups: 'allow' },
  { namespaces: { user: true }, setgroups: 'deny' },
  { mapUsers: '0,0,1', setgroups: 'deny' },
  { mapUsers: '0,0,1' },
  { mapUsers: 'all' },
  { mapUser: '5', mapGroup: '7' },
  { mapUser: '5', namespaces: { uts: true } },
  { mapGroup: '7', setgroups: 'deny' },
  { mapGroup: '7', setgroups: 'allow' },
  { mapUser: '5', setgroups: 'deny' },
  { map: 'root', mapUser: '5' },
  { mapUser: 'daemon' },
  { namespaces: { pid: true }, forwardSignals: true },
  { mountBinfmt: '' },
  { map: 'root', interpreter: ':nsv:M::nsview::/bin/true:' },
  { namespaces: { pid: true }, fork: true, map: 'root', interpreter: ':nsv:M::nsview::/bin/true:' },
  { namespaces: { pid: true }, fork: true, mountBinfmt: '' },
  { namespaces: { pid: true }, killChild: 'SIGTERM' },
  { namespaces: { pid: true }, killChild: 'nonsense' },
  { namespaces: { pid: true, mnt: true }, fork: true, mountProc: '/proc' },
  { namespaces: { pid: true }, fork: true, mountProc: 'here' },
  { owner: '4001:4001' },
  { owner: '4002:4002', mapUsers: '0,0,5', mapGroups: '0,0,5' },
  { owner: 'me' },
  { map: 'subids' },
  { namespaces: { uts: true }, environment: 'clear' },
  { namespaces: { uts: true }, environment: { names: 'HOME,TERM' } },
  { namespaces: { uts: true }, environment: { names: 'HO ME' } },
  { map: 'root', mountBinfmt: '' },
  { map: 'root', keepCapabilities: true },
  { namespaces: { uts: true }, workingDirectory: '/usr' },
  { namespaces: { mnt: true }, rootDirectory: '/' },
  { namespaces: { uts: true }, uid: 'me' },
];

async function outcomes(through: string[]) {
  const tools = await probeTools();
  const module = new URL('../sandbox/plan-unshare.js', import.meta.url).pathname;
  const input = JSON.stringify({ choices: CHOICES, tools });
  const { stdout, stderr } = await runCommand([...through, process.execPath, module], { input });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as { ok: boolean; reason?: string; words?: string[]; effects?: string[] }[];
}

for (const [who, through] of [
  ['root', []],
  ['an ordinary user', ['setpriv', '--reuid', '4001', '--regid', '4001', '--clear-groups']],
] as const) {
  test(`the forecast is what happens, for ${who}`, async (t) => {
    if (!needsRoot(t)) return;
    const plans = await outcomes([...through]);
    let allowed = 0;
    for (const [at, plan] of plans.entries()) {
      const choice = JSON.stringify(CHOICES[at]);
      if (!plan.ok) {
        t.regex(plan.reason ?? '', /\w{3}/, choice);
        continue;
      }
      // What newuidmap allows is in its own files.
      if (plan.effects!.some((effect) => effect.includes('/etc/subuid'))) continue;
      const done = await runCommand([...through, ...plan.words!]);
      t.is(done.code, 0, `${choice}: ${done.stderr}`);
      allowed++;
    }
    t.true(allowed >= 7 && allowed < plans.length - 5, `${allowed} allowed`);
    // What is refused for a capability the kernel refuses as well.
    const denied = plans.findIndex(({ ok, reason }) => !ok && /CAP_SYS_ADMIN/.test(reason ?? ''));
    t.is(denied >= 0, who !== 'root');
    if (denied >= 0) {
      const kernel = await runCommand([...through, 'unshare', '--uts', 'true']);
      t.regex(kernel.stderr, /Operation not permitted/);
    }
  });
}

test('sysctl, limit, depth and version are named before', async (t) => {
  const snapshot = await collectSnapshot({ details: 'all', containerNames: false });
  const tools = await probeTools();
  const answer = (choice: Partial<UnshareChoice>, change: (copy: typeof snapshot) => void, known = tools) => {
    const copy = structuredClone(snapshot);
    change(copy);
    const plan = planUnshare(buildModel(copy), { ...NO_UNSHARE, ...choice }, known, '/bin/sh');
    return plan.ok ? 'ok' : plan.reason;
  };
  const asUser = (copy: typeof snapshot): void => {
    const own = copy.processes.find(({ pid }) => pid === process.pid)!;
    own.details = { ...own.details!, uid: 4001, effectiveCapabilities: '0000000000000000' };
  };
  t.is(answer({ map: 'root' }, asUser), 'ok');
  const sysctl = answer({ map: 'root' }, (copy) => {
    asUser(copy);
    copy.restrictions = [{ name: 'kernel.apparmor_restrict_unprivileged_userns', value: '1' }];
  });
  t.regex(sysctl, /kernel\.apparmor_restrict_unprivileged_userns = 1: without an AppArmor profile/);
  t.regex(
    answer({ namespaces: { uts: true } }, (copy) => (copy.limits = [{ kind: 'uts', maximum: 0 }])),
    /user\.max_uts_namespaces is 0 and \d+ are yours already: ENOSPC/,
  );
  t.regex(
    answer({ namespaces: { time: true } }, () => undefined, { ...tools, unshare: ['uts'] }),
    /--time: it came with util-linux 2\.36/,
  );
});

test('a file keeps the namespace, the program is where it was asked to be', async (t) => {
  if (!needsRoot(t)) return;
  const directory = mkdtempSync(join(tmpdir(), 'nsview-unshare-'));
  const file = join(directory, 'uts');
  t.teardown(async () => {
    await runCommand(['umount', file]);
    rmSync(directory, { recursive: true });
  });
  const done = await runNsview([
    'unshare',
    `--uts=${file}`,
    '--wd',
    '/usr',
    '--',
    'sh',
    '-c',
    'hostname kept-7; pwd; exit 5',
  ]);
  t.is(done.code, 5, done.stderr);
  t.is(done.stdout, '/usr\n');
  t.is((await runCommand(['nsenter', `--uts=${file}`, 'uname', '-n'])).stdout, 'kept-7\n');
  const dry = await runNsview(['unshare', '-r', '-n', '--dry-run', '--', 'id', '-u']);
  t.is(dry.stdout, 'unshare --net --map-root-user -- id -u\n');
  t.is((await runCommand(['sh', '-c', dry.stdout])).stdout, '0\n');
  t.is((await runNsview(['unshare', '--pid', '--', 'true'])).code, 1);
  t.regex((await runNsview(['unshare', '--pid', '--', 'true'])).stderr, /needs fork/);
});

test('signals: by pidfd, with who dies along; never another process', async (t) => {
  if (!needsRoot(t)) return;
  const child = spawn(
    'unshare',
    ['--pid', '--fork', '--mount-proc', 'sh', '-c', 'sleep 600 & echo ready; read stop'],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  t.teardown(() => endScene(child));
  for await (const line of createInterface({ input: child.stdout })) if (line === 'ready') break;
  const init = Number(readFileSync(`/proc/${child.pid!}/task/${child.pid!}/children`, 'utf8'));
  const planned = await runNsview(['signal', String(init), 'KILL']);
  t.regex(planned.stdout, /it is the init of pid namespace .*: when it ends, 1 other process is killed/);
  t.regex(planned.stdout, new RegExp(`\\$ kill -KILL ${init}`));
  t.regex(readlinkSync(`/proc/${init}/ns/pid`), /^pid:/);
  const json = JSON.parse((await runNsview(['signal', String(init), 'KILL', '--json'])).stdout) as {
    operations: { startTimeTicks: number }[];
  };
  const module = new URL('../sandbox/perform.js', import.meta.url).pathname;
  const wrong = { operations: [{ ...json.operations[0]!, startTimeTicks: 1 }] };
  const answer = await runCommand([process.execPath, module], { input: JSON.stringify(wrong) });
  t.regex(answer.stdout, /is another one by now: nothing was done/);
  t.true(existsSync(`/proc/${init}/ns/pid`));
  t.is((await runNsview(['signal', String(init), 'KILL', '--yes'])).code, 0);
  for (let tries = 0; existsSync(`/proc/${init}/ns/pid`) && tries < 200; tries++) await sleep(20);
  t.false(existsSync(`/proc/${init}/ns/pid`));
  t.is((await runNsview(['signal', '1', 'WINCH'])).code, 2);
  const through = ['setpriv', '--reuid', '4001', '--regid', '4001', '--clear-groups'];
  const foreign = await runNsview(['signal', String(process.pid), 'TERM', '--yes'], { through });
  t.is(foreign.code, 1);
  t.regex(foreign.stderr, /no CAP_KILL|EPERM|not known/);
});

/** Entering namespaces: what the program inside sees is what was chosen. */
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import type { EnterChoice } from '../../src/actions/enter-plan.js';
import { planEnter, processTarget, shellChoice } from '../../src/actions/enter-plan.js';
import type { ToolFacts } from '../../src/actions/tools.js';
import { missingOption } from '../../src/actions/tools.js';
import { collectSnapshot } from '../../src/collect/collect-snapshot.js';
import { parseHelpOptions } from '../../src/formats/help-options.js';
import { NAMESPACE_KINDS } from '../../src/model/namespace-kind.js';
import { buildModel } from '../../src/model/model.js';
import { changedSince, probeTools } from '../../src/perform/foreground.js';
import { findShell } from '../../src/perform/find-shell.js';
import { resolveInRoot } from '../../src/perform/path-in-root.js';
import { endScene, needsRoot, started } from '../sandbox/scene.js';
import { runCommand, runNsview } from '../support/run-program.js';

function firstChild(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')[0]);
}

/** All eight kinds of its own, uid 33 inside and a directory of its own. */
async function isolated(t: ExecutionContext): Promise<number> {
  const parent = await started(
    t, 'unshare', '--mount', '--net', '--uts', '--ipc', '--cgroup', '--time', '--pid', '--user', '--map-root-user',
    '--fork', '--mount-proc', '--kill-child', 'sh', '-c', 'mount -t tmpfs inner /mnt; mkdir /mnt/inner; cd /usr; export SECRET="of the target"; exec sh -c "echo ready; read stop"',
  ); // prettier-ignore
  return firstChild(parent.pid!);
}

const SHOW = 'for k in mnt net pid user uts ipc cgroup time; do readlink /proc/self/ns/$k; done';

test('every namespace, or the chosen ones', async (t) => {
  if (!needsRoot(t)) return;
  const pid = await isolated(t);
  const own = NAMESPACE_KINDS.map((kind) => readlinkSync(`/proc/self/ns/${kind}`));
  const target = NAMESPACE_KINDS.map((kind) => readlinkSync(`/proc/${pid}/ns/${kind}`));
  t.true(target.every((key, at) => key !== own[at]));
  const all = await runNsview(['enter', String(pid), '--', 'sh', '-c', SHOW]);
  t.deepEqual(all.stdout.trim().split('\n'), target, all.stderr);
  for (const kinds of [['net'], ['uts', 'ipc'], ['user', 'net'], ['mnt', 'pid']]) {
    const some = await runNsview(['enter', String(pid), '--only', kinds.join(), '--', 'sh', '-c', SHOW]);
    const wanted = NAMESPACE_KINDS.map((kind, at) => (kinds.includes(kind) ? target[at] : own[at]));
    // /proc of the host does not show the pids of another pid namespace, nor the other way round.
    if (kinds.includes('mnt') || !kinds.includes('pid'))
      t.deepEqual(some.stdout.trim().split('\n'), wanted, `${kinds.join()} ${some.stderr}`);
  }
});

test('user, directory, environment, status', async (t) => {
  if (!needsRoot(t)) return;
  const pid = await isolated(t);
  const show = async (...options: string[]) =>
    (await runNsview(['enter', String(pid), ...options, '--', 'sh', '-c', 'id -u; pwd; echo "$SECRET"'], { env: { SECRET: 'ours' } }))
      .stdout.trimEnd().split('\n'); // prettier-ignore
  t.deepEqual(await show(), ['0', '/']);
  t.deepEqual(await show('--wd', 'target', '--env', 'target'), ['0', '/usr', 'of the target']);
  t.deepEqual(await show('--env', 'keep', '--wd', '/etc'), ['0', '/etc', 'ours']);
  // A directory that is only there.
  t.deepEqual(await show('--wd', '/mnt/inner'), ['0', '/mnt/inner']);
  t.deepEqual(await show('--only', 'net', '--user', '33:33', '--wd', '/'), ['33', '/', 'ours']);
  t.is((await runNsview(['enter', String(pid), '--', 'sh', '-c', 'exit 7'])).code, 7);
  t.is((await runNsview(['enter', String(pid), '--', 'sh', '-c', 'kill -9 $$'])).code, 137);
  t.is((await runNsview(['enter', String(pid), '--', '/no/such/program'])).code, 127);
});

test('the command that is shown does the same', async (t) => {
  if (!needsRoot(t)) return;
  const pid = await isolated(t);
  const shown = await runNsview(['enter', String(pid), '--dry-run', '--', 'sh', '-c', SHOW]);
  t.regex(shown.stdout, /^env -i TERM="\$TERM" PATH=\S+ nsenter --target \d+ --mount --net .*-- sh -c '/);
  const done = await runCommand(['sh', '-c', shown.stdout]);
  t.deepEqual(
    done.stdout.trim().split('\n'),
    NAMESPACE_KINDS.map((kind) => readlinkSync(`/proc/${pid}/ns/${kind}`)),
  );
});

test('the environment of the target, with blanks, in the command that is shown', async (t) => {
  if (!needsRoot(t)) return;
  const pid = await isolated(t);
  const shown = await runNsview(['enter', String(pid), '--env', 'target', '--dry-run', '--', 'sh', '-c', 'read line; echo "$SECRET $line it\'s"']); // prettier-ignore
  const done = await runCommand(['sh', '-c', `echo typed | ${shown.stdout}`], { env: { SECRET: 'ours' } });
  t.is(done.stdout, "of the target typed it's\n", done.stderr);
});

test('nsenter is found in our PATH, not in that of the target', async (t) => {
  if (!needsRoot(t)) return;
  const parent = await started(
    t,
    'unshare',
    '--uts',
    'env',
    '-i',
    'PATH=/nowhere',
    '/bin/sh',
    '-c',
    'echo ready; read stop',
  );
  const words = ['enter', String(parent.pid), '--env', 'target', '--', '/usr/bin/env'];
  t.regex((await runNsview(words)).stdout, /^PATH=\/nowhere$/m);
  const shown = await runNsview([...words.slice(0, 4), '--dry-run', '--', '/usr/bin/env']);
  t.regex((await runCommand(['sh', '-c', shown.stdout])).stdout, /^PATH=\/nowhere$/m);
});

test('a namespace that only a descriptor or a bind mount holds', async (t) => {
  if (!needsRoot(t)) return;
  const member = await started(t, 'unshare', '--net', 'sh', '-c', 'echo ready; read stop');
  const key = readlinkSync(`/proc/${member.pid!}/ns/net`);
  const holder = await started(t, 'sh', '-c', `exec 9</proc/${member.pid!}/ns/net; echo ready; read stop`);
  await endScene(member);
  const words = ['enter', key, '--', 'readlink', '/proc/self/ns/net'];
  t.is((await runNsview(words)).stdout.trim(), key);
  const shown = await runNsview(['enter', key, '--dry-run', '--', 'ip', 'addr']);
  t.is(shown.stdout, `nsenter --net=/proc/${holder.pid!}/fd/9 -- ip addr\n`);
});

test('a program in every network namespace', async (t) => {
  if (!needsRoot(t)) return;
  const pid = await isolated(t);
  const each = await runNsview(['enter', '--each', '--', 'readlink', '/proc/self/ns/net']);
  const lines = each.stdout.trim().split('\n');
  const keys = lines.filter((line) => !line.startsWith('== '));
  t.true(
    keys.includes(readlinkSync(`/proc/${pid}/ns/net`)) && keys.includes(readlinkSync('/proc/self/ns/net')),
  );
  for (const [at, line] of lines.entries())
    if (line.startsWith('== ') && lines[at + 1]?.startsWith('net:'))
      t.true(line.endsWith(lines[at + 1]!), line);
  t.is((await runNsview(['enter', '--each'])).code, 2);
});

test('an ordinary user enters his own, and not those of root', async (t) => {
  if (!needsRoot(t)) return;
  const through = ['setpriv', '--reuid', '4001', '--regid', '4001', '--clear-groups'];
  const own = await started(
    t,
    ...through,
    'unshare',
    '--user',
    '--map-root-user',
    '--net',
    '--uts',
    'sh',
    '-c',
    'echo ready; read stop',
  );
  const inside = await runNsview(
    ['enter', String(own.pid!), '--', 'sh', '-c', 'id -u; readlink /proc/self/ns/net'],
    { through },
  );
  t.deepEqual(
    inside.stdout.trim().split('\n'),
    ['0', readlinkSync(`/proc/${own.pid!}/ns/net`)],
    inside.stderr,
  );
  const foreign = await started(t, 'unshare', '--net', 'sh', '-c', 'echo ready; read stop');
  const refused = await runNsview(['enter', String(foreign.pid!), '--', 'true'], { through });
  t.is(refused.code, 1);
});

test('what became another one is not entered', async (t) => {
  if (!needsRoot(t)) return;
  const pid = await isolated(t);
  const model = buildModel(await collectSnapshot({ details: 'all', containerNames: false, userMaps: true }));
  const target = processTarget(model, model.processes.get(pid)!);
  const plan = planEnter(model, target, shellChoice(target), await probeTools(), '/bin/sh');
  if (!plan.ok) throw new Error(plan.reason);
  t.is(changedSince(plan), null);
  t.regex(changedSince({ ...plan, process: { pid, startTimeTicks: 1 } }) ?? '', /is another one by now/);
  t.regex(changedSince({ ...plan, process: { pid: 4_000_000, startTimeTicks: 1 } }) ?? '', /is gone/);
  const [first, ...more] = plan.namespaces;
  t.regex(
    changedSince({ ...plan, namespaces: [{ ...first!, namespaceId: 1 }, ...more] }) ?? '',
    /another namespace by now/,
  );
});

test('a shell is looked for below the root of the process, through its own links', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'nsview-root-'));
  t.teardown(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, 'tools'));
  writeFileSync(join(root, 'tools', 'busybox'), '#!', { mode: 0o755 });
  symlinkSync('tools', join(root, 'bin'));
  symlinkSync('/bin/busybox', join(root, 'tools', 'sh'));
  symlinkSync('../../../../tools/busybox', join(root, 'tools', 'up'));
  symlinkSync('loop', join(root, 'tools', 'loop'));
  t.is(resolveInRoot(root, '/bin/sh'), '/tools/busybox');
  t.is(resolveInRoot(root, '/bin/up'), '/tools/busybox');
  t.is(resolveInRoot(root, '/bin/loop'), null);
  t.is(resolveInRoot(root, '/usr/bin/env'), null);
  if (!needsRoot(t)) return;
  const empty = await started(
    t,
    'unshare',
    '--mount',
    'sh',
    '-c',
    `mount -t tmpfs none ${root}; echo ready; read stop`,
  );
  t.truthy(findShell(empty.pid!));
});

test('what this nsenter does not know is named with the version that has it', async (t) => {
  const text = await runCommand(['nsenter', '--help']);
  const options = parseHelpOptions(text.stdout);
  t.true(['target', 'net', 'user', 'preserve-credentials', 'wd'].every((option) => options.includes(option)));
  t.deepEqual(
    parseHelpOptions('Options:\n -W. --wdns <dir>   set as --wd does\n     --env[=<x>]  e\n text --no\n'),
    ['wdns', 'env'],
  );
  const old: ToolFacts = {
    nsenter: ['net', 'target'],
    unshare: null,
    dhcp: null,
    trials: { user: null, mapped: null, uts: null },
  };
  t.is(missingOption(old, 'nsenter', 'net'), null);
  t.regex(missingOption(old, 'nsenter', 'join-cgroup') ?? '', /util-linux 2\.40/);
  t.regex(missingOption(old, 'unshare', 'net') ?? '', /not installed/);
  const snapshot = await collectSnapshot({ details: 'all', containerNames: false });
  const model = buildModel(snapshot);
  const target = processTarget(model, model.processes.get(process.pid)!);
  const choice: EnterChoice = { ...shellChoice(target), kinds: ['net'], joinCgroup: true };
  const refused = planEnter(model, target, choice, old, null);
  t.regex(refused.ok ? '' : refused.reason, /--join-cgroup: it came with util-linux 2\.40/);
});

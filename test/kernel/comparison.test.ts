/** Two processes side by side, against what was made to differ, prlimit, setpriv and ip. */
import { readFileSync } from 'node:fs';
import test from 'ava';
import type { ComparisonSection, Difference } from '../../src/analysis/comparison.js';
import type { MountDifference } from '../../src/analysis/mount-difference.js';
import { parseProcessLimits, parseRights } from '../../src/formats/process-profile.js';
import { capabilityNames } from '../../src/analysis/capability-names.js';
import { compiled, needsRoot, started } from '../sandbox/scene.js';
import { runCommand, runNsview } from '../support/run-program.js';

interface Answer {
  sections: ComparisonSection[];
  mounts: MountDifference[] | null;
}

async function compared(
  ...words: (string | number)[]
): Promise<Answer & { of: (name: string) => Difference[] }> {
  const { stdout } = await runNsview(['compare', '--json', ...words.map(String)]);
  const answer = JSON.parse(stdout) as Answer;
  const of = (name: string) => answer.sections.find(({ section }) => section === name)?.differences ?? [];
  return { ...answer, of };
}

test('a process like another one but for what was changed', async (t) => {
  if (!needsRoot(t)) return;
  const plain = await started(t, 'sh', '-c', 'echo ready; read stop');
  const changed = await started(
    t, 'prlimit', '--nofile=100:200', 'setpriv', '--bounding-set=-sys_boot,-net_raw', '--no-new-privs',
    '--groups=7,8', 'sh', '-c', 'cd /usr; echo ready; read stop',
  ); // prettier-ignore
  const { of, mounts, sections } = await compared(plain.pid!, changed.pid!);
  t.is(mounts, null);
  t.deepEqual(of('namespaces'), []);
  const limits = Object.fromEntries(of('limits').map(({ what, b }) => [what, b]));
  t.deepEqual(limits, { 'Max open files': '100 / 200 files' });
  const rights = Object.fromEntries(of('capabilities').map(({ what, a, b }) => [what, [a, b]]));
  t.deepEqual(rights['bounding'], ['NET_RAW SYS_BOOT', null]);
  const own = Object.fromEntries(of('process').map(({ what, a, b }) => [what, [a, b]]));
  t.deepEqual(own['no_new_privs'], ['false', 'true']);
  t.is(own['working directory']?.[1], '/usr');
  t.is(own['groups']?.[1], '7 8');
  for (const { section, note } of sections)
    if (!['namespaces', 'process', 'capabilities', 'limits'].includes(section))
      t.is(note, 'the same namespace', section);
});

test('what is in two namespaces of each kind', async (t) => {
  if (!needsRoot(t)) return;
  const plain = await started(t, 'sh', '-c', 'echo ready; read stop');
  const script = `mount -t tmpfs compared /mnt; ip link set lo up; ip addr add 192.0.2.1/32 dev lo
    ip route add 198.51.100.0/24 dev lo; exec ${compiled('ipc-objects')} web-7 example.org`;
  const isolated = await started(t, 'unshare', '--mount', '--net', '--uts', '--ipc', 'sh', '-c', script);
  const { of, mounts } = await compared(plain.pid!, isolated.pid!);
  t.deepEqual(of('namespaces').map(({ what }) => what), ['mnt', 'net', 'uts', 'ipc']); // prettier-ignore
  t.is(of('names').find(({ what }) => what === 'hostname')?.b, 'web-7');
  const only = of('network').flatMap(({ what, a, b }) => (a === null ? [`${what} ${b!}`] : []));
  const addresses = (await runCommand(['nsenter', '-t', String(isolated.pid), '-n', 'ip', '-o', 'addr']))
    .stdout;
  t.regex(addresses, /192\.0\.2\.1\/32/);
  t.true(only.includes('address 192.0.2.1/32 dev lo'), only.join('\n'));
  t.true(
    only.some((each) => /^route 198\.51\.100\.0\/24 dev lo .*table main$/.test(each)),
    only.join('\n'),
  );
  t.true(
    of('network').some(({ what, b }) => what === 'interface' && b === null),
    'the uplink is only outside',
  );
  t.deepEqual(of('ipc objects').flatMap(({ b }) => b ?? []), ['shm 0', 'shm 1', 'sem 0', 'msg 0', 'mq /jobs']); // prettier-ignore
  const mounted = mounts?.filter(({ b }) => b?.source === 'compared').map(({ mountPoint }) => mountPoint);
  t.deepEqual(mounted, ['/mnt']);
  const text = await runNsview(['compare', String(isolated.pid)]);
  t.regex(text.stdout, /^- host\n\+ \d+ ipc-objects/);
  t.regex(text.stdout, /^\+ \/mnt {2}tmpfs compared/m);
  t.is((await runNsview(['compare'])).code, 2);
  t.is((await runNsview(['compare', 'nobody-is-called-so'])).code, 1);
});

test('limits and rights of our own process are parsed whole', (t) => {
  const text = readFileSync('/proc/self/limits', 'utf8');
  const limits = parseProcessLimits(text);
  t.is(limits.length, text.trim().split('\n').length - 1);
  t.true(limits.some(({ name, unit }) => name === 'Max cpu time' && unit === 'seconds'));
  t.true(limits.some(({ name, unit }) => name === 'Max nice priority' && unit === ''));
  const status = readFileSync('/proc/self/status', 'utf8');
  const { groups, capabilities, seccomp } = parseRights(status);
  // Node adds the effective one.
  t.deepEqual(new Set([...groups, process.getegid!()]), new Set(process.getgroups!()));
  t.regex(capabilities.effective, /^[0-9a-f]{16}$/);
  t.true(seccomp !== null);
  t.deepEqual(parseRights('Groups:\t\nNSpid:\t1\n').groups, []);
  t.deepEqual(parseProcessLimits(''), []);
});

test('names of capabilities are those of the kernel header', (t) => {
  t.deepEqual(capabilityNames('0000000000201000'), ['NET_ADMIN', 'SYS_ADMIN']);
  t.deepEqual(capabilityNames('20000000000').slice(-1), ['CAP_41']);
  t.is(capabilityNames('000001ffffffffff').at(-1), 'CHECKPOINT_RESTORE');
  t.deepEqual(capabilityNames('no set'), []);
});

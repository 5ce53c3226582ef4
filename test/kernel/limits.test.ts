/** Limits, against a kernel that refuses at the one that was told. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { readFileSync, readdirSync } from 'node:fs';
import test from 'ava';
import type { Gauge } from '../../src/analysis/limits.js';
import type { Restriction } from '../../src/analysis/restrictions.js';
import { endScene, needsRoot } from '../sandbox/scene.js';
import { PROGRAM, environment, runNsview } from '../support/run-program.js';

interface Limits {
  limits: Gauge[];
  nesting: { pid: number; user: number };
  restrictions: Restriction[];
}

test('the count is full where the kernel says ENOSPC', async (t) => {
  if (!needsRoot(t)) return;
  // In a user namespace of its own, whose limit is three: three are made, the fourth is refused.
  const script = `
    echo 3 > /proc/sys/user/max_uts_namespaces
    for n in 1 2 3; do unshare --uts sleep 600 & done
    while [ $(cat /proc/[0-9]*/comm 2>/dev/null | grep -c '^sleep$') -lt 3 ]; do :; done
    unshare --uts true 2>&1 | tail -n 1
    unshare --user --map-root-user sh -c 'unshare --uts true' 2>&1 | tail -n 1
    ${process.execPath} ${PROGRAM} limits --json 2>/dev/null | tr -d '\\n'; echo
    read stop`;
  const words = [
    '--user',
    '--map-root-user',
    '--pid',
    '--fork',
    '--mount-proc',
    '--kill-child',
    'sh',
    '-c',
    script,
  ];
  const child = spawn('unshare', words, { stdio: ['pipe', 'pipe', 'inherit'], env: environment() });
  t.teardown(() => endScene(child));
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    if (lines.length === 3) break;
  }
  t.regex(lines[0]!, /No space left on device/);
  t.regex(lines[1]!, /No space left on device/, 'below it counts too');
  const told = JSON.parse(lines[2]!) as Limits;
  const uts = told.limits.find(({ kind }) => kind === 'uts')!;
  t.is(uts.maximum, 3);
  t.deepEqual(uts.users, [{ uid: 0, count: 3 }]);
});

test('limits and restrictions are those of /proc/sys', async (t) => {
  const { stdout, code } = await runNsview(['limits', '--json']);
  t.is(code, 0);
  const told = JSON.parse(stdout) as Limits;
  for (const { kind, maximum } of told.limits)
    t.is(maximum, Number(readFileSync(`/proc/sys/user/max_${kind}_namespaces`, 'utf8')));
  t.is(
    told.limits.length,
    readdirSync('/proc/sys/user').filter((name) => name.endsWith('_namespaces')).length,
  );
  const users = told.restrictions.find(({ name }) => name === 'user.max_user_namespaces');
  t.is(users?.value, readFileSync('/proc/sys/user/max_user_namespaces', 'utf8').trim());
  t.is((await runNsview(['limits', 'x'])).code, 2);
});

test('nsview learn has a page for a type, and asks for one', async (t) => {
  t.regex((await runNsview(['learn', 'uts'])).stdout, /^isolates +the host name/);
  t.is((await runNsview(['learn'])).code, 2);
  t.is((await runNsview(['learn', 'disk'])).code, 2);
});

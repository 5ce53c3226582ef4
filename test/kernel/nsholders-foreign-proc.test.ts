import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import test from 'ava';
import { REPOSITORY } from '../support/golden.js';
import { needsRoot } from '../sandbox/scene.js';

test('where /proc shows another pid namespace, no signal is sent', (t) => {
  if (!needsRoot(t)) return;
  // A child in a new pid namespace that still has the /proc of this one: its own first child is pid 2 there.
  const script = `sleep 30 & nsview=$1; "$nsview" signal $PPID_OUTSIDE TERM --yes; kill -0 $! && echo lives; kill $!`;
  const { stdout, stderr } = spawnSync(
    'unshare',
    ['-pf', '--kill-child', 'sh', '-c', script, 'sh', join(REPOSITORY, 'bin', 'nsview')],
    { encoding: 'utf8', env: { ...process.env, PPID_OUTSIDE: '2' } },
  );
  t.true(stdout.endsWith('lives\n'), stdout + stderr);
  t.regex(stderr, /shows another pid namespace|no process|kernel thread/);
});

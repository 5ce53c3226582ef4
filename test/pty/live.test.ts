import test from 'ava';
import { PROGRAM } from '../support/run-program.js';
import { NetScene } from '../sandbox/net-scene.js';
import { needsRoot } from '../sandbox/scene.js';
import { Session } from './session.js';

/** The program in a mount namespace whose /run is its own, so that names of namespaces are the test's. */
function ownRun(script: string): string[] {
  return ['--mount', 'bash', '-c', `mount -t tmpfs test /run && mkdir /run/netns && ${script}`];
}

// The filter keeps the row in sight however many namespaces other tests make meanwhile.
test('a name under /run/netns appears at once, whatever the delay', async (t) => {
  if (!needsRoot(t)) return;
  const s = new Session(
    'unshare',
    ownRun(`exec ${process.execPath} ${PROGRAM} --delay 3600 --filter nsview-fresh`),
  );
  t.teardown(() => s.kill());
  await s.shows(/\d+ ns \d+ procs/);
  const helper = new Session('nsenter', [
    '-t',
    String(s.child.pid),
    '-m',
    'ip',
    'netns',
    'add',
    'nsview-fresh',
  ]);
  t.teardown(() => helper.kill());
  await s.shows(/net "nsview-fresh"/);
  s.child.write('8');
  await s.shows(/\+ net:\[\d+\] born {2}nsview-fresh/);
  s.child.write('q');
  t.is(await s.ended(), 0);
});

test('an interface that comes or goes in our own network namespace appears at once, whatever the delay', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await NetScene.start(t);
  const s = new Session('nsenter', [
    ...['-t', String(scene.pid), '--net', '--mount', process.execPath],
    ...[PROGRAM, '--delay', '3600', '--view', 'network', '--filter', 'swift'],
  ]);
  t.teardown(() => s.kill());
  await s.shows(/nothing fits the filter/);
  await scene.run('ip link add swift0 type veth peer name swift1');
  await s.shows(/swift0 .*veth/);
  await scene.run('ip addr add 10.77.0.1/24 dev swift0');
  await s.shows(/swift0 .*10\.77\.0\.1\/24/);
  await scene.run('ip link del swift0');
  await s.until('it is gone', () => !s.screen().includes('swift0'));
  s.child.write('q');
  t.is(await s.ended(), 0);
});

test('replay goes through the samples', async (t) => {
  const s = new Session(process.execPath, [
    PROGRAM,
    '--replay',
    'test/fixtures/recordings/node-with-containers.json.gz',
  ]);
  t.teardown(() => s.kill());
  await s.shows(/REPLAY 1\/8/);
  await s.shows(/docker web-2/);
  for (let sample = 2; sample <= 8; sample++) {
    s.child.write('.');
    await s.shows(new RegExp(`REPLAY ${sample}/8`));
  }
  await s.until('the container that ended is gone', () => !s.screen().includes('docker web-2'));
  s.child.write(',');
  await s.shows(/REPLAY 7\/8/);
  s.child.write('b1\r');
  await s.shows(/REPLAY 1\/8/);
  s.child.write('8');
  await s.shows(/net:\[\d+\] gone/);
  s.child.write('q');
  t.is(await s.ended(), 0);
});

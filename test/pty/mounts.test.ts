import { readFileSync } from 'node:fs';
import test from 'ava';
import { PROGRAM } from '../support/run-program.js';
import { needsRoot } from '../sandbox/scene.js';
import { Session } from './session.js';

test('a mount is made shared by keys, and private again by undo', async (t) => {
  if (!needsRoot(t)) return;
  const script = [
    'mount --make-rprivate /',
    'mount -t tmpfs by-keys /mnt',
    `exec ${process.execPath} ${PROGRAM} --view processes`,
  ].join(' && ');
  const s = new Session('unshare', ['--mount', 'sh', '-c', script], 100, 30);
  t.teardown(() => s.kill());
  const propagation = (): string => {
    const text = readFileSync(`/proc/${s.child.pid}/mountinfo`, 'utf8');
    return / shared:/.test(text.split('\n').find((line) => line.includes(' by-keys ')) ?? '')
      ? 'shared'
      : 'private';
  };
  await s.shows(/\d+ ns \d+ procs/);
  s.child.write(`:${s.child.pid}\r4`);
  await s.shows(/> ▾ .* mounts/);
  s.child.write('/by-keys\r');
  await s.shows(/\/mnt in /);
  t.is(propagation(), 'private');
  s.child.write('a');
  await s.shows(/make shared/);
  s.child.write('jj\r');
  await s.shows(/mount --make-shared \/mnt/);
  s.child.write('\t\r');
  await s.until('the kernel says shared', () => propagation() === 'shared');
  await s.shows(/done: make \/mnt shared/);
  await s.shows(/> .*shared g:\d+/);
  s.child.write('z');
  await s.shows(/undo: make \/mnt shared/);
  s.child.write('\t\r');
  await s.until('the kernel says private', () => propagation() === 'private');
  s.child.write('q');
  t.is(await s.ended(), 0);
});

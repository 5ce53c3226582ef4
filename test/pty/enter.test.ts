/** The terminal is handed over whole and taken back, whatever the program inside does. */
import type { ChildProcess } from 'node:child_process';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { needsRoot, started } from '../sandbox/scene.js';
import { PROGRAM } from '../support/run-program.js';
import { Session } from './session.js';

async function inside(t: ExecutionContext): Promise<{ s: Session; target: ChildProcess }> {
  const target = await started(
    t,
    'unshare',
    '--uts',
    '--net',
    '--mount',
    'sh',
    '-c',
    'hostname inner-7; echo ready; read stop',
  );
  const s = new Session(process.execPath, [PROGRAM, '--pid', String(target.pid), '--view', 'processes']);
  t.teardown(() => s.kill());
  await s.shows(new RegExp(`> +${target.pid!} `));
  s.child.write('s');
  await s.shows(/enter \d+ sh/);
  s.child.write('\r');
  await s.until('the main screen is back', () => s.terminal.buffer.active.type === 'normal');
  return { s, target };
}

async function isBack(s: Session): Promise<void> {
  await s.until('the alternate screen is back', () => s.terminal.buffer.active.type === 'alternate');
  await s.shows(/HOST IN-NS PIDNS/);
  // It listens again, with every key.
  s.child.write('1');
  await s.shows(/\[1\]Tree/);
}

test('a shell inside: what is typed is for it, and afterwards for us', async (t) => {
  if (!needsRoot(t)) return;
  const { s } = await inside(t);
  s.child.write('echo "name: $(uname -n)"\r');
  await s.shows(/name: inner-7/);
  // Keys of ours are text there; Ctrl-C is for what runs there.
  s.child.write('sleep 600\r');
  await s.until('it sleeps', () => s.output.includes('sleep 600'));
  s.child.write('\x03');
  s.child.write('echo still here\r');
  await s.shows(/^still here/m);
  s.child.write('exit 0\r');
  await isBack(s);
  s.child.write('@');
  await s.shows(/command log/);
  await s.shows(/ok .* in \d+ sh/);
  s.child.write('q');
  await s.until('the log is closed', () => !/command log/.test(s.screen()));
  s.child.write('q');
  t.is(await s.ended(), 0);
});

test('a resize inside is known afterwards', async (t) => {
  if (!needsRoot(t)) return;
  const { s } = await inside(t);
  s.terminal.resize(120, 40);
  s.child.resize(120, 40);
  s.child.write('stty size; exit\r');
  await s.until('it tells the size', () => s.output.includes('40 120'));
  await isBack(s);
  await s.shows(/overview/);
  s.child.write('q');
  t.is(await s.ended(), 0);
});

test('a shell that is killed, and one that leaves the terminal broken', async (t) => {
  if (!needsRoot(t)) return;
  const { s } = await inside(t);
  s.child.write('stty raw -echo; kill -9 $$\r');
  // Said at once and with an error: that is to be read first.
  await s.until('it asks or is back', () => /Enter goes back|HOST IN-NS/.test(s.screen()));
  if (/Enter goes back/.test(s.screen())) s.child.write('\r');
  await isBack(s);
  s.child.write('q');
  t.is(await s.ended(), 0);
});

test('x runs a tool of the host in the network of the target, and its output can be read', async (t) => {
  if (!needsRoot(t)) return;
  const target = await started(t, 'unshare', '--net', '--mount', 'sh', '-c', 'echo ready; read stop');
  const s = new Session(process.execPath, [PROGRAM, '--pid', String(target.pid), '--view', 'processes']);
  t.teardown(() => s.kill());
  await s.shows(new RegExp(`> +${target.pid!} `));
  s.child.write('x');
  await s.shows(/enter \d+ sh/);
  s.child.write('ip -o link show');
  await s.shows(/\$ nsenter --target \d+ --net -- ip -o link show/);
  s.child.write('\r');
  await s.shows(/1: lo: <LOOPBACK>/);
  t.notRegex(s.screen(), /eth0/);
  await s.shows(/it ended with 0; Enter goes back/);
  s.child.write('\r');
  await isBack(s);
  s.child.write('q');
  t.is(await s.ended(), 0);
});

test('nothing is entered with --readonly', async (t) => {
  const s = new Session(process.execPath, [PROGRAM, '--readonly', '--view', 'processes']);
  t.teardown(() => s.kill());
  await s.shows(/HOST IN-NS PIDNS/);
  s.child.write('s');
  await s.shows(/started with --readonly/);
  s.child.write('q');
  t.is(await s.ended(), 0);
});

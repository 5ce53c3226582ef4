import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { PROGRAM, runCommand } from '../support/run-program.js';
import { Session } from './session.js';
import { REPOSITORY } from '../support/golden.js';

function session(t: ExecutionContext, args: string[] = [], columns = 80, rows = 24): Session {
  const started = new Session(process.execPath, [PROGRAM, ...args], columns, rows);
  t.teardown(() => started.kill());
  return started;
}

/** Everything that was switched on is switched off, and the main screen is back. */
async function isRestored(t: ExecutionContext, session: Session): Promise<void> {
  await session.until('the last mode is off', () => session.output.includes('\x1b[?1049l'));
  const { output, terminal } = session;
  for (const mode of ['1049', '2004']) {
    t.true(
      output.lastIndexOf(`\x1b[?${mode}l`) > output.lastIndexOf(`\x1b[?${mode}h`),
      `mode ${mode} is off`,
    );
  }
  for (const mode of ['25', '7']) {
    t.true(output.lastIndexOf(`\x1b[?${mode}h`) > output.lastIndexOf(`\x1b[?${mode}l`), `mode ${mode} is on`);
  }
  for (const mode of ['1000', '1002', '1006']) {
    t.true(
      output.lastIndexOf(`\x1b[?${mode}l`) > output.lastIndexOf(`\x1b[?${mode}h`),
      `mouse ${mode} is off`,
    );
  }
  await session.until('the main screen is back', () => terminal.buffer.active.type === 'normal');
}

test('starts on the live system, answers keys, quits with q', async (t) => {
  const s = session(t);
  await s.shows(/host +\d{4}/);
  s.child.write('2');
  await s.shows(/\[2\]Procs/);
  s.child.write('?');
  await s.shows(/type to search/);
  s.child.write('\x1b');
  await s.until('the help is gone', () => !s.screen().includes('type to search'));
  s.child.write('q');
  t.is(await s.ended(), 0);
  await isRestored(t, s);
});

for (const [signal, code] of [
  ['SIGTERM', 143],
  ['SIGHUP', 129],
  ['SIGINT', 130],
] as const) {
  test(`${signal} restores the terminal and exits with ${code}`, async (t) => {
    const s = session(t, ['--mouse']);
    await s.shows(/host +\d{4}/);
    s.child.kill(signal);
    t.is(await s.ended(), code);
    await isRestored(t, s);
  });
}

test('Ctrl-C quits at once, also while it is still looking', async (t) => {
  const s = session(t);
  await s.shows(/nsview/);
  s.child.write('\x03');
  t.is(await s.ended(), 0);
  await isRestored(t, s);
});

test('a crash restores the terminal and tells of itself', async (t) => {
  const s = new Session(process.execPath, [PROGRAM], 80, 24, {
    NODE_OPTIONS: `--import=${REPOSITORY}/dist/test/pty/crash-soon.js`,
  });
  t.teardown(() => {
    if (s.exit === null) s.child.kill('SIGKILL');
  });
  await s.shows(/host +\d{4}/);
  s.child.kill('SIGUSR2');
  t.is(await s.ended(), 1);
  await isRestored(t, s);
  await s.until('the stack is there', () =>
    /TypeError: a bug for the test/.test(s.output.slice(s.output.lastIndexOf('\x1b[?1049l'))),
  );
});

test('a new size is a new screen', async (t) => {
  const s = session(t);
  await s.shows(/host +\d{4}/);
  s.terminal.resize(160, 50);
  s.child.resize(160, 50);
  await s.shows(/overview/);
  s.terminal.resize(30, 6);
  s.child.resize(30, 6);
  await s.shows(/nsview needs 40x8/);
  s.terminal.resize(80, 24);
  s.child.resize(80, 24);
  await s.shows(/\[1\]Tree/);
  s.child.write('Q');
  t.is(await s.ended(), 0);
});

function stateOf(pid: number): string {
  return /\) (.)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1] ?? '?';
}

test('Ctrl-Z leaves the screen and stops; SIGCONT brings it back', async (t) => {
  const s = session(t);
  await s.shows(/host +\d{4}/);
  s.child.write('\x1a');
  await s.until('it is stopped', () => stateOf(s.child.pid) === 'T' && s.output.endsWith('\x1b[?1049l'));
  await isRestored(t, s);
  s.child.kill('SIGCONT');
  await s.shows(/host +\d{4}/);
  await s.until('the alternate screen is back', () => s.terminal.buffer.active.type === 'alternate');
  s.child.write('q');
  t.is(await s.ended(), 0);
  await isRestored(t, s);
});

test('SIGTSTP from outside takes the same way', async (t) => {
  const s = session(t);
  await s.shows(/host +\d{4}/);
  s.child.kill('SIGTSTP');
  await s.until('it is stopped', () => stateOf(s.child.pid) === 'T' && s.output.endsWith('\x1b[?1049l'));
  await isRestored(t, s);
  s.child.kill('SIGCONT');
  await s.until('the alternate screen is back', () => s.terminal.buffer.active.type === 'alternate');
  s.child.write('q');
  t.is(await s.ended(), 0);
});

test('replay: back, forward, and nothing of the live system', async (t) => {
  const s = session(t, ['--replay', 'test/fixtures/recordings/format-1.json']);
  await s.shows(/node7.*REPLAY 1\/1.*RO/s);
  await s.shows(/docker nginx-1/);
  s.child.write('.,q');
  t.is(await s.ended(), 0);
  await isRestored(t, s);
});

test('a recording on standard input leaves the keys to the terminal', async (t) => {
  const s = new Session('bash', [
    '-c',
    `cat test/fixtures/recordings/format-1.json | ${process.execPath} ${PROGRAM} --replay -; echo CODE $?`,
  ]);
  t.teardown(() => s.kill());
  await s.shows(/REPLAY 1\/1/);
  s.child.write('2');
  await s.shows(/\[2\]Procs/);
  s.child.write('q');
  await s.shows(/CODE 0/);
  t.pass();
});

test('a terminal that goes away ends it without a word', async (t) => {
  // A pty of which the other side is closed, as tmux or sshd do.
  const script = `import fcntl, os, pty, struct, sys, termios
pid, master = pty.fork()
if pid == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 80, 0, 0))
    os.dup2(os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT), 2)
    os.execv(sys.argv[2], sys.argv[2:])
got = b""
while b"host" not in got: got += os.read(master, 65536)
os.close(master)
print(os.waitpid(pid, 0)[1])`;
  const directory = mkdtempSync(join(tmpdir(), 'nsview-hang-up-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const errors = join(directory, 'errors');
  const { stdout } = await runCommand(['python3', '-c', script, errors, process.execPath, PROGRAM]);
  t.is(readFileSync(errors, 'utf8'), '');
  // Ended by the signal: no core, no status of its own.
  t.is(Number(stdout), 1);
});

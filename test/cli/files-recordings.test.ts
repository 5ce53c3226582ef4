/** Recordings as files: who may read them, what is replaced, what survives SIGKILL, what is not read at all. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { PROGRAM, environment, runCommand, runNsview } from '../support/run-program.js';
import { containerNode } from '../support/scenarios.js';

function directory(t: ExecutionContext): string {
  const path = mkdtempSync(join(tmpdir(), 'nsview-recordings-'));
  t.teardown(() => rmSync(path, { recursive: true }));
  return path;
}

const HEAD = '{"recording":"nsview recording","formatVersion":1}\n';

test('a recording is for its owner only, unless --mode says otherwise, whatever the umask', async (t) => {
  const home = directory(t);
  const record = async (...words: string[]): Promise<number> => {
    const path = words[0]!;
    const { code, stderr } = await runNsview(['record', ...words], {
      through: ['sh', '-c', 'umask 022; exec "$@"', 'sh'],
    });
    t.is(code, 0, stderr);
    return statSync(path).mode & 0o777;
  };
  t.is(await record(join(home, 'a.json.gz')), 0o600);
  t.is(await record(join(home, 'b.json'), '--mode', '644'), 0o644);
  t.is((await runNsview(['record', join(home, 'c'), '-m', '9'])).code, 2);
});

test('a file that exists is replaced with --force only, and a symbolic link is never followed', async (t) => {
  const home = directory(t);
  const [there, link, victim] = ['there', 'link', 'victim'].map((name) => join(home, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(there, 'mine');
  writeFileSync(victim, 'hers');
  symlinkSync(victim, link);
  for (const path of [there, link]) {
    const refused = await runNsview(['record', path]);
    t.is(refused.code, 1);
    t.regex(
      refused.stderr,
      /^nsview: cannot write the recording: \S+ exists already \(--force replaces it\)\n$/,
    );
    t.is((await runNsview(['record', path, '--force'])).code, 0);
    t.true(readFileSync(path, 'utf8').startsWith(HEAD));
    t.true(statSync(path).isFile());
  }
  t.is(readFileSync(victim, 'utf8'), 'hers');
  t.deepEqual(readdirSync(home).sort(), ['link', 'there', 'victim'], 'no temporary file is left');
});

test('what was recorded can be read after SIGKILL, compressed or not', async (t) => {
  const home = directory(t);
  for (const name of ['a.json', 'b.json.gz']) {
    const path = join(home, name);
    const child = spawn(process.execPath, [PROGRAM, 'record', path, '--every', '100ms'], {
      env: environment(),
      stdio: 'ignore',
    });
    const ended = once(child, 'exit');
    const readable = async (): Promise<boolean> =>
      (await runNsview(['ls', '--replay', path, '-n'])).code === 0;
    while (!existsSync(path) || !(await readable())) t.is(child.exitCode, null);
    child.kill('SIGKILL');
    await ended;
    const { code, stdout, stderr } = await runNsview(['ls', '--replay', path, '-n']);
    t.is(code, 0, stderr);
    t.regex(stdout, /mnt/);
    if (name.endsWith('.gz'))
      t.regex(stderr, /was cut off while it was written: \d+ samples? (is|are) whole/);
  }
});

test('a recording whose end is missing says so', async (t) => {
  const path = join(directory(t), 'r.gz');
  const text = `${HEAD}${JSON.stringify(containerNode())}\n`;
  const bytes = gzipSync(text);
  writeFileSync(path, bytes);
  truncateSync(path, bytes.length - 4);
  const { code, stderr } = await runNsview(['ls', '--replay', path]);
  t.is(code, 0, stderr);
  t.regex(stderr, /r\.gz was cut off while it was written: 1 sample is whole/);
});

test('FIFO, device, directory are refused without waiting; standard input is read', async (t) => {
  const home = directory(t);
  const fifo = join(home, 'fifo');
  await runCommand(['mkfifo', fifo]);
  const link = join(home, 'link');
  symlinkSync('/dev/zero', link);
  for (const [path, what] of [
    [fifo, /it is a FIFO, not a regular file; - reads standard input/],
    ['/dev/zero', /it is a device, not a regular file/],
    [link, /it is a device, not a regular file/],
    [home, /it is a directory, not a regular file/],
  ] as const) {
    for (const words of [
      ['ls', '--replay', path],
      ['diff', path, path],
      ['--replay', path],
    ]) {
      const { code, stderr } = await runNsview(words);
      t.is(code, 1);
      t.regex(stderr, what);
    }
  }
  const input = `${HEAD}${JSON.stringify(containerNode())}\n`;
  t.is((await runNsview(['ls', '--replay', '-'], { input })).code, 0);
  t.is((await runNsview(['ls', '--replay', '-'], { input: gzipSync(input) })).code, 0);
});

test('a bomb is refused at the limit, which the environment raises', async (t) => {
  const path = join(directory(t), 'bomb.gz');
  // One line that never ends, a thousand times smaller than what it becomes.
  writeFileSync(path, gzipSync(Buffer.concat([Buffer.from(HEAD), Buffer.alloc(6 * 1_048_576, 0x5b)])));
  const small = await runNsview(['ls', '--replay', path], { env: { NSVIEW_RECORDING_LIMIT: '4' } });
  t.is(small.code, 1);
  t.regex(small.stderr, /it holds more than 4 MiB of text: NSVIEW_RECORDING_LIMIT=MIB in the environment/);
  const large = await runNsview(['ls', '--replay', path]);
  t.is(large.code, 1);
  t.regex(large.stderr, /line 2 is broken\n$/);
});

test('under sudo, HOME is somebody else’s: nothing is left there, and no link of theirs is followed', async (t) => {
  if (process.geteuid?.() !== 0) {
    t.pass('only root can be led astray so');
    return;
  }
  const home = directory(t);
  const victim = join(home, 'victim');
  writeFileSync(victim, 'root’s own');
  const theirs = join(home, 'theirs');
  mkdirSync(theirs);
  await runCommand(['chown', '-R', '65534:65534', theirs]);
  chmodSync(home, 0o755);
  t.is((await runNsview(['ls'], { env: { HOME: theirs } })).code, 0);
  t.deepEqual(readdirSync(theirs), []);
  // A cache directory of theirs, with a link where the file should be.
  const cache = join(theirs, '.cache', 'nsview');
  mkdirSync(cache, { recursive: true });
  symlinkSync(victim, join(cache, 'btf.json'));
  await runCommand(['chown', '-hR', '65534:65534', theirs]);
  t.is((await runNsview(['ls'], { env: { HOME: theirs } })).code, 0);
  t.deepEqual(readdirSync(cache), ['btf.json']);
  t.is(readFileSync(victim, 'utf8'), 'root’s own');
  // Their cache is not believed either, though root could read it.
  const own = join(home, 'own');
  mkdirSync(own);
  t.is((await runNsview(['ls'], { env: { HOME: own } })).code, 0);
  const kept = join(own, '.cache', 'nsview');
  if (existsSync(kept)) {
    t.deepEqual(readdirSync(kept), ['btf.json']);
    t.is(statSync(join(kept, 'btf.json')).mode & 0o777, 0o600);
    t.is(statSync(kept).mode & 0o777, 0o700);
  }
});

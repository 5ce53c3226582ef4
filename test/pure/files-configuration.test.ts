/** Configuration and state: files that others may have put there. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { createFile, makeOwnDirectory, replaceFile } from '../../src/files/write-file.js';
import { DEFAULT_SETTINGS } from '../../src/tui/settings.js';
import { configurationPath, loadSettings, saveSettings, statePath } from '../../src/tui/settings-files.js';

function home(t: ExecutionContext): { HOME: string } {
  const path = mkdtempSync(join(tmpdir(), 'nsview-home-'));
  t.teardown(() => rmSync(path, { recursive: true }));
  mkdirSync(dirname(configurationPath({ HOME: path })), { recursive: true });
  return { HOME: path };
}

function complaintOf(environment: { HOME: string }): string {
  const { settings, complaints } = loadSettings(environment);
  return complaints.length === 0
    ? JSON.stringify(settings)
    : complaints.join('\n').replace(environment.HOME, '~');
}

for (const [content, sentence] of [
  ['{"__proto__":{}}', /there is no setting "__proto__": one of delayMs, theme/],
  ['{"constructor":1}', /there is no setting "constructor"/],
  ['{"theme":"pink"}', /"theme" cannot be "pink"/],
  ['{"theme":{"__proto__":null}}', /"theme" cannot be \{"__proto__":null\}/],
  ['{"delayMs":1e999}', /"delayMs" cannot be null/],
  [`{"${'x'.repeat(3000)}":1}`, /there is no setting "x{39}…"/],
  ['[]', /is not a JSON object/],
  ['nonsense', /is not JSON/],
  ['['.repeat(60_000), /is not JSON/],
  [`"${'x'.repeat(100_000)}"`, /is ignored: it is larger than 64 KiB/],
] as const) {
  test(`a configuration ${content.slice(0, 30)} is told of, not obeyed`, (t) => {
    const environment = home(t);
    writeFileSync(configurationPath(environment), content);
    t.regex(complaintOf(environment), sentence);
    t.deepEqual(loadSettings(environment).settings, DEFAULT_SETTINGS);
  });
}

test('a FIFO, a device, a directory as configuration or state: told of at once', (t) => {
  for (const pathOf of [configurationPath, statePath]) {
    const environment = home(t);
    const path = pathOf(environment);
    mkdirSync(dirname(path), { recursive: true });
    execFileSync('mkfifo', [path]);
    t.regex(complaintOf(environment), /is ignored: it is a FIFO, not a regular file/);
    rmSync(path);
    symlinkSync('/dev/zero', path);
    t.regex(complaintOf(environment), /is ignored: it is a device, not a regular file/);
    rmSync(path);
    mkdirSync(path);
    t.regex(complaintOf(environment), /is ignored: it is a directory, not a regular file/);
  }
});

test('the state is replaced whole; a link in its place is replaced, not followed', (t) => {
  const environment = home(t);
  const path = statePath(environment);
  mkdirSync(dirname(path), { recursive: true });
  const victim = join(environment.HOME, 'victim');
  writeFileSync(victim, 'precious');
  symlinkSync(victim, path);
  saveSettings(environment, { ...DEFAULT_SETTINGS, theme: 'light' });
  t.is(readFileSync(victim, 'utf8'), 'precious');
  t.is(loadSettings(environment).settings.theme, 'light');
  t.deepEqual(readdirSync(dirname(path)), ['state.json']);
});

test('no directory is made, and nothing written, where others may write', (t) => {
  const { HOME } = home(t);
  const open = join(HOME, 'open');
  mkdirSync(open);
  chmodSync(open, 0o777);
  t.false(makeOwnDirectory(join(open, 'a', 'b')));
  t.deepEqual(readdirSync(open), []);
  chmodSync(open, 0o1777);
  t.true(makeOwnDirectory(join(open, 'a', 'b')));
  const link = join(HOME, 'link');
  symlinkSync(join(open, 'a'), link);
  t.true(makeOwnDirectory(join(link, 'c')));
  if (process.geteuid?.() !== 0) return;
  const theirs = join(HOME, 'theirs');
  mkdirSync(theirs);
  execFileSync('chown', ['65534', theirs]);
  t.false(makeOwnDirectory(join(theirs, '.local', 'state')));
  execFileSync('chown', ['-h', '65534', link]);
  t.false(makeOwnDirectory(join(link, 'd')), 'a link of theirs');
  t.deepEqual(readdirSync(theirs), []);
});

test('a new file is made, never written over', (t) => {
  const { HOME } = home(t);
  const path = join(HOME, 'script.sh');
  createFile(path, 'one', 0o700);
  t.throws(() => createFile(path, 'two', 0o700), { code: 'EEXIST' });
  symlinkSync(join(HOME, 'nowhere'), join(HOME, 'dangling'));
  t.throws(() => createFile(join(HOME, 'dangling'), 'x', 0o600), { code: 'EEXIST' });
  t.throws(() => replaceFile(join(HOME, '.config'), 'x', 0o600), { code: 'EISDIR' });
  t.is(readFileSync(path, 'utf8'), 'one');
  t.deepEqual(readdirSync(HOME).sort(), ['.config', 'dangling', 'script.sh']);
});

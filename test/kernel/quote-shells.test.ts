/** Words of shown commands in every shell at hand: each arrives byte for byte, and nothing else runs. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { shellCommand } from '../../src/actions/shell-words.js';
import { bytesText, textBytes } from '../../src/model/byte-text.js';
import { compiled } from '../sandbox/scene.js';
import { ANY_NAME, hostileNames, seedOfRun } from '../support/hostile-names.js';
import { environment } from '../support/run-program.js';

const SHELLS: readonly (readonly string[])[] = [
  ['dash'],
  ['bash'],
  ['bash', '--posix'],
  ['busybox', 'sh'],
  ['zsh'],
  ['zsh', '-o', 'rcquotes', '-o', 'extendedglob', '-o', 'magicequalsubst'],
  ['ksh'],
  ['mksh'],
];

const COUNT = Number(process.env['NSVIEW_NAMES'] ?? 600);
const WORDS_OF_A_COMMAND = 7;

function isThere(shell: string): boolean {
  return spawnSync('sh', ['-c', 'command -v "$1"', 'sh', shell]).status === 0;
}

const hex = (word: string): string => Buffer.from(textBytes(word)).toString('hex');

for (const shell of SHELLS) {
  test(`${shell.join(' ')} gives a program the words of a command, and runs nothing else`, (t) => {
    if (!isThere(shell[0]!)) {
      t.log(`${shell[0]!} is not installed: skipped`);
      t.pass();
      return;
    }
    const directory = mkdtempSync(join(tmpdir(), 'nsview-words-'));
    t.teardown(() => rmSync(directory, { recursive: true, force: true }));
    const seed = seedOfRun();
    const names = hostileNames(COUNT, seed, ANY_NAME, 'canary');
    const program = compiled('show-words');
    const groups = Array.from({ length: Math.ceil(names.length / WORDS_OF_A_COMMAND) }, (_, at) =>
      names.slice(at * WORDS_OF_A_COMMAND, (at + 1) * WORDS_OF_A_COMMAND),
    );
    const commands = groups.map((group) => shellCommand(program, ...group));
    writeFileSync(join(directory, 'script'), `set -eu\n${commands.join('\n')}\n`);
    for (const locale of ['C', 'C.UTF-8']) {
      const { stdout, stderr } = spawnSync(shell[0]!, [...shell.slice(1), 'script'], {
        cwd: directory,
        env: environment({ LC_ALL: locale }),
        encoding: 'utf8',
      });
      const said = stdout.trimEnd().split('\n');
      groups.forEach((group, at) =>
        t.is(said[at], group.map(hex).join(' '), `seed ${seed}, ${locale}: ${commands[at]!} ${stderr}`),
      );
      t.is(said.length, groups.length);
      t.false(existsSync(join(directory, 'canary')));
    }
  });
}

test('a command is one line of printable ASCII, whatever its words are', (t) => {
  for (const name of hostileNames(2000, seedOfRun(), ANY_NAME, 'canary')) {
    const command = shellCommand('umount', '--', name);
    t.regex(command, /^[\x20-\x7e]+$/, JSON.stringify(name));
  }
});

test('text of bytes gives the bytes back; no two names are one text', (t) => {
  const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  t.deepEqual(textBytes(bytesText(all)), all);
  const seen = new Map<string, string>();
  for (const name of hostileNames(5000, seedOfRun(), ANY_NAME, 'canary')) {
    const bytes = Buffer.from(textBytes(name));
    t.is(bytesText(bytes), name);
    t.is(seen.get(bytes.toString('hex')) ?? name, name);
    seen.set(bytes.toString('hex'), name);
    if (!bytes.toString('utf8').includes('\ufffd')) t.is(bytesText(bytes), bytes.toString('utf8'));
  }
});

test('invalid UTF-8: overlong forms, surrogates and what lies beyond Unicode are bytes', (t) => {
  for (const bytes of [[0xc0, 0xaf], [0xe0, 0x80, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xf8, 0x88], [0xe2, 0x82]]) {
    const text = bytesText(Uint8Array.from(bytes));
    t.is(text, bytes.map((byte) => String.fromCharCode(0xdc00 + byte)).join(''));
    t.deepEqual([...textBytes(text)], bytes);
  }
}); // prettier-ignore

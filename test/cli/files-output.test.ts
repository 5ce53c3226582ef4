/** Standard output that is full, closed or gone, and a terminal without a size. */
import { join } from 'node:path';
import test from 'ava';
import { REPOSITORY } from '../support/golden.js';
import { runCommand } from '../support/run-program.js';

const NSVIEW = join(REPOSITORY, 'bin', 'nsview');
const RECORDING = 'test/fixtures/recordings/format-1.json';
const shell = (script: string) => runCommand(['bash', '-c', script, 'bash', NSVIEW, RECORDING]);

const COMMANDS = [
  'ls --replay "$2"',
  'ls -J --replay "$2"',
  'ps -a --replay "$2"',
  'man',
  '--help',
  '--version',
];

for (const [target, reason] of [
  ['>/dev/full', 'no space left on device'],
  ['>&-', 'bad file descriptor'],
] as const) {
  test(`standard output ${target}: one sentence, exit code 1`, async (t) => {
    for (const command of COMMANDS) {
      const { code, stderr } = await shell(`"$1" ${command} ${target}`);
      t.is(code, 1, command);
      const said = stderr.split('\n').filter((line) => line.includes('standard output'));
      t.deepEqual(said, [`nsview: cannot write to standard output: ${reason}`], command);
      t.notRegex(stderr, /\n {4}at /, command);
    }
    t.is((await shell(`"$1" record - ${target}`)).code, 1);
  });
}

test('a reader that goes away is no failure; standard error and input may be closed', async (t) => {
  const gone = await shell('"$1" ls -J --replay "$2" | head -n 1; echo "${PIPESTATUS[0]}"');
  t.regex(gone.stdout, /^\{\n0\n$/);
  const recording = await shell('"$1" record - | head -c 9; echo " ${PIPESTATUS[0]}"');
  t.is(recording.stdout, '{"recordi 0\n');
  for (const closed of ['2>&-', '2>/dev/full', '<&-']) {
    const { code, stdout } = await shell(`"$1" ls -n --replay "$2" ${closed}`);
    t.is(code, 0, closed);
    t.regex(stdout, /mnt/, closed);
  }
});

test('a terminal of size 0x0 shows whole lines', async (t) => {
  const { stdout } = await runCommand([
    'script',
    '-qec',
    `stty cols 0 rows 0; '${NSVIEW}' ls --replay ${RECORDING}`,
    '/dev/null',
  ]);
  t.regex(stdout, /NS TYPE +NPROCS/);
});

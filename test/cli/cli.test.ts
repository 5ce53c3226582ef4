import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { gunzipSync, gzipSync } from 'node:zlib';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { COMMANDS } from '../../src/cli/run-cli.js';
import type { Snapshot } from '../../src/model/snapshot.js';
import { containerNode } from '../support/scenarios.js';
import { matchesGolden, REPOSITORY } from '../support/golden.js';
import { PROGRAM, environment, runCommand, runNsview } from '../support/run-program.js';

function directory(t: ExecutionContext): string {
  const path = mkdtempSync(join(tmpdir(), 'nsview-cli-'));
  t.teardown(() => rmSync(path, { recursive: true }));
  return path;
}

function recordingText(...samples: object[]): string {
  return [{ recording: 'nsview recording', formatVersion: 1 }, ...samples]
    .map((line) => `${JSON.stringify(line)}\n`)
    .join('');
}

const BAD: [string[], number, RegExp][] = [
  [['--bogus'], 2, /unknown option --bogus/],
  [['ls', '--typ'], 2, /did you mean --type/],
  [['ls', '-t', 'nope'], 2, /takes one of mnt, net/],
  [['ls', '-o', 'NS,NOPE'], 2, /unknown column "NOPE"/],
  [['ls', '-p', 'abc'], 2, /not a pid/],
  [['ls', '-p', '99999999'], 1, /no process 99999999/],
  [['ls', '--filter', 'type:nope'], 2, /bad filter/],
  [['ls', '-t'], 2, /needs an argument/],
  [['frobnicate'], 2, /unknown command "frobnicate"/],
  [['show'], 2, /give one namespace or pid/],
  [['show', 'nowhere'], 1, /no process or namespace "nowhere"/],
  [['record'], 2, /give one file/],
  [['record', 'x', '--every', 'soon'], 2, /takes a time/],
  [['record', '/nonexistent/x'], 1, /cannot write the recording/],
  [['--delay', '0'], 2, /seconds between/],
  [['--pid', '-4'], 2, /takes a pid/],
  [['--view', 'nine'], 2, /takes one of/],
  [['--view', '9'], 2, /takes one of/],
  [['--view', '0'], 2, /takes one of/],
  [['--view', '3'], 1, /needs a terminal/],
  [['completion', 'csh'], 2, /give one shell/],
  [['diff', 'a'], 2, /two recordings/],
  [['--replay', '/nonexistent'], 1, /cannot read the recording/],
  [[], 1, /needs a terminal/],
];

for (const [args, code, message] of BAD) {
  test(`nsview ${args.join(' ')} → ${code}`, async (t) => {
    const outcome = await runNsview(args);
    t.is(outcome.code, code, outcome.stderr);
    const errors = outcome.stderr.split('\n').filter((line) => line !== '' && !line.includes('unreadable'));
    t.is(errors.length, 1, outcome.stderr);
    t.regex(errors[0]!, message);
  });
}

test('help of every command', async (t) => {
  for (const { name } of COMMANDS) {
    const outcome = await runNsview([...(name === '' ? [] : [name]), '--help']);
    t.is(outcome.code, 0);
    matchesGolden(t, `help-${name === '' ? 'nsview' : name}.txt`, outcome.stdout);
  }
});

test('the man page is one', async (t) => {
  const page = await runNsview(['man']);
  const shown = await runCommand(['man', '--warnings', '-E', 'UTF-8', '-l', '-'], {
    input: page.stdout,
    env: { MANWIDTH: '80' },
  });
  t.is(shown.stderr, '');
  t.regex(shown.stdout, /NSVIEW\(1\)/);
  t.regex(shown.stdout, /--persistent/);
});

test('completions are shell that parses', async (t) => {
  const bash = await runNsview(['completion', 'bash']);
  const checked = await runCommand([
    'bash',
    '-c',
    `${bash.stdout}\nCOMP_WORDS=(nsview ls --ty); COMP_CWORD=2; _nsview; echo "\${COMPREPLY[@]}"`,
  ]);
  t.is(checked.stderr, '');
  t.is(checked.stdout, '--type\n');
  const top = await runCommand([
    'bash',
    '-c',
    `${bash.stdout}\nCOMP_WORDS=(nsview re); COMP_CWORD=1; _nsview; echo "\${COMPREPLY[@]}"`,
  ]);
  t.is(top.stdout, 'record\n');
  for (const shell of ['zsh', 'fish']) t.is((await runNsview(['completion', shell])).code, 0);
});

test('ls of a recording: table, raw, JSON, tree, filter', async (t) => {
  const path = join(directory(t), 'r.json');
  writeFileSync(path, recordingText(containerNode()));
  const ls = async (...args: string[]): Promise<string> =>
    (await runNsview(['ls', '--replay', path, ...args])).stdout;
  matchesGolden(t, 'ls.txt', await ls());
  matchesGolden(t, 'ls-owner.txt', await ls('-Towner'));
  matchesGolden(t, 'ls-parent.txt', await ls('--tree=parent', '-o', '+CONTAINER,PINS'));
  matchesGolden(t, 'ls-net.txt', await ls('-t', 'net'));
  matchesGolden(t, 'ls-raw.txt', await ls('-rn', '-o', 'NS,TYPE,COMMAND'));
  matchesGolden(t, 'ls-persistent.txt', await ls('-P', '-o', 'NS,TYPE,HELD,PINS,PROBLEMS'));
  const document = JSON.parse(await ls('-J', '--filter', 'container:nginx')) as {
    namespaces: object[];
    gaps: object[];
  };
  t.is(document.namespaces.length, 6);
  t.deepEqual(Object.keys(document.namespaces[0]!), ['ns', 'type', 'nprocs', 'pid', 'user', 'command']);
  t.is(document.gaps.length, 1);
});

test('show, why and ps of a recording', async (t) => {
  const path = join(directory(t), 'r.json');
  writeFileSync(path, recordingText(containerNode()));
  matchesGolden(t, 'show-process.txt', (await runNsview(['show', '2240', '--replay', path])).stdout);
  matchesGolden(t, 'show-namespace.txt', (await runNsview(['show', 'lab', '--replay', path])).stdout);
  matchesGolden(t, 'why.txt', (await runNsview(['why', '4026532970', '--replay', path])).stdout);
  matchesGolden(t, 'ps.txt', (await runNsview(['ps', '--replay', path])).stdout);
  const why = JSON.parse((await runNsview(['why', 'lab', '-J', '--replay', path])).stdout) as {
    reasons: object[];
  };
  t.deepEqual(why.reasons, [
    { reasonKind: 'bind', mountPoint: '/run/netns/lab', mountNamespace: 'mnt:[4026531832]' },
  ]);
});

test('--strict tells of gaps by its exit code, stderr always', async (t) => {
  const path = join(directory(t), 'r.json');
  writeFileSync(path, recordingText(containerNode()));
  const strict = await runNsview(['ls', '--strict', '--replay', path]);
  t.is(strict.code, 3);
  t.regex(strict.stderr, /1 × namespace links unreadable: EACCES/);
  t.is((await runNsview(['ls', '--replay', path])).code, 0);
});

/** Interrupts a recording after three lines; its exit status. */
async function interruptedSeries(): Promise<number | null> {
  const child = spawn(process.execPath, [PROGRAM, 'record', '-', '--every', '50ms'], {
    env: environment(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
  let count = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    JSON.parse(line);
    if (++count === 3) child.kill('SIGINT');
  }
  return ended;
}

test('recordings: compressed, piped, a series, and their difference', async (t) => {
  const home = directory(t);
  const path = join(home, 'r.json.gz');
  const recorded = await runNsview(['record', path, '--every', '100ms', '--for', '300ms']);
  t.is(recorded.code, 0, recorded.stderr);
  const lines = gunzipSync(readFileSync(path)).toString().trim().split('\n');
  t.true(lines.length >= 2, `${lines.length} lines`);
  t.is(await interruptedSeries(), 0);
  const piped = await runNsview(['record', '-']);
  const listed = await runNsview(['ls', '--replay', '-', '-n'], { input: piped.stdout });
  t.regex(listed.stdout, /mnt/);
  const before = join(home, 'a.json');
  const after = join(home, 'b.json');
  const later: Snapshot = containerNode();
  later.namespaces = later.namespaces.filter(({ key }) => key !== 'net:[4026532880]');
  later.pins = later.pins.slice(1);
  writeFileSync(before, recordingText(containerNode()));
  writeFileSync(after, gzipSync(recordingText(later)));
  t.is((await runNsview(['diff', before, after])).stdout, '- net:[4026532880] lab\n');
  t.is((await runNsview(['diff', after, before])).stdout, '+ net:[4026532880] lab\n');
});

test('broken, foreign and newer recordings', async (t) => {
  const home = directory(t);
  const attempt = async (name: string, content: string | Buffer): Promise<string> => {
    const path = join(home, name);
    writeFileSync(path, content);
    const outcome = await runNsview(['ls', '--replay', path]);
    t.is(outcome.code, 1, name);
    return outcome.stderr;
  };
  t.regex(await attempt('empty', ''), /not an nsview recording/);
  t.regex(await attempt('text', 'hello\n'), /not an nsview recording/);
  t.regex(await attempt('json', '{"a":1}\n'), /not an nsview recording/);
  t.regex(
    await attempt('newer', '{"recording":"nsview recording","formatVersion":99}\n{}\n'),
    /newer nsview \(format 99/,
  );
  t.regex(
    await attempt('headless', recordingText({ header: {} })),
    /line 2, header\.formatVersion: a whole number is wanted, not nothing/,
  );
  t.regex(await attempt('cut', recordingText(containerNode()).slice(0, 500)), /line 2 is broken/);
  t.regex(await attempt('middle', `${recordingText(containerNode())}{"x"\n{}\n`), /line 3 is broken/);
  t.regex(
    await attempt('gzip', gzipSync(recordingText(containerNode())).subarray(0, 60)),
    /cannot read|not an nsview/,
  );
  const path = join(home, 'tail');
  writeFileSync(path, `${recordingText(containerNode())}{"header":`);
  t.is((await runNsview(['ls', '--replay', path])).code, 0, 'a cut last line costs only that sample');
});

test('a recording of every format version can be read', async (t) => {
  const outcome = await runNsview(['ls', '--replay', 'test/fixtures/recordings/format-1.json', '-n']);
  t.is(outcome.code, 0, outcome.stderr);
  t.regex(outcome.stdout, /4026532323 net/);
});

test('TERM unknown or dumb, and output into a closed pipe', async (t) => {
  const term = (value: string) =>
    runCommand(['script', '-qec', `TERM=${value} node bin/nsview.cjs`, '/dev/null']);
  const dumb = await term('dumb');
  t.regex(dumb.stdout, /TERM="dumb" cannot show a screen/);
  t.is(dumb.code, 1);
  const piped = await runCommand([
    'bash',
    '-c',
    'node bin/nsview.cjs ls -o +PINS | head -n 1; echo ${PIPESTATUS[0]}',
  ]);
  t.regex(piped.stdout, /^ *NS TYPE.*\n0\n$/s);
});

test('the launcher works through a link, and what it says to the C library is not inherited', async (t) => {
  const link = join(directory(t), 'nsview');
  symlinkSync(join(REPOSITORY, 'bin', 'nsview'), link);
  const probe = join(directory(t), 'probe.mjs');
  writeFileSync(probe, 'process.on("exit", () => console.log(String(process.env.MALLOC_ARENA_MAX)))');
  const { code, stdout } = await runCommand([link, '--version'], {
    env: { NODE_OPTIONS: `--import ${probe}` },
  });
  t.is(code, 0);
  t.regex(stdout, /^nsview \d+\.\d+\.\d+\nundefined\n$/);
});

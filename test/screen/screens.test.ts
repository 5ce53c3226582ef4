import test from 'ava';
import { buildModel } from '../../src/model/model.js';
import { deltaBetween } from '../../src/model/snapshot-delta.js';
import { buildSnapshot } from '../support/snapshot-builder.js';
import { matchesGolden } from '../support/golden.js';
import { HeadlessApp, ScriptedFeed } from '../support/headless-app.js';
import { containerNode } from '../support/scenarios.js';
import { DEFAULT_SETTINGS } from '../../src/tui/settings.js';

for (const [columns, rows] of [
  [80, 24],
  [160, 50],
  [60, 15],
] as const) {
  test(`the overview at ${columns}x${rows}`, async (t) => {
    const app = new HeadlessApp(containerNode(), { columns, rows });
    t.teardown(() => app.close());
    matchesGolden(t, `tree-${columns}x${rows}.txt`, await app.screen());
    await app.press('2');
    matchesGolden(t, `processes-${columns}x${rows}.txt`, await app.screen());
  });
}

test('groupings of the tree', async (t) => {
  const app = new HeadlessApp(containerNode(), { columns: 100, rows: 30 });
  t.teardown(() => app.close());
  for (const grouping of ['owner', 'parent', 'process', 'container']) {
    await app.press('T');
    matchesGolden(t, `tree-by-${grouping}.txt`, await app.screen());
  }
});

test('detail tabs of a process and of a namespace', async (t) => {
  const app = new HeadlessApp(containerNode(), { columns: 120, rows: 40 });
  t.teardown(() => app.close());
  await app.press(':', '2240', 'Enter');
  for (const tab of ['difference', 'why', 'processes', 'can', 'raw']) {
    matchesGolden(t, `detail-process-${tab}.txt`, await app.screen());
    await app.press(']');
  }
  await app.press(':', 'lab', 'Enter', 'w');
  matchesGolden(t, 'detail-netns-why.txt', await app.screen());
});

test('help, set-up and prompts', async (t) => {
  const app = new HeadlessApp(containerNode());
  t.teardown(() => app.close());
  await app.press('?');
  matchesGolden(t, 'help-80x24.txt', await app.screen());
  await app.press('copy');
  t.regex(await app.screen(), /looking for: copy/);
  await app.press('Esc', 'S');
  matchesGolden(t, 'setup-80x24.txt', await app.screen());
  await app.press('Esc', '\\', 'user:alice');
  matchesGolden(t, 'filter-80x24.txt', await app.screen());
});

test('ASCII mode holds nothing beyond ASCII', async (t) => {
  const app = new HeadlessApp(containerNode(), {
    columns: 160,
    rows: 50,
    settings: { ...DEFAULT_SETTINGS, ascii: true },
  });
  t.teardown(() => app.close());
  const screen = await app.screen();
  t.regex(screen, /^[\n\x20-\x7e]*$/);
  matchesGolden(t, 'tree-ascii-160x50.txt', screen);
});

test('the cursor follows the thing while rows come, go and sort', async (t) => {
  const before = containerNode();
  const feed = new ScriptedFeed(before);
  const app = new HeadlessApp(before, { view: 'processes', feed });
  t.teardown(() => app.close());
  await app.press(':', '2240', 'Enter');
  t.regex(await app.cursorLine(), /^> +2240 /);
  const after = structuredClone(before);
  after.processes = after.processes.filter(({ pid }) => pid !== 29);
  feed.receive({ message: 'delta', delta: deltaBetween(before, after) });
  await app.nextFrame();
  t.regex(await app.cursorLine(), /^> +2240 /);
  await app.press('t', '>', 'I');
  t.regex(await app.cursorLine(), /^> +2240 /);
});

test('a filter keeps ancestors and says that it is on; Esc clears it', async (t) => {
  const app = new HeadlessApp(containerNode(), { view: 'processes' });
  t.teardown(() => app.close());
  await app.press('\\', 'user:33', 'Enter');
  const screen = await app.screen();
  t.regex(screen, /filter:user:33/);
  t.regex(screen, /2240/);
  t.regex(screen, /1204/, 'its ancestor stays');
  t.notRegex(screen, /postgres/);
  await app.press('Esc');
  t.notRegex(await app.screen(), /filter:/);
});

test('a bad filter is a sentence, not a crash', async (t) => {
  const app = new HeadlessApp(containerNode());
  t.teardown(() => app.close());
  await app.press('\\', 'type:nope', 'Enter');
  t.regex(await app.screen(), /"nope" is no kind of namespace/);
});

test('go to: pid, inner pid, inode, name and nothing', async (t) => {
  const app = new HeadlessApp(containerNode());
  t.teardown(() => app.close());
  await app.press(':', '17@nginx-1', 'Enter');
  t.regex(await app.cursorLine(), /2240/);
  await app.press(':', 'net:2323', 'Enter');
  t.regex(await app.cursorLine(), /net 4026532323/);
  await app.press(':', 'lab', 'Enter');
  t.regex(await app.cursorLine(), /net 4026532880/);
  await app.press(':', 'nowhere', 'Enter');
  t.regex(await app.screen(), /no process or namespace "nowhere"/);
});

test('problems only shows the leaked namespace', async (t) => {
  const app = new HeadlessApp(containerNode());
  t.teardown(() => app.close());
  await app.press('!');
  const screen = await app.screen();
  t.regex(screen, /problems only/);
  t.regex(screen, /net 4026532970/);
  t.notRegex(screen, /nginx/);
});

test('search moves the cursor, n goes on, the list stays whole', async (t) => {
  const app = new HeadlessApp(containerNode(), { view: 'processes' });
  t.teardown(() => app.close());
  await app.press('/', 'nginx', 'Enter');
  t.regex(await app.cursorLine(), /2231/);
  await app.press('n');
  t.regex(await app.cursorLine(), /2240/);
  await app.press('N');
  t.regex(await app.cursorLine(), /2231/);
});

test('births and deaths appear in the events view', async (t) => {
  const before = containerNode();
  const feed = new ScriptedFeed(before);
  const app = new HeadlessApp(before, { feed });
  t.teardown(() => app.close());
  const after = structuredClone(before);
  after.namespaces = after.namespaces.filter(({ key }) => key !== 'net:[4026532880]');
  after.pins = after.pins.filter(({ pinKind }) => pinKind !== 'bind');
  feed.receive({ message: 'delta', delta: deltaBetween(before, after) });
  await app.press('8');
  t.regex(await app.screen(), /- net:\[4026532880\] gone {2}lab/);
});

test('names that attack the terminal are shown, not obeyed', async (t) => {
  const hostile = '\x1b]0;owned\x07{red-fg}tag{/}\u009d2;x\x07\u202eevil\u0007';
  const snapshot = buildSnapshot({
    processes: [
      { pid: 1, comm: 'init' },
      { pid: 7, comm: hostile, commandLine: hostile },
    ],
  });
  snapshot.header.hostname = hostile;
  const app = new HeadlessApp(snapshot, { view: 'processes', columns: 160, rows: 50 });
  t.teardown(() => app.close());
  let title = '';
  app.screenTerminal.onTitleChange((text) => (title = text));
  const screen = await app.screen();
  t.is(title, '');
  t.regex(screen, /\{red-fg\}tag\{\/\}/, 'tags of blessed are text');
  t.notRegex(app.output.written, /\x1b\]0|\u009d|\u202e/);
});

test('wide and combining characters keep the columns straight', async (t) => {
  const snapshot = buildSnapshot({
    processes: [
      { pid: 1, comm: 'init' },
      { pid: 7, comm: '日本語コンテナ', commandLine: '日本語コンテナ' },
      { pid: 8, comm: 'e\u0301te\u0301', commandLine: 'e\u0301te\u0301' },
      { pid: 9, comm: '🐳 whale', commandLine: '🐳 whale' },
    ],
  });
  const app = new HeadlessApp(snapshot, { view: 'processes', columns: 120, rows: 40 });
  t.teardown(() => app.close());
  const screen = await app.screen();
  t.regex(screen, /日本語コン/);
  t.regex(screen, /e\u0301te\u0301/);
  for (const line of screen.split('\n').slice(10, 20)) t.regex(line, /^│/);
});

test('a terminal that is too small says so and comes back when it grows', async (t) => {
  const app = new HeadlessApp(containerNode(), { columns: 20, rows: 5 });
  t.teardown(() => app.close());
  t.regex(await app.screen(), /nsview needs 40x8/);
  for (const [columns, rows] of [
    [1, 1],
    [39, 50],
    [200, 3],
    [41, 8],
    [80, 24],
  ] as const) {
    app.resize(columns, rows);
    await app.press('j', 'O', 'd', '?', 'Esc', '\\', 'x', 'Esc');
  }
  t.regex(await app.screen(), /nsview node7/);
});

test('100,000 rows: keys are answered and only visible rows are drawn', async (t) => {
  const processes = Array.from({ length: 100_000 }, (_, at) => ({ pid: at + 1, comm: `p${at}` }));
  const app = new HeadlessApp(buildSnapshot({ processes }), { view: 'processes' });
  t.teardown(() => app.close());
  await app.press('t', 'G');
  t.regex(await app.cursorLine(), /^> +100000 /);
  app.bytes = 0;
  await app.press('k');
  t.regex(await app.cursorLine(), /^> +99999 /);
  t.true(app.bytes < 2000, `${app.bytes} bytes for one key`);
});

test('an idle refresh and an arrow key write little at 120x40', async (t) => {
  const workers = Array.from({ length: 40 }, (_, at) => ({
    pid: 3000 + at,
    comm: 'worker',
    commandLine: `worker --number ${at}`,
  }));
  const before = buildSnapshot({ processes: [{ pid: 1, comm: 'init' }, ...workers] });
  const feed = new ScriptedFeed(before);
  let now = before.header.takenAt;
  const app = new HeadlessApp(before, { feed, columns: 120, rows: 40, view: 'processes', now: () => now });
  t.teardown(() => app.close());
  await app.press('j', 'j');
  app.bytes = 0;
  for (let count = 0; count < 10; count++) {
    now += 2000;
    feed.receive({ message: 'status', source: 'events', busyMs: 1 });
    await app.nextFrame();
  }
  t.true(app.bytes > 0 && app.bytes / 10 <= 300, `${app.bytes / 10} bytes an idle refresh`);
  app.bytes = 0;
  for (let count = 0; count < 8; count++) await app.press('Down');
  t.true(app.bytes / 8 <= 600, `${app.bytes / 8} bytes an arrow key`);
});

test('keys that split, pastes and replies are told apart', async (t) => {
  const app = new HeadlessApp(containerNode(), { view: 'processes' });
  t.teardown(() => app.close());
  const first = await app.cursorLine();
  await app.press('\x1b', '[', 'B');
  t.not(await app.cursorLine(), first, 'an arrow in three pieces is an arrow');
  await app.press('\x1b[200~qQ\x1b[201~', '\x1b[?62;4c', '\x1b]11;rgb:0/0/0\x07');
  t.is(app.exitCode, null, 'neither a paste nor a reply quits');
  await app.press('Esc');
  t.is(app.exitCode, null, 'Esc never quits');
  await app.press('q');
  t.is(app.exitCode, 0);
  t.true(app.output.written.endsWith('\x1b[?1049l'), 'the terminal is given back');
});

test('frozen: nothing is written', async (t) => {
  const feed = new ScriptedFeed(containerNode());
  const app = new HeadlessApp(containerNode(), { feed });
  t.teardown(() => app.close());
  await app.press('Z');
  t.true(feed.frozen);
  await app.nextFrame();
  app.bytes = 0;
  await app.wait(120);
  t.is(app.bytes, 0);
});

test('copy is OSC 52', async (t) => {
  const app = new HeadlessApp(containerNode(), { pid: 2240 });
  t.teardown(() => app.close());
  await app.press('y');
  t.true(app.output.written.includes(`\x1b]52;c;${Buffer.from('2240').toString('base64')}\x07`));
});

test('set-up changes settings and they are remembered', async (t) => {
  const feed = new ScriptedFeed(containerNode());
  const app = new HeadlessApp(containerNode(), { feed });
  t.teardown(() => app.close());
  await app.press('S', '+', 'Down', '+', 'Esc');
  t.is(feed.delay, 3000);
  t.regex(app.saved.at(-1) ?? '', /"theme":"light"/);
});

test('mouse: a click selects, the wheel scrolls', async (t) => {
  const app = new HeadlessApp(containerNode(), { view: 'processes' });
  t.teardown(() => app.close());
  await app.press('M');
  t.true(app.output.written.includes('\x1b[?1006h'));
  await app.press('\x1b[<0;10;5M\x1b[<0;10;5m');
  t.regex(await app.screen(), /\n> +29 /);
  await app.press('\x1b[<65;10;6M');
  t.notRegex(await app.screen(), /\n> +29 /);
});

test('the model of the scenario is sound', (t) => {
  const model = buildModel(containerNode());
  t.is(model.namespaces.get('net:[4026532323]')?.processes.length, 3);
});

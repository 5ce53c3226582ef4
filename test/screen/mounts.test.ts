/** View 4 on a headless terminal: rows, tabs, dialogs, refusals. */
import test from 'ava';
import type { ExecutionContext } from 'ava';
import type { Operation, Outcome } from '../../src/actions/plan.js';
import { mountScene } from '../support/scenarios.js';
import { matchesGolden } from '../support/golden.js';
import type { HeadlessOptions } from '../support/headless-app.js';
import { HeadlessApp, ScriptedFeed } from '../support/headless-app.js';

async function mountsView(t: ExecutionContext, options: HeadlessOptions = {}) {
  const { snapshot } = mountScene();
  const feed = new ScriptedFeed(snapshot);
  const app = new HeadlessApp(snapshot, { columns: 80, rows: 24, feed, ...options });
  t.teardown(() => app.close());
  feed.receive({ message: 'mounts', delta: { changed: snapshot.mountTables!, gone: [] } });
  await app.press('4');
  return { app, feed };
}

for (const [columns, rows] of [
  [80, 24],
  [160, 50],
  [60, 15],
] as const) {
  test(`mounts at ${columns}x${rows}`, async (t) => {
    const { app } = await mountsView(t, { columns, rows });
    await app.press('/', '/srv', 'Enter');
    matchesGolden(t, `mounts-${columns}x${rows}.txt`, await app.screen());
  });
}

test('"unfold everything" and "fold everything" hold for what comes later, too', async (t) => {
  const { snapshot } = mountScene();
  const bare = { ...snapshot, mountTables: [] };
  const feed = new ScriptedFeed(bare);
  const app = new HeadlessApp(bare, { columns: 120, rows: 50, feed });
  t.teardown(() => app.close());
  await app.press('4', '*');
  t.regex(await app.screen(), /not readable \(yet\)/);
  feed.receive({ message: 'mounts', delta: { changed: snapshot.mountTables!, gone: [] } });
  await app.nextFrame();
  const rows = (screen: string): number => screen.match(/^[|│][ >].*ext4|^[|│][ >].*tmpfs/gm)?.length ?? 0;
  const unfolded = await app.screen();
  t.notRegex(unfolded, /▸/);
  t.true(rows(unfolded) > 2);
  await app.press('-');
  const folded = await app.screen();
  t.notRegex(folded, /▾/);
  t.is(rows(folded), 0);
  // A filter shows what it finds all the same.
  await app.press('\\', '/srv', 'Enter');
  t.regex(await app.screen(), /▾/);
});

test('tabs of a mount', async (t) => {
  const { app, feed } = await mountsView(t, { columns: 120, rows: 50 });
  await app.press('/', '/srv', 'Enter', ']');
  matchesGolden(t, 'mount-what-if.txt', await app.screen());
  await app.press(']');
  t.regex(await app.screen(), /looking at every process/);
  t.deepEqual(
    feed.asked.map(({ device }) => device),
    ['0:50'],
  );
  feed.receive({
    message: 'mount-users',
    users: {
      device: '0:50',
      unreadable: 3,
      gaps: [],
      users: [
        { use: 'cwd', pid: 20, path: '/srv/x', mountId: 21 },
        { use: 'fd', pid: 20, fd: 3, path: '/srv/log', mountId: 21 },
        { use: 'loop', name: '/dev/loop7', path: '/srv/image', mountId: null, device: '0:50' },
      ],
    },
  });
  await app.nextFrame();
  matchesGolden(t, 'mount-held-by.txt', await app.screen());
});

test('what if: an operation is typed, its answer is a tab', async (t) => {
  const { app } = await mountsView(t, { columns: 120, rows: 40 });
  await app.press('/', '/srv', 'Enter', 'p');
  t.regex(await app.screen(), /what if you mount \/srv/);
  await app.press('Ctrl-U', 'rbind /srv /srv/volume', 'Enter');
  t.regex(await app.screen(), /if you rbind \/srv \/srv\/volume/);
  await app.press('p', 'Ctrl-U', 'mont /x', 'Enter');
  t.regex(await app.screen(), /"mont" is none of: mount, bind/);
});

test('the view opens at the mount namespace of the thing under the cursor', async (t) => {
  const { app, feed } = await mountsView(t);
  await app.press(':', '30', 'Enter', '4');
  t.regex(await app.cursorLine(), /slave/);
  t.is(feed.mountFocus, mountScene().key('slave'));
  await app.press('1');
  t.is(feed.mountFocus, null, 'nobody looks at mounts any more');
});

test('filter: mounts by path, their namespaces kept', async (t) => {
  const { app } = await mountsView(t);
  await app.press('\\', '/data', 'Enter');
  const screen = await app.screen();
  t.regex(screen, /slave/);
  t.notRegex(screen, /secret/);
});

test('= tells where a mount is elsewhere, or why not; on a namespace it compares', async (t) => {
  const { app } = await mountsView(t, { columns: 120, rows: 40 });
  await app.press('/', 'volume', 'Enter', '=');
  matchesGolden(t, 'mount-elsewhere.txt', await app.screen());
  await app.press('Esc', '/', 'peer', 'Enter', '=');
  matchesGolden(t, 'mount-difference.txt', await app.screen());
});

function performer() {
  const performed: (readonly Operation[])[] = [];
  const perform = (operations: readonly Operation[]): Promise<Outcome> => {
    performed.push(operations);
    return Promise.resolve({ done: 1, failure: null, mountIds: [null] });
  };
  return { performed, perform };
}

test('an action is shown before it runs; Cancel is under the cursor', async (t) => {
  const { performed, perform } = performer();
  const { app } = await mountsView(t, { columns: 100, rows: 32, perform });
  await app.press('/', 'secret', 'Enter', 'a');
  matchesGolden(t, 'mount-actions.txt', await app.screen());
  await app.press('Down', 'Down', 'Enter');
  matchesGolden(t, 'mount-confirm.txt', await app.screen());
  await app.press('Enter');
  t.regex(await app.screen(), /nothing was done/);
  t.is(performed.length, 0);
  await app.press('a', 'Down', 'Down', 'Enter', 'Tab', 'Enter');
  t.is(performed.length, 1);
  t.like(performed[0]![0], { operation: 'set-propagation', propagation: 'shared', recursive: false });
  await app.press('z');
  t.regex(await app.screen(), /undo: make \/secret shared/);
  await app.press('Tab', 'Enter');
  t.like(performed[1]![0], { operation: 'set-propagation', propagation: 'unbindable' });
  await app.press('z');
  t.regex(await app.screen(), /nothing was done from here that could be undone/);
  await app.press('@');
  const log = await app.screen();
  t.regex(log, /ok +make \/secret shared/);
  t.regex(log, /\$ mount --make-shared \/secret/);
});

test('a refusal of the kernel is shown and logged, and cannot be undone', async (t) => {
  const perform = (): Promise<Outcome> =>
    Promise.resolve({ done: 0, failure: 'cannot unmount /srv/volume: EBUSY: it is in use', mountIds: [] });
  const { app } = await mountsView(t, { columns: 100, rows: 32, perform });
  await app.press('/', 'volume', 'Enter', 'D', 'Enter', 'Tab', 'Enter');
  await app.nextFrame();
  t.regex(await app.screen(), /EBUSY: it is in use/);
  await app.press('z');
  t.regex(await app.screen(), /nothing was done from here/);
  await app.press('@');
  t.regex(await app.screen(), /FAIL unmount \/srv\/volume/);
});

test('what cannot be done is greyed with its reason', async (t) => {
  const { performed, perform } = performer();
  const { app } = await mountsView(t, { columns: 120, rows: 32, perform });
  await app.press('/', '/srv', 'Enter', 'D');
  t.regex(await app.screen(), /unmount +\/srv\/volume is mounted on it/);
  await app.press('Enter');
  t.regex(await app.screen(), /\/srv\/volume is mounted on it/);
  t.is(performed.length, 0);
});

for (const [how, options, reason] of [
  ['--readonly', { readonly: true }, /started with --readonly/],
  ['a screen that cannot', {}, /nothing can be changed here/],
] as const) {
  test(`${how} changes nothing, whatever is pressed`, async (t) => {
    const { performed, perform } = performer();
    const { app } = await mountsView(t, {
      columns: 100,
      rows: 32,
      perform: how === '--readonly' ? perform : null,
      ...options,
    });
    await app.press('/', 'secret', 'Enter', 'a');
    t.regex(await app.screen(), reason);
    await app.press('Enter', 'Tab', 'Enter', 'Esc', 'D', 'Enter', 'Tab', 'Enter', 'Esc', 'z', 'Esc');
    t.is(performed.length, 0);
  });
}

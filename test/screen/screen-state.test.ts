/** What the screen says of itself: failing and recovered, saved, jumped, compared, started. */
import test from 'ava';
import type { ExecutionContext } from 'ava';
import type { Snapshot } from '../../src/model/snapshot.js';
import { Recording } from '../../src/recording/recording.js';
import { RecordingFeed } from '../../src/recording/replay-feed.js';
import type { HeadlessOptions } from '../support/headless-app.js';
import { HeadlessApp, ScriptedFeed } from '../support/headless-app.js';
import { INTERIORS, furnishedNode } from '../support/more-scenario.js';
import { wiredNode } from '../support/network-scenario.js';
import { containerNode, mountScene } from '../support/scenarios.js';

function start(t: ExecutionContext, snapshot: Snapshot, options: HeadlessOptions = {}) {
  const feed = new ScriptedFeed(snapshot);
  const app = new HeadlessApp(snapshot, { columns: 120, rows: 40, feed, ...options });
  t.teardown(() => app.close());
  return { app, feed };
}

test('a look that fails is said with its reason, and is over when one works', async (t) => {
  const { app, feed } = start(t, containerNode());
  const since = Date.now();
  const failing = { since, reason: 'EMFILE: too many open files\n at x' };
  feed.receive({ message: 'status', source: 'events', busyMs: 1, failing });
  await app.nextFrame();
  const clock = new Date(since).toTimeString().slice(0, 8);
  t.regex(await app.screen(), new RegExp(`● FAILING since ${clock}: EMFILE: too many open files`));
  feed.receive({ message: 'status', source: 'events', busyMs: 1, failing: null });
  await app.nextFrame();
  const screen = await app.screen();
  t.regex(screen, /● LIVE/);
  t.notRegex(screen, /FAILING/);
  t.regex(screen, new RegExp(`collecting works again; it failed from ${clock} on`));
});

test('a collector that ended stays failed', async (t) => {
  const { app, feed } = start(t, containerNode());
  feed.receive({ message: 'failed', reason: 'the thread ended' });
  feed.receive({ message: 'status', source: 'events', busyMs: 1 });
  await app.nextFrame();
  t.regex(await app.screen(), /● FAILED since .*the thread ended/);
});

test('W saves everything that is known, and the replay shows it', async (t) => {
  let saved: Snapshot | null = null;
  const save = (moment: Snapshot): Promise<string> => {
    saved = moment;
    return Promise.resolve('moment.json.gz');
  };
  const { socketTables = [], socketOwners = [], networkTables = [], ...bare } = wiredNode();
  const { app, feed } = start(t, bare, { save });
  const { mountTables = [] } = mountScene().snapshot;
  await app.press('6');
  feed.receive({ message: 'sockets', tables: socketTables, owners: socketOwners });
  await app.press('7');
  feed.receive({ message: 'interiors', interiors: [...INTERIORS] });
  feed.receive({ message: 'networks', delta: { changed: networkTables, gone: [] } });
  feed.receive({ message: 'mounts', delta: { changed: mountTables, gone: [] } });
  await app.press('W');
  t.like(saved, { socketTables, socketOwners, interiors: INTERIORS, networkTables, mountTables });
  const replay = new RecordingFeed(new Recording(JSON.parse(JSON.stringify(saved)) as Snapshot, []));
  const shown = new HeadlessApp(furnishedNode(), { columns: 140, rows: 40, feed: replay, replay });
  t.teardown(() => shown.close());
  await shown.press('6');
  t.regex(await shown.screen(), /0\.0\.0\.0:8080 .*LISTEN .*2231 nginx \+1/);
  await shown.press('7', '/', 'shm 3', 'Enter');
  t.regex(await shown.screen(), /148000000 bytes/);
});

test(': finds what a filter hides, says that the filter is off, and Esc goes back to it', async (t) => {
  const { app } = start(t, containerNode());
  await app.press('2', '\\', 'postgres', 'Enter', 'G', ':', '2240', 'Enter');
  t.regex(await app.cursorLine(), /2240/);
  t.regex(await app.screen(), /the filter "postgres" hid it and is off; Esc goes back to it/);
  await app.press('Esc');
  t.regex(await app.screen(), /filter:postgres/);
  t.regex(await app.cursorLine(), /2613/);
  await app.press(':', 'lab', 'Enter');
  t.regex(await app.cursorLine(), /net "lab"/);
  await app.press('\\', 'lab', 'Enter', 'Esc');
  t.notRegex(await app.screen(), /filter:/, 'what came last goes first');
  t.regex(await app.cursorLine(), /net "lab"/);
  await app.press('Backspace');
  t.regex(await app.screen(), /filter:postgres/);
});

test('Esc comes back from the other end of an interface', async (t) => {
  const { app, feed } = start(t, wiredNode());
  feed.receive({ message: 'networks', delta: { changed: wiredNode().networkTables!, gone: [] } });
  await app.press('3', '\\', 'veth', 'Enter', '/', 'veth3f2a', 'Enter');
  const before = await app.cursorLine();
  await app.press('Enter');
  t.regex(await app.cursorLine(), /eth0 .*host:veth3f2a/);
  await app.press('Esc');
  t.is(await app.cursorLine(), before);
  t.regex(await app.screen(), /filter:veth/);
});

test(': takes a container, a path of a mount, and a path that lies on one', async (t) => {
  const { app } = start(t, containerNode());
  await app.press(':', 'nginx-1', 'Enter');
  t.regex(await app.cursorLine(), /docker nginx-1/);
  const { snapshot } = mountScene();
  const mounts = start(t, snapshot);
  await mounts.app.press(':', '/srv/volume', 'Enter');
  t.not(mounts.feed.mountFocus, null, 'the mounts are read first');
  mounts.feed.receive({ message: 'mounts', delta: { changed: snapshot.mountTables!, gone: [] } });
  await mounts.app.nextFrame();
  t.regex(await mounts.app.cursorLine(), /\/srv\/volume/);
  await mounts.app.press(':', '/data', 'Enter');
  t.regex(await mounts.app.cursorLine(), /\/data/, 'of the first namespace that has one');
  await mounts.app.press(':', '30', 'Enter', ':', '/data/deep/down', 'Enter');
  t.regex(await mounts.app.cursorLine(), /\/data/);
  t.regex(await mounts.app.screen(), /\/data\/deep\/down is no mount point: it lies on \/data/);
});

test('/ looks into what is folded, and unfolds it; Esc and what is not found leave all as it was', async (t) => {
  const { snapshot } = mountScene();
  const { app, feed } = start(t, snapshot);
  feed.receive({ message: 'mounts', delta: { changed: snapshot.mountTables!, gone: [] } });
  await app.press('4', 'g', 'j');
  const before = await app.screen();
  await app.press('/', 'far', 'Enter');
  t.regex(await app.cursorLine(), /far/);
  await app.press('n', 'n');
  t.regex(await app.cursorLine(), /far/);
  t.regex(await app.screen(), /\/far /);
  await app.press('-', 'g', 'j');
  const folded = await app.cursorLine();
  await app.press('/', '/data', 'Esc');
  t.is(await app.cursorLine(), folded);
  t.notRegex(await app.screen(), /\/data /);
  await app.press('/', '/data-nowhere', 'Enter');
  t.is(await app.cursorLine(), folded);
  t.regex(before, /▸ /);
});

test('a filter shows what it finds in each namespace, folded or named like it', async (t) => {
  const { snapshot, key } = mountScene();
  for (const name of ['private', 'covered'])
    snapshot.mountTables!.find((table) => table.key === key(name))!.mountinfo +=
      '90 40 0:77 / /mnt/private rw,relatime - tmpfs t rw\n91 50 0:77 / /mnt/private rw,relatime - tmpfs t rw\n';
  const { app, feed } = start(t, snapshot);
  feed.receive({ message: 'mounts', delta: { changed: snapshot.mountTables!, gone: [] } });
  await app.press('4', '/', 'covered', 'Enter', 'l', 'h', '\\', '/mnt/private', 'Enter');
  const shown = (): number =>
    app.app.state.views.mounts.rows.filter(({ node }) => node.mount?.mountPoint === '/mnt/private').length;
  t.is(shown(), 4);
  await app.press('Esc', '\\', 'private', 'Enter');
  t.is(shown(), 4);
});

test('a tag of another view is no operand of =', async (t) => {
  const { snapshot } = mountScene();
  const { app, feed } = start(t, snapshot);
  feed.receive({ message: 'mounts', delta: { changed: snapshot.mountTables!, gone: [] } });
  await app.press(':', '30', 'Enter', 'Space', '4', 'g', '/', 'peer', 'Enter', '=');
  t.regex(await app.screen(), /host → peer/);
});

for (const [view, wanted] of [
  ['tree', /2240/],
  ['processes', /2240/],
  ['network', /nginx-1/],
  ['mounts', /nginx-1/],
  ['users', /host/],
  ['more', /nginx-1/],
] as const) {
  test(`--view ${view} --pid: that view, at what the process is in`, async (t) => {
    const { app, feed } = start(t, wiredNode(), { view, pid: 2240 });
    feed.receive({ message: 'networks', delta: { changed: wiredNode().networkTables!, gone: [] } });
    await app.nextFrame();
    t.is(app.app.state.view, view);
    t.regex(await app.cursorLine(), wanted);
  });
}

test('--pid alone opens the processes', async (t) => {
  const { app } = start(t, containerNode(), { view: null, pid: 2240 });
  t.is(app.app.state.view, 'processes');
  t.regex(await app.cursorLine(), /2240/);
});

test('frozen: while the clock goes on and a look ends nothing is written; R shows what is new', async (t) => {
  let now = Date.now();
  const { app, feed } = start(t, containerNode(), { now: () => now });
  await app.press('Z');
  t.true(feed.frozen);
  await app.nextFrame();
  app.bytes = 0;
  for (let count = 0; count < 3; count++) {
    now += 2000;
    feed.receive({ message: 'status', source: 'events', busyMs: 1 });
    await app.nextFrame();
  }
  t.is(app.bytes, 0);
  await app.press('Z');
  t.true(app.bytes > 0, 'the same is written where it is not frozen');
});

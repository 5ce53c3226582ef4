import test from 'ava';
import type { ExecutionContext } from 'ava';
import type { Operation } from '../../src/actions/plan.js';
import { matchesGolden } from '../support/golden.js';
import type { HeadlessOptions } from '../support/headless-app.js';
import { HeadlessApp, ScriptedFeed } from '../support/headless-app.js';
import { INTERIORS, furnishedNode } from '../support/more-scenario.js';

async function open(t: ExecutionContext, options: HeadlessOptions = {}) {
  const snapshot = furnishedNode();
  const feed = new ScriptedFeed(snapshot);
  const app = new HeadlessApp(snapshot, { feed, ...options });
  t.teardown(() => app.close());
  await app.press('7');
  t.true(feed.areInteriorsWatched);
  feed.receive({ message: 'interiors', interiors: [...INTERIORS] });
  await app.nextFrame();
  return { app, feed };
}

for (const [columns, rows] of [
  [80, 24],
  [160, 50],
  [60, 15],
] as const) {
  test(`more at ${columns}x${rows}`, async (t) => {
    const { app } = await open(t, { columns, rows });
    await app.press('/', 'db-7', 'Enter', 'n', 'n');
    matchesGolden(t, `more-${columns}x${rows}.txt`, await app.screen());
  });
}

test('what is inside of each kind', async (t) => {
  const { app, feed } = await open(t, { columns: 120, rows: 60 });
  for (const [kind, wanted] of Object.entries({
    pid: 'nginx-1',
    uts: 'nginx-1',
    ipc: 'db-7',
    cgroup: 'nginx-1',
    time: 'host',
  })) {
    // prettier-ignore
    await app.press('g', '/', `${kind} name`, 'Enter', '/', wanted, 'Enter');
    const line = await app.cursorLine();
    t.regex(line, new RegExp(wanted), kind);
    matchesGolden(t, `inside-${kind}.txt`, await app.screen());
  }
  await app.press('g', '/', 'shm 3', 'Enter');
  t.regex(await app.screen(), /148000000 bytes, 20000000 resident/);
  await app.press('/', 'mq', 'Enter');
  t.regex(await app.screen(), /4 of 10 messages/);
  await app.press('1');
  t.false(feed.areInteriorsWatched);
});

test('limits of a kind, and what restricts user namespaces', async (t) => {
  const { app } = await open(t, { columns: 120, rows: 50 });
  t.regex(await app.screen(), /pid +█░+ 1 of 1000 {2}by root, and 1 other user; 3 in sight/);
  t.regex(await app.screen(), /pid depth +█░+ 1 of 32/);
  await app.press(']');
  t.regex(await app.screen(), /isolates +process ids/);
  await app.press('5', '/', 'db-7', 'Enter', ']', ']');
  matchesGolden(t, 'userns-limits.txt', await app.screen());
});

test('learn: ? on a namespace, keys elsewhere and with F1', async (t) => {
  const { app } = await open(t, { columns: 100, rows: 40 });
  await app.press('/', 'nginx-1', 'Enter', '?');
  const page = await app.screen();
  t.regex(page, /pid namespaces {2}\(F1: keys\)/);
  t.regex(page, /CLONE_NEWPID 0x20000000, since Linux 2\.6\.24/);
  t.regex(page, /\$ nsenter --target 2231 --pid --mount ps -ef/);
  matchesGolden(t, 'learn-pid.txt', page);
  await app.press('F1');
  t.regex(await app.screen(), /Help · More/);
  await app.press('Esc', '2', '?');
  t.regex(await app.screen(), /Help · Processes/);
});

test('the hostname by key: asked, shown, done, undone; nothing with --readonly', async (t) => {
  const done: Operation[] = [];
  const perform = (operations: readonly Operation[]) => {
    done.push(...operations);
    return Promise.resolve({ done: 1, failure: null, mountIds: [null] });
  };
  const { app } = await open(t, { columns: 100, rows: 40, perform });
  await app.press('/', 'uts', 'Enter', '/', 'nginx-1', 'Enter', 'a');
  matchesGolden(t, 'uts-actions.txt', await app.screen());
  await app.press('Enter', 'Ctrl-U', 'web-2', 'Enter');
  t.regex(await app.screen(), /set the hostname of nginx-1 to web-2/);
  t.regex(await app.screen(), /nsenter --uts=\/proc\/2231\/ns\/uts -- sh -c 'echo web-2 > /);
  t.deepEqual(done, []);
  await app.press('Tab', 'Enter');
  t.is(done[0]?.operation === 'set-uts-name' && done[0].value, 'web-2');
  await app.press('z', 'Tab', 'Enter');
  t.is(done[1]?.operation === 'set-uts-name' && done[1].value, 'nginx-1');
  await app.press('@');
  t.regex(await app.screen(), /set the hostname of nginx-1 to web-2/);
  await app.press('W');
  t.regex(app.scripts[0] ?? '', /^#!\/bin\/sh\n[\s\S]*echo web-2 > [\s\S]*undo: set the hostname/);
  t.regex(await app.screen(), /saved: log\.sh/);
  await app.press('Esc', 'g', '/', 'shm 3', 'Enter', 'D');
  t.regex(await app.screen(), /remove shm 3 +ipcrm\(1\)/);
  await app.press('Enter');
  t.regex(await app.screen(), /it is attached 2 times/);
  t.regex(await app.screen(), /cannot be undone: what it holds is lost/);
  const readonly = await open(t, { columns: 100, rows: 40, readonly: true });
  await readonly.app.press('/', 'shm 3', 'Enter', 'D', 'Enter');
  t.regex(await readonly.app.screen(), /started with --readonly: nothing can be changed/);
});

test('= compares a process with the host or with what is tagged', async (t) => {
  const { app, feed } = await open(t, { columns: 120, rows: 60 });
  const { networkTables = [], interiors = [] } = furnishedNode();
  const answer = async () => {
    feed.receive({
      message: 'comparison',
      facts: { profiles: [], mountTables: [], networkTables, interiors },
    });
    await app.nextFrame();
  };
  await app.press(':', '2240', 'Enter', '=');
  t.deepEqual(feed.comparisons[0]?.pids, [1, 2240]);
  t.deepEqual(feed.comparisons[0]?.networkNamespaces, ['net:[4026531833]', 'net:[4026532323]']);
  await answer();
  matchesGolden(t, 'comparison.txt', await app.screen());
  await app.press('Esc', ':', '2612', 'Enter', 'Space', ':', '2231', 'Enter', '=');
  t.deepEqual(feed.comparisons[1]?.pids, [2612, 2231]);
  await answer();
  t.regex(await app.screen(), /- 2612 postgres in db-7[^+]*\+ 2231 nginx in nginx-1/);
  // An answer that nobody waits for opens nothing.
  await app.press('Esc');
  await answer();
  t.notRegex(await app.screen(), /postgres in db-7/);
});

/** A plan is never older than its confirmation; what is open is about the thing that it was opened for. */
import test from 'ava';
import type { ExecutionContext } from 'ava';
import type { Operation, Outcome } from '../../src/actions/plan.js';
import type { NetworkTableFact } from '../../src/model/network-table.js';
import { deltaBetween } from '../../src/model/snapshot-delta.js';
import type { Snapshot } from '../../src/model/snapshot.js';
import type { HeadlessOptions } from '../support/headless-app.js';
import { HeadlessApp, ScriptedFeed } from '../support/headless-app.js';
import { INTERIORS, furnishedNode } from '../support/more-scenario.js';
import { HOST, LAB, link, networkTables, wiredNode } from '../support/network-scenario.js';
import { containerNode, mountScene } from '../support/scenarios.js';

const DONE: Outcome = { done: 1, failure: null, mountIds: [null] };

function start(t: ExecutionContext, snapshot: Snapshot, options: HeadlessOptions = {}) {
  const feed = new ScriptedFeed(snapshot);
  const performed: (readonly Operation[])[] = [];
  const app = new HeadlessApp(snapshot, {
    columns: 120,
    rows: 44,
    feed,
    perform: (operations) => {
      performed.push(operations);
      return Promise.resolve(DONE);
    },
    ...options,
  });
  t.teardown(() => app.close());
  const tell = (...changed: NetworkTableFact[]): void =>
    feed.receive({ message: 'networks', delta: { changed, gone: [] } });
  tell(...(snapshot.networkTables ?? []));
  feed.receive({ message: 'mounts', delta: { changed: snapshot.mountTables ?? [], gone: [] } });
  return { app, feed, performed, tell };
}

const hostTable = (): NetworkTableFact => networkTables().find(({ key }) => key === HOST)!;

function hostWith(name: string, more: Parameters<typeof link>[2]): NetworkTableFact {
  const table = hostTable();
  return { ...table, links: table.links.map((each) => (each.name === name ? { ...each, ...more } : each)) };
}

test('Do it looks again: the plan that is not the one that was shown is shown, not run', async (t) => {
  const { app, feed, performed, tell } = start(t, wiredNode());
  await app.press('3', '/', 'wg0', 'Enter', 'L');
  t.regex(await app.screen(), /ip link set dev wg0 down/);
  feed.lookFinds = () => tell(hostWith('wg0', { name: 'wg9' }));
  await app.press('Tab', 'Enter');
  await app.nextFrame();
  const again = await app.screen();
  t.regex(again, /the machine has changed meanwhile: this is what would be done now/);
  t.regex(again, /ip link set dev wg9 down/);
  await app.press('Enter');
  t.is(performed.length, 0, 'Cancel is under the cursor again');
  feed.lookFinds = () => undefined;
  await app.press('L', 'Tab', 'Enter');
  t.is(performed.length, 1, 'what is as it was shown runs');
});

for (const [what, table] of [
  ['another one by now', hostWith('wg0', { address: '02:00:00:00:99:99' })],
  ['gone', { ...hostTable(), links: hostTable().links.filter(({ name }) => name !== 'wg0') }],
] as const) {
  test(`an interface that is ${what}: menu, form and confirmation refuse`, async (t) => {
    const { app, feed, performed, tell } = start(t, wiredNode());
    const refusal = new RegExp(`wg0 is ${what}: nothing was done`);
    const back = async (): Promise<void> => {
      feed.lookFinds = () => undefined;
      tell(hostTable());
      await app.nextFrame();
      await app.press('Esc', 'g', '/', 'wg0', 'Enter');
    };
    await app.press('3', 'g', '/', 'wg0', 'Enter', 'L');
    feed.lookFinds = () => tell(table);
    await app.press('Tab', 'Enter');
    t.regex(await app.screen(), refusal, 'confirmation');
    await back();
    await app.press('a');
    tell(table);
    await app.nextFrame();
    await app.press('Down', 'Enter');
    t.regex(await app.screen(), refusal, 'menu');
    await back();
    await app.press('m');
    tell(table);
    await app.nextFrame();
    t.regex(await app.screen(), refusal, 'form');
    await app.press('Enter');
    t.deepEqual(performed, []);
  });
}

test('a process whose pid is used again: the signal is refused', async (t) => {
  const before = containerNode();
  const { app, feed, performed } = start(t, before);
  await app.press(':', '2240', 'Enter', 'K');
  const after = structuredClone(before);
  after.processes.find(({ pid }) => pid === 2240)!.details!.startTimeTicks += 7;
  feed.receive({ message: 'delta', delta: deltaBetween(before, after) });
  await app.nextFrame();
  t.regex(await app.screen(), /process 2240 is another one by now: nothing was done/);
  await app.press('Enter', 'Tab', 'Enter');
  t.deepEqual(performed, []);
});

test('a mount whose id is used again: the unmount is refused', async (t) => {
  const { snapshot, key } = mountScene();
  const { app, feed, performed } = start(t, snapshot);
  await app.press('4', '/', 'volume', 'Enter', 'D');
  const table = snapshot.mountTables!.find((each) => each.key === key('host'))!;
  const mountinfo = table.mountinfo.replace('12 11 0:60 / /srv/volume', '12 11 0:60 / /srv/other');
  feed.receive({ message: 'mounts', delta: { changed: [{ ...table, mountinfo }], gone: [] } });
  await app.nextFrame();
  await app.press('Enter');
  t.regex(await app.screen(), /the mount \/srv\/volume is another one by now: nothing was done/);
  t.deepEqual(performed, []);
});

test('a name that is being typed is for the namespace that was chosen, not for the one under the cursor now', async (t) => {
  const before = furnishedNode();
  const { app, feed, performed } = start(t, before);
  await app.press('7');
  feed.receive({ message: 'interiors', interiors: [...INTERIORS] });
  await app.press('/', 'uts', 'Enter', '/', 'nginx-1', 'Enter', 'a', 'Enter', 'Ctrl-U', 'web-2');
  const after = structuredClone(before);
  after.namespaces = after.namespaces.filter(({ key }) => key !== 'uts:[4026532541]');
  feed.receive({ message: 'delta', delta: deltaBetween(before, after) });
  await app.nextFrame();
  await app.press('Enter');
  t.regex(await app.screen(), /is gone: nothing was done/);
  await app.press('Tab', 'Enter');
  t.deepEqual(performed, []);
});

test('an undo is a plan: commands, what it does not bring back, the lock-out rules and their rollback', async (t) => {
  const { app, feed, performed } = start(t, wiredNode());
  await app.press('3', 'g', '/', 'wg0', 'Enter', 'L', 'Tab', 'Enter');
  await app.nextFrame();
  t.is(performed.length, 1);
  await app.press('z');
  const screen = await app.screen();
  t.regex(screen, /undo: /);
  t.regex(screen, /\$ ip link set dev wg0 up/);
  t.regex(screen, /undone by: .*ip link set dev wg0 down/);
  await app.press('Tab', 'Enter');
  await app.nextFrame();
  t.is(performed[1]![0]?.operation, 'link-up');
  await app.press('z');
  t.regex(
    await app.screen(),
    /nothing was done from here that could be undone/,
    'an undo is not undone by z',
  );
  t.true(feed.refreshes > 0);
});

test('an undo that fails half-way is said, and can be tried again', async (t) => {
  let isFailing = false;
  const perform = (): Promise<Outcome> =>
    Promise.resolve(
      isFailing ? { done: 1, failure: 'cannot set wg0 up: EBUSY', rolledBack: true, mountIds: [] } : DONE,
    );
  const { app } = start(t, wiredNode(), { perform });
  await app.press('3', 'g', '/', 'wg0', 'Enter', 'L', 'Tab', 'Enter');
  await app.nextFrame();
  isFailing = true;
  await app.press('z', 'Tab', 'Enter');
  await app.nextFrame();
  t.regex(await app.screen(), /cannot set wg0 up: EBUSY/);
  isFailing = false;
  await app.press('z');
  t.regex(await app.screen(), /undo: /);
});

test('a collector that hangs does not keep an action from being done, but that is said first', async (t) => {
  const { app, feed, performed } = start(t, wiredNode());
  await app.press('3', 'g', '/', 'wg0', 'Enter', 'L');
  feed.refresh = () => undefined;
  await app.press('Tab', 'Enter');
  t.regex(await app.screen(), /looking at the machine again/);
  const deadline = Date.now() + 20_000;
  while (!/could not be looked at again within/.test(await app.screen()) && Date.now() < deadline)
    await app.wait(100);
  t.regex(
    await app.screen(),
    /could not be looked at again within 3 s: "Do it" runs the plan as it is shown/,
  );
  t.is(performed.length, 0);
  await app.press('Tab', 'Enter');
  t.is(performed.length, 1);
});

test('after a move or a new namespace the cursor is on it', async (t) => {
  const { app, tell, feed } = start(t, wiredNode());
  await app.press('3', 'g', '/', 'wg0', 'Enter', 'm', 'Ctrl-U', 'lab', 'Enter', 'Tab', 'Enter');
  await app.nextFrame();
  const lab = networkTables().find(({ key }) => key === LAB)!;
  const host = hostTable();
  tell({ ...host, links: host.links.filter(({ name }) => name !== 'wg0') });
  await app.nextFrame();
  tell({ ...lab, links: [...lab.links, link(44, 'wg0', { kind: 'wireguard' })] });
  await app.nextFrame();
  t.regex(await app.cursorLine(), /wg0/);
  await app.press('c', 'Enter', 'fresh', 'Enter', 'Tab', 'Enter');
  await app.nextFrame();
  const key = 'net:[4026539999]' as const;
  const { namespaces, netnsNames = [] } = wiredNode();
  const model = namespaces.find((each) => each.key === LAB)!;
  feed.receive({
    message: 'delta',
    delta: {
      namespaces: [...namespaces, { ...model, key, inode: 4026539999 }],
      netnsNames: [...netnsNames, { name: 'fresh', path: '/run/netns/fresh', key, reason: null }],
    },
  });
  await app.nextFrame();
  const view = app.app.state.views.network;
  t.is(view.rows[view.cursor]?.node.key, key);
});

/** Views 3, 5 and 6 on a headless terminal: rows, jumps, tabs, what is asked of the collector. */
import test from 'ava';
import type { ExecutionContext } from 'ava';
import type { NetworkTableFact } from '../../src/model/network-table.js';
import { matchesGolden } from '../support/golden.js';
import type { HeadlessOptions } from '../support/headless-app.js';
import { HeadlessApp, ScriptedFeed } from '../support/headless-app.js';
import { HOST, LAB, NGINX, link, networkTables, table, wiredNode } from '../support/network-scenario.js';

async function view(t: ExecutionContext, number: '3' | '5' | '6', options: HeadlessOptions = {}) {
  const snapshot = wiredNode();
  const feed = new ScriptedFeed(snapshot);
  const app = new HeadlessApp(snapshot, { columns: 80, rows: 24, feed, ...options });
  t.teardown(() => app.close());
  feed.receive({ message: 'networks', delta: { changed: snapshot.networkTables!, gone: [] } });
  feed.receive({ message: 'sockets', tables: snapshot.socketTables!, owners: snapshot.socketOwners! });
  await app.press('g', number);
  return { app, feed };
}

for (const [columns, rows] of [
  [80, 24],
  [160, 50],
  [60, 15],
] as const) {
  test(`network and sockets at ${columns}x${rows}`, async (t) => {
    const { app } = await view(t, '3', { columns, rows });
    await app.press('/', 'veth3f2a', 'Enter');
    matchesGolden(t, `network-${columns}x${rows}.txt`, await app.screen());
    await app.press('6', '/', '8080', 'Enter');
    matchesGolden(t, `sockets-${columns}x${rows}.txt`, await app.screen());
  });
}

test('Enter goes to the other end and back; what is not sure is said, not guessed', async (t) => {
  const { app, feed } = await view(t, '3', { columns: 120, rows: 40 });
  await app.press('/', 'veth3f2a', 'Enter', 'Enter');
  t.regex(await app.cursorLine(), /eth0 .*host:veth3f2a/);
  t.is(feed.networkFocus, NGINX);
  await app.press('Enter');
  t.regex(await app.cursorLine(), /veth3f2a .*nginx-1:eth0 \/ br0/);
  // A fold gives way.
  await app.press('/', 'db-7', 'Enter', 'h', '/', 'vethd77', 'Enter', 'Enter');
  t.regex(await app.cursorLine(), /eth0 .*host:vethd77/);
  // Exactly one interface names it: likely, with its question mark.
  await app.press('/', 'lost', 'Enter');
  t.regex(await app.cursorLine(), /lost .*:found\?/);
  t.regex(await app.screen(), /likely: only this one names it/);
  // A second one that does: ambiguous, and no jump.
  const twin = link(12, 'twin', { kind: 'veth', lower: 9, lowerNetnsid: 7, netnsImmutable: false });
  const host = networkTables()[0]!;
  feed.receive({
    message: 'networks',
    delta: { changed: [{ ...host, links: [...host.links, twin] }], gone: [] },
  });
  await app.nextFrame();
  await app.press('/', 'lost', 'Enter');
  t.regex(await app.cursorLine(), /one of 2: /);
  await app.press('Enter');
  t.regex(await app.screen(), /it is not sure which of 2 interfaces is the other end of lost/);
  t.regex(await app.cursorLine(), /lost/);
});

test('tabs of a namespace and of an interface', async (t) => {
  const { app, feed } = await view(t, '3', { columns: 120, rows: 50 });
  matchesGolden(t, 'netns-picture.txt', await app.screen());
  await app.press('p', '10.9.0.3', 'Enter');
  matchesGolden(t, 'netns-path.txt', await app.screen());
  await app.press(']');
  matchesGolden(t, 'netns-routes.txt', await app.screen());
  await app.press('/', 'nginx-1', 'Enter', ']', ']');
  matchesGolden(t, 'netns-if-deleted.txt', await app.screen());
  await app.press(']');
  t.deepEqual(feed.firewallsAsked, [NGINX]);
  t.regex(await app.screen(), /asking nft and iptables/);
  feed.receive({
    message: 'firewall',
    firewall: {
      key: NGINX,
      nftables: {
        chains: [{ family: 'inet', table: 'fw', chain: 'in', hook: 'input', policy: 'drop', rules: 3 }],
      },
      legacy: { unknown: 'iptables-legacy-save is not installed' },
      conntrack: { count: 12, maximum: 65_536 },
      forwarding: { ipv4: true, ipv6: null },
    },
  });
  await app.nextFrame();
  matchesGolden(t, 'netns-firewall.txt', await app.screen());
  await app.press('/', 'br0', 'Enter');
  matchesGolden(t, 'link-interface.txt', await app.screen());
});

test('flat: all interfaces and all sockets, sorted by a column', async (t) => {
  const { app } = await view(t, '3', { columns: 120, rows: 40 });
  await app.press('t', '>', 'I');
  const screen = await app.screen();
  t.regex(screen, /network · flat/);
  t.true(screen.indexOf('nginx-1:lo') < screen.indexOf('nginx-1:eth0'), 'from z to a');
  t.notRegex(screen, /7 interfaces/);
  await app.press('/', 'nginx-1:eth0', 'Enter', 'Enter');
  t.regex(await app.cursorLine(), /host:veth3f2a/);
  await app.press('6', 't');
  const sockets = await app.screen();
  t.true(sockets.indexOf('nginx-1 0.0.0.0:8080') < sockets.indexOf('host 192.0.2.7:22'), 'listening first');
  await app.press('5', 't');
  t.regex(await app.screen(), /users · tree/);
});

test('tabs that do not fit scroll with the open one', async (t) => {
  const { app } = await view(t, '3');
  await app.press('g');
  const bar = async (): Promise<string> =>
    (await app.screen()).split('\n').find((line) => line.startsWith('─ net:'))!;
  t.regex(await bar(), /\[Picture\] .*›─*$/);
  await app.press('[');
  t.regex(await bar(), /‹.*\[Raw\]/);
  await app.press('[', '[', '[');
  t.regex(await bar(), /‹.*\[Firewall\].*›/);
});

test('a path that breaks, a destination that is none', async (t) => {
  const { app } = await view(t, '3', { columns: 120, rows: 40 });
  await app.press('/', 'nginx-1', 'Enter', 'p', '10.66.1.1', 'Enter');
  t.regex(await app.screen(), /✗ the route is blackhole/);
  await app.press('p', 'db-7', 'Enter');
  t.regex(await app.screen(), /db-7 is not an IP address/);
});

test('rates are what two looks differ by', async (t) => {
  const { app, feed } = await view(t, '3', { columns: 160, rows: 40 });
  const [host] = networkTables() as [NetworkTableFact];
  const busy = host.links.map((each) =>
    each.name === 'eth0'
      ? { ...each, statistics: { ...each.statistics, rxBytes: each.statistics.rxBytes + 2_400_000 } }
      : each,
  );
  const changed = [{ ...host, links: busy, takenAt: host.takenAt + 2000 }];
  feed.receive({ message: 'networks', delta: { changed, gone: [] } });
  await app.nextFrame();
  await app.press('/', '0000:00:1f.6', 'Enter', '/', '192.0.2.7', 'Enter');
  t.regex(await app.cursorLine(), /eth0 .* 1\.2M /);
});

test('interfaces that come, go and change are events', async (t) => {
  const { app, feed } = await view(t, '3', { columns: 120, rows: 40 });
  const [host] = networkTables() as [NetworkTableFact];
  const links = host.links
    .filter(({ name }) => name !== 'wg0')
    .map((each) => (each.name === 'eth1' ? { ...each, carrier: true, name: 'lan1' } : each));
  feed.receive({
    message: 'networks',
    delta: { changed: [{ ...host, links: [...links, link(20, 'tun0', { kind: 'tun' })] }], gone: [] },
  });
  await app.nextFrame();
  await app.press('8');
  const screen = await app.screen();
  for (const line of [
    /\+ net:\[4026531833\] interface {2}tun0/,
    /- net:\[4026531833\] interface gone {2}wg0/,
    /~ net:\[4026531833\] interface {2}eth1 is now lan1/,
    /~ net:\[4026531833\] interface {2}lan1 is up/,
  ])
    t.regex(screen, line);
});

test('problems only: broken names, no carrier; names that attack the terminal', async (t) => {
  const { app, feed } = await view(t, '3', { columns: 120, rows: 40 });
  await app.press('!');
  await app.press('O');
  const screen = await app.screen();
  t.regex(screen, /old-test +broken .*no namespace is mount/);
  t.regex(screen, /eth1 .*NOCARR/);
  t.notRegex(screen, /wg0/);
  await app.press('!');
  feed.receive({
    message: 'networks',
    delta: { changed: [table(LAB, { links: [link(1, 'lo'), link(2, '\x1b[2Jevil\x07')] })], gone: [] },
  });
  await app.nextFrame();
  t.regex(await app.screen(), /evil/);
  t.notRegex(app.output.written, /\x1b\[2Jevil/);
});

test('sockets: owners, bridges between namespaces, a filter; nobody looks when the view is left', async (t) => {
  const { app, feed } = await view(t, '6', { columns: 140, rows: 40 });
  t.true(feed.socketsWatched);
  t.is(feed.networkFocus, null);
  t.regex(await app.screen(), /0\.0\.0\.0:8080 .*LISTEN .*2231 nginx \+1/);
  await app.press('!', 'O');
  t.regex(await app.screen(), /BRIDGE to host: 1204 dockerd/);
  await app.press('!', '\\', ':8080', 'Enter');
  const filtered = await app.screen();
  t.regex(filtered, /\*:8080/);
  t.notRegex(filtered, /docker\.sock/);
  await app.press('Esc', '1');
  t.false(feed.socketsWatched);
});

test('the view opens at the network namespace of the thing under the cursor', async (t) => {
  const { app, feed } = await view(t, '3');
  await app.press(':', '2612', 'Enter', '3');
  t.regex(await app.cursorLine(), /db-7/);
  await app.press('1');
  t.is(feed.networkFocus, null);
  t.not(feed.networkFocus, HOST);
});

for (const [columns, rows] of [
  [80, 24],
  [160, 50],
] as const) {
  test(`users at ${columns}x${rows}`, async (t) => {
    const { app } = await view(t, '5', { columns, rows });
    await app.press('/', 'db-7', 'Enter');
    matchesGolden(t, `users-${columns}x${rows}.txt`, await app.screen());
  });
}

test('users: maps, what it owns, the id calculator', async (t) => {
  const { app } = await view(t, '5', { columns: 120, rows: 40 });
  await app.press('/', 'db-7', 'Enter', ']');
  t.regex(await app.screen(), /net +net:\[4026532611\] db-7/);
  await app.press('u', 'Ctrl-U', '26@db-7', 'Enter');
  t.regex(await app.screen(), /uid 26 in db-7/);
  t.regex(await app.screen(), /host +user:\[4026531837\] +100025/);
  await app.press('Esc', 'u', 'Ctrl-U', 'g5@db-7', 'Enter');
  t.regex(await app.screen(), /host .*not mapped: shown as 65534/);
  await app.press('Esc', 'u', 'Ctrl-U', '1000', 'Enter');
  const back = await app.screen();
  t.regex(back, /db-7 +user:\[4026532609\] +0/);
  t.regex(back, /uid 1000 as you see it/);
  await app.press('Esc', 'u', 'Ctrl-U', 'nonsense', 'Enter');
  t.regex(await app.screen(), /"nonsense" is not an id/);
  await app.press('/', 'bash', 'Enter', '[');
  t.regex(await app.screen(), /setgroups +denied/);
  t.regex(await app.screen(), /nothing is mapped: every id is 65534 there/);
});

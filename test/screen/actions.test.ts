/** Menus, forms and confirmations on a headless terminal. */
import test from 'ava';
import type { ExecutionContext } from 'ava';
import type { Operation } from '../../src/actions/plan.js';
import type { Foreground } from '../../src/tui/app.js';
import { matchesGolden } from '../support/golden.js';
import type { HeadlessOptions } from '../support/headless-app.js';
import { HeadlessApp, ScriptedFeed } from '../support/headless-app.js';
import { wiredNode } from '../support/network-scenario.js';

const TOOLS = {
  nsenter: ['target', 'mount', 'uts', 'ipc', 'net', 'pid', 'cgroup', 'user', 'root', 'wd'],
  trials: { user: null, mapped: null, uts: null },
  dhcp: { client: 'udhcpc', words: ['udhcpc'], hook: '/usr/lib/nsview/bin/dhcp-hook' } as const,
  unshare: ['mount', 'net', 'pid', 'user', 'uts', 'fork', 'mount-proc', 'map-root-user', 'propagation'],
};

function desk(t: ExecutionContext, options: HeadlessOptions = {}) {
  const ran: string[] = [];
  const done: Operation[] = [];
  const foreground: Foreground = {
    probeTools: () => Promise.resolve(TOOLS),
    findShell: () => '/bin/sh',
    run: ({ command }) => {
      ran.push(command);
      return Promise.resolve({ status: 0, failure: null });
    },
    unshare: ({ command }) => {
      ran.push(command);
      return Promise.resolve({ status: 0, failure: null });
    },
    shell: '/bin/sh',
  };
  const snapshot = wiredNode();
  const feed = new ScriptedFeed(snapshot);
  const app = new HeadlessApp(snapshot, {
    feed,
    foreground,
    perform: (operations) => {
      done.push(...operations);
      return Promise.resolve({ done: operations.length, failure: null, mountIds: [] });
    },
    ...options,
  });
  t.teardown(() => app.close());
  feed.receive({ message: 'networks', delta: { changed: snapshot.networkTables!, gone: [] } });
  return { app, feed, ran, done };
}

test('unshare at 80x24: the result stays in sight while the fields scroll', async (t) => {
  const { app, ran } = desk(t);
  await app.press('U');
  await app.nextFrame();
  matchesGolden(t, 'unshare-80x24.txt', await app.screen());
  await app.press('true', 'Tab', 'Tab', 'x', ...Array.from({ length: 14 }, () => 'Tab'), 'Right');
  const screen = await app.screen();
  t.regex(screen, /> map ids +‹root›/);
  t.regex(screen, /unshare --net --map-root-user -- true/);
  await app.press('Tab', 'Tab', 'Tab', 'Tab', 'Tab', '1');
  t.regex(await app.screen(), /this unshare does not know --setgroups/);
  await app.press('Enter');
  await app.nextFrame();
  t.deepEqual(ran, ['unshare --net --map-root-user -- true']);
});

test('enter: what is yours already and what is refused cannot be chosen', async (t) => {
  const { app, ran } = desk(t, { columns: 110, rows: 40 });
  await app.press(':', '2240', 'Enter', 's');
  await app.nextFrame();
  matchesGolden(t, 'enter-form.txt', await app.screen());
  await app.press('Tab', 'Tab', 'Space', 'Enter');
  await app.nextFrame();
  t.deepEqual(ran, [
    'env -i TERM="$TERM" PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin nsenter --target 2240 --mount --pid --uts --ipc --cgroup -- /bin/sh',
  ]);
});

test('interfaces: the menu with its reasons, a move by form, nothing without a yes', async (t) => {
  const { app, done } = desk(t, { columns: 110, rows: 40 });
  await app.press('3', 'g', '/', 'veth3f2a', 'Enter', 'a');
  matchesGolden(t, 'link-actions.txt', await app.screen());
  await app.press('Enter', 'Ctrl-U', 'lab', 'Enter');
  const screen = await app.screen();
  t.regex(screen, /move veth3f2a to lab/);
  t.regex(screen, /\$ ip link set dev veth3f2a netns lab/);
  t.regex(screen, /it is no port of br0 any more/);
  await app.press('Enter');
  t.regex(await app.screen(), /nothing was done/);
  t.deepEqual(done, []);
  await app.press('g', '/', 'lo', 'Enter', 'a');
  t.regex(await app.screen(), /move … +netns-local, it cannot be moved/);
  await app.press('Esc', 'm');
  t.regex(await app.screen(), /netns-local, it cannot be moved/);
});

test('a netnsid: asked for as a number, as seen from any network namespace', async (t) => {
  const { app, done } = desk(t, { columns: 110, rows: 40 });
  await app.press('3', 'g', '/', 'lab', 'Enter', 'a', 'Down', 'Down', 'Down', 'Down');
  t.regex(await app.screen(), /> give it a number … +ip netns set/);
  await app.press('Enter');
  t.regex(await app.screen(), /a netnsid is a number from 0/);
  await app.press('7', 'Tab', 'Ctrl-U', 'db-7', 'Enter');
  t.regex(await app.screen(), /number lab 7 in db-7/);
  await app.press('Tab', 'Enter');
  await app.nextFrame();
  const [operation] = done;
  t.true(operation?.operation === 'netns-set-id' && operation.netnsid === 7, JSON.stringify(done));
});

test('a way out: NAT or a bridge, the address given or leased; the bridge cuts the session, so its name is asked', async (t) => {
  const { app, feed, done } = desk(t, { columns: 110, rows: 44 });
  feed.ancestors = [{ pid: 29, comm: 'sshd' }];
  feed.owners = [{ inode: 101, pid: 29, fd: 4 }];
  await app.press('3', 'g', '/', 'lab', 'Enter', 'a', 'Down', 'Down');
  t.regex(await app.screen(), /> give it internet …/);
  await app.press('Enter');
  await app.nextFrame();
  t.regex(await app.screen(), /masquerade/);
  await app.press('Right');
  matchesGolden(t, 'way-out.txt', await app.screen());
  await app.press('Tab', 'Tab', '192.0.2.50/24', 'Enter');
  t.regex(await app.screen(), /eth0: your own session goes through it/);
  await app.press('Tab', 'eth0', 'Enter');
  await app.nextFrame();
  t.true(done.some((each) => each.operation === 'link-master' && each.link.name === 'eth0'));
  t.true(done.some((each) => each.operation === 'route-add' && each.route.gateway === '192.0.2.1'));
  t.false(done.some((each) => each.operation === 'dhcp-start'));
});

test('c makes in every view; a program in new namespaces is among it', async (t) => {
  const { app, ran } = desk(t, { columns: 110, rows: 40 });
  await app.press('c');
  t.regex(await app.screen(), /> program in new namespaces … +unshare\(1\); also U/);
  await app.press('Enter');
  await app.nextFrame();
  await app.press('true', 'Tab', 'Tab', 'x', 'Enter');
  await app.nextFrame();
  t.deepEqual(ran, ['unshare --net -- true']);
  await app.press('2', 'c', 'Down', 'Enter', 'fresh');
  t.regex(await app.screen(), /\$ ip netns add fresh/);
  await app.press('Esc', '3', 'c');
  t.regex(await app.screen(), /> network namespace …[^]*program in new namespaces …/);
});

test('a broken name: removed, or repaired by leading it to a namespace', async (t) => {
  const { app, done } = desk(t, { columns: 110, rows: 40 });
  await app.press('3', 'g', '/', 'old-test', 'Enter', 'D');
  t.regex(await app.screen(), /remove the broken name old-test +it leads nowhere/);
  await app.press('Enter');
  t.regex(await app.screen(), /> repair the name old-test|repair the name old-test/);
  await app.press('lab', 'Enter');
  const screen = await app.screen();
  t.regex(screen, /\$ mount --bind \S+ \/run\/netns\/old-test/);
  t.regex(screen, /old-test led nowhere/);
  await app.press('Tab', 'Enter');
  await app.nextFrame();
  t.deepEqual(
    done.map(({ operation }) => operation),
    ['netns-attach'],
  );
});

test('what carries the own session has to be typed by name', async (t) => {
  const { app, feed, done } = desk(t, { columns: 110, rows: 40 });
  // The connection from 203.0.113.9 to port 22 is of our parent, so the way is the uplink.
  feed.ancestors = [{ pid: 29, comm: 'sshd' }];
  feed.owners = [{ inode: 101, pid: 29, fd: 4 }];
  await app.press('3', 'g', '/', 'eth0', 'Enter', 'L');
  matchesGolden(t, 'lock-out.txt', await app.screen());
  await app.press('Tab', 'Enter');
  t.regex(await app.screen(), /type eth0 first: your session hangs on it/);
  t.deepEqual(done, []);
  await app.press('eth0', 'Enter');
  t.is(done[0]?.operation, 'link-down');
});

test('a signal says who dies along', async (t) => {
  const { app } = desk(t, { columns: 110, rows: 40 });
  await app.press(':', '2231', 'Enter', 'K', 'Right');
  const screen = await app.screen();
  t.regex(screen, /send SIGKILL|‹SIGKILL›/);
  t.regex(screen, /it is the init of pid namespace nginx-1: when it ends, 2 other processes are killed/);
  t.regex(screen, /\$ kill -KILL 2231/);
});

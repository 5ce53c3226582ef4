/** The cursor stands on a thing: whatever is filtered, folded, sorted, resized, or changes on the machine. */
import test from 'ava';
import type { ExecutionContext } from 'ava';
import type { NetworkTableFact } from '../../src/model/network-table.js';
import { deltaBetween } from '../../src/model/snapshot-delta.js';
import type { Snapshot } from '../../src/model/snapshot.js';
import type { ViewName } from '../../src/tui/app-state.js';
import { viewRecord } from '../../src/tui/view-table.js';
import type { RowNode } from '../../src/view/row-node.js';
import { HeadlessApp, ScriptedFeed } from '../support/headless-app.js';
import { HOST, LAB, link, networkTables, wiredNode } from '../support/network-scenario.js';
import type { Random } from '../support/random.js';
import { randomFrom } from '../support/random.js';
import { containerNode, mountScene } from '../support/scenarios.js';

function key(app: HeadlessApp, ...keys: string[]): void {
  for (const each of keys) app.app.input({ event: 'key', key: each });
}

function type(app: HeadlessApp, text: string): void {
  key(app, ...Array.from(text));
}

function selected({ app: { state } }: HeadlessApp): RowNode | undefined {
  const view = state.views[state.view];
  return view.rows[view.cursor]?.node;
}

// ---- F11 and its siblings, one by one ------------------------------------------------------------------------

function mountsView(t: ExecutionContext, mountinfo: (text: string) => string = (text) => text) {
  const { snapshot, key: namespace } = mountScene();
  for (const table of snapshot.mountTables!)
    if (table.key === namespace('private')) table.mountinfo = mountinfo(table.mountinfo);
  const feed = new ScriptedFeed(snapshot);
  const app = new HeadlessApp(snapshot, { columns: 120, rows: 40, feed });
  t.teardown(() => app.close());
  feed.receive({ message: 'mounts', delta: { changed: snapshot.mountTables!, gone: [] } });
  return { app, feed, snapshot, namespace };
}

const WANTED = (text: string): string => `${text}42 40 0:77 / /mnt/wanted rw,relatime - tmpfs wanted rw\n`;

test('Esc after a filter: the cursor stays on the mount that the filter had unfolded', async (t) => {
  const { app, namespace } = mountsView(t, WANTED);
  await app.press('4', '\\', 'wanted', 'Enter', 'G');
  t.regex(await app.cursorLine(), /\/mnt\/wanted/);
  await app.press('Esc');
  t.notRegex(await app.screen(), /filter:/);
  t.regex(await app.cursorLine(), /\/mnt\/wanted/);
  t.is(selected(app)?.mount?.namespace, namespace('private'));
});

test('a filter that hides the thing: Esc brings the cursor back to it', async (t) => {
  const app = new HeadlessApp(containerNode(), { view: 'processes' });
  t.teardown(() => app.close());
  await app.press(':', '2240', 'Enter', '\\', 'postgres', 'Enter');
  t.notRegex(await app.cursorLine(), /2240/);
  await app.press('Esc');
  t.regex(await app.cursorLine(), /^> +2240 /);
  await app.press('\\', 'nothing-like-it', 'Enter');
  t.regex(await app.screen(), /nothing fits the filter/);
  await app.press('Esc');
  t.regex(await app.cursorLine(), /^> +2240 /);
});

test('Esc while a filter is typed gives back the filter before', async (t) => {
  const app = new HeadlessApp(containerNode(), { view: 'processes' });
  t.teardown(() => app.close());
  await app.press('\\', 'nginx', 'Enter', '\\', 'x', 'Esc');
  t.regex(await app.screen(), /filter:nginx /);
});

test('folding everything shows what the thing belongs to; unfolding it shows the thing again', async (t) => {
  const app = new HeadlessApp(containerNode(), { view: 'processes' });
  t.teardown(() => app.close());
  await app.press(':', '2240', 'Enter', '-');
  t.is(selected(app)?.rowId, 'p1');
  await app.press('*');
  t.is(selected(app)?.rowId, 'p2240');
});

test('a process that stands under each of its namespaces: the cursor stays where it was put', async (t) => {
  const feed = new ScriptedFeed(containerNode());
  const app = new HeadlessApp(containerNode(), { columns: 120, rows: 50, feed });
  t.teardown(() => app.close());
  await app.press('T', '*', 'G');
  for (let count = 0; count < 3; count++) {
    await app.press('k');
    const before = app.app.state.views.tree.cursor;
    feed.receive({ message: 'delta', delta: {} });
    await app.nextFrame();
    t.is(app.app.state.views.tree.cursor, before);
  }
});

test('a pid, an inode, a mount id that is used again is another thing', async (t) => {
  const before = containerNode();
  const feed = new ScriptedFeed(before);
  const app = new HeadlessApp(before, { view: 'processes', feed });
  t.teardown(() => app.close());
  await app.press(':', '2240', 'Enter');
  await app.press('Space', ':', '2240', 'Enter');
  t.true(app.app.state.tagged.has('p2240'));
  const after = structuredClone(before);
  after.processes.find(({ pid }) => pid === 2240)!.details!.startTimeTicks += 5;
  feed.receive({ message: 'delta', delta: deltaBetween(before, after) });
  // Not painted yet: the key is meant for the process that was there.
  key(app, 'K');
  await app.nextFrame();
  t.regex(await app.screen(), /2240 \[17\] is gone/);
  t.notRegex(await app.screen(), /^\S*>? *\* +2240/m, 'the tag was for the other one');
});

test('events: with a full ring the cursor stays on its event', async (t) => {
  const before = containerNode();
  const feed = new ScriptedFeed(before);
  const app = new HeadlessApp(before, { feed });
  t.teardown(() => app.close());
  const model = before.namespaces.find(({ key: each }) => each === LAB)!;
  const crowd = Array.from({ length: 500 }, (_, at) => {
    const inode = 4_026_540_000 + at;
    return { ...model, inode, key: `net:[${inode}]` as const };
  });
  let isCrowded = false;
  const flip = (): void => {
    isCrowded = !isCrowded;
    const namespaces = isCrowded ? [...before.namespaces, ...crowd] : before.namespaces;
    feed.receive({ message: 'delta', delta: { namespaces } });
  };
  for (let count = 0; count < 10; count++) flip();
  key(app, '8', 'j', 'j', 'j');
  const event = app.app.state.events.at(-4)!;
  t.is(selected(app)?.rowId, `e${event.serial}`);
  for (let count = 0; count < 2; count++) flip();
  await app.nextFrame();
  t.is(app.app.state.events.length, 5000);
  t.is(selected(app)?.rowId, `e${event.serial}`);
  t.is(app.app.state.views.events.cursor, 1003);
});

function networkView(t: ExecutionContext) {
  const snapshot = wiredNode();
  const feed = new ScriptedFeed(snapshot);
  const app = new HeadlessApp(snapshot, { columns: 120, rows: 50, feed });
  t.teardown(() => app.close());
  feed.receive({ message: 'networks', delta: { changed: snapshot.networkTables!, gone: [] } });
  return { app, feed };
}

function without(tables: readonly NetworkTableFact[], namespace: string, name: string): NetworkTableFact {
  const table = tables.find((each) => each.key === namespace)!;
  return { ...table, links: table.links.filter((each) => each.name !== name) };
}

test('an interface that goes into another namespace takes the cursor with it, in whatever order that is noticed', async (t) => {
  const moved = link(7, 'wg0', { kind: 'wireguard', netnsImmutable: false });
  const lab = networkTables().find((each) => each.key === LAB)!;
  const gone = without(networkTables(), HOST, 'wg0');
  const there = { ...lab, links: [...lab.links, moved] };
  for (const order of [[gone, there], [there, gone], null]) {
    const { app, feed } = networkView(t);
    await app.press('3', '/', 'wg0', 'Enter');
    for (const changed of order ?? [[gone, there]]) {
      feed.receive({ message: 'networks', delta: { changed: [changed].flat(), gone: [] } });
      await app.nextFrame();
    }
    t.is(selected(app)?.link?.namespace, LAB);
    t.is(selected(app)?.title, 'wg0');
  }
});

test('an interface of that name that is another one does not', async (t) => {
  const { app, feed } = networkView(t);
  await app.press('3', '/', 'wg0', 'Enter');
  const lab = networkTables().find((each) => each.key === LAB)!;
  const stranger = link(7, 'wg0', { kind: 'wireguard', address: '02:42:0a:09:99:99' });
  feed.receive({
    message: 'networks',
    delta: {
      changed: [without(networkTables(), HOST, 'wg0'), { ...lab, links: [...lab.links, stranger] }],
      gone: [],
    },
  });
  await app.nextFrame();
  t.not(selected(app)?.link?.namespace, LAB);
});

test('a click means the row that was painted', async (t) => {
  const before = containerNode();
  const feed = new ScriptedFeed(before);
  const app = new HeadlessApp(before, { view: 'processes', feed });
  t.teardown(() => app.close());
  await app.press('t', 'M');
  const line = (await app.screen()).split('\n').findIndex((text) => /^ +2240 /.test(text));
  const after = structuredClone(before);
  after.processes = after.processes.filter(({ pid }) => pid !== 29);
  feed.receive({ message: 'delta', delta: deltaBetween(before, after) });
  app.app.input({ event: 'mouse', action: 'press', column: 10, row: line });
  await app.nextFrame();
  t.regex(await app.cursorLine(), /^> +2240 /);
});

// ---- at random ---------------------------------------------------------------------------------------------

/** The path to a thing in the whole tree of a view: made here, by walking all of it. */
function pathsIn(app: HeadlessApp): Map<string, string[][]> {
  const { state } = app.app;
  const paths = new Map<string, string[][]>();
  const walk = (nodes: readonly RowNode[], above: string[]): void => {
    for (const node of nodes) {
      paths.set(thingOf(node), [...(paths.get(thingOf(node)) ?? []), above]);
      if (node.hasChildren) walk(node.children(), [...above, thingOf(node)]);
    }
  };
  walk(viewRecord(state).build(state), []);
  return paths;
}

function thingOf({ rowId, identity }: RowNode): string {
  return `${rowId} ${identity ?? ''}`;
}

type Change = (snapshot: Snapshot, random: Random) => Snapshot;

const PROCESS_CHANGES: readonly Change[] = [
  (snapshot, random) => {
    const gone = random.pick(snapshot.processes).pid;
    return { ...snapshot, processes: snapshot.processes.filter(({ pid }) => pid !== gone || pid === 1) };
  },
  (snapshot, random) => {
    const pid = 3000 + random.below(40);
    if (snapshot.processes.some((each) => each.pid === pid)) return snapshot;
    const model = random.pick(snapshot.processes);
    const details = { ...model.details!, ppid: model.pid, startTimeTicks: random.below(1e6) };
    const processes = [...snapshot.processes, { ...model, pid, details }];
    return { ...snapshot, processes: processes.sort((a, b) => a.pid - b.pid) };
  },
  (snapshot, random) => {
    const chosen = random.pick(snapshot.processes).pid;
    return {
      ...snapshot,
      processes: snapshot.processes.map((each) =>
        each.pid === chosen && each.pid !== 1
          ? { ...each, details: { ...each.details!, startTimeTicks: random.below(1e6) } }
          : each,
      ),
    };
  },
];

const NETWORK_CHANGES: readonly Change[] = [
  (snapshot, random) => {
    const [from, to] = [random.pick(snapshot.networkTables!), random.pick(snapshot.networkTables!)];
    const moving = random.pick(from.links);
    if (from === to || moving.name === 'lo' || to.links.some((each) => each.ifindex === moving.ifindex))
      return snapshot;
    return {
      ...snapshot,
      networkTables: snapshot.networkTables!.map((table) =>
        table === from
          ? { ...table, links: table.links.filter((each) => each !== moving) }
          : table === to
            ? { ...table, links: [...table.links, moving] }
            : table,
      ),
    };
  },
  (snapshot, random) => {
    const there = random.pick(snapshot.networkTables!);
    const fresh = link(20 + random.below(20), `fresh${random.below(9)}`, { kind: 'veth' });
    const links = [...there.links.filter(({ ifindex }) => ifindex !== fresh.ifindex), fresh];
    return {
      ...snapshot,
      networkTables: snapshot.networkTables!.map((table) => (table === there ? { ...table, links } : table)),
    };
  },
  ...PROCESS_CHANGES.slice(0, 1),
];

const MOUNT_CHANGES: readonly Change[] = [
  (snapshot, random) => {
    const there = random.pick(snapshot.mountTables!);
    const lines = there.mountinfo.trimEnd().split('\n');
    if (lines.length > 2) lines.splice(1 + random.below(lines.length - 1), 1);
    return replaceMounts(snapshot, there.key, lines);
  },
  (snapshot, random) => {
    const there = random.pick(snapshot.mountTables!);
    const lines = there.mountinfo.trimEnd().split('\n');
    const root = lines[0]!.split(' ')[0]!;
    // Low numbers, that are used again for other mounts.
    const id = 100 + random.below(6);
    if (lines.some((line) => line.startsWith(`${id} `))) return snapshot;
    const place = random.pick(['srv', 'data', 'opt']);
    lines.push(`${id} ${root} 0:9${random.below(9)} / /${place} rw,relatime - tmpfs fresh rw`);
    return replaceMounts(snapshot, there.key, lines);
  },
];

function replaceMounts(snapshot: Snapshot, namespace: string, lines: readonly string[]): Snapshot {
  return {
    ...snapshot,
    mountTables: snapshot.mountTables!.map((table) =>
      table.key === namespace ? { ...table, mountinfo: `${lines.join('\n')}\n` } : table,
    ),
  };
}

const SCENES: readonly {
  view: ViewName;
  start: () => Snapshot;
  changes: readonly Change[];
  filters: readonly string[];
}[] = [
  {
    view: 'processes',
    start: containerNode,
    changes: PROCESS_CHANGES,
    filters: ['nginx', 'user:33', '30', 'zzz'],
  },
  { view: 'network', start: wiredNode, changes: NETWORK_CHANGES, filters: ['eth', 'fresh', 'lab', 'zzz'] },
  {
    view: 'mounts',
    start: () => mountScene().snapshot,
    changes: MOUNT_CHANGES,
    filters: ['srv', 'tmpfs', 'peer', 'zzz'],
  },
];

const ROUNDS = Number(process.env['NSVIEW_CURSOR_ROUNDS'] ?? 300);
const SEED = Number(process.env['NSVIEW_CURSOR_SEED'] ?? 20_261_127);
const BY_HAND = ['j', 'k', 'G', 'g', 'h', 'l', '+', 'pagedown', 'C-u'];
const ARRANGING = ['-', '*', '>', '<', 'I', '!', 'H', 'O', 'd', 'escape'];
const SIZES = [[80, 24], [120, 40], [60, 12], [145, 50], [30, 6]] as const; // prettier-ignore

for (const { view, start, changes, filters } of SCENES) {
  test(`${view}: whatever happens, the cursor is on the thing, on what it belongs to, or the thing is gone`, async (t) => {
    const random = randomFrom(SEED);
    let snapshot = start();
    const feed = new ScriptedFeed(snapshot);
    const app = new HeadlessApp(snapshot, { feed, columns: 120, rows: 40 });
    t.teardown(() => app.close());
    const send = (next: Snapshot): void => {
      const { mountTables, networkTables, ...rest } = deltaBetween(snapshot, next);
      feed.receive({ message: 'delta', delta: rest });
      if (mountTables) feed.receive({ message: 'mounts', delta: mountTables });
      if (networkTables) feed.receive({ message: 'networks', delta: networkTables });
      snapshot = next;
    };
    const { mountTables = [], networkTables: networks = [] } = snapshot;
    feed.receive({ message: 'mounts', delta: { changed: mountTables, gone: [] } });
    feed.receive({ message: 'networks', delta: { changed: networks, gone: [] } });
    app.app.switchView(view);
    key(app, 'j', 'j');
    await app.settle();
    let wanted = selected(app)!;
    let before = wanted;
    for (let round = 0; round < ROUNDS; round++) {
      const steps: Record<string, () => string> = {
        hand: () => press(random.pick(BY_HAND)),
        arrange: () => press(random.pick(ARRANGING)),
        filter: () => {
          const text = random.pick(filters);
          key(app, '\\', 'C-u');
          type(app, text);
          key(app, random.below(4) === 0 ? 'escape' : 'enter');
          return `filter ${text}`;
        },
        resize: () => {
          const [columns, rows] = random.pick(SIZES);
          app.resize(columns, rows);
          return `${columns}x${rows}`;
        },
        change: () => {
          send(random.pick(changes)(snapshot, random));
          return 'the machine';
        },
      };
      const press = (name: string): string => {
        key(app, name);
        return name;
      };
      const step = random.pick(['hand', 'arrange', 'arrange', 'filter', 'resize', 'change', 'change']);
      const told = `seed ${SEED}, round ${round}: ${step} ${steps[step]!()}`;
      app.app.list.rows();
      const now = selected(app);
      if (!now) continue;
      const paths = pathsIn(app);
      const shown = new Set(app.app.state.views[view].rows.map(({ node }) => thingOf(node)));
      const isThere = paths.has(thingOf(wanted));
      const follows = wanted.link !== undefined && now.link !== undefined && wanted.title === now.title;
      const ancestors = (paths.get(thingOf(wanted)) ?? []).map((path) =>
        path.findLast((each) => shown.has(each)),
      );
      const isNear =
        thingOf(now) === thingOf(wanted) ||
        (isThere &&
          !shown.has(thingOf(wanted)) &&
          (ancestors.includes(thingOf(now)) || ancestors.every((each) => !each))) ||
        (step === 'change' && thingOf(now) === thingOf(before));
      if (step !== 'hand') t.true(isNear || !isThere, `${told}: ${wanted.rowId} became ${now.rowId}`);
      if (step === 'hand' || !isThere || follows) wanted = now;
      before = now;
      // As a person sees it: painted between two steps.
      if (random.below(3) === 0) await app.settle();
    }
    t.pass();
  });
}

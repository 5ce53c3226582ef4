import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { buildModel } from '../../src/model/model.js';
import { LiveCollector } from '../../src/collect/live-collector.js';
import { collectSnapshot } from '../../src/collect/collect-snapshot.js';
import type { NamespaceKey, Snapshot } from '../../src/model/snapshot.js';
import { applyDelta } from '../../src/model/snapshot-delta.js';
import { endScene, needsRoot, sceneProgram, startScene } from '../sandbox/scene.js';
import { PROGRAM, runCommand } from '../support/run-program.js';

interface LsnsRow {
  ns: number;
  type: string;
  nprocs: number;
  pid: number | null;
  uid: number | null;
  user: string | null;
  command: string | null;
  pns: number;
  ons: number;
}

/** Runs a script in its own pid and mount namespaces, so that nothing comes or goes while two tools look. */
function inSandbox(script: string) {
  return runCommand([
    'unshare',
    '--pid',
    '--mount',
    '--fork',
    '--kill-child',
    '--mount-proc',
    'bash',
    '-c',
    script,
  ]);
}

test.serial(
  'ls shows all that lsns shows, with equal parent, owner, process count and command',
  async (t) => {
    if (!needsRoot(t)) return;
    const scene = sceneProgram();
    const outcome = await inSandbox(`
    exec 3< <(sleep 60)
    unshare -Urmpf --mount-proc sleep 61 & unshare -n -u -i -C sleep 62 & unshare -T sleep 63 &
    unshare -Ur unshare -U sleep 64 & "${scene}" thread <&3 >/dev/null & "${scene}" fd <&3 >/dev/null &
    sleep 0.7
    lsns -J --output-all -u; echo ====; ${process.execPath} ${PROGRAM} ls -J --output-all 2>/dev/null`);
    t.is(outcome.code, 0, outcome.stderr);
    const [theirs, ours] = outcome.stdout
      .split('====\n')
      .map((text) => (JSON.parse(text) as { namespaces: LsnsRow[] }).namespaces);
    const mine = new Map(ours!.map((row) => [`${row.type}:${row.ns}`, row]));
    t.true(theirs!.length > 15, `${theirs!.length} namespaces`);
    for (const row of theirs!) {
      const own = mine.get(`${row.type}:${row.ns}`);
      const name = `${row.type}:[${row.ns}] ${row.command ?? ''}`;
      t.truthy(own, name);
      if (!own) continue;
      t.is(own.nprocs, row.nprocs, `${name}: nprocs`);
      t.is(own.pns, row.pns, `${name}: parent`);
      t.is(own.ons, row.ons, `${name}: owner`);
      if (row.nprocs > 0) {
        t.is(own.pid, row.pid, `${name}: pid`);
        t.is(own.uid, row.uid, `${name}: uid`);
        t.is(own.user, row.user, `${name}: user`);
        t.is(own.command, row.command, `${name}: command`);
      }
    }
    t.true(ours!.length > theirs!.length, 'and the thread’s and the descriptor’s, which lsns misses');
  },
);

/** What a snapshot says of links and threads, in an order of its own. */
function linksOf({ processes, threads, namespaceSets }: Snapshot, pids: ReadonlySet<number>): string[] {
  const set = (index: number): string => JSON.stringify(Object.entries(namespaceSets[index]!).sort());
  return [
    ...processes
      .filter(({ pid }) => pids.has(pid))
      .map(({ pid, namespaceSet }) => `${pid} ${set(namespaceSet)}`),
    ...threads
      .filter(({ pid }) => pids.has(pid))
      .map(({ pid, threadId, namespaceSet }) => `${pid}/${threadId} ${set(namespaceSet)}`),
  ].sort();
}

test.serial(
  'between scans: events and full scans agree under random forks, setns, unshare and threads',
  async (t) => {
    if (!needsRoot(t)) return;
    const collector = new LiveCollector({ containerNames: false });
    let live = await collector.start();
    t.is(collector.source, 'events', 'root may open the feed');
    for (let round = 1; round <= 12; round++) {
      const churns = await Promise.all(
        [1, 2, 3].map((at) => startScene(t, 'churn', String(round * 10 + at))),
      );
      for (let look = 0; look < 6; look++) {
        await new Promise((resolve) => setTimeout(resolve, 30));
        const delta = await collector.refresh();
        if (delta) live = applyDelta(live, delta);
      }
      // Stopped processes hold still while the two are compared.
      for (const churn of churns) churn.process.kill('SIGSTOP');
      await new Promise((resolve) => setTimeout(resolve, 40));
      for (let again = 0; again < 2; again++) {
        const delta = await collector.refresh();
        if (delta) live = applyDelta(live, delta);
      }
      const full = await collectSnapshot({ containerNames: false, details: 'none' });
      const pids = new Set(churns.map(({ pid }) => pid));
      t.deepEqual(linksOf(live, pids), linksOf(full, pids), `round ${round}`);
      for (const churn of churns) {
        churn.process.kill('SIGCONT');
        await endScene(churn.process);
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
    const refresh = async (): Promise<Set<number>> => {
      const delta = await collector.refresh();
      if (delta) live = applyDelta(live, delta);
      return new Set(live.processes.map(({ pid }) => pid));
    };
    const missing = [...(await refresh())].filter((pid) => !existsSync(`/proc/${pid}`));
    // What had ended when /proc was asked must be gone after one more look at the events.
    const afterwards = await refresh();
    for (const pid of missing) t.false(afterwards.has(pid), `${pid} is a ghost`);
    collector.close();
  },
);

test.serial('the live collector drops namespaces that died and finds those that came', async (t) => {
  if (!needsRoot(t)) return;
  const collector = new LiveCollector({ containerNames: false });
  t.teardown(() => collector.close());
  let live = await collector.start();
  const scene = await startScene(t, 'process');
  live = applyDelta(live, (await collector.refresh())!);
  t.true(buildModel(live).namespaces.has(scene.key));
  await endScene(scene.process);
  live = applyDelta(live, (await collector.refresh())!);
  t.false(buildModel(live).namespaces.has(scene.key));
});

test.serial('a namespace bound later in a mount namespace that had none, and unbound', async (t) => {
  if (!needsRoot(t)) return;
  // A process waits in a mount namespace of its own; the binds are made from outside.
  const home = spawn('unshare', ['-m', '--propagation', 'private', 'sleep', '600']);
  t.teardown(() => home.kill('SIGKILL'));
  const own = readlinkSync('/proc/self/ns/mnt');
  while (readlinkSync(`/proc/${home.pid}/ns/mnt`) === own) await sleep(20);
  const inside = readlinkSync(`/proc/${home.pid}/ns/mnt`) as NamespaceKey;
  const collector = new LiveCollector({ containerNames: false });
  t.teardown(() => collector.close());
  let live: Snapshot = { ...(await collector.start()) };
  const refresh = async (): Promise<string[]> => {
    collector.hint();
    const delta = await collector.refresh();
    if (delta) live = applyDelta(live, delta);
    return live.pins.flatMap((pin) =>
      pin.pinKind === 'bind' && pin.mountNamespace === inside ? [`${pin.key} ${pin.mountPoint}`] : [],
    );
  };
  // What the machine has mounted is there too.
  const before = await refresh();
  t.deepEqual(await refresh(), before);
  const net = readlinkSync('/proc/self/ns/net');
  const within = (...words: string[]): Buffer =>
    execFileSync('nsenter', ['-t', String(home.pid), '-m', ...words]);
  within('mount', '--bind', `/proc/${home.pid}/ns/net`, '/proc/version');
  t.deepEqual((await refresh()).sort(), [...before, `${net} /proc/version`].sort());
  within('umount', '/proc/version');
  t.deepEqual(await refresh(), before);
  t.deepEqual(await refresh(), before);
});

test.serial('without the right to events a rescan tells the same', async (t) => {
  if (!needsRoot(t)) return;
  const code = `
    const { LiveCollector } = await import('${new URL('../../src/collect/live-collector.js', import.meta.url).href}');
    const c = new LiveCollector({ containerNames: false });
    const s = await c.start();
    await c.refresh();
    console.log(JSON.stringify([c.source, s.processes.length > 0, s.gaps]));
    c.close();`;
  const outcome = await runCommand([
    'setpriv',
    '--reuid=65534',
    '--regid=65534',
    '--clear-groups',
    process.execPath,
    '--input-type=module',
    '-e',
    code,
  ]);
  const [source, hasProcesses, gaps] = JSON.parse(outcome.stdout) as [
    string,
    boolean,
    { subject: string; errno: string }[],
  ];
  t.is(source, 'rescan');
  t.true(hasProcesses);
  t.true(gaps.some(({ subject, errno }) => subject === 'namespace links' && errno === 'EACCES'));
});

test.serial('as an ordinary user: own processes are known, the rest is a gap with its remedy', async (t) => {
  if (!needsRoot(t)) return;
  const outcome = await runCommand([
    'setpriv',
    '--reuid=65534',
    '--regid=65534',
    '--clear-groups',
    process.execPath,
    PROGRAM,
    'ls',
    '-J',
    '--strict',
  ]);
  t.is(outcome.code, 3);
  const { namespaces, gaps } = JSON.parse(outcome.stdout) as {
    namespaces: LsnsRow[];
    gaps: { subject: string; remedy: string }[];
  };
  t.true(namespaces.length >= 8);
  const gap = gaps.find(({ subject }) => subject === 'namespace links');
  t.regex(gap?.remedy ?? '', /^run as root$/);
  t.regex(outcome.stderr, /namespace links unreadable: EACCES/);
});

for (const hidepid of [1, 2]) {
  test.serial(`under hidepid=${hidepid} it works and tells what it can`, async (t) => {
    if (!needsRoot(t)) return;
    const outcome = await inSandbox(`
      mount -t proc -o hidepid=${hidepid} proc /proc && sleep 60 &
      sleep 0.3; mount -o remount,hidepid=${hidepid} /proc
      setpriv --reuid=65534 --regid=65534 --clear-groups ${process.execPath} ${PROGRAM} ls -J 2>&1 >/tmp/nsview-hidepid; cat /tmp/nsview-hidepid; rm -f /tmp/nsview-hidepid`);
    const start = outcome.stdout.indexOf('{');
    const { namespaces } = JSON.parse(outcome.stdout.slice(start)) as { namespaces: LsnsRow[] };
    t.true(namespaces.some(({ nprocs }) => nprocs > 0));
  });
}

test.serial('inside a container (own pid namespace) differences are told against pid 1', async (t) => {
  if (!needsRoot(t)) return;
  const outcome = await inSandbox(`unshare -n sleep 60 & sleep 0.3; ${process.execPath} ${PROGRAM} ps -n`);
  const lines = outcome.stdout.trim().split('\n');
  t.is(lines.length, 1, outcome.stdout);
  t.regex(lines[0]!, /-n------.*sleep 60/);
});

test.serial('without /proc: one clear sentence', async (t) => {
  if (!needsRoot(t)) return;
  const outcome = await runCommand([
    'unshare',
    '--mount',
    'bash',
    '-c',
    `mount -t tmpfs none /proc && ${process.execPath} ${PROGRAM} ls`,
  ]);
  t.is(outcome.code, 1);
  t.regex(outcome.stderr, /^nsview: .*\/proc/);
  t.is(outcome.stderr.trim().split('\n').length, 1);
});

test.serial(
  'a zombie that was there from the start goes when it is reaped, though that makes no event',
  async (t) => {
    if (!needsRoot(t)) return;
    const scene = await startScene(t, 'zombie');
    const collector = new LiveCollector({ containerNames: false });
    t.teardown(() => collector.close());
    let live = await collector.start();
    t.true(live.processes.some(({ pid }) => pid === scene.zombie));
    await endScene(scene.process);
    live = applyDelta(live, (await collector.refresh())!);
    t.false(live.processes.some(({ pid }) => pid === scene.zombie));
  },
);

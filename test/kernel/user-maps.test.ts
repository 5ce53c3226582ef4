/** Ids through nested user namespaces, against files that are made with them. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import {
  levelOf,
  mapToParent,
  toObserver,
  translateIn,
  translateOut,
} from '../../src/analysis/id-translation.js';
import { collectSnapshot } from '../../src/collect/collect-snapshot.js';
import { buildModel } from '../../src/model/model.js';
import type { NamespaceKey } from '../../src/model/snapshot.js';
import { needsRoot } from '../sandbox/scene.js';
import { runNsview } from '../support/run-program.js';

/** Of each level to its parent: inside, outside, length. */
const LEVELS: readonly (readonly [number, number, number])[][] = [
  [[0, 100_000, 1000], [1000, 200_000, 500]],
  [[0, 5, 200], [300, 1000, 100]],
  [[0, 0, 50], [50, 310, 20]],
  [[0, 10, 30], [40, 55, 5]],
  [[0, 0, 10], [20, 40, 5]],
]; // prettier-ignore

const IDS = [
  0, 1, 4, 9, 10, 19, 20, 24, 25, 29, 39, 40, 44, 49, 50, 69, 199, 299, 300, 399, 999, 1000, 1499, 1500,
];

interface Level {
  pid: number;
  key: NamespaceKey;
}

async function nested(t: ExecutionContext): Promise<Level[]> {
  const levels: Level[] = [];
  for (const map of LEVELS) {
    const above = levels.at(-1);
    // As its root: an id without a mapping may make no namespace.
    const enter = above ? ['nsenter', '-t', String(above.pid), '-U', '-S', '0', '-G', '0'] : [];
    const [program, ...words] = [...enter, 'unshare', '--user', 'sleep', '600'];
    const child = spawn(program, words, { stdio: 'ignore' });
    t.teardown(() => child.kill('SIGKILL'));
    const before = above?.key ?? readlinkSync('/proc/self/ns/user');
    const link = `/proc/${child.pid!}/ns/user`;
    for (let tries = 0; [before, readlinkSync('/proc/self/ns/user')].includes(readlinkSync(link)); tries++) {
      t.true(tries < 200, 'the namespace never came');
      await sleep(20);
    }
    const text = map.map((extent) => `${extent.join(' ')}\n`).join('');
    for (const kind of ['uid', 'gid'] as const) {
      const file = `/proc/${child.pid!}/${kind}_map`;
      if (above)
        execFileSync(enter[0]!, [...enter.slice(1), 'tee', file], {
          input: text,
          stdio: ['pipe', 'ignore', 'inherit'],
        });
      else writeFileSync(file, text);
    }
    levels.push({ pid: child.pid!, key: readlinkSync(link) as NamespaceKey });
  }
  return levels;
}

test('five levels: the id of a file made inside is the one that was told', async (t) => {
  if (!needsRoot(t)) return;
  const levels = await nested(t);
  const directory = mkdtempSync(join(tmpdir(), 'nsview-ids-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  chmodSync(directory, 0o777);
  const model = buildModel(await collectSnapshot({ details: 'representatives', containerNames: false }));
  for (const [depth, { pid, key }] of levels.entries()) {
    t.is(levelOf(model, key), depth + 1);
    t.deepEqual(
      mapToParent(model, key, 'uid'),
      LEVELS[depth]!.map(([inside, outside, length]) => ({ inside, outside, length })),
    );
    for (const id of IDS) {
      const path = join(directory, `${depth}-${id}`);
      const made = spawnSync('nsenter', [
        '-t',
        String(pid),
        '-U',
        '-S',
        String(id),
        '-G',
        String(id),
        'touch',
        path,
      ]);
      const told = toObserver(model, key, 'uid', id);
      t.is(
        made.status === 0,
        typeof told === 'number',
        `level ${depth + 1} id ${id}: ${String(made.stderr)}`,
      );
      if (typeof told !== 'number') continue;
      const { uid, gid } = statSync(path);
      t.deepEqual([told, toObserver(model, key, 'gid', id)], [uid, gid], `level ${depth + 1} id ${id}`);
      // And back: that id of ours is this one there.
      t.is(translateIn(model, 'uid', uid).find(({ namespace }) => namespace === key)?.id, id);
      // Each ancestor sees what a process in it sees.
      for (const { namespace, id: seen } of translateOut(model, key, 'uid', id).slice(1)) {
        const ancestor = levels.find((each) => each.key === namespace);
        if (!ancestor) continue;
        const shown = execFileSync('nsenter', [
          '-t',
          String(ancestor.pid),
          '-U',
          '--preserve-credentials',
          'stat',
          '-c',
          '%u',
          path,
        ]);
        t.is(Number(shown), seen ?? -1);
      }
    }
  }
});

test('nsview id: inside to outside, back, not mapped', async (t) => {
  if (!needsRoot(t)) return;
  const [first, second] = (await nested(t)) as [Level, Level];
  const { stdout, code } = await runNsview(['id', `300@${second.key}`, '--json']);
  t.is(code, 0);
  const { levels } = JSON.parse(stdout) as { levels: { namespace: string; id: number }[] };
  t.deepEqual(
    levels.slice(0, 3).map(({ id }) => id),
    [300, 1000, 200_000],
  );
  t.is(levels[1]!.namespace, first.key);
  const unmapped = await runNsview(['id', `250@${second.pid}`]);
  t.is(unmapped.code, 1);
  t.regex(unmapped.stdout, /not mapped: shown as 65534/);
  t.is((await runNsview(['id', 'x@host'])).code, 1);
  t.is((await runNsview(['id'])).code, 2);
});

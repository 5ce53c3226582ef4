import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import test from 'ava';
import { COMMANDS, VERSION } from '../../src/cli/run-cli.js';
import { COLLECTORS } from '../../src/collect/collectors.js';
import { ACTIONS } from '../../src/tui/actions.js';
import { initialState } from '../../src/tui/app-state.js';
import { DEFAULT_SETTINGS } from '../../src/tui/settings.js';
import { VIEWS } from '../../src/tui/view-table.js';
import { NAMESPACE_COLUMNS } from '../../src/view/namespace-columns.js';
import { REPOSITORY } from '../support/golden.js';

/** The picture of src/README.md: which layer may import which. */
const LAYERS: Record<string, readonly string[]> = {
  model: [],
  formats: ['model'],
  files: [],
  kernel: ['model', 'formats', 'files'],
  collect: ['model', 'formats', 'files', 'kernel'],
  recording: ['model', 'files'],
  analysis: ['model', 'formats'],
  view: ['model', 'analysis', 'actions'],
  actions: ['model', 'analysis'],
  perform: ['model', 'formats', 'files', 'actions', 'kernel'],
  tui: ['model', 'files', 'analysis', 'view', 'actions'],
  cli: ['model', 'analysis', 'view', 'actions'],
};
const SOURCE = join(REPOSITORY, 'src');

function sourceFiles(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    return entry.isDirectory() ? sourceFiles(path) : path.endsWith('.ts') ? [path] : [];
  });
}

test('every file imports only what its layer may', (t) => {
  const files = sourceFiles(SOURCE);
  t.true(files.length > 50);
  for (const file of files) {
    const layer = relative(SOURCE, file).split('/')[0]!;
    if (layer === 'main.ts') continue;
    const allowed = LAYERS[layer];
    t.truthy(allowed, `${layer} is not in the layer table`);
    for (const [, target] of readFileSync(file, 'utf8').matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)) {
      const targetLayer = relative(SOURCE, join(dirname(file), target!)).split('/')[0]!;
      t.true(
        targetLayer === layer || allowed!.includes(targetLayer),
        `${relative(REPOSITORY, file)} (${layer}) must not import ${target!}`,
      );
    }
  }
});

test('the layer picture of src/README.md says the same', (t) => {
  const guide = readFileSync(join(SOURCE, 'README.md'), 'utf8').replace(/ +/g, ' ');
  for (const [layer, allowed] of Object.entries(LAYERS)) {
    t.true(guide.includes(`| ${layer} | ${allowed.length > 0 ? allowed.join(', ') : 'nothing'} |`), layer);
  }
});

test('the bundle has an entry for each Worker and process of its own, and each file there is', (t) => {
  const manifest = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as {
    scripts: { bundle: string };
  };
  const entries = manifest.scripts.bundle.match(/dist\/src\/\S+\.js/g) ?? [];
  const bundled = new Set(entries.map((entry) => entry.replace(/^dist\/src\//, '').replace(/js$/, 'ts')));
  const workers = sourceFiles(SOURCE).flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/new URL\('\.\/([^']+)\.js', import\.meta\.url/g)].map(
      ([, name]) => relative(SOURCE, join(dirname(file), `${name!}.ts`)),
    ),
  );
  t.true(workers.length >= 3);
  t.deepEqual([...bundled].sort(), ['main.ts', ...workers].sort());
});

test('collectors come after what they build on', (t) => {
  const names = COLLECTORS.map(({ name }) => name);
  t.is(new Set(names).size, names.length);
  COLLECTORS.forEach(({ name, after }, at) => {
    for (const earlier of after) t.true(names.slice(0, at).includes(earlier), `${name} after ${earlier}`);
  });
});

test('every action has a name, keys and help; no key has two meanings', (t) => {
  for (const replay of [null, { index: 0, length: 2 }]) {
    for (const { view } of VIEWS) {
      const state = { ...initialState(DEFAULT_SETTINGS, view), replay };
      const taken = new Map<string, string>();
      for (const { action, keys, help, where } of ACTIONS) {
        t.true(keys.length > 0 && help !== '', action);
        if (where && !where(state)) continue;
        for (const key of keys) {
          t.is(taken.get(key), undefined, `${key} is ${action} and ${taken.get(key) ?? ''}`);
          taken.set(key, action);
        }
      }
    }
  }
});

test('no action sits on a key that terminals and multiplexers take', (t) => {
  for (const { action, keys } of ACTIONS) {
    for (const key of keys) t.notRegex(key, /^(C-[absqw]|M-[0-9]|delete)$/, action);
  }
});

test('the README names every command, key group and column source', (t) => {
  const readme = readFileSync(join(REPOSITORY, 'README.md'), 'utf8');
  for (const { name } of COMMANDS) t.true(readme.includes(`nsview ${name}`), name);
  for (const { view, title } of VIEWS) t.true(readme.includes(title), view);
});

test('names of columns, options and commands are unique, and each has help', (t) => {
  const names = NAMESPACE_COLUMNS.map(({ name }) => name);
  t.is(new Set(names).size, names.length);
  for (const { name, options, summary } of COMMANDS) {
    t.true(summary !== '');
    const longs = options.map(({ long }) => long);
    t.is(new Set(longs).size, longs.length, name);
    const shorts = options.flatMap(({ short }) => short ?? []);
    t.is(new Set(shorts).size, shorts.length, name);
    for (const { long, help } of options) t.true(help !== '', `${name} --${long}`);
  }
});

test('one version everywhere', (t) => {
  const manifest = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as { version: string };
  t.is(manifest.version, VERSION);
  t.true(readFileSync(join(REPOSITORY, 'CHANGELOG.md'), 'utf8').includes(`## ${VERSION}`));
});

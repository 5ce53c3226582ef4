/** Keys and sentences: one meaning at a time, one thing in the singular. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { ACTIONS } from '../../src/tui/actions.js';
import { VIEWS } from '../../src/tui/view-table.js';
import { REPOSITORY } from '../support/golden.js';
import { HeadlessApp, ScriptedFeed } from '../support/headless-app.js';
import { INTERIORS, furnishedNode } from '../support/more-scenario.js';
import { mountScene } from '../support/scenarios.js';

test('on no row of any view has a key two meanings', (t) => {
  const snapshot = furnishedNode();
  const feed = new ScriptedFeed(snapshot);
  const app = new HeadlessApp(snapshot, { columns: 120, rows: 44, feed });
  t.teardown(() => app.close());
  feed.receive({ message: 'networks', delta: { changed: snapshot.networkTables ?? [], gone: [] } });
  feed.receive({ message: 'interiors', interiors: [...INTERIORS] });
  let looked = 0;
  for (const { view } of VIEWS) {
    app.app.switchView(view);
    app.app.foldAll(true);
    for (let at = 0; at < app.app.list.rows().length; at++) {
      app.app.list.place(at);
      const taken = new Map<string, string>();
      for (const { action, keys, where } of ACTIONS.filter((each) => each.where?.(app.app.state) ?? true)) {
        t.true(where === undefined || where(app.app.state));
        for (const key of keys) {
          t.is(
            taken.get(key),
            undefined,
            `${view} row ${at}: ${key} is ${action} and ${taken.get(key) ?? ''}`,
          );
          taken.set(key, action);
          looked++;
        }
      }
    }
  }
  t.true(looked > 5000, String(looked));
});

const PLURAL =
  /\$\{[^}]*\} (?:other )?(processes|mounts|interfaces|routes|addresses|threads|sockets|users|copies|descriptors|places|times)\b/;

test('a number before a plural goes through counted()', (t) => {
  for (const layer of ['view', 'cli', 'actions', 'tui']) {
    const directory = join(REPOSITORY, 'src', layer);
    for (const file of readdirSync(directory)) {
      readFileSync(join(directory, file), 'utf8')
        .split('\n')
        .forEach((line, at) => {
          // A line that has its singular beside it, or a number above one.
          const isSaid = /=== 1|> 1|far\.links\.length|counted\(|^ +: `/.test(line);
          t.false(PLURAL.test(line) && !isSaid, `src/${layer}/${file}:${at + 1}: ${line.trim()}`);
        });
    }
  }
});

test('a namespace row of view 4 has its words over the empty columns', async (t) => {
  const { snapshot } = mountScene();
  const feed = new ScriptedFeed(snapshot);
  const app = new HeadlessApp(snapshot, { columns: 80, rows: 24, feed });
  t.teardown(() => app.close());
  feed.receive({ message: 'mounts', delta: { changed: snapshot.mountTables!, gone: [] } });
  await app.press('4', '-');
  t.regex(await app.screen(), /peer +2 mounts; 20 peer/);
});

test('what if on a hidden mount tells that it is hidden, and by what', async (t) => {
  const { snapshot } = mountScene();
  const feed = new ScriptedFeed(snapshot);
  const app = new HeadlessApp(snapshot, { columns: 120, rows: 44, feed });
  t.teardown(() => app.close());
  feed.receive({ message: 'mounts', delta: { changed: snapshot.mountTables!, gone: [] } });
  await app.press('4', '/', 'covered', 'Enter', 'l', 'j', 'j', ']');
  t.regex(await app.cursorLine(), /\/srv .*HIDDEN/);
  const screen = await app.screen();
  t.regex(screen, /hidden by tmpfs on \/srv: at \/srv that mount is reached, not this one/);
  t.notRegex(screen, /appears in/);
});

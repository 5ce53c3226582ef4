import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { layoutOf } from '../../src/tui/layout.js';
import { DEFAULT_SETTINGS, parseSettings } from '../../src/tui/settings.js';
import { configurationPath, loadSettings, saveSettings, statePath } from '../../src/tui/settings-files.js';
import { attributeOf, colorDepth, overlay, themeOf } from '../../src/tui/theme.js';

test('settings: what is wrong is said in a sentence', (t) => {
  t.deepEqual(parseSettings('{"delayMs":500,"theme":"light"}', 'f'), { delayMs: 500, theme: 'light' });
  for (const text of [
    '{',
    '[]',
    '1',
    '{"colour":1}',
    '{"delayMs":1}',
    '{"theme":"pink"}',
    '{"mouse":"yes"}',
  ]) {
    t.is(typeof parseSettings(text, 'f'), 'string', text);
  }
});

test('the configuration file is read, never written; set-up is remembered beside it', (t) => {
  const home = mkdtempSync(join(tmpdir(), 'nsview-settings-'));
  t.teardown(() => rmSync(home, { recursive: true }));
  const environment = { HOME: home, XDG_CONFIG_HOME: 'relative/is/ignored' };
  const path = configurationPath(environment);
  t.is(path, join(home, '.config/nsview/config.json'));
  t.deepEqual(loadSettings(environment), { settings: DEFAULT_SETTINGS, complaints: [] });
  mkdirSync(join(home, '.config/nsview'), { recursive: true });
  writeFileSync(path, '{"theme":"light","delayMs":700}');
  saveSettings(environment, { ...DEFAULT_SETTINGS, delayMs: 5000, theme: 'light' });
  t.is(readFileSync(path, 'utf8'), '{"theme":"light","delayMs":700}');
  t.is(loadSettings(environment).settings.delayMs, 5000);
  writeFileSync(statePath(environment), 'broken');
  const { settings, complaints } = loadSettings(environment);
  t.is(settings.delayMs, 700);
  t.is(complaints.length, 1);
});

test('colour depth from the terminal’s name', (t) => {
  for (const [term, depth] of [
    ['xterm-256color', 256],
    ['tmux-256color', 256],
    ['alacritty', 256],
    ['linux', 16],
    ['screen', 16],
    ['vt100', 0],
    ['dumb', 0],
  ] as const) {
    t.is(colorDepth({ TERM: term }), depth, term);
  }
});

test('no depth, no colour; sixteen colours stay below sixteen', (t) => {
  const { roles, selected } = themeOf('dark');
  for (const style of [...Object.values(roles), selected]) {
    t.is(attributeOf(style, 0) & 0x3ffff, 0x3ffff);
    const attribute = attributeOf(style, 16);
    for (const color of [attribute & 0x1ff, (attribute >> 9) & 0x1ff]) t.true(color < 16 || color === 0x1ff);
  }
  t.not(overlay(attributeOf(roles.net, 256), selected, 256), attributeOf(roles.net, 256));
});

test('at every size the panes lie inside the screen and do not overlap', (t) => {
  for (let columns = 40; columns <= 220; columns += 7) {
    for (let rows = 8; rows <= 70; rows += 3) {
      for (const wantsDetail of [true, false]) {
        const { list, detail, overview, keysLine, functionKeysLine } = layoutOf(
          columns,
          rows,
          wantsDetail,
          false,
        );
        t.true(
          list.right <= columns && list.bottom <= keysLine && list.bottom - list.top >= 3,
          `${columns}x${rows}`,
        );
        t.is(functionKeysLine, rows - 1);
        if (detail) t.true(detail.left >= list.right || detail.top >= list.bottom);
        if (overview) t.true(overview.bottom <= list.top);
      }
    }
  }
});

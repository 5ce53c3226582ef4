/**
 * Every text of a recording is poisoned at once: what the screen writes in any view and tab, on any row, holds none
 * of it. NSVIEW_EVERY_FIELD=1 takes one field after the other besides.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import test from 'ava';
import type { Snapshot } from '../../src/model/snapshot.js';
import { RecordingFeed } from '../../src/recording/replay-feed.js';
import { Recording } from '../../src/recording/recording.js';
import { REPOSITORY } from '../support/golden.js';
import { HeadlessApp } from '../support/headless-app.js';
import { poisoned, stringFields } from '../support/poison.js';

const file = join(REPOSITORY, 'test/fixtures/recordings/node-with-containers.json.gz');
const CLEAN = JSON.parse(gunzipSync(readFileSync(file)).toString().split('\n')[1]!) as Snapshot;

/** What names one thing to another: poisoned, all rows would be empty. */
const IDENTITY =
  /^(header\.(observer|initialNamespaces)|namespaceSets)|\.?(key|kind|interior|readBy|pinKind|parent|owner)$|netnsids/;

/** Of the poison; the screen's own sequences hold none of it. */
const LEAK = /\x1b\]0;OWNED|\x07|\u009b|\u202e|\u2066|\u{e0041}/u;

async function walkAllViews(snapshot: Snapshot, rows: number): Promise<string> {
  const feed = new RecordingFeed(new Recording(snapshot, []));
  const app = new HeadlessApp(snapshot, { columns: 160, rows: 50, feed, replay: feed });
  try {
    for (const view of ['1', '2', '3', '4', '5', '6', '7']) {
      await app.press(view, 'g', '*');
      for (let row = 0; row < rows; row++) {
        for (let tab = 0; tab < 6; tab++) await app.press(']');
        await app.press('Down', 'Down', 'Down');
      }
      await app.press('Enter', 'Esc', 'x', 'Esc', '=', 'Esc');
    }
    return app.output.written;
  } finally {
    app.close();
  }
}

test('an escape sequence in any field of a recording reaches no screen', async (t) => {
  const written = await walkAllViews(
    poisoned(CLEAN, (path) => !IDENTITY.test(path)),
    6,
  );
  t.true(written.includes('OWNED'), 'the poisoned fields are on the screen');
  t.is(LEAK.exec(written)?.[0], undefined);
  if (process.env['NSVIEW_EVERY_FIELD'] !== '1') return;
  for (const field of [...stringFields(CLEAN)].filter((path) => !IDENTITY.test(path))) {
    const alone = await walkAllViews(
      poisoned(CLEAN, (path) => path === field),
      2,
    );
    t.is(LEAK.exec(alone)?.[0], undefined, field);
  }
});

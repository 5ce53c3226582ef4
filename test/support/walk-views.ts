import type { Snapshot } from '../../src/model/snapshot.js';
import { Recording } from '../../src/recording/recording.js';
import { RecordingFeed } from '../../src/recording/replay-feed.js';
import { HeadlessApp } from './headless-app.js';

/** All views on a snapshot, the tabs of some rows in each, the menus; what was written to the terminal. */
export async function walkAllViews(snapshot: Snapshot, rows: number): Promise<string> {
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

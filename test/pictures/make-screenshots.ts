/** `npm run screenshots`: pictures and texts of the real program on a recorded machine, into screenshots/. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readRecording } from '../../src/recording/recording-reader.js';
import { recordedComparison } from '../../src/model/comparison.js';
import type { Snapshot } from '../../src/model/snapshot.js';
import type { Foreground } from '../../src/tui/app.js';
import { REPOSITORY } from '../support/golden.js';
import { HeadlessApp, ScriptedFeed } from '../support/headless-app.js';
import { deltaBetween } from '../../src/model/snapshot-delta.js';
import type { FeedMessage } from '../../src/model/sample-feed.js';
import { renderPng } from './render-picture.js';

interface Shot {
  name: string;
  columns: number;
  rows: number;
  keys: string[];
}

const SHOTS: readonly Shot[] = [
  { name: 'overview', columns: 160, rows: 50, keys: ['Down', 'Down'] },
  { name: 'why-alive', columns: 160, rows: 50, keys: ['T', 'w', 'Down', 'Down', 'Down', 'Down'] },
  { name: 'processes', columns: 160, rows: 50, keys: ['2', '\\', 'container:web', 'Enter', 'Down'] },
  { name: 'problems', columns: 120, rows: 36, keys: ['!', 'w'] },
  {
    name: 'mounts',
    columns: 160,
    rows: 50,
    keys: ['4', '\\', '/data', 'Enter', '*', '/', 'web-1', 'Enter', 'Down', 'Down'],
  },
  {
    name: 'what-if',
    columns: 120,
    rows: 36,
    keys: ['4', '/', 'storage', 'Enter', ']', 'p', 'Ctrl-U', 'mount /mnt/data', 'Enter'],
  },
  { name: 'network', columns: 160, rows: 50, keys: ['3', '/', 'veth-web-1', 'Enter'] },
  {
    name: 'network-path',
    columns: 140,
    rows: 50,
    keys: ['3', '/', '10.9.0.2', 'Enter', 'p', '198.51.100.7', 'Enter'],
  },
  { name: 'network-80x24', columns: 80, rows: 24, keys: ['3', '/', 'veth-web-1', 'Enter'] },
  {
    name: 'way-out',
    columns: 120,
    rows: 44,
    keys: [
      '3',
      'g',
      '/',
      'lab',
      'Enter',
      'a',
      'Down',
      'Down',
      'Enter',
      'Right',
      'Tab',
      'Tab',
      '192.0.2.50/24',
    ],
  },
  { name: 'more', columns: 140, rows: 40, keys: ['7', '/', 'spoold', 'Enter', 'n', 'n'] },
  { name: 'compare', columns: 120, rows: 44, keys: ['2', '/', 'redis', 'Enter', '='] },
  { name: 'learn', columns: 100, rows: 36, keys: ['7', '/', 'db-7', 'Enter', '?'] },
  { name: 'sockets', columns: 140, rows: 40, keys: ['6', '/', '8080', 'Enter'] },
  { name: 'mounts-80x24', columns: 80, rows: 24, keys: ['4', '/', 'storage', 'Enter'] },
  { name: 'overview-80x24', columns: 80, rows: 24, keys: ['Down'] },
  { name: 'help', columns: 100, rows: 40, keys: ['?'] },
  { name: 'events', columns: 120, rows: 36, keys: ['8'] },
];

/** Enough for forms: nothing is run. */
const never = () => Promise.reject(new Error('nothing is run for a picture'));
const FOREGROUND: Foreground = {
  probeTools: () =>
    Promise.resolve({
      nsenter: null,
      unshare: null,
      dhcp: { client: 'udhcpc', words: ['udhcpc'], hook: '/usr/lib/node_modules/nsview/bin/dhcp-hook' },
      trials: { user: null, mapped: null, uts: null },
    }),
  findShell: () => '/bin/sh',
  run: never,
  unshare: never,
  shell: '/bin/sh',
};

async function take(shot: Shot, samples: Snapshot[]): Promise<void> {
  const feed = new ScriptedFeed(samples[0]!);
  const app = new HeadlessApp(samples[0]!, {
    columns: shot.columns,
    rows: shot.rows,
    feed,
    foreground: FOREGROUND,
    perform: () => Promise.reject(new Error('nothing is done for a picture')),
  });
  for (let at = 1; at < samples.length; at++) {
    const message: FeedMessage = { message: 'delta', delta: deltaBetween(samples[at - 1]!, samples[at]!) };
    feed.receive(message);
  }
  feed.receive({ message: 'mounts', delta: { changed: samples.at(-1)!.mountTables ?? [], gone: [] } });
  const { networkTables = [], socketTables = [], socketOwners = [] } = samples.at(-1)!;
  feed.receive({ message: 'networks', delta: { changed: networkTables, gone: [] } });
  feed.receive({ message: 'sockets', tables: socketTables, owners: socketOwners });
  feed.receive({ message: 'interiors', interiors: samples.at(-1)!.interiors ?? [] });
  await app.nextFrame();
  for (const key of shot.keys) {
    await app.press(key);
    if (key === 'Enter') await app.nextFrame();
  }
  if (shot.keys.includes('='))
    feed.receive({ message: 'comparison', facts: recordedComparison(samples.at(-1)!) });
  await app.nextFrame();
  writeFileSync(join(REPOSITORY, 'screenshots', `${shot.name}.txt`), await app.screen());
  writeFileSync(join(REPOSITORY, 'screenshots', `${shot.name}.png`), renderPng(app.screenTerminal));
  app.close();
}

const source =
  process.argv[2] ?? join(REPOSITORY, 'test', 'fixtures', 'recordings', 'node-with-containers.json.gz');
mkdirSync(join(REPOSITORY, 'screenshots'), { recursive: true });
const recording = await readRecording(source);
const samples = Array.from({ length: recording.length }, (_, at) => recording.sample(at));
for (const shot of SHOTS) await take(shot, samples);
process.stdout.write(`${SHOTS.length} pictures of ${samples.length} samples in screenshots/\n`);

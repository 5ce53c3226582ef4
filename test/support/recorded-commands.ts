/** Commands of the CLI on a recording, within this process: what they print, or the error that they end with. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { CliContext } from '../../src/cli/cli-context.js';
import { runCli } from '../../src/cli/run-cli.js';
import type { Snapshot } from '../../src/model/snapshot.js';
import { uncheckedMountPath } from '../../src/model/mount-path.js';
import { REPOSITORY } from './golden.js';

/** A machine with containers, names of network namespaces and all that is recorded. */
export function recorded(): Snapshot {
  const file = join(REPOSITORY, 'test/fixtures/recordings/node-with-containers.json.gz');
  return JSON.parse(gunzipSync(readFileSync(file)).toString().split('\n')[1]!) as Snapshot;
}

function contextOn(snapshot: Snapshot, say: (text: string) => void): CliContext {
  const refuse = (): never => {
    throw new Error('only recordings are read here');
  };
  const source = { length: 1, sample: () => snapshot };
  const outside: Partial<CliContext> = {
    openRecording: () => Promise.resolve(source),
    readMountPath: (_root, path) => uncheckedMountPath(path, 'a recording'),
    workingDirectory: () => '/',
    write: say,
    warn: say,
    terminalColumns: null,
    unicode: true,
    environment: {},
    takeSnapshot: refuse,
  };
  return outside as CliContext;
}

const REPLAY = ['--replay', 'r.json'];

/** Every command that reads a recording, with the words that make it print most. */
export function commandLines(snapshot: Snapshot): string[][] {
  const pid = String(snapshot.processes.at(-1)!.pid);
  const net = snapshot
    .networkTables!.map(({ key }) => key)
    .find((key) => key !== snapshot.header.observer.namespaces.net)!;
  const mnt = snapshot.mountTables![1]!.key;
  const lines = [
    ['ls', '--output-all'],
    ['ls', '-Towner', '--output-all', '-r'],
    ['ls', '-J', '--output-all'],
    ['show', pid],
    ['show', net],
    ['show', mnt, '-J'],
    ['why', net],
    ['why', pid, '-J'],
    ['ps', '-a'],
    ['ps', '-a', '-J'],
    ['mounts', '--all', '--output-all'],
    ['mounts', mnt, '--findmnt'],
    ['mounts', '--all', '-J', '--output-all'],
    ['mounts', 'peers', '/', '-N', mnt],
    ['mounts', 'why', '/proc', '-N', mnt],
    ['mounts', 'missing', '/', mnt],
    ['mounts', '--mtab'],
    ['net', 'names'],
    ['net', 'routes', net],
    ['net', 'trace', net, '192.0.2.1'],
    ['net', 'neighbours', net],
    ['net', net],
    ['net', '--dot'],
    ['net', 'if-deleted', net],
    ['net', '-J'],
    ['links', '--output-all'],
    ['links', '-J', '--output-all'],
    ['sockets', '--output-all'],
    ['sockets', '-J'],
    ['id', '33'],
    ['can', pid, net],
    ['can', pid, net, '-J'],
    ['inside'],
    ['inside', '-J'],
    ['limits'],
    ['compare', pid],
    ['compare', pid, '-J'],
  ].map((words) => [...words, ...REPLAY]);
  return [...lines, ['diff', 'a', 'b'], ['diff', 'a', 'b', '-J']];
}

/** What a person gets to see of a command: its output, or the sentence that it fails with. */
export async function output(
  snapshot: Snapshot,
  words: readonly string[],
): Promise<{ text: string; failed: Error | null }> {
  let text = '';
  try {
    await runCli(
      contextOn(snapshot, (part) => (text += part)),
      words,
    );
    return { text, failed: null };
  } catch (error) {
    return { text, failed: error as Error };
  }
}

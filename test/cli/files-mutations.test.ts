/**
 * Recordings that are damaged or made to do harm: each is refused with a sentence that names file, line and field,
 * or every command works on it. NSVIEW_MUTATIONS: how many are tried; NSVIEW_SEED: other ones.
 */
import test from 'ava';
import fc from 'fast-check';
import { RecordingError } from '../../src/recording/recording-error.js';
import { decodeRecording } from '../../src/recording/recording-reader.js';
import type { Snapshot } from '../../src/model/snapshot.js';
import { VALUES, placesOf, withValue } from '../support/mutations.js';
import { commandLines, output, recorded } from '../support/recorded-commands.js';

const HEAD = '{"recording":"nsview recording","formatVersion":1}';
/** Programs that are wrong throw these; people get sentences. */
const CRASHES = ['TypeError', 'RangeError', 'SyntaxError', 'ReferenceError'];

const original = recorded();
const lines = commandLines(original);
/** One change of everything, so that deltas are checked as well. */
const delta = {
  header: original.header,
  namespaces: original.namespaces,
  namespaceSets: { from: 0, sets: original.namespaceSets },
  processes: { changed: original.processes, gone: [] },
  mountTables: { changed: original.mountTables, gone: ['mnt:[1]'] },
  networkTables: { changed: original.networkTables, gone: ['net:[1]'] },
};

function decoded(snapshot: unknown, change: unknown): Snapshot | null {
  try {
    const recording = decodeRecording('r.json', [HEAD, JSON.stringify(snapshot), JSON.stringify(change)]);
    return recording.sample(recording.length - 1);
  } catch (error) {
    if (!(error instanceof RecordingError)) throw error;
    if (
      !/^r\.json line [23]( is broken|, \S.*: .+ is wanted, not .+|, \S.*: .* is no name .+|.*: an object is wanted.*)$/.test(
        error.message,
      )
    )
      throw new Error(`no sentence: ${error.message}`, { cause: error });
    return null;
  }
}

test('the recording that the mutations start from is whole', (t) => {
  t.truthy(decoded(original, {}));
});

test('a mutated recording is refused with a sentence, or all commands work on it', async (t) => {
  const places = placesOf(original);
  const deltaPlaces = placesOf(delta);
  let refused = 0;
  const crashed = async (snapshot: Snapshot): Promise<string | null> => {
    for (const words of lines) {
      const { failed } = await output(snapshot, words);
      if (failed && CRASHES.includes(failed.name)) return `${words.join(' ')}: ${failed.stack}`;
    }
    return null;
  };
  const check = async (inDelta: boolean, at: number, which: number): Promise<void> => {
    const list = inDelta ? deltaPlaces : places;
    const place = list[at % list.length]!;
    const value = VALUES[which];
    const changed = withValue(inDelta ? delta : original, place, value);
    const snapshot = decoded(inDelta ? original : changed, inDelta ? changed : {});
    if (!snapshot) refused++;
    const crash = snapshot && (await crashed(snapshot));
    if (crash !== null) throw new Error(`${place.join('.')} = ${String(value).slice(0, 60)}: ${crash}`);
  };
  const runs = Number(process.env['NSVIEW_MUTATIONS'] ?? 150);
  const seed = Number(process.env['NSVIEW_SEED'] ?? 18);
  await fc.assert(fc.asyncProperty(fc.boolean(), fc.nat(1e6), fc.nat(VALUES.length - 1), check), {
    numRuns: runs,
    seed,
    endOnFailure: true,
  });
  t.true(refused > runs / 4, `${refused} refused`);
  t.is(({} as Record<string, unknown>)['polluted'], undefined);
});

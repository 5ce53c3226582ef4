/**
 * Every text of a recording is poisoned at once: what the screen writes in any view and tab, on any row, holds none
 * of it. NSVIEW_EVERY_FIELD=1 takes one field after the other besides.
 */
import test from 'ava';
import fc from 'fast-check';
import type { Snapshot } from '../../src/model/snapshot.js';
import { ShapeError } from '../../src/recording/check.js';
import { checkSnapshot } from '../../src/recording/snapshot-shape.js';
import { VALUES, placesOf, withValue } from '../support/mutations.js';
import { poisoned, stringFields } from '../support/poison.js';
import { recorded } from '../support/recorded-commands.js';
import { walkAllViews } from '../support/walk-views.js';

const CLEAN = recorded();

/** What names one thing to another: poisoned, all rows would be empty. */
const IDENTITY =
  /^(header\.(observer|initialNamespaces)|namespaceSets)|\.?(key|kind|interior|readBy|pinKind|parent|owner)$|netnsids/;

/** Of the poison; the screen's own sequences hold none of it. */
const LEAK = /\x1b\]0;OWNED|\x07|\u009b|\u202e|\u2066|\u{e0041}/u;

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

test('a mutated recording that is not refused is shown', async (t) => {
  const places = placesOf(CLEAN);
  let shown = 0;
  const show = async (at: number, which: number): Promise<void> => {
    const place = places[at % places.length]!;
    const mutated = withValue(CLEAN, place, VALUES[which]) as Snapshot;
    try {
      checkSnapshot(mutated);
    } catch (error) {
      if (error instanceof ShapeError) return;
      throw error;
    }
    shown++;
    await walkAllViews(mutated, 2);
  };
  await fc.assert(fc.asyncProperty(fc.nat(1e6), fc.nat(VALUES.length - 1), show), {
    numRuns: Number(process.env['NSVIEW_MUTATIONS'] ?? 40),
    seed: Number(process.env['NSVIEW_SEED'] ?? 18),
    endOnFailure: true,
  });
  t.true(shown > 0);
});

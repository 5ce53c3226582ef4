/**
 * A recording is made by somebody else: an escape sequence in any of its fields must not reach the terminal, nor
 * may a line feed make a line of its own. Every command on a recording in which one field after the other is poisoned.
 */
import test from 'ava';
import { RAW, poisoned, stringFields } from '../support/poison.js';
import { commandLines, output, recorded } from '../support/recorded-commands.js';

/** NSVIEW_EVERY_FIELD=1: each alone; else some, and all that name nothing at once. */
const EVERY_FIELD = process.env['NSVIEW_EVERY_FIELD'] === '1';
const SOME = 5;
const IDENTITY =
  /^(header\.(observer|initialNamespaces)|namespaceSets)|\.?(key|kind|interior|readBy|pinKind|parent|owner|family)$|netnsids/;

test('an escape sequence in any field of a recording reaches no terminal', async (t) => {
  const clean = recorded();
  const lines = commandLines(clean);
  for (const words of lines) {
    const { failed } = await output(clean, words);
    if (failed) t.log(`${words.join(' ')}: ${failed.message}`);
  }
  const fields = [...stringFields(clean)];
  t.true(fields.length > 100, `${fields.length} fields`);
  const leaks: string[] = [];
  const lookForLeaks = async (name: string, isPoisoned: (path: string) => boolean): Promise<void> => {
    const snapshot = poisoned(clean, isPoisoned);
    for (const words of lines) {
      const { text, failed } = await output(snapshot, words);
      if (RAW.test(text)) leaks.push(`${name}: ${words.join(' ')}: raw`);
      if (/^FORGED/m.test(text)) leaks.push(`${name}: ${words.join(' ')}: a line of its own`);
      if (failed && ['TypeError', 'RangeError'].includes(failed.name))
        leaks.push(`${name}: ${words.join(' ')}: ${failed.stack}`);
    }
  };
  await lookForLeaks('all', (path) => !IDENTITY.test(path));
  for (const [at, field] of fields.entries()) {
    if (EVERY_FIELD || at % SOME === 0) await lookForLeaks(field, (path) => path === field);
  }
  t.deepEqual(leaks, []);
});

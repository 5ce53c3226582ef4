/** A snapshot in which one string, or many, would act on a terminal if it were shown as it is. */
import type { Snapshot } from '../../src/model/snapshot.js';

/** Title of the window, colour by C1, bell, right-to-left override, a line of its own, delete, a tag, a lone surrogate. */
export const POISON = '\x1b]0;OWNED\x07\x9b31m\u202eEVIL\u2066\nFORGED\r\x7f\u{e0041}\ud800';

/** What none of our own output holds: all that `clean()` takes away, but the line feed. */
export const RAW =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u2028\u2029\u{e0000}-\u{e0fff}]/u;

export type FieldPath = string;

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** `networkTables[].links[].name`: one path for the same field of all elements. */
export function stringFields(value: unknown, path = '', into = new Set<FieldPath>()): Set<FieldPath> {
  if (typeof value === 'string') into.add(path);
  else if (Array.isArray(value)) for (const element of value) stringFields(element, `${path}[]`, into);
  else if (isObject(value)) {
    for (const [name, inner] of Object.entries(value))
      stringFields(inner, path === '' ? name : `${path}.${name}`, into);
  }
  return into;
}

/** A copy in which the poison follows the text of every field that `isPoisoned` names. */
export function poisoned(snapshot: Snapshot, isPoisoned: (path: FieldPath) => boolean): Snapshot {
  const copy = (value: unknown, path: FieldPath): unknown => {
    if (typeof value === 'string') return isPoisoned(path) ? `${value}${POISON}` : value;
    if (Array.isArray(value)) return value.map((element) => copy(element, `${path}[]`));
    if (!isObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [
        name,
        copy(inner, path === '' ? name : `${path}.${name}`),
      ]),
    );
  };
  return copy(snapshot, '') as Snapshot;
}

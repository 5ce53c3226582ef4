/** A recording with something else in one of its fields, as damage or malice would have it. */

type Path = readonly (string | number)[];

function isObject(value: unknown): value is Record<string | number, unknown> {
  return typeof value === 'object' && value !== null;
}

/** All places of a document; of long lists the first and the last elements only. */
export function placesOf(value: unknown, path: Path = []): Path[] {
  if (!isObject(value)) return [path];
  const names = Array.isArray(value)
    ? [...value.keys()].filter((at) => at < 2 || at === value.length - 1)
    : Object.keys(value);
  return [path, ...names.flatMap((name) => placesOf(value[name], [...path, name]))];
}

const HUGE = 1e308;

/** Names that mean something to every object of JavaScript; JSON.parse makes fields of its own of them. */
const TRAPS = JSON.parse('{"__proto__":{"polluted":true},"constructor":1,"toString":null}') as object;

/** What a place may hold afterwards; `absent`: nothing at all. */
export const ABSENT = Symbol('absent');
export const VALUES: readonly unknown[] = [
  ABSENT,
  null,
  true,
  0,
  -1,
  1.5,
  HUGE,
  2 ** 53,
  '',
  'x',
  '__proto__',
  'constructor',
  'net:[1]',
  'user:[99999999999]',
  '\u0000',
  '999.999.999.999/99',
  'x'.repeat(5000),
  [],
  [null],
  [[]],
  {},
  TRAPS,
];

/** A copy with `value` at the place. */
export function withValue(document: unknown, path: Path, value: unknown): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  const copy = (
    Array.isArray(document) ? [...(document as unknown[])] : { ...(document as object) }
  ) as Record<string | number, unknown>;
  const inner = withValue(copy[name], rest, value);
  if (inner !== ABSENT) copy[name] = inner;
  else if (Array.isArray(copy)) copy.splice(Number(name), 1);
  else Reflect.deleteProperty(copy, name);
  return copy;
}

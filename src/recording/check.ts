/**
 * Checks for values that somebody else wrote as JSON: a check answers with what is wrong and where
 * (`.links[3].mtu: a whole number is wanted`), or null. A shape names each field of its type, so that a field that a
 * fact gets later cannot be forgotten here: the compiler asks for it.
 */
export interface Check<T> {
  problem: (value: unknown) => string | null;
  /** What stands for the field in recordings from before it was there. */
  readonly before?: T;
  /** Never there: it ties the check to its type. */
  readonly checks?: T;
}

/** Of a field that may be absent. */
export interface Maybe<T> extends Check<T> {
  readonly isOptional: true;
}

type Fields<T> = {
  [K in keyof T]-?: undefined extends T[K] ? Maybe<Exclude<T[K], undefined>> : Check<T[K]>;
};

/** What is wrong with a line; the message names the field. */
export class ShapeError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ShapeError';
  }
}

const MAX_SHOWN = 40;

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = Array.isArray(value)
    ? 'a list'
    : value !== null && typeof value === 'object'
      ? 'an object'
      : JSON.stringify(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN - 1)}…` : text;
}

function wanted(what: string, value: unknown): string {
  return `: ${what} is wanted, not ${shown(value)}`;
}

function simple<T>(what: string, fits: (value: unknown) => boolean): Check<T> {
  return { problem: (value) => (fits(value) ? null : wanted(what, value)) };
}

export const text: Check<string> = simple('a text', (value) => typeof value === 'string');
export const flag: Check<boolean> = simple('true or false', (value) => typeof value === 'boolean');
export const yes: Check<true> = simple('true', (value) => value === true);

/** First and last, from and to. */
export const pair: Check<[number, number]> = simple(
  'two whole numbers',
  (value) => Array.isArray(value) && value.length === 2 && value.every((each) => Number.isSafeInteger(each)),
);

/** Any number, counters of 64 bits too. */
export const amount: Check<number> = simple('a number', (value) => Number.isFinite(value));

export function whole(least = 0, most = Number.MAX_SAFE_INTEGER): Check<number> {
  return simple(
    'a whole number',
    (value) => Number.isInteger(value) && (value as number) >= least && (value as number) <= most,
  );
}

export function matching<T extends string>(what: string, pattern: RegExp): Check<T> {
  return simple(what, (value) => typeof value === 'string' && pattern.test(value));
}

export function oneOf<T extends string>(table: Record<T, true>): Check<T> {
  return simple(
    `one of ${Object.keys(table).join(', ')}`,
    (value) => typeof value === 'string' && Object.hasOwn(table, value),
  );
}

export function orNull<T>({ problem }: Check<T>): Check<T | null> {
  return { problem: (value) => (value === null ? null : problem(value)) };
}

export function optional<T>({ problem }: Check<T>): Maybe<T> {
  return { isOptional: true, problem: (value) => (value === undefined ? null : problem(value)) };
}

/** A field that earlier versions did not write: it is then what they meant. */
export function since<T>({ problem }: Check<T>, before: T): Check<T> {
  return { problem, before };
}

export function either<A, B>(a: Check<A>, b: Check<B>): Check<A | B> {
  return { problem: (value) => (a.problem(value) === null ? null : b.problem(value)) };
}

export function listOf<T>({ problem }: Check<T>): Check<T[]> {
  return {
    problem: (value) => {
      if (!Array.isArray(value)) return wanted('a list', value);
      for (let at = 0; at < value.length; at++) {
        const found = problem(value[at]);
        if (found !== null) return `[${at}]${found}`;
      }
      return null;
    },
  };
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An object whose names are data: `__proto__` and the like fit no pattern. */
export function mapOf<T>(names: RegExp, { problem }: Check<T>): Check<Record<string, T>> {
  return {
    problem: (value) => {
      if (!isPlain(value)) return wanted('an object', value);
      for (const name of Object.keys(value)) {
        if (!names.test(name)) return `: ${shown(name)} is no name for a field of it`;
        const found = problem(value[name]);
        if (found !== null) return `.${name}${found}`;
      }
      return null;
    },
  };
}

/** Fields that it does not name are left alone: a later version may have added them. */
export function shape<T extends object>(fields: Fields<T>): Check<T> {
  const checks = Object.entries<Check<unknown>>(fields);
  return {
    problem: (value) => {
      if (!isPlain(value)) return wanted('an object', value);
      for (const [name, { problem, before }] of checks) {
        if (before !== undefined && !Object.hasOwn(value, name)) value[name] = before;
        const found = problem(Object.hasOwn(value, name) ? value[name] : undefined);
        if (found !== null) return `.${name}${found}`;
      }
      return null;
    },
  };
}

/** The part of a union whose tag may be this. */
type Member<T, K extends keyof T, V> = T extends unknown ? (V extends T[K] ? T : never) : never;

/** One of several shapes, told by a field. */
export function tagged<T extends object, K extends keyof T & string>(
  tag: K,
  shapes: { [V in T[K] & string]: Check<Member<T, K, V>> },
): Check<T> {
  const table = shapes as Record<string, Check<unknown>>;
  return {
    problem: (value) => {
      if (!isPlain(value)) return wanted('an object', value);
      const name = value[tag];
      if (typeof name !== 'string' || !Object.hasOwn(table, name))
        return `.${tag}${wanted(`one of ${Object.keys(table).join(', ')}`, name)}`;
      return table[name]!.problem(value);
    },
  };
}

/** The value, as what it was found to be; throws a ShapeError. */
export function checkedAs<T>(value: unknown, { problem }: Check<T>): T {
  const found = problem(value);
  if (found !== null) throw new ShapeError(found.replace(/^\./, ''));
  return value as T;
}

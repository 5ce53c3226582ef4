import { UsageError } from './usage-error.js';

/** One option: parser, --help, man page and completions are made of these records. */
export interface OptionRecord {
  long: string;
  short?: string;
  /** Name of its argument; absent: a switch. */
  argument?: string;
  /** The argument may be left out (`-T`, `--tree=owner`): this stands for it then. */
  implied?: string;
  choices?: readonly string[];
  /** A choice may be given by its place too, from 1, as a key of the screen gives it. */
  byNumber?: true;
  help: string;
}

export interface ParsedArguments {
  /** By long name; switches are `true`. */
  options: ReadonlyMap<string, string | true>;
  operands: string[];
}

interface Cursor {
  words: readonly string[];
  at: number;
}

/** Parses as getopt_long(3) does: `-nr`, `-tnet`, `-t net`, `--type=net`, `--type net`, `--`. */
export function parseArguments(table: readonly OptionRecord[], words: readonly string[]): ParsedArguments {
  const options = new Map<string, string | true>();
  const operands: string[] = [];
  const cursor: Cursor = { words, at: 0 };
  for (; cursor.at < words.length; cursor.at++) {
    const word = words[cursor.at]!;
    if (word === '--') {
      operands.push(...words.slice(cursor.at + 1));
      break;
    }
    if (word.startsWith('--')) parseLong(table, word, cursor, options);
    else if (word.startsWith('-') && word !== '-') parseShort(table, word, cursor, options);
    else operands.push(word);
  }
  return { options, operands };
}

function parseLong(
  table: readonly OptionRecord[],
  word: string,
  cursor: Cursor,
  into: Map<string, string | true>,
): void {
  const equals = word.indexOf('=');
  const name = equals < 0 ? word.slice(2) : word.slice(2, equals);
  const record = table.find(({ long }) => long === name);
  if (!record) throw new UsageError(`unknown option --${name}${suggestion(table, name)}`);
  if (record.argument === undefined && equals >= 0)
    throw new UsageError(`option --${name} takes no argument`);
  const value = equals < 0 ? argumentOf(record, cursor, `--${name}`) : word.slice(equals + 1);
  into.set(record.long, checked(record, value, `--${name}`));
}

function parseShort(
  table: readonly OptionRecord[],
  word: string,
  cursor: Cursor,
  into: Map<string, string | true>,
): void {
  for (let at = 1; at < word.length; at++) {
    const letter = word[at]!;
    const record = table.find(({ short }) => short === letter);
    if (!record) throw new UsageError(`unknown option -${letter}`);
    if (record.argument === undefined) {
      into.set(record.long, true);
      continue;
    }
    const rest = word.slice(at + 1).replace(/^=/, '');
    into.set(
      record.long,
      checked(record, rest === '' ? argumentOf(record, cursor, `-${letter}`) : rest, `-${letter}`),
    );
    return;
  }
}

/** The next word, unless the argument may be left out: then only `=VALUE` gives one. */
function argumentOf(record: OptionRecord, cursor: Cursor, shown: string): string | true {
  if (record.argument === undefined) return true;
  if (record.implied !== undefined) return record.implied;
  const next = cursor.words[cursor.at + 1];
  if (next === undefined) throw new UsageError(`option ${shown} needs ${article(record.argument)}`);
  cursor.at++;
  return next;
}

function checked(record: OptionRecord, value: string | true, shown: string): string | true {
  if (record.choices && typeof value === 'string' && !record.choices.includes(value)) {
    const numbered = record.byNumber && /^\d+$/.test(value) ? record.choices[Number(value) - 1] : undefined;
    if (numbered !== undefined) return numbered;
    throw new UsageError(`option ${shown} takes one of ${record.choices.join(', ')}, not "${value}"`);
  }
  return value;
}

function article(argument: string): string {
  return `an argument ${argument}`;
}

function suggestion(table: readonly OptionRecord[], name: string): string {
  const near = table.find(({ long }) => name !== '' && (long.startsWith(name) || name.startsWith(long)));
  return near ? `, did you mean --${near.long}?` : '';
}

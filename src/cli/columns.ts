import type { OptionRecord, ParsedArguments } from './option-parser.js';
import { UsageError } from './usage-error.js';

/** The options that choose columns of a table. */
export function columnOptions(table: readonly { name: string }[]): readonly OptionRecord[] {
  return [
    {
      long: 'output',
      short: 'o',
      argument: 'COLUMNS',
      help: `columns: ${table.map(({ name }) => name).join(' ')}; + adds to the usual ones`,
    },
    { long: 'output-all', help: 'every column' },
  ];
}

/** `-o A,B` names them, `-o +A` adds to the usual ones, --output-all is all of them. */
export function chosenColumns<T extends { name: string }>(
  table: readonly T[],
  usual: readonly string[],
  args: ParsedArguments,
): T[] {
  if (args.options.has('output-all')) return [...table];
  const output = args.options.get('output');
  const list = typeof output === 'string' ? output : '';
  const base = list === '' || list.startsWith('+') ? usual : [];
  return [...base, ...list.replace(/^\+/, '').split(',').filter(Boolean)].map((name) => {
    const column = table.find((known) => known.name === name.toUpperCase());
    if (column) return column;
    throw new UsageError(`unknown column "${name}": one of ${table.map((known) => known.name).join(' ')}`);
  });
}

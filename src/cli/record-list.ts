/** Prints records of one kind as a table or, with --json, as a list under their name. */
import type { RecordColumn } from '../view/record-columns.js';
import { recordCell, recordJson } from '../view/record-columns.js';
import { renderTable } from '../view/text-table.js';
import type { CliContext } from './cli-context.js';
import type { ParsedArguments } from './option-parser.js';
import { printJson } from './print.js';

export function printRecords<C, T>(
  cli: CliContext,
  args: ParsedArguments,
  name: string,
  context: C,
  records: readonly T[],
  columns: readonly RecordColumn<C, T>[],
): void {
  if (args.options.has('json')) {
    const list = records.map((record) => recordJson(context, record, columns));
    printJson(cli, { [name]: list });
    return;
  }
  const rows = records.map((record) => columns.map((column) => recordCell(context, record, column)));
  const heads = columns.map(({ name: heading, align }) => ({ heading, align }));
  const lines = renderTable(heads, rows, {
    headings: !args.options.has('noheadings'),
    raw: args.options.has('raw'),
    width: cli.terminalColumns,
  });
  cli.write(lines.map((line) => `${line}\n`).join(''));
}

/** Input that does not have the documented shape. `line` counts from 1; 0 where there are no lines. */
export class FormatError extends Error {
  readonly code = 'FORMAT';
  readonly source: string;
  readonly line: number;
  readonly text: string;
  constructor(source: string, line: number, text: string, reason: string) {
    super(`${source}${line > 0 ? ` line ${line}` : ''}: ${reason}: ${JSON.stringify(text.slice(0, 80))}`);
    this.name = 'FormatError';
    this.source = source;
    this.line = line;
    this.text = text;
  }
}

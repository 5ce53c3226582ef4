/** What every command prints through: nothing that others chose reaches the terminal as a control character. */
import { cleanLines, jsonText } from '../view/clean.js';
import type { CliContext } from './cli-context.js';

/** A document as JSON, a line feed after it. */
export function printJson(cli: CliContext, document: unknown): void {
  cli.write(`${jsonText(document)}\n`);
}

/** The context with the gate in its two ways out; line feeds are those of our own lines. */
export function withCleanOutput(context: CliContext): CliContext {
  return {
    ...context,
    write: (text) => context.write(cleanLines(text)),
    warn: (text) => context.warn(cleanLines(text)),
  };
}

/** What `enter` and `unshare` share: a program that gets the terminal, shown or run. */
import { clean } from '../view/clean.js';
import type { CliContext } from './cli-context.js';
import type { ParsedArguments } from './option-parser.js';
import { printJson } from './print.js';

/** With --json or --dry-run the plan is printed and nothing is run: true. */
export function showProgram(
  cli: CliContext,
  { options }: ParsedArguments,
  plan: { command: string },
): boolean {
  if (options.has('json')) printJson(cli, plan);
  else if (options.has('dry-run')) cli.write(`${clean(plan.command)}\n`);
  else return false;
  return true;
}

/** The exit status of the program, ours where it ran. */
export function statusOf({ status, failure }: { status: number; failure: string | null }): number {
  if (failure !== null) throw new Error(failure);
  return status;
}

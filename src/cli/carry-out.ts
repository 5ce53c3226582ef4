/** A plan on the command line: shown, and carried out only with --yes. */
import type { Plan } from '../actions/plan.js';
import { clean } from '../view/clean.js';
import type { Line } from '../view/line.js';
import { lineText, span } from '../view/line.js';
import type { CliContext } from './cli-context.js';
import type { OptionRecord, ParsedArguments } from './option-parser.js';

export const PLAN_OPTIONS: readonly OptionRecord[] = [
  { long: 'yes', help: 'what changes something: do it; without it the plan is shown' },
  { long: 'dry-run', help: 'show the plan and the same as shell commands, do nothing' },
];

/** Lines, or with --json the data. */
export function printAnswer(
  cli: CliContext,
  args: ParsedArguments,
  json: unknown,
  lines: () => Line[],
): void {
  if (args.options.has('json')) cli.write(`${JSON.stringify(json, null, 3)}\n`);
  else for (const line of lines()) cli.write(`${lineText(line).trimEnd()}\n`);
}

export async function carryOut(
  cli: CliContext,
  args: ParsedArguments,
  plan: Plan,
  lines: (plan: Plan & { ok: true }) => Line[],
): Promise<void> {
  if (!plan.ok) throw new Error(plan.reason);
  if (!args.options.has('yes')) {
    printAnswer(cli, args, plan, () => [[span(clean(plan.title), 'strong')], ...lines(plan)]);
    if (!args.options.has('dry-run')) cli.warn('nsview: nothing was done: --yes does it\n');
    return;
  }
  const outcome = await cli.perform(plan.operations, plan.rollback);
  if (outcome.failure !== null) throw new Error(outcome.failure);
  printAnswer(cli, args, { ...plan, outcome }, () => [[span(`done: ${clean(plan.title)}`)]]);
}

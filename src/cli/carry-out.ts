/** A plan on the command line: shown, and carried out only with --yes. */
import type { StartedGuard } from '../actions/guard.js';
import { backwardSteps } from '../actions/guard.js';
import { ROLLBACK_SECONDS, couldCut, findThreat } from '../actions/lock-out.js';
import type { Plan, ReadyPlan } from '../actions/plan.js';
import type { Model } from '../model/model.js';
import { clean } from '../view/clean.js';
import type { Line } from '../view/line.js';
import { lineText, span } from '../view/line.js';
import type { CliContext } from './cli-context.js';
import type { OptionRecord, ParsedArguments } from './option-parser.js';
import { printJson } from './print.js';
import { UsageError } from './usage-error.js';

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
  if (args.options.has('json')) printJson(cli, json);
  else for (const line of lines()) cli.write(`${lineText(line).trimEnd()}\n`);
}

/** What cuts the session that it is typed in is done only when it is named, and rolled back unless it is kept. */
export const GUARD_OPTIONS: readonly OptionRecord[] = [
  {
    long: 'cut',
    argument: 'NAME',
    help: 'do it although your own session hangs on it; rolled back by itself unless "nsview keep" says otherwise',
  },
  {
    long: 'rollback',
    argument: 'SECONDS',
    help: `with --cut: how long until it is rolled back, ${ROLLBACK_SECONDS} where nothing is said`,
  },
];

function rollbackSeconds(args: ParsedArguments): number {
  const text = args.options.get('rollback') ?? String(ROLLBACK_SECONDS);
  const seconds = Number(text);
  if (!Number.isFinite(seconds) || seconds < 1)
    throw new UsageError(`--rollback takes seconds, not "${String(text)}"`);
  return seconds;
}

/** The guard that rolls it back, where the plan needs one. Throws where the session would be cut unasked. */
async function guardFor(
  cli: CliContext,
  args: ParsedArguments,
  plan: ReadyPlan,
  model: Model | null,
): Promise<StartedGuard | null> {
  const threat = model && couldCut(plan) ? findThreat(model, plan, await cli.sessionFacts()) : null;
  if (!threat) return null;
  if (args.options.get('cut') !== threat.name)
    throw new Error(`${threat.reason}; if that is meant: --cut ${threat.name}`);
  const steps = backwardSteps(plan);
  return steps && cli.startGuard(steps, rollbackSeconds(args), plan.title);
}

/** `model`: where the plan could cut off the one who asks for it. */
export async function carryOut(
  cli: CliContext,
  args: ParsedArguments,
  plan: Plan,
  lines: (plan: ReadyPlan) => Line[],
  model: Model | null = null,
): Promise<void> {
  if (!plan.ok) throw new Error(plan.reason);
  if (!args.options.has('yes')) {
    printAnswer(cli, args, plan, () => [[span(clean(plan.title), 'strong')], ...lines(plan)]);
    if (!args.options.has('dry-run')) cli.warn('nsview: nothing was done: --yes does it\n');
    return;
  }
  const guard = await guardFor(cli, args, plan, model);
  const outcome = await cli.perform(plan.operations, plan.rollback, guard?.journal);
  if (outcome.failure !== null) {
    // Nothing was done, or it was rolled back: a second time would be wrong.
    if (outcome.rolledBack === false) guard?.abandon();
    else await guard?.keep();
    throw new Error(outcome.failure);
  }
  const deadline = guard?.made();
  printAnswer(cli, args, { ...plan, outcome }, () => [[span(`done: ${clean(plan.title)}`)]]);
  if (deadline !== undefined)
    cli.warn(`nsview: the change is rolled back at ${clockTime(deadline)}, unless you say: nsview keep\n`);
}

/** `HH:MM:SS` here. */
export function clockTime(milliseconds: number): string {
  return new Date(milliseconds).toTimeString().slice(0, 8);
}

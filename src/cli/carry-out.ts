/** A plan on the command line: shown, and carried out only with --yes. */
import { ROLLBACK_SECONDS, couldCut, findThreat } from '../actions/lock-out.js';
import type { Plan, ReadyPlan } from '../actions/plan.js';
import type { Model } from '../model/model.js';
import { clean } from '../view/clean.js';
import type { Line } from '../view/line.js';
import { lineText, span } from '../view/line.js';
import type { CliContext, StartedGuard } from './cli-context.js';
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

/** What cuts the session that it is typed in is done only when it is named, and taken back unless it is kept. */
export const GUARD_OPTIONS: readonly OptionRecord[] = [
  {
    long: 'cut',
    argument: 'NAME',
    help: 'do it although your own session hangs on it; taken back by itself unless "nsview keep" says otherwise',
  },
  {
    long: 'rollback',
    argument: 'SECONDS',
    help: `with --cut: how long until it is taken back, ${ROLLBACK_SECONDS} where nothing is said`,
  },
];

function rollbackSeconds(args: ParsedArguments): number {
  const text = args.options.get('rollback') ?? String(ROLLBACK_SECONDS);
  const seconds = Number(text);
  if (!Number.isFinite(seconds) || seconds < 1)
    throw new UsageError(`--rollback takes seconds, not "${String(text)}"`);
  return seconds;
}

/** The guard that takes it back, where the plan needs one. Throws where the session would be cut unasked. */
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
  if (!plan.undo?.possible) return null;
  return cli.startGuard(plan.undo.operations, rollbackSeconds(args), plan.title);
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
  const outcome = await cli.perform(plan.operations, plan.rollback);
  if (outcome.failure !== null) {
    // Nothing was done, or it was taken back: a second time would be wrong.
    if (guard) await cli.keepChange(guard.file);
    throw new Error(outcome.failure);
  }
  printAnswer(cli, args, { ...plan, outcome }, () => [[span(`done: ${clean(plan.title)}`)]]);
  if (guard)
    cli.warn(
      `nsview: it is taken back at ${new Date(guard.deadline).toTimeString().slice(0, 8)}, unless you say: nsview keep\n`,
    );
}

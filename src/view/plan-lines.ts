/** A plan before it runs: what it does, what follows, the commands, how it is undone. */
import type { MountContext } from './mount-columns.js';
import { simulate } from '../analysis/mount-simulator.js';
import { clean } from './clean.js';
import type { Line } from './line.js';
import { span } from './line.js';
import { simulationLines } from './mount-lines.js';
import type { ReadyPlan, Undo } from '../actions/plan.js';

/** `context`: null where the plan is about something else than mounts. */
export function planLines(context: MountContext | null, plan: ReadyPlan): Line[] {
  const lines: Line[] = plan.effects.map((effect) => [span('• ', 'warn'), span(clean(effect))]);
  if (plan.simulated && context) {
    lines.push(...simulationLines(context, simulate(context.mounts, plan.simulated), plan.simulated));
  }
  lines.push([], [span('the same in a shell', 'column')]);
  lines.push(...plan.commands.map((command): Line => [span('  $ ', 'dim'), span(clean(command), 'strong')]));
  if (plan.undo) lines.push([], undoLine(plan.undo));
  return lines;
}

function undoLine(undo: Undo): Line {
  if (!undo.possible) return [span('cannot be undone: ', 'warn'), span(clean(undo.reason), 'dim')];
  return [
    span('undone by: ', 'good'),
    span(clean(undo.commands.join('; ')), 'dim'),
    span(undo.note === null ? '' : `  ${clean(undo.note)}`, 'warn'),
  ];
}

/** A form for a program that gets the terminal: the command is seen while one chooses. */
import { clean } from '../view/clean.js';
import { span } from '../view/line.js';
import type { App } from './app.js';
import type { FormDialog, FormField, FormValues } from './dialog.js';

/** What is run, and what follows from it. */
interface ProgramPlan {
  ok: true;
  effects: readonly string[];
  command: string;
}

/** The value of a choice field; the first one where it holds none of them. */
export function chosen<T extends string>(values: FormValues, name: string, all: readonly T[]): T {
  return all.find((each) => each === values[name]) ?? all[0]!;
}

/** What it is about may be gone: then the sentence about it is the refusal. */
function attempt<P>(make: () => P | { ok: false; reason: string }): P | { ok: false; reason: string } {
  try {
    return make();
  } catch (error) {
    return { ok: false, reason: (error as Error).message };
  }
}

export function programForm<P extends ProgramPlan>(
  title: string,
  fields: () => readonly FormField[],
  values: Record<string, string>,
  planFor: (values: FormValues) => P | { ok: false; reason: string },
  run: (app: App, plan: P) => void,
): FormDialog {
  return {
    dialog: 'form',
    title,
    fields,
    values,
    cursor: 0,
    top: 0,
    preview: (typed) => {
      const plan = attempt(() => planFor(typed));
      if (!plan.ok) return { lines: [], refusal: plan.reason };
      const effects = plan.effects.map((effect) => [span('• ', 'warn'), span(clean(effect))]);
      return { lines: [...effects, [span('$ ', 'dim'), span(clean(plan.command), 'accent')]], refusal: null };
    },
    submit: (app, typed) => {
      const plan = attempt(() => planFor(typed));
      if (plan.ok) run(app, plan);
      else app.say(plan.reason, true);
    },
  };
}

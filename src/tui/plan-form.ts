/** A form whose answers make a plan: the plan is seen while one types, and confirmed like any other. */
import type { Plan } from '../actions/plan.js';
import { planLines } from '../view/plan-lines.js';
import type { FormDialog, FormField, FormValues } from './dialog.js';

export function planForm(
  title: string,
  fields: readonly FormField[] | ((values: FormValues) => readonly FormField[]),
  values: Record<string, string>,
  makePlan: (values: FormValues) => Plan,
): FormDialog {
  /** What is typed may name nothing that there is: then the sentence about it is the refusal. */
  const planFor = (typed: FormValues): Plan => {
    try {
      return makePlan(typed);
    } catch (error) {
      return { ok: false, reason: (error as Error).message };
    }
  };
  return {
    dialog: 'form',
    title,
    fields: typeof fields === 'function' ? fields : () => fields,
    values,
    cursor: 0,
    top: 0,
    preview: (typed) => {
      const plan = planFor(typed);
      return plan.ok ? { lines: planLines(null, plan), refusal: null } : { lines: [], refusal: plan.reason };
    },
    submit: (app, typed) => app.acts.confirm(planFor(typed)),
  };
}

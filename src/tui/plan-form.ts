/** A form whose answers make a plan: the plan is seen while one types, and confirmed like any other. */
import type { Plan } from '../actions/plan.js';
import { planLines } from '../view/plan-lines.js';
import { attempt } from './confirmation.js';
import type { FormDialog, FormField, FormValues } from './dialog.js';

export function planForm(
  title: string,
  fields: readonly FormField[] | ((values: FormValues) => readonly FormField[]),
  values: Record<string, string>,
  makePlan: (values: FormValues) => Plan,
): FormDialog {
  const planFor = (typed: FormValues): Plan => attempt(() => makePlan(typed));
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
    submit: (app, typed) => {
      const values = { ...typed };
      app.acts.confirm(() => makePlan(values));
    },
  };
}

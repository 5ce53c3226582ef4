/** A signal for a process: `K`. */
import { SIGNALS, planSignal } from '../actions/signal-plan.js';
import type { ProcessFact } from '../model/snapshot.js';
import type { FormDialog, MenuItem } from './dialog.js';
import type { LiveScene } from './live-scene.js';
import { planForm } from './plan-form.js';

export function signalForm(scene: LiveScene, process: ProcessFact): FormDialog {
  return planForm(
    `signal ${process.pid} ${process.details?.comm ?? ''}`,
    [{ name: 'signal', label: 'signal', kind: 'choice', choices: SIGNALS }],
    { signal: 'SIGTERM' },
    (values) =>
      planSignal(
        scene.model,
        scene.process(process),
        SIGNALS.find((name) => name === values['signal']) ?? 'SIGTERM',
      ),
  );
}

export function signalItem(scene: LiveScene, process: ProcessFact, forbidden: string | null): MenuItem {
  const plan = planSignal(scene.model, process, 'SIGTERM');
  const refusal = forbidden ?? (plan.ok ? null : plan.reason);
  return {
    label: 'signal …',
    note: refusal ?? 'by pidfd: never another process',
    isDisabled: refusal !== null,
    choose: (app) => app.acts.openForm(signalForm(scene, process)),
  };
}

/** Dialogs: what they hold. They are painted in paint-dialog.ts and paint-plan.ts, and driven by dialog-keys.ts. */
import type { Threat } from '../actions/lock-out.js';
import type { DonePlan } from '../actions/undo-plan.js';
import type { Plan, ReadyPlan, Undo } from '../actions/plan.js';
import type { Line } from '../view/line.js';
import type { App } from './app.js';

export interface HelpDialog {
  dialog: 'help' | 'setup';
  cursor: number;
  top: number;
  /** Help: what is looked for. */
  text: string;
}

export interface MenuItem {
  label: string;
  /** What it is about, or why it cannot be chosen. */
  note: string;
  isDisabled: boolean;
  choose: (app: App) => void;
}

export interface MenuDialog {
  dialog: 'menu';
  title: string;
  items: readonly MenuItem[];
  cursor: number;
}

/** A plan before it runs. Cancel is under the cursor. */
export interface ConfirmDialog {
  dialog: 'confirm';
  plan: ReadyPlan;
  /** Makes it again, as the machine is then; throws a sentence where what it is about is gone. */
  makePlan: () => Plan;
  lines: readonly Line[];
  /** Why another plan is shown than before; null: it is the first one. */
  note: string | null;
  /** "Do it" was chosen: the machine is looked at again. */
  isChecking: boolean;
  /** The machine could not be looked at again, and that was said. */
  isUnchecked: boolean;
  choice: 'cancel' | 'do';
  /** What it undoes; null: it is a plan of its own. */
  undoes: LoggedCommand | null;
  top: number;
  /** It would cut our own session: its name is to be typed. */
  threat: Threat | null;
  typed: string;
  /** Until it is rolled back. */
  seconds: number;
}

/** Something was done that is rolled back by itself, unless it is kept. */
export interface KeepDialog {
  dialog: 'keep';
  title: string;
  /** Milliseconds since the epoch. */
  deadline: number;
  now: () => number;
  keep: () => void;
}

/** Text to read. */
export interface TextDialog {
  dialog: 'text';
  title: string;
  lines: readonly Line[];
  top: number;
  /** What `y` copies. */
  copyText: string;
  /** `W` writes it to a file; null: not this one. */
  save: (() => void) | null;
}

export interface FormField {
  name: string;
  label: string;
  kind: 'toggle' | 'choice' | 'text';
  /** Of a choice. */
  choices?: readonly string[];
  note?: string;
  /** Why it cannot be changed; null or absent: it can. */
  disabled?: string | null;
}

/** Of a toggle `yes` or empty. */
export type FormValues = Readonly<Record<string, string>>;

/** Something to fill in, with what would come of it below. */
export interface FormDialog {
  dialog: 'form';
  title: string;
  /** What can be filled in may depend on the rest. */
  fields: (values: FormValues) => readonly FormField[];
  values: Record<string, string>;
  cursor: number;
  top: number;
  preview: (values: FormValues) => { lines: readonly Line[]; refusal: string | null };
  submit: (app: App, values: FormValues) => void;
}

export type Dialog = HelpDialog | MenuDialog | ConfirmDialog | KeepDialog | TextDialog | FormDialog;

/** What ran, for the command log and for undo. */
export interface LoggedCommand {
  /** Milliseconds since the epoch. */
  at: number;
  title: string;
  commands: readonly string[];
  /** The kernel's refusal; null: done. */
  failure: string | null;
  /** What was done, for its undo; absent: nothing that has one. */
  done?: DonePlan;
  /** Null: it failed, or was an undo itself. */
  undo: Undo | null;
  isUndone: boolean;
}

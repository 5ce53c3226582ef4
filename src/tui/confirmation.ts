/** A plan between "shown" and "run": it is made again on a fresh look, and what changed is shown instead of run. */
import type { Threat } from '../actions/lock-out.js';
import { couldCut, findThreat } from '../actions/lock-out.js';
import type { Plan, ReadyPlan } from '../actions/plan.js';
import type { FeedMessage } from '../model/sample-feed.js';
import type { SessionFacts } from '../model/session.js';
import type { Line } from '../view/line.js';
import { lineText } from '../view/line.js';
import type { App } from './app.js';
import type { ConfirmDialog, LoggedCommand } from './dialog.js';

/** A collector that hangs must not keep an unmount of the server that it hangs on from being done. */
const LOOK_AGAIN_MS = 3000;

export interface ConfirmationParts {
  lines: (plan: ReadyPlan) => readonly Line[];
  forbidden: () => string | null;
  run: (plan: ReadyPlan, undoes: LoggedCommand | null, threat: Threat | null) => void;
}

export class Confirmation {
  private readonly app: App;
  private readonly parts: ConfirmationParts;
  private requests = 0;
  /** "Do it" was chosen, and the machine is looked at again. */
  private checking: { dialog: ConfirmDialog; request: number; timer: NodeJS.Timeout } | null = null;
  /** A plan that could cut our own session waits for what the session hangs on. */
  private careful: ((facts: SessionFacts) => void) | null = null;

  constructor(app: App, parts: ConfirmationParts) {
    this.app = app;
    this.parts = parts;
  }

  /** Shows what the plan would do; nothing runs without an answer. */
  show(makePlan: () => Plan, undoes: LoggedCommand | null): void {
    const plan = attempt(makePlan);
    const refusal = this.parts.forbidden() ?? (plan.ok ? null : plan.reason);
    if (refusal !== null || !plan.ok) this.app.say(refusal ?? '', true);
    else this.withThreat(plan, (threat) => this.open(makePlan, plan, undoes, threat));
  }

  /** With the sockets and routes of this moment, where the plan could cut us off. */
  private withThreat(plan: ReadyPlan, next: (threat: Threat | null) => void): void {
    if (!couldCut(plan)) {
      next(null);
      return;
    }
    this.careful = (facts) => {
      const { model } = this.app.state;
      if (model) next(findThreat(model, plan, facts));
    };
    this.app.options.feed.askSession();
  }

  takeSession(facts: SessionFacts): void {
    const { careful } = this;
    this.careful = null;
    careful?.(facts);
  }

  private open(
    makePlan: () => Plan,
    plan: ReadyPlan,
    undoes: LoggedCommand | null,
    threat: Threat | null,
  ): void {
    this.app.state.dialog = {
      dialog: 'confirm',
      plan,
      makePlan,
      lines: this.parts.lines(plan),
      note: null,
      isChecking: false,
      isUnchecked: false,
      choice: 'cancel',
      top: 0,
      undoes,
      threat,
      typed: '',
      seconds: this.app.state.settings.rollbackSeconds,
    };
  }

  /** "Do it": what was shown is what must be true now. */
  accept(dialog: ConfirmDialog): void {
    if (dialog.isUnchecked) {
      this.decide(dialog);
      return;
    }
    const request = ++this.requests;
    const timer = setTimeout(() => this.tooSlow(dialog), LOOK_AGAIN_MS);
    timer.unref();
    this.checking = { dialog, request, timer };
    dialog.isChecking = true;
    this.app.options.feed.refresh(false, request);
  }

  private tooSlow(dialog: ConfirmDialog): void {
    this.unchecked(dialog, `the machine could not be looked at again within ${LOOK_AGAIN_MS / 1000} s`);
  }

  private unchecked(dialog: ConfirmDialog, why: string): void {
    this.checking = null;
    dialog.isChecking = false;
    dialog.isUnchecked = true;
    dialog.choice = 'cancel';
    dialog.note = `${why}: "Do it" runs the plan as it is shown`;
    this.app.paintSoon();
  }

  lookedAgain({ answered = 0, failing }: FeedMessage & { message: 'status' }): void {
    if (!this.checking || answered < this.checking.request) return;
    const { dialog, timer } = this.checking;
    clearTimeout(timer);
    this.checking = null;
    if (this.app.state.dialog !== dialog) return;
    if (failing)
      this.unchecked(dialog, `looking at the machine again failed (${failing.reason.split('\n')[0]!})`);
    else this.decide(dialog);
  }

  /** Runs the plan that is right now where it is the one that was shown, else shows it. */
  private decide(dialog: ConfirmDialog): void {
    const plan = attempt(dialog.makePlan);
    if (!plan.ok) {
      this.app.closeDialog();
      this.app.say(plan.reason, true);
      return;
    }
    this.withThreat(plan, (threat) => {
      if (this.app.state.dialog !== dialog) return;
      const lines = this.parts.lines(plan);
      if (substance(plan, lines, threat) === substance(dialog.plan, dialog.lines, dialog.threat)) {
        this.app.closeDialog();
        this.parts.run(plan, dialog.undoes, threat);
      } else {
        const note = 'the machine has changed meanwhile: this is what would be done now';
        const fresh = { plan, lines, threat, note, typed: '', top: 0 };
        Object.assign(dialog, fresh, { choice: 'cancel', isChecking: false, isUnchecked: false });
      }
      this.app.paintSoon();
    });
  }
}

/** What is typed or chosen may name nothing that there is: then the sentence about it is the refusal. */
export function attempt(makePlan: () => Plan): Plan {
  try {
    return makePlan();
  } catch (error) {
    return { ok: false, reason: (error as Error).message };
  }
}

/**
 * What differs from look to look: ways to open a namespace, the time of the look, and the kernel's own message, which
 * counts down how long an address lasts; its other attributes stand in the commands.
 */
const PASSING: ReadonlySet<string> = new Set(['paths', 'readAt', 'message']);

/** All that a plan does, without what differs from look to look: also seconds that are left, and who hid meanwhile. */
function substance(plan: ReadyPlan, lines: readonly Line[], threat: Threat | null): string {
  const { title, operations, rollback, undo } = plan;
  const text = JSON.stringify(
    { title, operations, rollback, undo, lines: lines.map(lineText), threat },
    (key, value: unknown) => (PASSING.has(key) ? null : value),
  );
  return text
    .replace(/((?:valid|preferred)_lft|expires) [0-9]+(?:sec)?/g, '$1')
    .replace(/could not be looked (into|at) \([0-9]+\)/g, 'could not be looked $1')
    .replace(/[0-9]+ (process(?:es)? could not be looked)/g, '$1');
}

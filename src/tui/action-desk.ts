/**
 * What changes something or gives the terminal to a program: menus, forms, plans before they run, what became of them,
 * undo, the log.
 */
import type { EnterPlan, EnterTarget } from '../actions/enter-plan.js';
import { namespaceTarget, processTarget, shellChoice, toolChoice } from '../actions/enter-plan.js';
import { planUtsName } from '../actions/inside-plans.js';
import type { StartedGuard } from '../actions/guard.js';
import { backwardSteps } from '../actions/guard.js';
import type { Threat } from '../actions/lock-out.js';
import { planBind } from '../actions/mount-plans.js';
import type { Outcome, Plan, ReadyPlan, UtsName } from '../actions/plan.js';
import { undoAfter } from '../actions/undo.js';
import type { ToolFacts } from '../actions/tools.js';
import { planUndo } from '../actions/undo-plan.js';
import type { UnsharePlan } from '../actions/unshare-plan.js';
import { parseMountRequest } from '../analysis/mount-request.js';
import { movabilityOf } from '../analysis/movability.js';
import type { Model } from '../model/model.js';
import { uncheckedMountPath } from '../model/mount-path.js';
import type { NamespaceKey } from '../model/snapshot.js';
import { clean } from '../view/clean.js';
import type { Line } from '../view/line.js';
import { span } from '../view/line.js';
import { planLines } from '../view/plan-lines.js';
import type { App, Foreground } from './app.js';
import type { AppState } from './app-state.js';
import { currentView, isTagged } from './app-state.js';
import { Confirmation } from './confirmation.js';
import type { FormDialog, LoggedCommand, MenuItem } from './dialog.js';
import { enterForm } from './enter-form.js';
import type { HeldSubject } from './held-subject.js';
import { holdSubject } from './held-subject.js';
import { insideMenu, ipcMenu } from './inside-menu.js';
import { LiveScene } from './live-scene.js';
import { logScript } from './log-script.js';
import { madeOrMoved } from './made-or-moved.js';
import { mountMenu } from './mount-menu.js';
import {
  brokenNameMenu,
  createAnywhereMenu,
  createMenu,
  linkMenu,
  moveForm,
  netnsMenu,
  upDownPlan,
} from './network-menu.js';
import type { PaneSubject } from './paint-detail.js';
import { detailSubject, subjectTitle } from './paint-detail.js';
import { signalForm, signalItem } from './signal-form.js';
import { unshareForm } from './unshare-form.js';
import { clockTime } from './view-table.js';

/** A shell that ends with an error so soon has said why: that must be read. */
const SHORT_RUN_MS = 1000;

export class ActionDesk {
  private readonly app: App;

  readonly confirmation: Confirmation;

  constructor(app: App) {
    this.app = app;
    this.confirmation = new Confirmation(app, {
      lines: (plan) => planLines(this.scene(), plan),
      forbidden: () => this.forbidden(),
      run: (plan, undoes, threat) => this.runPlan(plan, undoes, threat),
    });
  }

  private get state(): AppState {
    return this.app.state;
  }

  /** Why nothing can be changed from here. */
  private forbidden(): string | null {
    if (this.state.replay) return 'this is a recording: nothing can be done in it';
    if (this.state.readonly) return 'started with --readonly: nothing can be changed';
    return this.app.options.perform ? null : 'nothing can be changed here';
  }

  /** Of this moment and, in what stays open, of each later one. */
  private scene(): LiveScene {
    return new LiveScene(this.state);
  }

  /** `a`: all that can be done to the thing under the cursor; `D`: only what removes it. */
  openActions(which: 'all' | 'remove'): void {
    const menu = this.menuFor(which);
    if (!menu) this.app.say('nothing can be done to this yet', false);
    else if (menu.items.length === 0)
      this.app.say('there is nothing in it that something could be done to', false);
    else this.state.dialog = { dialog: 'menu', ...menu, cursor: 0 };
  }

  private menuFor(which: 'all' | 'remove'): { title: string; items: MenuItem[] } | null {
    const { model } = this.state;
    const subject = model && detailSubject(this.state);
    const forbidden = this.forbidden();
    const broken = this.brokenName();
    if (broken !== undefined)
      return { title: clean(broken), items: brokenNameMenu(this.scene(), broken, forbidden) };
    if (!subject) return null;
    const title = subjectTitle(this.state);
    switch (subject.subject) {
      case 'mount':
        return { title, items: mountMenu(this.scene(), subject.mount, forbidden, which) };
      case 'ipc':
        return { title, items: ipcMenu(this.scene(), subject.object, forbidden) };
      case 'interior': {
        const items = which === 'all' ? insideMenu(this.scene(), subject.node, forbidden) : null;
        return items && { title, items };
      }
      case 'link':
        return {
          title,
          items: linkMenu(this.scene(), subject.link, this.taggedNetns(), forbidden, which),
        };
      case 'netns':
        return {
          title,
          items: netnsMenu(this.scene(), subject.node.fact.key, this.taggedNetns(), forbidden, which),
        };
      case 'process': {
        const items = [signalItem(this.scene(), subject.process, forbidden)];
        return which === 'all' ? { title, items } : null;
      }
      default:
        return null;
    }
  }

  /** Of the row under the cursor. */
  private brokenName(): string | undefined {
    const view = currentView(this.state);
    return view.rows[view.cursor]?.node.brokenName;
  }

  /** The network namespace that is tagged in view 3. */
  private taggedNetns(): NamespaceKey | null {
    const row = this.state.views.network.rows.find(
      ({ node }) => node.rowKind === 'namespace' && isTagged(this.state, node),
    );
    return row?.node.key ?? null;
  }

  openForm(dialog: FormDialog): void {
    this.state.dialog = dialog;
  }

  /** `m`: moves the interface under the cursor; `L`: sets it up or down. */
  actOnLink(which: 'move' | 'up-down'): void {
    const subject = this.state.model && detailSubject(this.state);
    const forbidden = this.forbidden();
    if (subject?.subject !== 'link') this.app.say('this is for an interface', false);
    else if (forbidden !== null) this.app.say(forbidden, true);
    else if (which === 'up-down') this.confirm(upDownPlan(this.scene(), subject.link));
    else {
      const { answer, reason } = movabilityOf(subject.link.fact);
      if (answer === 'immovable') this.app.say(clean(reason), true);
      else this.openForm(moveForm(this.scene(), subject.link, this.taggedNetns()));
    }
  }

  /** `c`: what can be made here. */
  openCreate(): void {
    const forbidden = this.forbidden();
    const subject = this.state.model && detailSubject(this.state);
    const scene = this.state.model && this.scene();
    if (!scene) return;
    const key =
      subject?.subject === 'netns'
        ? subject.node.fact.key
        : subject?.subject === 'link'
          ? subject.link.namespace
          : (scene.model.host.net ?? null);
    const items =
      this.state.view === 'network'
        ? createMenu(scene, key, this.taggedNetns(), forbidden)
        : createAnywhereMenu(scene, forbidden);
    this.state.dialog = { dialog: 'menu', title: 'make', items, cursor: 0 };
  }

  /** `K`: a signal for the process under the cursor. */
  openSignal(): void {
    const { model } = this.state;
    const subject = model && detailSubject(this.state);
    const process = subject?.subject === 'process' ? subject.process : null;
    const forbidden = this.forbidden();
    if (!model || !process) this.app.say('this is for a process', false);
    else if (forbidden !== null) this.app.say(forbidden, true);
    else this.openForm(signalForm(this.scene(), process));
  }

  planName(held: HeldSubject | null, name: UtsName, text: string): void {
    const scene = this.scene();
    if (!held) return;
    this.confirm(() => {
      const { node } = held.get('interior');
      const fact = scene.interiors.of('uts', node.fact.key);
      if (!fact) throw new Error(held.goneWords());
      return planUtsName(scene.model, fact, name, text.trim());
    });
  }

  // ---- actions: programs in namespaces -------------------------------------------------------------------

  /** `s`: a shell inside; `x`: a tool of the host in the network there. What is entered can be chosen first. */
  async openEnter(which: 'shell' | 'tool'): Promise<void> {
    const { model } = this.state;
    const held = holdSubject(this.state);
    const target = model && enterTarget(model, held?.find() ?? null);
    if (!model || !held || !target)
      this.app.say('there is nothing to enter here: a process or a namespace is', false);
    else
      await this.withForeground((foreground, tools) => {
        const shell = target.process ? foreground.findShell(target.process.pid) : null;
        const choice = which === 'shell' ? shellChoice(target) : toolChoice(target, []);
        this.state.dialog = enterForm(
          {
            model,
            target,
            tools,
            shell,
            current: () => {
              const now = enterTarget(this.state.model!, held.find());
              if (!now) throw new Error(held.goneWords());
              return now;
            },
          },
          choice,
          (_, plan) => void this.handOver(plan),
        );
      });
  }

  private tools: Promise<ToolFacts> | null = null;

  /** With what runs programs and what is installed, unless that is forbidden here: then it is said. */
  private async withForeground(work: (foreground: Foreground, tools: ToolFacts) => void): Promise<void> {
    const { foreground } = this.app.options;
    const forbidden = this.forbidden() ?? (foreground ? null : 'no program can be run here');
    if (!foreground || forbidden !== null) {
      this.app.say(forbidden ?? '', true);
      return;
    }
    work(foreground, await (this.tools ??= foreground.probeTools()));
    this.app.paintSoon();
  }

  /** With what is installed, that is looked for once. */
  withTools(work: (tools: ToolFacts) => void): Promise<void> {
    return this.withForeground((_, tools) => work(tools));
  }

  /** While another program has the terminal: nothing is painted, and its keys are not for us. */
  isAway = false;

  private handOver(plan: EnterPlan): Promise<void> {
    return this.giveTerminal(plan, () => this.app.options.foreground!.run(plan));
  }

  private async giveTerminal(
    { title, command, words }: Pick<EnterPlan, 'title' | 'command' | 'words'>,
    run: () => Promise<{ status: number; failure: string | null }>,
  ): Promise<void> {
    const start = performance.now();
    this.app.options.feed.setFrozen(true);
    this.isAway = true;
    this.app.terminal.leave();
    const { status, failure } = await run();
    const wasShort = performance.now() - start < SHORT_RUN_MS;
    const isTool = !/(^|\/)(ba|a|da|z)?sh$/.test(words.at(-1) ?? '');
    if (failure === null && (isTool || (status !== 0 && wasShort)))
      await this.app.terminal.waitForEnter(`\n[nsview] it ended with ${status}; Enter goes back `);
    this.isAway = false;
    if (this.app.isClosed) return;
    this.app.options.feed.setFrozen(this.state.frozen);
    this.app.resume();
    this.state.log.push({
      at: this.app.options.now(),
      title,
      commands: [command],
      failure: failure ?? (status === 0 ? null : `ended with ${status}`),
      undo: null,
      isUndone: false,
    });
    this.app.say(failure ?? `${clean(title)} ended with ${status}`, failure !== null);
    this.app.options.feed.refresh(false);
  }

  /** `U`: a program in new namespaces. */
  async openUnshare(): Promise<void> {
    const { model } = this.state;
    if (!model) return;
    await this.withForeground(({ shell }, tools) => {
      this.state.dialog = unshareForm(model, tools, shell, (_, plan) => void this.unshare(plan));
    });
  }

  private unshare(plan: UnsharePlan): Promise<void> {
    return this.giveTerminal(plan, () => this.app.options.foreground!.unshare(plan));
  }

  /** Shows what the plan would do; nothing runs without an answer. It is made again when it is to run. */
  confirm(makePlan: () => Plan, undoes: LoggedCommand | null = null): void {
    this.confirmation.show(makePlan, undoes);
  }

  private runPlan(plan: ReadyPlan, undoes: LoggedCommand | null, threat: Threat | null): void {
    this.performGuarded(plan, undoes, threat).catch((error: unknown) =>
      this.app.say(`failed: ${(error as Error).message}`, true),
    );
  }

  /** The process that rolls it back is ready before anything is done. */
  private async performGuarded(
    plan: ReadyPlan,
    undoes: LoggedCommand | null,
    threat: Threat | null,
  ): Promise<void> {
    const { guard: port, perform } = this.app.options;
    if (!perform) return;
    const steps = threat && port ? backwardSteps(plan) : null;
    const guard =
      steps && port ? await port.start(steps, this.state.settings.rollbackSeconds, plan.title) : null;
    // A DHCP client may ask for a while.
    this.app.say(`doing: ${clean(plan.title)} …`, false);
    this.app.paintSoon();
    try {
      const outcome = await perform(plan.operations, plan.rollback, guard?.journal);
      if (undoes && outcome.failure === null) undoes.isUndone = true;
      this.noteOutcome(plan, outcome, undoes !== null);
      if (!guard) return;
      if (outcome.failure === null) this.askToKeep(plan.title, guard);
      else if (outcome.rolledBack !== false) await guard.keep();
      else guard.abandon();
    } catch (error) {
      guard?.abandon();
      throw error;
    }
  }

  private askToKeep(title: string, guard: StartedGuard): void {
    const deadline = guard.made();
    const timer = setInterval(() => {
      if (this.app.isClosed || this.app.options.now() > deadline) clearInterval(timer);
      this.app.paintSoon();
    }, 1000);
    timer.unref();
    this.state.dialog = {
      dialog: 'keep',
      title,
      deadline,
      now: this.app.options.now,
      keep: () => {
        clearInterval(timer);
        void guard
          .keep()
          .then((kept) => this.app.say(kept ? 'kept' : 'too late: the change was rolled back', !kept));
      },
    };
  }

  private noteOutcome(plan: ReadyPlan, outcome: Outcome, isUndo: boolean): void {
    const undo = plan.undo && !isUndo && outcome.failure === null ? undoAfter(plan.undo, outcome) : null;
    const { title, commands } = plan;
    this.state.log.push({
      at: this.app.options.now(),
      title,
      commands,
      failure: outcome.failure,
      done: plan,
      undo,
      isUndone: false,
    });
    this.app.say(
      outcome.failure ?? `done: ${clean(title)}${undo?.possible ? '  (z undoes it)' : ''}`,
      outcome.failure !== null,
    );
    if (outcome.failure === null) this.app.list.expect(madeOrMoved(plan, () => this.scene()));
    // Who uses a mount is looked for again: a refusal may have told of one who came since.
    this.state.mounts.usersAsked = null;
    this.app.options.feed.refresh(false);
  }

  /** Undoes the last thing that can be undone; the inverse plan is shown first, like any other. */
  undo(): void {
    const last = this.state.log.findLast(({ undo, isUndone }) => undo !== null && !isUndone);
    if (!last?.undo) this.app.say('nothing was done from here that could be undone', false);
    else if (!last.undo.possible)
      this.app.say(`${clean(last.title)} cannot be undone: ${clean(last.undo.reason)}`, true);
    else {
      const { done, undo } = last;
      if (done) this.confirm(() => planUndo(done, undo), last);
    }
  }

  showLog(): void {
    const { log } = this.state;
    const lines = log.flatMap(({ at, title, commands, failure }): Line[] => [
      [
        span(`${clockTime(at)} `, 'dim'),
        span(failure === null ? 'ok   ' : 'FAIL ', failure === null ? 'good' : 'bad'),
        span(clean(title), 'strong'),
        span(failure === null ? '' : `  ${clean(failure)}`, 'warn'),
      ],
      ...commands.map((command): Line => [span('         $ ', 'dim'), span(clean(command))]),
    ]);
    const copyText = logScript(log);
    this.state.dialog = {
      dialog: 'text',
      title: 'command log',
      lines: lines.length > 0 ? lines : [[span('nothing was done from here yet', 'dim')]],
      top: 0,
      copyText,
      save: log.length > 0 ? () => this.saveScript(copyText) : null,
    };
  }

  private saveScript(text: string): void {
    this.app.options.saveScript(text).then(
      (path) => this.app.say(`saved: ${path}`, false),
      (error: unknown) => this.app.say(`cannot save: ${(error as Error).message}`, true),
    );
  }

  planBind(held: HeldSubject | null, text: string): void {
    const subject = held?.find();
    if (subject?.subject !== 'mount') {
      if (held) this.app.say(held.goneWords(), true);
      return;
    }
    const parsed = parseMountRequest(text, subject.mount.namespace);
    if (!parsed.ok) this.app.say(parsed.reason, true);
    else if (parsed.request.source === undefined || parsed.request.operation === 'move')
      this.app.say('bind /SOURCE /TARGET, or rbind /SOURCE /TARGET', true);
    else {
      const { namespace, source, target, operation } = parsed.request;
      // The screen never waits for a file system.
      const reason = 'the screen asks no file system';
      const [from, to] = [uncheckedMountPath(source, reason), uncheckedMountPath(target, reason)];
      const scene = this.scene();
      const isRecursive = operation === 'rbind';
      this.confirm(() => planBind(scene, scene.namespace(namespace), from, to, isRecursive));
    }
  }
}

function enterTarget(model: Model, subject: PaneSubject | null): EnterTarget | null {
  switch (subject?.subject) {
    case 'process':
      return processTarget(model, subject.process);
    case 'link':
      return namespaceTarget(model, subject.link.namespace);
    case 'mount':
      return namespaceTarget(model, subject.mount.namespace);
    case 'socket':
      return namespaceTarget(model, subject.socket.namespace);
    case 'ipc':
      return namespaceTarget(model, subject.object.namespace);
    case undefined:
    case 'kind':
      return null;
    default:
      return namespaceTarget(model, subject!.node.fact.key);
  }
}

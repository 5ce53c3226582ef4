/** The line that one types into: a record for each prompt, with what it offers and what becomes of the text. */
import { answerIdQuestion } from '../analysis/id-question.js';
import { parseMountRequest } from '../analysis/mount-request.js';
import { namespaceName } from '../analysis/namespace-name.js';
import { clean } from '../view/clean.js';
import { idLines } from '../view/user-lines.js';
import type { UtsName } from '../actions/plan.js';
import type { App } from './app.js';
import type { Prompt, PromptName } from './app-state.js';
import type { HeldSubject } from './held-subject.js';
import { holdSubject } from './held-subject.js';

interface PromptRecord {
  /** What stands there at first. */
  offered?: (app: App, subject: HeldSubject | null) => string;
  /** While it is typed. */
  edit?: (app: App, prompt: Prompt) => void;
  /** Esc. */
  cancel?: (app: App, prompt: Prompt) => void;
  /** Enter; false: it stays open. */
  accept: (app: App, text: string, prompt: Prompt) => unknown;
}

const mountPoint = (operation: string) => (_: App, held: HeldSubject | null) => {
  const subject = held?.find();
  return subject?.subject === 'mount' ? `${operation} ${subject.mount.mountPoint}` : '';
};

/** `mount /a`, `rbind /a /b`: what it would do is a tab of the mount, kept up to date. */
function simulate(app: App, text: string, { subject: held }: Prompt): void {
  const subject = held?.find();
  if (subject?.subject !== 'mount') {
    app.say(held ? held.goneWords() : 'there is no mount under the cursor', true);
    return;
  }
  const parsed = parseMountRequest(text, subject.mount.namespace);
  if (!parsed.ok) app.say(parsed.reason, true);
  else {
    app.state.mounts.request = parsed.request;
    app.showTab('What if');
  }
}

function calculateId(app: App, text: string): void {
  const { model } = app.state;
  if (!model || text.trim() === '') return;
  try {
    const { kind, id, levels, namespace } = answerIdQuestion(model, text, 'uid');
    const place = namespace === null ? 'as you see it' : `in ${namespaceName(model, namespace)}`;
    app.showText(`${kind} ${id} ${clean(place)}`, idLines(model, kind, levels));
  } catch (error) {
    app.say(clean((error as Error).message), true);
  }
}

/** The way from the namespace under the cursor to an address: a tab of it. */
function trace(app: App, text: string): void {
  const destination = text.trim();
  if (destination === '') return;
  app.state.network.destination = destination;
  app.showTab('Path');
}

function nameRecord(name: UtsName): PromptRecord {
  return {
    offered: (app, held) => {
      const subject = held?.find();
      const key = subject?.subject === 'interior' ? subject.node.fact.key : null;
      const fact = key && app.state.interiors.of('uts', key);
      return fact ? fact[name] : '';
    },
    accept: (app, text, { subject }) => app.acts.planName(subject, name, text),
  };
}

const PROMPTS: Readonly<Record<PromptName, PromptRecord>> = {
  search: {
    edit: (app, prompt) => app.search.typed(prompt.text),
    cancel: (app) => app.search.cancel(),
    accept: (app, text) => app.search.accept(text),
  },
  filter: {
    offered: (app) => app.state.filterText,
    edit: (app, { text }) => void app.setFilter(text),
    cancel: (app, { before }) => void app.setFilter(before),
    // A filter that cannot be stays in the prompt, with the reason.
    accept: (app, text) => app.setFilter(text),
  },
  goto: { accept: (app, text) => app.places.goTo(text) },
  time: { accept: (app, text) => app.goToTime(text.trim()) },
  simulate: { offered: mountPoint('mount'), accept: simulate },
  bind: {
    offered: mountPoint('bind'),
    accept: (app, text, { subject }) => app.acts.planBind(subject, text),
  },
  path: { accept: trace },
  id: {
    /** The user namespace under the cursor, for an id to be put before it. */
    offered: (_, held) => {
      const subject = held?.find();
      return subject?.subject === 'userns' ? `0@${subject.node.fact.key}` : '';
    },
    accept: calculateId,
  },
  hostname: nameRecord('hostname'),
  domain: nameRecord('domain'),
};

export function openPrompt(
  app: App,
  prompt: PromptName,
  held: HeldSubject | null = holdSubject(app.state),
): void {
  if (prompt === 'search') app.search.begin();
  const text = PROMPTS[prompt].offered?.(app, held) ?? '';
  app.state.prompt = { prompt, text, before: app.state.filterText, subject: held };
}

export function editPrompt(app: App, prompt: Prompt, text: string): void {
  prompt.text = text;
  PROMPTS[prompt.prompt].edit?.(app, prompt);
}

export function promptKey(app: App, prompt: Prompt, key: string): void {
  if (key === 'escape') {
    app.state.prompt = null;
    PROMPTS[prompt.prompt].cancel?.(app, prompt);
  } else if (key === 'enter') acceptPrompt(app, prompt);
  else if (key === 'backspace') editPrompt(app, prompt, Array.from(prompt.text).slice(0, -1).join(''));
  else if (key === 'C-u') editPrompt(app, prompt, '');
  else if (key === 'space') editPrompt(app, prompt, `${prompt.text} `);
  else if (key === 'up') app.moveBy(-1);
  else if (key === 'down') app.moveBy(1);
  else if (Array.from(key).length === 1) editPrompt(app, prompt, prompt.text + key);
}

function acceptPrompt(app: App, prompt: Prompt): void {
  app.state.prompt = null;
  if (PROMPTS[prompt.prompt].accept(app, prompt.text, prompt) === false) app.state.prompt = prompt;
}

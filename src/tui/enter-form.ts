/** The form for a shell or a program in chosen namespaces, `s` and `x`. */
import type { EnterChoice, EnterPlan, EnterTarget } from '../actions/enter-plan.js';
import { planEnter } from '../actions/enter-plan.js';
import type { ToolFacts } from '../actions/tools.js';
import { missingOption } from '../actions/tools.js';
import { enterTogether } from '../analysis/enter-forecast.js';
import type { Model } from '../model/model.js';
import { NAMESPACE_KINDS } from '../model/namespace-kind.js';
import type { App } from './app.js';
import type { FormDialog, FormField, FormValues } from './dialog.js';
import { chosen, programForm } from './program-form.js';

const USERS = ['root', 'same', 'target'] as const;
const ENVIRONMENTS = ['keep', 'clean', 'target'] as const;
const DIRECTORIES = ['default', 'target'] as const;

export interface EnterScene {
  model: Model;
  target: EnterTarget;
  /** As it is now; throws a sentence where it is gone. */
  current: () => EnterTarget;
  tools: ToolFacts;
  /** Found inside; null: none. */
  shell: string | null;
}

/** Words as a shell splits them, without its expansions: 'a b' and "a b" are one. */
export function splitWords(text: string): string[] {
  return Array.from(
    text.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g),
    ([, single, double, bare]) => single ?? double ?? bare!,
  );
}

function valuesOf(choice: EnterChoice): Record<string, string> {
  return {
    program: choice.program.join(' '),
    ...Object.fromEntries(choice.kinds.map((kind) => [kind, 'yes'])),
    as: typeof choice.user === 'string' ? choice.user : 'root',
    directory: typeof choice.directory === 'string' ? choice.directory : 'default',
    environment: choice.environment,
    changeRoot: choice.changeRoot ? 'yes' : '',
    joinCgroup: choice.joinCgroup ? 'yes' : '',
  };
}

function choiceOf(values: FormValues): EnterChoice {
  return {
    kinds: NAMESPACE_KINDS.filter((kind) => values[kind] === 'yes'),
    user: chosen(values, 'as', USERS),
    directory: chosen(values, 'directory', DIRECTORIES),
    environment: chosen(values, 'environment', ENVIRONMENTS),
    changeRoot: values['changeRoot'] === 'yes',
    joinCgroup: values['joinCgroup'] === 'yes',
    program: splitWords(values['program'] ?? ''),
  };
}

function kindFields({ model, target }: EnterScene): FormField[] {
  const verdicts = enterTogether(model, target.namespaces);
  return NAMESPACE_KINDS.map((kind): FormField => {
    const key = target.namespaces[kind];
    const verdict = verdicts[kind];
    const disabled = key === undefined ? 'yours already' : verdict?.allowed === false ? verdict.reason : null;
    return { name: kind, label: kind, kind: 'toggle', disabled, note: key ?? '' };
  });
}

function fieldsOf(scene: EnterScene): FormField[] {
  const { target, tools, shell } = scene;
  const needsProcess = target.process ? null : 'the namespace has no process';
  return [
    {
      name: 'program',
      label: 'program',
      kind: 'text',
      note: shell === null ? 'empty: sh' : `empty: ${shell}`,
    },
    ...kindFields(scene),
    {
      name: 'as',
      label: 'run as',
      kind: 'choice',
      choices: USERS,
      note: 'root there, the same ids as now, those of the target',
    },
    { name: 'directory', label: 'directory', kind: 'choice', choices: DIRECTORIES, note: 'where it starts' },
    {
      name: 'environment',
      label: 'environment',
      kind: 'choice',
      choices: ENVIRONMENTS,
      note: 'yours, next to none, that of the target',
    },
    {
      name: 'changeRoot',
      label: 'root directory',
      kind: 'toggle',
      note: 'also a chroot of the target',
      disabled: needsProcess,
    },
    {
      name: 'joinCgroup',
      label: 'join its cgroup',
      kind: 'toggle',
      note: 'its limits hold for the program',
      disabled: needsProcess ?? missingOption(tools, 'nsenter', 'join-cgroup'),
    },
  ];
}

export function enterForm(
  scene: EnterScene,
  choice: EnterChoice,
  run: (app: App, plan: EnterPlan) => void,
): FormDialog {
  return programForm(
    `enter ${scene.target.name}`,
    () => fieldsOf(scene),
    valuesOf(choice),
    (values) => planEnter(scene.model, scene.current(), choiceOf(values), scene.tools, scene.shell),
    run,
  );
}

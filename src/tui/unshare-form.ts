/** The form for a program in new namespaces: every option of unshare(1). */
import type { UnshareChoice, UnsharePlan } from '../actions/unshare-plan.js';
import { planUnshare } from '../actions/unshare-plan.js';
import type { ToolFacts } from '../actions/tools.js';
import { missingOption } from '../actions/tools.js';
import type { Model } from '../model/model.js';
import type { NamespaceKind } from '../model/namespace-kind.js';
import { NAMESPACE_KINDS } from '../model/namespace-kind.js';
import type { App } from './app.js';
import type { FormDialog, FormField, FormValues } from './dialog.js';
import { splitWords } from './enter-form.js';
import { chosen, programForm } from './program-form.js';

const PROPAGATIONS = ['private', 'slave', 'shared', 'unchanged'] as const;
const MAPS = ['none', 'root', 'current', 'auto', 'subids'] as const;
const KILLS = ['no', 'SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const;
const ENVIRONMENTS = ['all', 'none', 'only these'] as const;
const SETGROUPS = ['as it is', 'allow', 'deny'] as const;

interface OptionField extends FormField {
  /** Of unshare(1): greyed where this version does not know it. */
  option: string;
}

const FIELDS: readonly OptionField[] = [
  {
    name: 'fork',
    label: 'fork',
    kind: 'toggle',
    option: 'fork',
    note: 'the program is a child: needed for pid',
  },
  {
    name: 'killChild',
    label: 'kill child',
    kind: 'choice',
    choices: KILLS,
    option: 'kill-child',
    note: 'what it gets when unshare ends',
  },
  {
    name: 'forwardSignals',
    label: 'forward signals',
    kind: 'toggle',
    option: 'forward-signals',
    note: 'SIGTERM and SIGINT go on to the child',
  },
  {
    name: 'mountProc',
    label: 'mount proc',
    kind: 'text',
    option: 'mount-proc',
    note: 'x: on /proc, so that ps shows the new pid namespace; or a path',
  },
  {
    name: 'mountBinfmt',
    label: 'mount binfmt',
    kind: 'text',
    option: 'mount-binfmt',
    note: 'x: binfmt_misc of the new user namespace; or a path',
  },
  {
    name: 'interpreter',
    label: 'interpreter',
    kind: 'text',
    option: 'load-interp',
    note: 'for binfmt_misc: :name:type:offset:magic:mask:interpreter:flags',
  },
  { name: 'propagation', label: 'propagation', kind: 'choice', choices: PROPAGATIONS, option: 'propagation' },
  {
    name: 'map',
    label: 'map ids',
    kind: 'choice',
    choices: MAPS,
    option: 'map-root-user',
    note: 'you as root inside, as yourself, or ranges of /etc/subuid',
  },
  { name: 'mapUser', label: 'map user', kind: 'text', option: 'map-user', note: 'you as this uid inside' },
  { name: 'mapGroup', label: 'map group', kind: 'text', option: 'map-group', note: 'and this gid' },
  { name: 'mapUsers', label: 'map users', kind: 'text', option: 'map-users', note: 'OUTER,INNER,COUNT' },
  { name: 'mapGroups', label: 'map groups', kind: 'text', option: 'map-groups' },
  { name: 'setgroups', label: 'setgroups', kind: 'choice', choices: SETGROUPS, option: 'setgroups' },
  { name: 'owner', label: 'owner', kind: 'text', option: 'owner', note: 'UID:GID whose it will be' },
  { name: 'uid', label: 'uid', kind: 'text', option: 'setuid', note: 'inside' },
  { name: 'gid', label: 'gid', kind: 'text', option: 'setgid' },
  { name: 'rootDirectory', label: 'root directory', kind: 'text', option: 'root' },
  { name: 'workingDirectory', label: 'directory', kind: 'text', option: 'wd' },
  { name: 'monotonic', label: 'monotonic offset', kind: 'text', option: 'monotonic', note: 'seconds' },
  { name: 'boottime', label: 'boottime offset', kind: 'text', option: 'boottime', note: 'seconds' },
  { name: 'keepCapabilities', label: 'keep capabilities', kind: 'toggle', option: 'keep-caps' },
  { name: 'environment', label: 'environment', kind: 'choice', choices: ENVIRONMENTS, option: 'clear-env' },
  { name: 'variables', label: '  only these', kind: 'text', option: 'whitelist-env', note: 'NAME,NAME' },
];

function fieldsOf(tools: ToolFacts): FormField[] {
  const missing = (option: string): string | null => missingOption(tools, 'unshare', option);
  return [
    { name: 'program', label: 'program', kind: 'text', note: 'empty: a shell' },
    ...NAMESPACE_KINDS.map((kind): FormField => ({
      name: kind,
      label: kind,
      kind: 'text',
      note: 'x: a new one; /a/path: and a file that keeps it',
    })),
    ...FIELDS.map(({ option, ...field }): FormField => ({ ...field, disabled: missing(option) })),
  ];
}

/** Anything but a path is a yes. */
function namespacesOf(values: FormValues): UnshareChoice['namespaces'] {
  const chosen = NAMESPACE_KINDS.flatMap((kind): [NamespaceKind, true | string][] => {
    const text = (values[kind] ?? '').trim();
    return text === '' ? [] : [[kind, text.startsWith('/') ? text : true]];
  });
  return Object.fromEntries(chosen);
}

/** Anything but a path is a yes, and the usual place. */
function placeOf(text: string): string | null {
  return text === '' ? null : text.startsWith('/') ? text : '';
}

function choiceOf(values: FormValues): UnshareChoice {
  const text = (name: string): string => (values[name] ?? '').trim();
  const namespaces = namespacesOf(values);
  const setgroups = chosen(values, 'setgroups', SETGROUPS);
  const kill = chosen(values, 'killChild', KILLS);
  const environment = chosen(values, 'environment', ENVIRONMENTS);
  return {
    namespaces,
    fork: values['fork'] === 'yes',
    killChild: kill === 'no' ? null : kill,
    forwardSignals: values['forwardSignals'] === 'yes',
    mountProc: placeOf(text('mountProc')),
    mountBinfmt: placeOf(text('mountBinfmt')),
    interpreter: text('interpreter'),
    // What is usual needs no option, and none where there is no mount namespace.
    propagation:
      chosen(values, 'propagation', PROPAGATIONS) === 'private'
        ? null
        : chosen(values, 'propagation', PROPAGATIONS),
    map: chosen(values, 'map', MAPS),
    mapUser: text('mapUser'),
    mapGroup: text('mapGroup'),
    mapUsers: text('mapUsers'),
    mapGroups: text('mapGroups'),
    setgroups: setgroups === 'as it is' ? null : setgroups,
    owner: text('owner'),
    uid: text('uid'),
    gid: text('gid'),
    rootDirectory: text('rootDirectory'),
    workingDirectory: text('workingDirectory'),
    monotonic: text('monotonic'),
    boottime: text('boottime'),
    keepCapabilities: values['keepCapabilities'] === 'yes',
    environment:
      environment === 'all' ? 'keep' : environment === 'none' ? 'clear' : { names: text('variables') },
    program: splitWords(text('program')),
  };
}

export function unshareForm(
  model: Model,
  tools: ToolFacts,
  shell: string,
  run: (app: App, plan: UnsharePlan) => void,
): FormDialog {
  return programForm(
    'unshare: a program in new namespaces',
    () => fieldsOf(tools),
    { propagation: 'private', map: 'none', setgroups: 'as it is', killChild: 'no', environment: 'all' },
    (values) => planUnshare(model, choiceOf(values), tools, shell),
    run,
  );
}

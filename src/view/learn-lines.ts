/** A page about a kind of namespace, with the commands for one that is looked at. */
import type { Model } from '../model/model.js';
import type { NamespaceKind } from '../model/namespace-kind.js';
import type { NamespaceKey } from '../model/snapshot.js';
import { namespaceReference } from '../actions/namespace-reference.js';
import { shellWord } from '../actions/shell-words.js';
import { clean } from './clean.js';
import { cloneFlagWords, learnPage } from './learn.js';
import type { Line } from './line.js';
import { span } from './line.js';
import { padText } from './text-width.js';

/** What a page's commands are about; the placeholders stay where nothing is looked at. */
export interface LearnExample {
  model: Model;
  key: NamespaceKey;
}

function fillIn(command: string, example: LearnExample | null): string {
  if (!example) return command;
  // A word by itself cannot end in a line end: see shell-words.ts.
  const path = namespaceReference(example.model, example.key).paths.find((each) => !each.endsWith('\n'));
  const pid = example.model.namespaces.get(example.key)?.processes[0]?.pid;
  return command.replace(/\b(?:NS|PID)\b/g, (name) => {
    if (name === 'NS') return path === undefined ? name : shellWord(path);
    return pid === undefined ? name : String(pid);
  });
}

export function learnLines(kind: NamespaceKind, example: LearnExample | null): Line[] {
  const page = learnPage(kind);
  const part = (name: string, text: string): Line => [span(padText(name, 10), 'title'), span(text)];
  return [
    part('isolates', page.isolates),
    part('flag', `${cloneFlagWords(kind)}, since Linux ${page.since}`),
    part('needs', page.needs),
    part('made', page.made),
    part('entered', page.entered),
    part('ends', page.ends),
    ...page.traps.map((trap, at) => part(at === 0 ? 'beware' : '', trap)),
    part('read', page.page),
    [],
    [span('commands', 'title'), span(example ? ` for ${clean(example.key)}` : '', 'dim')],
    ...page.commands.map((command): Line => [
      span('  $ ', 'dim'),
      span(clean(fillIn(command, example)), 'accent'),
    ]),
  ];
}

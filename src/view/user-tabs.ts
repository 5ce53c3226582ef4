/** Tabs of the detail pane in view 5. */
import type { Model, NamespaceNode } from '../model/model.js';
import { DETAIL_TABS } from './detail-tabs.js';
import { userLimitLines } from './limit-lines.js';
import type { Line } from './line.js';
import { mapLines, ownedLines } from './user-lines.js';

export interface UsernsTab {
  name: string;
  lines: (model: Model, node: NamespaceNode) => Line[] | null;
}

export const USERNS_TABS: readonly UsernsTab[] = [
  { name: 'Maps', lines: (model, { fact }) => mapLines(model, fact.key) },
  { name: 'Owns', lines: (model, { fact }) => ownedLines(model, fact.key) },
  { name: 'Limits', lines: (model, { fact }) => userLimitLines(model, fact.key) },
  ...DETAIL_TABS.map(({ name, lines }): UsernsTab => ({
    name: name === 'Difference' ? 'Facts' : name,
    lines: (model, node) => lines(model, { subject: 'namespace', node }),
  })),
];

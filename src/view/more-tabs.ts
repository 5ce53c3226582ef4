/** Tabs of the detail pane in view 7. */
import type { Model, NamespaceNode } from '../model/model.js';
import type { NamespaceKind } from '../model/namespace-kind.js';
import type { IpcObject } from '../analysis/interior-model.js';
import { DETAIL_TABS } from './detail-tabs.js';
import type { MoreContext } from './inside-words.js';
import { jsonLines } from './json-lines.js';
import { learnLines } from './learn-lines.js';
import { depthLines, limitLines } from './limit-lines.js';
import type { Line } from './line.js';
import { insideLines, ipcObjectLines } from './more-lines.js';

export interface InteriorTab {
  name: string;
  lines: (context: MoreContext, node: NamespaceNode) => Line[] | null;
}

export const INTERIOR_TABS: readonly InteriorTab[] = [
  { name: 'Inside', lines: (context, { fact }) => insideLines(context, fact.key) },
  ...DETAIL_TABS.map(({ name, lines }): InteriorTab => ({
    name: name === 'Difference' ? 'Facts' : name,
    lines: ({ model }, node) => lines(model, { subject: 'namespace', node }),
  })),
];

export interface KindTab {
  name: string;
  lines: (model: Model, kind: NamespaceKind) => Line[];
}

export const KIND_TABS: readonly KindTab[] = [
  {
    name: 'Limits',
    lines: (model, kind) => [
      ...limitLines(model, kind),
      ...(kind === 'pid' ? [[], ...depthLines(model, kind)] : []),
    ],
  },
  { name: 'About', lines: (_, kind) => learnLines(kind, null) },
];

export interface IpcTab {
  name: string;
  lines: (model: Model, object: IpcObject) => Line[];
}

export const IPC_TABS: readonly IpcTab[] = [
  { name: 'Object', lines: ipcObjectLines },
  { name: 'Raw', lines: (_, object) => jsonLines(object) },
];

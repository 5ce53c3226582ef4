/** `=`: two processes or namespaces over all kinds; two mount namespaces, or one mount in every namespace. */
import type { ComparedSubject } from '../analysis/comparison.js';
import {
  compare,
  comparedNamespace,
  comparedProcess,
  comparisonQuery,
  hostSubject,
} from '../analysis/comparison.js';
import { mountDifferences } from '../analysis/mount-difference.js';
import { namespaceName } from '../analysis/namespace-name.js';
import type { ComparisonFacts } from '../model/comparison.js';
import type { Model } from '../model/model.js';
import type { SampleFeed } from '../model/sample-feed.js';
import type { NamespaceKey } from '../model/snapshot.js';
import { comparisonLines } from '../view/comparison-lines.js';
import type { Line } from '../view/line.js';
import { differenceLines, elsewhereLines } from '../view/mount-lines.js';
import type { RowNode } from '../view/row-node.js';
import type { AppState } from './app-state.js';
import { currentView, isTagged } from './app-state.js';

export interface ComparisonAnswer {
  title: string;
  lines: readonly Line[];
  /** Why there is nothing to compare; null: there is. */
  refusal: string | null;
}

const refused = (refusal: string): ComparisonAnswer => ({ title: '', lines: [], refusal });

export class ComparisonDesk {
  private readonly state: AppState;
  private readonly feed: SampleFeed;
  private pending: { a: ComparedSubject; b: ComparedSubject } | null = null;

  constructor(state: AppState, feed: SampleFeed) {
    this.state = state;
    this.feed = feed;
  }

  /** Null: what is read for it comes a moment later, for `take`. */
  compare(node: RowNode): ComparisonAnswer | null {
    const { model, mounts, view } = this.state;
    if (!model) return null;
    if (node.mount) {
      const lines = elsewhereLines({ model, mounts: mounts.model }, node.mount);
      return { title: `${node.mount.mountPoint} elsewhere`, lines, refusal: null };
    }
    return view === 'mounts' ? this.compareMounts(model, node.key) : this.compareSubjects(model, node);
  }

  private compareMounts(model: Model, key: NamespaceKey | undefined): ComparisonAnswer {
    const { mounts } = this.state;
    const other =
      this.taggedRow((node) => node.rowKind === 'namespace' && node.key !== key)?.key ?? model.host.mnt;
    const [a, b] = [other, key].map((each) => each && mounts.model.tables.get(each));
    if (!a || !b || a === b)
      return refused('tag one mount namespace with Space, then = on another compares the two');
    const title = `${namespaceName(model, a.fact.key)} → ${namespaceName(model, b.fact.key)}`;
    return { title, lines: differenceLines(mountDifferences(a, b)), refusal: null };
  }

  /** With what is tagged, else with the host. */
  private compareSubjects(model: Model, node: RowNode): ComparisonAnswer | null {
    const b = comparedRow(model, node);
    const tagged = this.taggedRow(({ rowId }) => rowId !== node.rowId);
    const a = tagged ? comparedRow(model, tagged) : b && hostSubject(model, b);
    if (!a || !b || a.name === b.name)
      return refused('tag a process or namespace with Space, then = on another compares the two');
    this.pending = { a, b };
    this.feed.askComparison(comparisonQuery(a, b));
    return null;
  }

  /** Of this view: what is tagged in others is meant for those. */
  private taggedRow(fits: (node: RowNode) => boolean): RowNode | undefined {
    return currentView(this.state).rows.find(({ node }) => fits(node) && isTagged(this.state, node))?.node;
  }

  /** Null: nobody waits for it. */
  take(facts: ComparisonFacts): ComparisonAnswer | null {
    const { model } = this.state;
    if (!this.pending || !model) return null;
    const { a, b } = this.pending;
    this.pending = null;
    return { title: 'comparison', lines: comparisonLines(compare(model, a, b, facts)), refusal: null };
  }
}

function comparedRow(model: Model, { key, process, rowKind }: RowNode): ComparedSubject | null {
  if (rowKind === 'namespace' && key) return comparedNamespace(model, key);
  const fact = process && model.processes.get(process.pid);
  return fact ? comparedProcess(model, fact) : null;
}

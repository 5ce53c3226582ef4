/** `nsview compare`: two processes or namespaces over all eight types and what is in them. */
import type { ComparedSubject } from '../analysis/comparison.js';
import {
  compare,
  comparedNamespace,
  comparedProcess,
  comparisonQuery,
  hostSubject,
} from '../analysis/comparison.js';
import { findGoToTarget } from '../analysis/go-to.js';
import { recordedComparison } from '../model/comparison.js';
import type { Model } from '../model/model.js';
import { buildModel } from '../model/model.js';
import { comparisonLines } from '../view/comparison-lines.js';
import { printAnswer } from './carry-out.js';
import type { CliContext } from './cli-context.js';
import type { CommandRecord } from './command.js';
import { JSON_OPTION, REPLAY_OPTION, STRICT_OPTION, reportGaps, snapshotFor } from './command.js';
import type { ParsedArguments } from './option-parser.js';
import { UsageError } from './usage-error.js';

function subjectOf(model: Model, text: string): ComparedSubject {
  const found = findGoToTarget(model, text);
  if (found.target === 'nothing') throw new Error(found.reason);
  if (found.target === 'namespace') return comparedNamespace(model, found.key);
  if (found.pid === null) throw new Error(`${text} leads to no process: name a namespace`);
  return comparedProcess(model, model.processes.get(found.pid)!);
}

async function run(cli: CliContext, args: ParsedArguments): Promise<number> {
  const [one, other, ...more] = args.operands;
  if (one === undefined || more.length > 0)
    throw new UsageError('give two processes or namespaces, or one, to compare it with the host');
  const snapshot = await snapshotFor(cli, args, { details: 'all', containerNames: true, userMaps: true });
  const model = buildModel(snapshot);
  const b = subjectOf(model, other ?? one);
  const a = other === undefined ? hostSubject(model, b) : subjectOf(model, one);
  const facts = args.options.has('replay')
    ? recordedComparison(snapshot)
    : await cli.collectComparison(comparisonQuery(a, b));
  const comparison = compare(model, a, b, facts);
  const { sections, mounts } = comparison;
  printAnswer(cli, args, { a: a.name, b: b.name, sections, mounts }, () => comparisonLines(comparison));
  return reportGaps(cli, args, snapshot);
}

export const COMPARE_COMMAND: CommandRecord = {
  name: 'compare',
  operands: 'NAMESPACE|PID [NAMESPACE|PID]',
  summary:
    'what differs between two processes or namespaces: all eight types, mounts, maps, routes, names, limits, capabilities',
  options: [JSON_OPTION, REPLAY_OPTION, STRICT_OPTION],
  run,
};

/** `nsview limits` and `nsview learn`: how near the limits are, what restricts, and what a type is for. */
import { MAXIMUM_LEVEL, deepestLevel, gaugesOf } from '../analysis/limits.js';
import { restrictionsOf } from '../analysis/restrictions.js';
import { buildModel } from '../model/model.js';
import { NAMESPACE_KINDS, isNamespaceKind } from '../model/namespace-kind.js';
import { cloneFlagWords, learnPage } from '../view/learn.js';
import { learnLines } from '../view/learn-lines.js';
import { depthLines, limitLines, restrictionLines } from '../view/limit-lines.js';
import { printAnswer } from './carry-out.js';
import type { CliContext } from './cli-context.js';
import { EXIT_OK } from './cli-context.js';
import type { CommandRecord } from './command.js';
import { JSON_OPTION, REPLAY_OPTION, STRICT_OPTION, reportGaps, snapshotFor } from './command.js';
import type { ParsedArguments } from './option-parser.js';
import { UsageError } from './usage-error.js';

async function limits(cli: CliContext, args: ParsedArguments): Promise<number> {
  if (args.operands.length > 0) throw new UsageError(`too much: ${args.operands.join(' ')}`);
  const snapshot = await snapshotFor(cli, args, { details: 'representatives' });
  const model = buildModel(snapshot);
  const json = {
    limits: gaugesOf(model),
    nesting: { pid: deepestLevel(model, 'pid'), user: deepestLevel(model, 'user'), maximum: MAXIMUM_LEVEL },
    restrictions: restrictionsOf(model),
  };
  printAnswer(cli, args, json, () => [
    ...limitLines(model),
    [],
    ...depthLines(model, 'pid'),
    ...depthLines(model, 'user'),
    [],
    ...restrictionLines(model),
  ]);
  return reportGaps(cli, args, snapshot);
}

function learn(cli: CliContext, args: ParsedArguments): Promise<number> {
  const [kind, ...more] = args.operands;
  if (kind === undefined || more.length > 0 || !isNamespaceKind(kind))
    throw new UsageError(`give one type: ${NAMESPACE_KINDS.join(' ')}`);
  printAnswer(cli, args, { ...learnPage(kind), flag: cloneFlagWords(kind) }, () => learnLines(kind, null));
  return Promise.resolve(EXIT_OK);
}

export const LIMITS_COMMAND: CommandRecord = {
  name: 'limits',
  operands: '',
  summary: 'how near the limits on namespaces are, and what restricts user namespaces of ordinary users',
  options: [JSON_OPTION, REPLAY_OPTION, STRICT_OPTION],
  run: limits,
};

export const LEARN_COMMAND: CommandRecord = {
  name: 'learn',
  operands: NAMESPACE_KINDS.join('|'),
  summary: 'what a type of namespace isolates, how it is made, entered and destroyed, with commands',
  options: [JSON_OPTION],
  run: learn,
};

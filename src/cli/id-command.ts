/** `nsview id`: a user or group id through all levels of user namespaces, and back. */
import { answerIdQuestion } from '../analysis/id-question.js';
import { buildModel } from '../model/model.js';
import { lineText } from '../view/line.js';
import { idLines } from '../view/user-lines.js';
import type { CliContext } from './cli-context.js';
import { EXIT_FAILED } from './cli-context.js';
import type { CommandRecord } from './command.js';
import { JSON_OPTION, REPLAY_OPTION, STRICT_OPTION, reportGaps, snapshotFor } from './command.js';
import type { ParsedArguments } from './option-parser.js';
import { printJson } from './print.js';
import { UsageError } from './usage-error.js';

async function run(cli: CliContext, args: ParsedArguments): Promise<number> {
  const [text, ...more] = args.operands;
  if (text === undefined || more.length > 0) throw new UsageError('give one id: 33@db-7, or 100033');
  const snapshot = await snapshotFor(cli, args, {
    details: 'representatives',
    containerNames: true,
    userMaps: true,
  });
  const model = buildModel(snapshot);
  const answer = answerIdQuestion(model, text, args.options.has('group') ? 'gid' : 'uid');
  if (args.options.has('json')) printJson(cli, answer);
  else
    for (const line of idLines(model, answer.kind, answer.levels)) cli.write(`${lineText(line).trimEnd()}\n`);
  const code = reportGaps(cli, args, snapshot);
  const isMapped = answer.levels.every(({ id }) => typeof id === 'number');
  return isMapped ? code : EXIT_FAILED;
}

export const ID_COMMAND: CommandRecord = {
  name: 'id',
  operands: 'ID[@USERNS|PID|CONTAINER]',
  summary:
    'what a user id inside a namespace is in each of its ancestors; without @: where your id is mapped',
  options: [{ long: 'group', short: 'g', help: 'a group id' }, JSON_OPTION, REPLAY_OPTION, STRICT_OPTION],
  run,
};

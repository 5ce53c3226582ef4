/** `nsview can`: what a process may do in a namespace, and why not. */
import { abilitiesOf } from '../analysis/capabilities.js';
import { namespacesMeant, processMeant } from '../analysis/go-to.js';
import { buildModel } from '../model/model.js';
import { clean } from '../view/clean.js';
import { padText } from '../view/text-width.js';
import type { CliContext } from './cli-context.js';
import { EXIT_FAILED } from './cli-context.js';
import type { CommandRecord } from './command.js';
import { JSON_OPTION, REPLAY_OPTION, STRICT_OPTION, reportGaps, snapshotFor } from './command.js';
import type { ParsedArguments } from './option-parser.js';
import { printJson } from './print.js';
import { UsageError } from './usage-error.js';

const WORDS = { true: 'yes', false: 'no', null: 'unknown' } as const;

async function run(cli: CliContext, args: ParsedArguments): Promise<number> {
  const [who, where, ...more] = args.operands;
  if (who === undefined || where === undefined || more.length > 0)
    throw new UsageError('give a process and a namespace: nsview can 4711 net:2323');
  const snapshot = await snapshotFor(cli, args, { details: 'all', containerNames: true });
  const model = buildModel(snapshot);
  const process = processMeant(model, who);
  const [key, ...others] = namespacesMeant(model, where);
  if (key === undefined || others.length > 0)
    throw new Error(`"${where}" has several namespaces: name the type too, as net:${where}`);
  const abilities = abilitiesOf(model, process, key);
  if (args.options.has('json')) printJson(cli, { pid: process.pid, namespace: key, abilities });
  else
    for (const { deed, verdict } of abilities)
      cli.write(`${padText(deed, 30)} ${padText(WORDS[`${verdict.allowed}`], 8)} ${clean(verdict.reason)}\n`);
  const code = reportGaps(cli, args, snapshot);
  return abilities.every(({ verdict }) => verdict.allowed === true) ? code : EXIT_FAILED;
}

export const CAN_COMMAND: CommandRecord = {
  name: 'can',
  operands: 'PID NAMESPACE',
  summary: 'may the process enter the namespace, and what could it do there; exits with 1 where not all',
  options: [JSON_OPTION, REPLAY_OPTION, STRICT_OPTION],
  run,
};

/** What the commands of the network have in common: the look, and the namespaces that are meant. */
import type { OperandUse } from '../analysis/go-to.js';
import { namespaceOfKind } from '../analysis/go-to.js';
import { buildNetworkModel } from '../analysis/network-model.js';
import { buildModel } from '../model/model.js';
import type { NamespaceKey, Snapshot } from '../model/snapshot.js';
import type { NetworkContext } from '../view/network-words.js';
import type { CliContext, SnapshotRequest } from './cli-context.js';
import { snapshotFor } from './command.js';
import type { ParsedArguments } from './option-parser.js';

export interface NetworkQuestion {
  cli: CliContext;
  args: ParsedArguments;
  snapshot: Snapshot;
  context: NetworkContext;
  isJson: boolean;
}

export async function askNetwork(
  cli: CliContext,
  args: ParsedArguments,
  details: SnapshotRequest['details'] = 'representatives',
): Promise<NetworkQuestion> {
  const snapshot = await snapshotFor(cli, args, {
    details,
    containerNames: true,
    networks: true,
    everyFile: true,
  });
  const network = buildNetworkModel(snapshot.networkTables ?? []);
  if (args.options.has('replay') && network.tables.size === 0)
    throw new Error('there are no interfaces in this recording');
  return {
    cli,
    args,
    snapshot,
    context: { model: buildModel(snapshot), network },
    isJson: args.options.has('json'),
  };
}

/** The observer's own network namespace where none is named. */
export function netnsFor(
  { context: { model } }: NetworkQuestion,
  text: string | undefined,
  use: OperandUse = 'look',
): NamespaceKey {
  if (text !== undefined) return namespaceOfKind(model, 'net', text, use);
  const own = model.snapshot.header.observer.namespaces.net ?? model.host.net;
  if (!own) throw new Error('your network namespace is not known: name one');
  return own;
}

/** The named ones, or all in the order of the screen: host first. */
export function netnsList(question: NetworkQuestion, texts: readonly string[]): NamespaceKey[] {
  if (texts.length > 0) return [...new Set(texts.map((text) => netnsFor(question, text)))];
  const { model, network } = question.context;
  const keys = [...network.tables.keys()];
  return keys.sort((a, b) => Number(b === model.host.net) - Number(a === model.host.net));
}

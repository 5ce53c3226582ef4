/** `nsview sockets`: who listens where, in any network namespace. */
import { namespaceOfKind } from '../analysis/go-to.js';
import { userName } from '../analysis/namespace-name.js';
import type { Socket, SocketModel } from '../analysis/socket-model.js';
import { bridgeTo, buildSocketModel, endpointText, isListening } from '../analysis/socket-model.js';
import type { Model } from '../model/model.js';
import { buildModel } from '../model/model.js';
import type { RecordColumn } from '../view/record-columns.js';
import { netnsColumns } from '../view/record-columns.js';
import { ownerText, remoteText } from '../view/socket-rows.js';
import type { CliContext } from './cli-context.js';
import { chosenColumns, columnOptions } from './columns.js';
import type { CommandRecord } from './command.js';
import { COMMON_OPTIONS, JSON_OPTION, reportGaps, snapshotFor } from './command.js';
import type { ParsedArguments } from './option-parser.js';
import { printRecords } from './record-list.js';
import { UsageError } from './usage-error.js';

interface SocketContext {
  model: Model;
  sockets: SocketModel;
}

const SOCKET_COLUMNS: readonly RecordColumn<SocketContext, Socket>[] = [
  ...netnsColumns(),
  {
    name: 'PROTO',
    align: 'left',
    help: 'tcp udp raw unix packet netlink',
    value: (_, { fact }) => fact.protocol,
  },
  { name: 'STATE', align: 'left', help: 'as in ss(8)', value: (_, { fact }) => fact.state },
  {
    name: 'RECVQ',
    align: 'right',
    help: 'bytes received, not read yet',
    value: (_, { fact }) => fact.receiveQueue,
  },
  {
    name: 'SENDQ',
    align: 'right',
    help: 'bytes sent, not confirmed yet',
    value: (_, { fact }) => fact.sendQueue,
  },
  {
    name: 'LOCAL',
    align: 'left',
    help: 'address and port, or path',
    value: (_, { fact }) => endpointText(fact, 'local'),
  },
  {
    name: 'REMOTE',
    align: 'left',
    help: 'what it is connected to; BRIDGE: a unix socket whose other end is in another network namespace',
    value: ({ model, sockets }, socket) => {
      const peer = sockets.peer(socket);
      if (socket.fact.protocol !== 'unix') return endpointText(socket.fact, 'remote') || null;
      return peer && { inode: peer.fact.inode, bridge_to: bridgeTo(model, sockets, socket) };
    },
    text: ({ model, sockets }, socket) => remoteText(model, sockets, socket),
  },
  {
    name: 'USER',
    align: 'left',
    help: 'user that made it',
    value: ({ model }, { fact }) => userName(model, fact.uid),
  },
  {
    name: 'PROCESS',
    align: 'left',
    help: 'pid and command of a process that has a descriptor of it, and how many others have',
    value: (_, { owners }) => owners.map(({ pid, fd }) => ({ pid, fd })),
    text: ({ model }, socket) => ownerText(model, socket),
  },
  {
    name: 'TYPE',
    align: 'left',
    help: 'stream, dgram, seqpacket, raw',
    value: (_, { fact }) => fact.socketType,
  },
  { name: 'INODE', align: 'right', help: 'inode of the socket', value: (_, { fact }) => fact.inode },
];

const USUAL = ['NAME', 'PROTO', 'STATE', 'LOCAL', 'REMOTE', 'PROCESS'];

/** `:8080` is a port, everything else is a namespace or process. */
function parseOperands(operands: readonly string[]): { ports: Set<number>; places: string[] } {
  const ports = new Set<number>();
  const places: string[] = [];
  for (const operand of operands) {
    if (!operand.startsWith(':')) places.push(operand);
    else if (/^:[0-9]{1,5}$/.test(operand)) ports.add(Number(operand.slice(1)));
    else throw new UsageError(`"${operand}" is not a port: write it as :8080`);
  }
  return { ports, places };
}

function chosenSockets({ model, sockets }: SocketContext, args: ParsedArguments): Socket[] {
  const { ports, places } = parseOperands(args.operands);
  const keys = new Set(places.map((text) => namespaceOfKind(model, 'net', text)));
  const protocol = args.options.get('protocol');
  const chosen = [...sockets.tables].flatMap(([key, list]) => (keys.size === 0 || keys.has(key) ? list : []));
  const hasPort = ({ localPort, remotePort, protocol: own }: Socket['fact']): boolean =>
    (own === 'tcp' || own === 'udp') && (ports.has(localPort) || ports.has(remotePort));
  return chosen.filter(
    (socket) =>
      (ports.size === 0 || hasPort(socket.fact)) &&
      (protocol === undefined || socket.fact.protocol === protocol) &&
      (!args.options.has('listening') || isListening(socket.fact)) &&
      (!args.options.has('bridges') || bridgeTo(model, sockets, socket) !== null),
  );
}

async function run(cli: CliContext, args: ParsedArguments): Promise<number> {
  const columns = chosenColumns(SOCKET_COLUMNS, USUAL, args);
  parseOperands(args.operands);
  const snapshot = await snapshotFor(cli, args, {
    details: 'all',
    containerNames: true,
    socketTables: true,
    everyFile: true,
  });
  if (args.options.has('replay') && !snapshot.socketTables)
    throw new Error('there are no sockets in this recording');
  const context = {
    model: buildModel(snapshot),
    sockets: buildSocketModel(snapshot.socketTables ?? [], snapshot.socketOwners ?? []),
  };
  printRecords(cli, args, 'sockets', context, chosenSockets(context, args), columns);
  return reportGaps(cli, args, snapshot);
}

export const SOCKETS_COMMAND: CommandRecord = {
  name: 'sockets',
  operands: '[:PORT...] [NETNS|PID...]',
  summary: 'sockets of every network namespace with their owners, listening ones first',
  options: [
    { long: 'listening', short: 'l', help: 'only those that wait for others' },
    {
      long: 'protocol',
      short: 'p',
      argument: 'PROTOCOL',
      choices: ['tcp', 'udp', 'raw', 'unix', 'packet', 'netlink'],
      help: 'only this kind',
    },
    { long: 'bridges', help: 'only unix sockets whose two ends live in different network namespaces' },
    ...columnOptions(SOCKET_COLUMNS),
    { long: 'raw', short: 'r', help: 'one blank between columns' },
    { long: 'noheadings', short: 'n', help: 'no heading line' },
    JSON_OPTION,
    ...COMMON_OPTIONS,
  ],
  run,
};

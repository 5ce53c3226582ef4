/** View 6: network namespaces, and in each its sockets with their owners. */
import type { Model } from '../model/model.js';
import type { NamespaceKey } from '../model/snapshot.js';
import { hostFirst, namespaceName, userName } from '../analysis/namespace-name.js';
import type { Socket, SocketModel } from '../analysis/socket-model.js';
import { bridgeTo, endpointText, isListening } from '../analysis/socket-model.js';
import { clean } from './clean.js';
import { jsonLines } from './json-lines.js';
import type { Line, Role } from './line.js';
import { span } from './line.js';
import { counted } from './network-words.js';
import { processLabel } from './reason-lines.js';
import type { RowColumn } from './row-columns.js';
import type { RowNode } from './row-node.js';
import { NO_CHILDREN, once } from './row-node.js';
import { namespaceIdentity } from './row-trees.js';
import { padText } from './text-width.js';

export function socketNamespaceRowId(key: NamespaceKey): string {
  return `S${key}`;
}

function socketRowId({ namespace, fact }: Socket): string {
  // Those without an inode (waiting to be accepted, or to be forgotten) are told apart by their ends.
  const ends = (): string => `${endpointText(fact, 'local')} ${endpointText(fact, 'remote')}`;
  return `s${namespace}/${fact.protocol}/${fact.inode === 0 ? ends() : fact.inode}`;
}

/** Host first, then by name. */
export function socketRows(model: Model, sockets: SocketModel): RowNode[] {
  return hostFirst(model, [...sockets.tables.keys()], model.host.net).map(({ key, name, isHost }) =>
    namespaceRow(model, sockets, key, name, isHost),
  );
}

/** All sockets without their namespaces' rows, listening ones first: to be sorted by a column. */
export function flatSockets(model: Model, sockets: SocketModel): RowNode[] {
  const all = [...sockets.tables.values()].flat();
  const ordered = [
    ...all.filter(({ fact }) => isListening(fact)),
    ...all.filter(({ fact }) => !isListening(fact)),
  ];
  return ordered.map((socket) => ({
    ...socketRow(model, sockets, socket, socket.namespace === model.host.net),
    title: clean(`${namespaceName(model, socket.namespace)} ${endpointText(socket.fact, 'local')}`),
  }));
}

function namespaceRow(
  model: Model,
  sockets: SocketModel,
  key: NamespaceKey,
  name: string,
  isHost: boolean,
): RowNode {
  const list = sockets.tables.get(key) ?? [];
  const listening = list.filter(({ fact }) => isListening(fact)).length;
  return {
    rowId: socketNamespaceRowId(key),
    identity: namespaceIdentity(model.namespaces.get(key)?.fact),
    rowKind: 'namespace',
    title: clean(name),
    role: isHost ? 'strong' : 'net',
    key,
    process: model.namespaces.get(key)?.processes[0],
    held: '',
    note: `${counted(list.length, 'socket')}, ${listening} listening`,
    expanded: true,
    children: once(() => list.map((socket) => socketRow(model, sockets, socket, isHost))),
    hasChildren: list.length > 0,
    ofHost: isHost,
  };
}

function socketRow(model: Model, sockets: SocketModel, socket: Socket, isHost: boolean): RowNode {
  const [owner] = socket.owners;
  return {
    rowId: socketRowId(socket),
    rowKind: 'socket',
    title: clean(endpointText(socket.fact, 'local')),
    role: isListening(socket.fact) ? 'strong' : 'text',
    socket,
    process: owner && model.processes.get(owner.pid),
    held: '',
    isProblem: bridgeTo(model, sockets, socket) !== null,
    expanded: false,
    children: NO_CHILDREN,
    hasChildren: false,
    ofHost: isHost,
  };
}

/** Where it is connected to; of a unix socket whose other end is elsewhere, in which namespace that is. */
export function remoteText(model: Model, sockets: SocketModel, socket: Socket): string {
  if (socket.fact.protocol !== 'unix') return endpointText(socket.fact, 'remote');
  const peer = sockets.peer(socket);
  if (!peer) return socket.fact.peerInode === 0 ? '' : `inode ${socket.fact.peerInode}`;
  const [owner] = peer.owners;
  const who = owner ? shortLabel(model, owner.pid) : `inode ${peer.fact.inode}`;
  const bridge = bridgeTo(model, sockets, socket);
  return bridge ? `BRIDGE to ${namespaceName(model, bridge)}: ${who}` : who;
}

function shortLabel(model: Model, pid: number): string {
  return clean(`${pid} ${model.processes.get(pid)?.details?.comm ?? '?'}`);
}

export function ownerText(model: Model, { owners }: Socket): string {
  const pids = [...new Set(owners.map(({ pid }) => pid))];
  const [first] = pids;
  if (first === undefined) return '';
  return shortLabel(model, first) + (pids.length > 1 ? ` +${pids.length - 1}` : '');
}

export function socketColumns(sockets: SocketModel): readonly RowColumn[] {
  const stateRole = (socket: Socket): Role =>
    isListening(socket.fact) ? 'good' : socket.fact.state === 'ESTAB' ? 'accent' : 'dim';
  return [
    {
      name: 'NETNS / SOCKET',
      width: 22,
      maximumWidth: 44,
      align: 'left',
      help: 'network namespaces, and in each its sockets: address and port, path, protocol',
      isPath: true,
      cell: (_, { title, role }) => span(title, role),
      sortKey: (_, { title }) => title,
    },
    {
      name: 'PROTO',
      width: 7,
      align: 'left',
      help: 'tcp, udp, raw, unix, packet, netlink',
      cell: (_, { socket }) => span(socket?.fact.protocol ?? '', 'dim'),
      sortKey: (_, { socket }) => socket?.fact.protocol ?? '',
    },
    {
      name: 'STATE',
      width: 9,
      maximumWidth: 11,
      align: 'left',
      help: 'as in ss(8): LISTEN, ESTAB, UNCONN, TIME-WAIT …',
      cell: (_, { socket }) => (socket ? span(socket.fact.state, stateRole(socket)) : span('')),
      sortKey: (_, { socket }) => socket?.fact.state ?? '',
    },
    {
      name: 'OWNER',
      width: 16,
      maximumWidth: 34,
      align: 'left',
      help: 'pid and command of a process that has a descriptor of it, and how many others have',
      cell: (model, { socket }) => (socket ? span(ownerText(model, socket)) : span('')),
      sortKey: (model, { socket }) => (socket ? ownerText(model, socket) : ''),
    },
    {
      name: 'REMOTE',
      width: 0,
      leastWidth: 34,
      align: 'left',
      help: 'what it is connected to; BRIDGE: a unix socket whose other end is in another network namespace',
      cell: (model, { socket, note }) => {
        if (!socket) return span(note ?? '', 'dim');
        return span(
          clean(remoteText(model, sockets, socket)),
          bridgeTo(model, sockets, socket) ? 'warn' : 'text',
        );
      },
      sortKey: (model, { socket }) => (socket ? remoteText(model, sockets, socket) : ''),
    },
  ];
}

// ---- details ---------------------------------------------------------------------------------------------------

export interface SocketTab {
  name: string;
  lines: (model: Model, sockets: SocketModel, socket: Socket) => Line[];
}

function socketLines(model: Model, sockets: SocketModel, socket: Socket): Line[] {
  const { fact, owners, namespace } = socket;
  const field = (name: string, ...rest: Line): Line => [span(padText(name, 12), 'dim'), ...rest];
  const lines: Line[] = [
    field('socket', span(clean(endpointText(fact, 'local')), 'strong'), span(`  inode ${fact.inode}`, 'dim')),
    field('protocol', span([fact.protocol, fact.family, fact.socketType].filter(Boolean).join(' '))),
    field('state', span(fact.state), span(`  queues ${fact.receiveQueue} in, ${fact.sendQueue} out`, 'dim')),
    field('namespace', span(clean(namespaceName(model, namespace)), 'net'), span(`  ${namespace}`, 'dim')),
    field('user', span(clean(userName(model, fact.uid)))),
  ];
  const remote = remoteText(model, sockets, socket);
  if (remote !== '') lines.push(field('remote', span(clean(remote))));
  const bridge = bridgeTo(model, sockets, socket);
  if (bridge) {
    const words = `its other end is held in ${namespaceName(model, bridge)}: a way around the network`;
    lines.push(field('bridge', span(clean(words), 'warn')));
  }
  lines.push([], [span(owners.length === 0 ? 'no descriptor of it is in sight' : 'held by', 'title')]);
  for (const { pid, fd } of owners)
    lines.push([span(`  ${processLabel(model, pid)}`), span(`  fd ${fd}`, 'dim')]);
  return lines;
}

export const SOCKET_TABS: readonly SocketTab[] = [
  { name: 'Socket', lines: socketLines },
  {
    name: 'Raw',
    lines: (_, sockets, socket) => jsonLines({ ...socket, peer: sockets.peer(socket) }),
  },
];

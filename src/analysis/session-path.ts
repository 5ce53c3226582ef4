/**
 * What a person's own remote session hangs on: the socket of the server above us (sshd, mosh …), and every interface
 * that its packets go through. SSH_CONNECTION does not survive sudo and tmux; sockets and routes do not lie.
 */
import type { Model } from '../model/model.js';
import type { SessionFacts } from '../model/session.js';
import type { NamespaceKey, Pid } from '../model/snapshot.js';
import type { Link, NetworkModel } from './network-model.js';
import { tracePath } from './path-trace.js';
import type { Socket, SocketModel } from './socket-model.js';

export interface SessionPath {
  /** Established connections of our ancestors, or of every session server where a multiplexer stands between. */
  sockets: readonly Socket[];
  links: readonly Link[];
  namespaces: readonly NamespaceKey[];
  /** Those of them that pass its packets on. */
  forwarding: readonly NamespaceKey[];
  /** Addresses of this end. */
  localAddresses: readonly string[];
  /** Of the other end. */
  remoteAddresses: readonly string[];
  /** Processes that the session needs: our ancestors and who owns its sockets. */
  processes: readonly Pid[];
  /** It is not certain that these sockets are of this session: there is a terminal multiplexer in between. */
  isGuess: boolean;
}

const SERVERS = /^(sshd|sshd-session|dropbear|mosh-server|telnetd|in\.telnetd|xrdp|ttyd|tailscaled)/;
const MULTIPLEXERS = /^(tmux|screen|SCREEN|zellij|dtach|abduco|byobu)/;
const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/;

/** From our parent up. */
export function ancestorsOfObserver(model: Model): Pid[] {
  const chain: Pid[] = [];
  let at = model.processes.get(model.snapshot.header.observer.pid)?.details?.ppid ?? 0;
  while (at > 0 && !chain.includes(at)) {
    chain.push(at);
    at = model.processes.get(at)?.details?.ppid ?? 0;
  }
  return chain;
}

function isRemote({ fact }: Socket): boolean {
  return (
    (fact.protocol === 'tcp' || fact.protocol === 'udp') &&
    fact.state === 'ESTAB' &&
    !LOOPBACK.test(fact.remoteAddress)
  );
}

/** Null: nobody is connected from elsewhere through us: a console, a container, a local terminal. */
export function sessionPath(
  model: Model,
  network: NetworkModel,
  sockets: SocketModel,
  above: SessionFacts['ancestors'],
): SessionPath | null {
  const ancestors = above.map(({ pid }) => pid);
  const commOf = (pid: Pid): string => model.processes.get(pid)?.details?.comm ?? '';
  const all = [...sockets.tables.values()].flat().filter(isRemote);
  const ownedBy = (wanted: (pid: Pid) => boolean): Socket[] =>
    all.filter(({ owners }) => owners.some(({ pid }) => wanted(pid)));
  let own = ownedBy((pid) => ancestors.includes(pid));
  const isGuess = own.length === 0 && above.some(({ comm }) => MULTIPLEXERS.test(comm));
  if (isGuess) own = ownedBy((pid) => SERVERS.test(commOf(pid)));
  if (own.length === 0) return null;
  const owners = own.flatMap((socket) => socket.owners.map(({ pid }) => pid));
  return {
    sockets: own,
    ...wayOf(network, own),
    localAddresses: [...new Set(own.map(({ fact }) => plain(fact.localAddress)))],
    remoteAddresses: [...new Set(own.map(({ fact }) => plain(fact.remoteAddress)))],
    processes: [...new Set([...ancestors, ...owners])],
    isGuess,
  };
}

/** `::ffff:192.0.2.1` is an IPv4 address on an IPv6 socket. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/, '');
}

/** Every interface on the way to the other end, and all that these stand on. */
function wayOf(
  network: NetworkModel,
  sockets: readonly Socket[],
): Pick<SessionPath, 'links' | 'namespaces' | 'forwarding'> {
  const links = new Set<Link>();
  const namespaces = new Set<NamespaceKey>();
  const forwarding = new Set<NamespaceKey>();
  for (const { namespace, fact } of sockets) {
    namespaces.add(namespace);
    for (const step of tracePath(network, namespace, plain(fact.remoteAddress))?.steps ?? []) {
      if (step.step === 'route' || step.step === 'forward') namespaces.add(step.namespace);
      if (step.step === 'forward') forwarding.add(step.namespace);
      if ('link' in step && step.link) addWithBase(network, step.link, links);
    }
  }
  return { links: [...links], namespaces: [...namespaces], forwarding: [...forwarding] };
}

/** A bridge or bond carries by its ports, a vlan or macvlan by what it stands on, a veth by its other end. */
function addWithBase(network: NetworkModel, link: Link, into: Set<Link>): void {
  if (into.has(link)) return;
  into.add(link);
  const isBond = link.fact.kind === 'bond' || link.fact.kind === 'team';
  const below = [
    ...(network.farEnd(link)?.links ?? []),
    ...(network.master(link) ? [network.master(link)!] : []),
    ...(isBond ? network.ports(link) : []),
  ];
  for (const each of below) addWithBase(network, each, into);
}

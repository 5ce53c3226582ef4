/** What a recording holds of network namespaces. */
import type {
  AddressFact,
  LinkFact,
  LinkStatistics,
  NeighbourFact,
  NetworkTableFact,
  RouteFact,
  RuleFact,
} from '../model/network-table.js';
import type { SocketFact, SocketOwnerFact, SocketTableFact } from '../model/socket-table.js';
import {
  amount,
  either,
  flag,
  listOf,
  mapOf,
  oneOf,
  optional,
  orNull,
  shape,
  since,
  text,
  whole,
  pair,
  yes,
} from './check.js';
import { kernelMessage, networkRemains } from './network-remains-shape.js';
import { ifindex, keyOfKind, moment, pid, uid } from './common-shapes.js';

const netKey = keyOfKind('net');
const netnsid = whole(-1, 2 ** 31 - 1);
const prefixLength = whole(0, 128);
const port = whole(0, 65_535);

const statistics = shape<LinkStatistics>({
  rxPackets: amount,
  txPackets: amount,
  rxBytes: amount,
  txBytes: amount,
  rxErrors: amount,
  txErrors: amount,
  rxDropped: amount,
  txDropped: amount,
});

const link = shape<LinkFact>({
  ifindex,
  name: text,
  alternativeNames: listOf(text),
  flags: whole(),
  operState: text,
  carrier: orNull(flag),
  mtu: whole(),
  hardwareType: whole(),
  address: text,
  kind: orNull(text),
  broadcast: text,
  txQueueLength: whole(),
  group: whole(),
  master: orNull(ifindex),
  portState: orNull(text),
  lower: orNull(ifindex),
  lowerNetnsid: orNull(netnsid),
  queueDiscipline: text,
  netnsImmutable: orNull(flag),
  featureNetnsLocal: orNull(flag),
  parentDevice: orNull(text),
  phy: since(orNull(whole()), null),
  details: mapOf(/^[A-Za-z0-9][A-Za-z0-9 _./-]{0,63}$/, either(text, either(amount, flag))),
  statistics,
});

const address = shape<AddressFact>({
  ifindex,
  family: text,
  address: text,
  peer: orNull(text),
  prefixLength,
  scope: text,
  flags: listOf(text),
  label: orNull(text),
  message: optional(kernelMessage),
});

const route = shape<RouteFact>({
  family: text,
  kind: text,
  destination: text,
  table: whole(),
  gateway: orNull(text),
  outInterface: orNull(ifindex),
  source: orNull(text),
  protocol: text,
  scope: text,
  metric: orNull(whole()),
  nextHops: listOf(
    shape<RouteFact['nextHops'][number]>({ gateway: orNull(text), outInterface: ifindex, weight: whole() }),
  ),
  flags: listOf(text),
  message: optional(kernelMessage),
});

const rule = shape<RuleFact>({
  family: text,
  priority: whole(),
  from: text,
  to: text,
  table: whole(),
  action: text,
  not: optional(yes),
  tos: optional(whole()),
  dscp: optional(whole()),
  fwmark: optional(shape<NonNullable<RuleFact['fwmark']>>({ mark: whole(), mask: whole() })),
  iif: optional(text),
  oif: optional(text),
  iifDetached: optional(yes),
  oifDetached: optional(yes),
  l3mdev: optional(yes),
  uidRange: optional(pair),
  ipProtocol: optional(whole()),
  sourcePorts: optional(pair),
  destinationPorts: optional(pair),
  tunnelId: optional(text),
  goto: optional(whole()),
  unresolved: optional(yes),
  suppressPrefixLength: optional(whole()),
  suppressGroup: optional(whole()),
  realms: optional(pair),
  protocol: optional(whole()),
  unknown: optional(listOf(whole())),
});

const neighbour = shape<NeighbourFact>({
  ifindex,
  family: text,
  address: text,
  hardwareAddress: text,
  state: text,
});

export const networkTable = shape<NetworkTableFact>({
  key: netKey,
  links: listOf(link),
  addresses: listOf(address),
  routes: listOf(route),
  rules: listOf(rule),
  neighbours: listOf(neighbour),
  forwarding: shape<NetworkTableFact['forwarding']>({ ipv4: orNull(flag), ipv6: orNull(flag) }),
  netnsids: mapOf(/^-?[0-9]{1,10}$/, netKey),
  takenAt: moment,
  unasked: optional(listOf(netKey)),
  remains: optional(networkRemains),
});

const socket = shape<SocketFact>({
  protocol: oneOf<SocketFact['protocol']>({
    tcp: true,
    udp: true,
    raw: true,
    unix: true,
    packet: true,
    netlink: true,
  }),
  family: orNull(text),
  state: text,
  socketType: orNull(text),
  localAddress: text,
  localPort: whole(),
  remoteAddress: text,
  remotePort: port,
  v6only: flag,
  ifindex,
  receiveQueue: amount,
  sendQueue: amount,
  uid,
  inode: whole(),
  peerInode: whole(),
});

export const socketTable = shape<SocketTableFact>({ key: netKey, sockets: listOf(socket) });
export const socketOwner = shape<SocketOwnerFact>({ inode: whole(), pid, fd: whole() });

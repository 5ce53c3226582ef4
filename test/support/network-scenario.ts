/** A node whose containers are wired: bridge, veth pairs, hardware, a macvlan, a leaked pair, sockets. */
import type {
  AddressFact,
  LinkFact,
  NetworkTableFact,
  RouteFact,
  RuleFact,
} from '../../src/model/network-table.js';
import type { NamespaceKey, Snapshot } from '../../src/model/snapshot.js';
import type { SocketFact } from '../../src/model/socket-table.js';
import { containerNode } from './scenarios.js';
import { hostKey } from './snapshot-builder.js';

export const HOST = hostKey('net');
export const NGINX: NamespaceKey = 'net:[4026532323]';
export const DB: NamespaceKey = 'net:[4026532611]';
export const LAB: NamespaceKey = 'net:[4026532880]';
export const LEAKED: NamespaceKey = 'net:[4026532970]';

const UP = 0x1 | 0x40 | 0x1000 | 0x10000;

export function link(ifindex: number, name: string, more: Partial<LinkFact> = {}): LinkFact {
  const isLoopback = name === 'lo';
  return {
    ifindex,
    name,
    alternativeNames: [],
    flags: UP | (isLoopback ? 0x8 : 0x2),
    operState: isLoopback ? 'UNKNOWN' : 'UP',
    carrier: true,
    mtu: isLoopback ? 65536 : 1500,
    hardwareType: isLoopback ? 772 : 1,
    address: isLoopback ? '00:00:00:00:00:00' : `02:42:0a:09:00:${ifindex.toString(16).padStart(2, '0')}`,
    broadcast: isLoopback ? '00:00:00:00:00:00' : 'ff:ff:ff:ff:ff:ff',
    txQueueLength: 1000,
    group: 0,
    kind: null,
    portState: null,
    master: null,
    lower: null,
    lowerNetnsid: null,
    queueDiscipline: isLoopback ? 'noqueue' : 'fq_codel',
    netnsImmutable: isLoopback,
    featureNetnsLocal: null,
    parentDevice: null,
    phy: null,
    details: {},
    statistics: {
      rxPackets: 10 * ifindex,
      txPackets: 9 * ifindex,
      rxBytes: 12_345 * ifindex,
      txBytes: 2_345 * ifindex,
      rxErrors: 0,
      txErrors: 0,
      rxDropped: 0,
      txDropped: 0,
    },
    ...more,
  };
}

export function address(ifindex: number, text: string): AddressFact {
  const [own, prefixLength] = text.split('/');
  const family = own!.includes(':') ? 'inet6' : 'inet';
  const scope = own === '127.0.0.1' || own === '::1' ? 'host' : own!.startsWith('fe80') ? 'link' : 'global';
  return {
    ifindex,
    family,
    address: own!,
    peer: null,
    prefixLength: Number(prefixLength),
    scope,
    flags: ['permanent'],
    label: null,
  };
}

export function route(destination: string, outInterface: number, more: Partial<RouteFact> = {}): RouteFact {
  return {
    family: destination.includes(':') ? 'inet6' : 'inet',
    kind: 'unicast',
    destination,
    table: 254,
    gateway: null,
    outInterface,
    source: null,
    protocol: 'kernel',
    scope: 'global',
    metric: null,
    nextHops: [],
    flags: [],
    ...more,
  };
}

const RULES: RuleFact[] = [255, 254, 253].map((table, at) => ({
  family: 'inet',
  priority: [0, 32766, 32767][at]!,
  from: 'all',
  to: 'all',
  table,
  action: 'to_tbl',
}));

export function table(key: NamespaceKey, more: Partial<NetworkTableFact>): NetworkTableFact {
  return {
    key,
    links: [link(1, 'lo')],
    addresses: [address(1, '127.0.0.1/8')],
    routes: [],
    rules: RULES,
    neighbours: [],
    forwarding: { ipv4: true, ipv6: false },
    netnsids: {},
    takenAt: 1_790_000_000_000,
    ...more,
  };
}

function containerTable(key: NamespaceKey, own: string, hostPeer: number): NetworkTableFact {
  return table(key, {
    links: [
      link(1, 'lo'),
      link(2, 'eth0', { kind: 'veth', lower: hostPeer, lowerNetnsid: 0, netnsImmutable: false }),
    ],
    addresses: [address(1, '127.0.0.1/8'), address(2, `${own}/24`), address(2, 'fe80::42:aff:fe09:2/64')],
    routes: [
      route('10.9.0.0/24', 2, { scope: 'link', source: own }),
      route('default', 2, { gateway: '10.9.0.1', protocol: 'boot' }),
    ],
    netnsids: { 0: HOST },
    forwarding: { ipv4: false, ipv6: false },
  });
}

/** `ambiguous`: a veth in the host whose peer's namespace could not be asked. */
export function networkTables(): NetworkTableFact[] {
  return [
    table(HOST, {
      links: [
        link(1, 'lo'),
        link(2, 'eth0', { netnsImmutable: false, parentDevice: '0000:00:1f.6' }),
        link(3, 'eth1', {
          netnsImmutable: false,
          parentDevice: '0000:00:1f.7',
          carrier: false,
          operState: 'DOWN',
        }),
        link(4, 'br0', { kind: 'bridge', netnsImmutable: true }),
        link(5, 'veth3f2a', {
          kind: 'veth',
          lower: 2,
          lowerNetnsid: 0,
          master: 4,
          portState: 'forwarding',
          netnsImmutable: false,
        }),
        link(6, 'vethd77', {
          kind: 'veth',
          lower: 2,
          lowerNetnsid: 1,
          master: 4,
          portState: 'forwarding',
          netnsImmutable: false,
        }),
        link(7, 'wg0', { kind: 'wireguard', netnsImmutable: false }),
      ],
      addresses: [
        address(1, '127.0.0.1/8'),
        address(2, '192.0.2.7/24'),
        address(4, '10.9.0.1/24'),
        address(7, '10.200.0.1/32'),
      ],
      routes: [
        route('default', 2, { gateway: '192.0.2.1', protocol: 'dhcp', metric: 100 }),
        route('192.0.2.0/24', 2, { scope: 'link', source: '192.0.2.7' }),
        route('10.9.0.0/24', 4, { scope: 'link', source: '10.9.0.1' }),
        route('10.66.0.0/16', 0, { kind: 'blackhole', outInterface: null, protocol: 'static' }),
      ],
      neighbours: [
        {
          ifindex: 2,
          family: 'inet',
          address: '192.0.2.1',
          hardwareAddress: '02:00:00:00:00:01',
          state: 'REACHABLE',
        },
      ],
      netnsids: { 0: NGINX, 1: DB },
    }),
    containerTable(NGINX, '10.9.0.2', 5),
    containerTable(DB, '10.9.0.3', 6),
    table(LAB, {
      links: [
        link(1, 'lo'),
        link(2, 'mv0', {
          kind: 'macvlan',
          lower: 2,
          lowerNetnsid: 0,
          details: { mode: 'bridge' },
          netnsImmutable: false,
        }),
        link(9, 'lost', { kind: 'veth', lower: 12, lowerNetnsid: 4, netnsImmutable: false }),
      ],
      addresses: [address(1, '127.0.0.1/8'), address(2, '192.0.2.9/24')],
      netnsids: { 0: HOST },
    }),
    table(LEAKED, {
      links: [
        link(1, 'lo', { flags: 0x8, operState: 'DOWN' }),
        link(12, 'found', { kind: 'veth', lower: 9, lowerNetnsid: 3, netnsImmutable: false }),
      ],
      addresses: [],
    }),
  ];
}

export function socket(inode: number, more: Partial<SocketFact>): SocketFact {
  return {
    protocol: 'tcp',
    family: 'inet',
    state: 'LISTEN',
    socketType: null,
    localAddress: '0.0.0.0',
    localPort: 0,
    remoteAddress: '0.0.0.0',
    remotePort: 0,
    v6only: false,
    ifindex: 0,
    receiveQueue: 0,
    sendQueue: 0,
    uid: 0,
    inode,
    peerInode: 0,
    ...more,
  };
}

const UNIX = { protocol: 'unix', family: null, socketType: 'stream', localAddress: '' } as const;

export function wiredNode(): Snapshot {
  return {
    ...containerNode(),
    networkTables: networkTables(),
    userMaps: [
      {
        key: hostKey('user'),
        uidMap: [{ inside: 0, outside: 0, length: 4_294_967_295 }],
        gidMap: [{ inside: 0, outside: 0, length: 4_294_967_295 }],
        setgroups: 'allow',
        pid: 2,
      },
      {
        key: 'user:[4026532609]',
        uidMap: [
          { inside: 0, outside: 1000, length: 1 },
          { inside: 1, outside: 100_000, length: 65_536 },
        ],
        gidMap: [{ inside: 0, outside: 1000, length: 1 }],
        setgroups: 'allow',
        pid: 2612,
      },
      {
        key: 'user:[4026532901]',
        uidMap: [{ inside: 0, outside: 1000, length: 1 }],
        gidMap: [],
        setgroups: 'deny',
        pid: 2902,
      },
    ],
    netnsNames: [
      { name: 'lab', path: '/run/netns/lab', key: LAB, reason: null },
      { name: 'old-test', path: '/run/netns/old-test', key: null, reason: 'no namespace is mounted on it' },
    ],
    socketTables: [
      {
        key: HOST,
        sockets: [
          socket(100, { localPort: 22 }),
          socket(101, {
            localAddress: '192.0.2.7',
            localPort: 22,
            remoteAddress: '203.0.113.9',
            remotePort: 50_122,
            state: 'ESTAB',
          }),
          socket(102, { ...UNIX, localAddress: '/run/docker.sock' }),
          socket(103, { ...UNIX, localAddress: '/run/docker.sock', state: 'ESTAB', peerInode: 203 }),
        ],
      },
      {
        key: NGINX,
        sockets: [
          socket(200, { localPort: 8080 }),
          socket(201, { family: 'inet6', localAddress: '::', remoteAddress: '::', localPort: 8080 }),
          socket(203, { ...UNIX, state: 'ESTAB', peerInode: 103 }),
        ],
      },
    ],
    socketOwners: [
      { inode: 102, pid: 1204, fd: 3 },
      { inode: 103, pid: 1204, fd: 9 },
      { inode: 200, pid: 2231, fd: 6 },
      { inode: 200, pid: 2240, fd: 6 },
      { inode: 201, pid: 2231, fd: 7 },
      { inode: 203, pid: 2301, fd: 5 },
    ],
  };
}

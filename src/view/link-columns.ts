/** Columns of `nsview links`: the name in lower case is the JSON key, ip(8)'s own where it has one. */
import { movabilityOf } from '../analysis/movability.js';
import { namespaceName } from '../analysis/namespace-name.js';
import type { Link } from '../analysis/network-model.js';
import { IFF_UP, isPeerKind } from '../analysis/network-model.js';
import type { RecordColumn, RecordValue } from './record-columns.js';
import { netnsColumns } from './record-columns.js';
import type { NetworkContext } from './network-words.js';
import {
  addressText,
  birthLabel,
  byteWords,
  farEndLabel,
  linkKind,
  linkState,
  sortedAddresses,
  withoutMessage,
} from './network-words.js';

export type LinkColumn = RecordColumn<NetworkContext, Link>;

function peerOf(context: NetworkContext, link: Link): RecordValue {
  const far = context.network.farEnd(link);
  const birth = context.network.birthOf(link);
  const born = birth === null || birth === link.namespace ? {} : { born_in: birth };
  if (!far) return birth === null || birth === link.namespace ? null : { relation: 'born in', ...born };
  return {
    ...born,
    relation: isPeerKind(link.fact) ? 'peer' : 'lower',
    certainty: far.certainty,
    netnsid: far.netnsid,
    ifindex: far.ifindex,
    candidates: far.links.map(({ namespace, fact }) => ({
      netns: namespace,
      name: namespaceName(context.model, namespace),
      ifname: fact.name,
      ifindex: fact.ifindex,
    })),
  };
}

/** IFF_* as `ip -j link` spells them, in its order. */
const FLAG_NAMES: readonly [number, string][] = [
  [0x8, 'LOOPBACK'],
  [0x2, 'BROADCAST'],
  [0x10, 'POINTOPOINT'],
  [0x1000, 'MULTICAST'],
  [0x80, 'NOARP'],
  [0x200, 'ALLMULTI'],
  [0x100, 'PROMISC'],
  [0x400, 'MASTER'],
  [0x800, 'SLAVE'],
  [0x4, 'DEBUG'],
  [0x8000, 'DYNAMIC'],
  [0x4000, 'AUTOMEDIA'],
  [0x2000, 'PORTSEL'],
  [0x20, 'NOTRAILERS'],
  [0x1, 'UP'],
  [0x10000, 'LOWER_UP'],
  [0x20000, 'DORMANT'],
  [0x40000, 'ECHO'],
];
const IFF_RUNNING = 0x40;

/** `NO-CARRIER` first, where it is up but not running, print_link_flags() in ip/ipaddress.c. */
export function flagNames(flags: number): string[] {
  const names = FLAG_NAMES.filter(([bit]) => (flags & bit) !== 0).map(([, name]) => name);
  const hasNoCarrier = (flags & IFF_UP) !== 0 && (flags & IFF_RUNNING) === 0;
  return hasNoCarrier ? ['NO-CARRIER', ...names] : names;
}

export const LINK_COLUMNS: readonly LinkColumn[] = [
  ...netnsColumns(),
  { name: 'IFINDEX', align: 'right', help: 'number of the interface', value: (_, { fact }) => fact.ifindex },
  { name: 'IFNAME', align: 'left', help: 'name of the interface', value: (_, { fact }) => fact.name },
  { name: 'ALTNAMES', align: 'left', help: 'other names', value: (_, { fact }) => fact.alternativeNames },
  {
    name: 'KIND',
    align: 'left',
    help: 'kind, as in ip link add type',
    value: (_, { fact }) => linkKind(fact),
  },
  { name: 'STATE', align: 'left', help: 'UP, DOWN, NOCARR', value: (_, { fact }) => linkState(fact).word },
  {
    name: 'MOVE',
    align: 'left',
    help: 'yes: may change its network namespace; no: netns-local; JSON: and who says so',
    value: (_, { fact }) => ({ ...movabilityOf(fact) }),
    text: (_, { fact }) => (movabilityOf(fact).answer === 'movable' ? 'yes' : 'no'),
  },
  { name: 'MTU', align: 'right', help: 'largest packet', value: (_, { fact }) => fact.mtu },
  { name: 'OPERSTATE', align: 'left', help: 'state as of RFC 2863', value: (_, { fact }) => fact.operState },
  {
    name: 'FLAGS',
    align: 'left',
    help: 'flags of netdevice(7)',
    value: (_, { fact }) => flagNames(fact.flags),
  },
  { name: 'QDISC', align: 'left', help: 'queueing discipline', value: (_, { fact }) => fact.queueDiscipline },
  { name: 'TXQLEN', align: 'right', help: 'length of the queue', value: (_, { fact }) => fact.txQueueLength },
  { name: 'LADDR', align: 'left', help: 'hardware address', value: (_, { fact }) => fact.address },
  {
    name: 'ADDRESSES',
    align: 'left',
    help: 'addresses with their prefix length',
    value: (_, { addresses }) => addresses.map(withoutMessage),
    text: (_, link) => sortedAddresses(link).map(addressText).join(','),
  },
  {
    name: 'PEER',
    align: 'left',
    help: 'namespace:interface at the other end of a veth, or that it stands on; ? where it is not sure',
    value: peerOf,
    text: (context, link) => {
      const far = context.network.farEnd(link);
      if (far) return farEndLabel(context.model, link.namespace, far);
      const birth = birthLabel(context, link);
      return birth === null ? '-' : `born in ${birth}`;
    },
  },
  {
    name: 'MASTER',
    align: 'left',
    help: 'bridge or bond that it is a port of',
    value: ({ network }, link) => network.master(link)?.fact.name ?? null,
  },
  { name: 'DEVICE', align: 'left', help: 'bus device behind it', value: (_, { fact }) => fact.parentDevice },
  {
    name: 'DETAILS',
    align: 'left',
    help: 'of its kind: id, mode, remote',
    value: (_, { fact }) => fact.details,
  },
  {
    name: 'RX',
    align: 'right',
    help: 'bytes received',
    value: (_, { fact }) => fact.statistics.rxBytes,
    text: (_, { fact }) => byteWords(fact.statistics.rxBytes),
  },
  {
    name: 'TX',
    align: 'right',
    help: 'bytes sent',
    value: (_, { fact }) => fact.statistics.txBytes,
    text: (_, { fact }) => byteWords(fact.statistics.txBytes),
  },
];

export const DEFAULT_LINK_COLUMNS = [
  'NAME',
  'IFNAME',
  'KIND',
  'STATE',
  'MOVE',
  'ADDRESSES',
  'PEER',
  'MASTER',
];

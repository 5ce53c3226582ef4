/** Operations in network namespaces as ip(8), sysctl and nft(8) would be asked for them. */
import { bridgeWords, portWords } from '../analysis/bridge-words.js';
import { forwardingReplayWords, groupReplayWords, neighbourReplayWords } from '../analysis/entry-words.js';
import {
  addressReplayWords,
  isIpv6NextHop,
  nextHopReplayWords,
  routeReplayWords,
} from '../analysis/replay-words.js';
import { dhcpWords } from './dhcp-client.js';
import { netnsName } from './netns-place.js';
import { throughWords, writeWords } from './in-namespace.js';
import type { LinkTraits } from '../model/network-table.js';
import type {
  LinkPlace,
  NetnsPlace,
  NetworkOperation,
  NewLinkOptions,
  NumberedLink,
  RoutePlace,
} from './plan.js';
import { shellCommand } from './shell-words.js';
import { sysctlPath } from './sysctl-path.js';

const PROCESS = /^\/proc\/(\d+)\/ns\/net$/;

function isOwn(place: NetnsPlace): boolean {
  return !('made' in place) && place.isOwn;
}

/** What comes before `ip`'s own words to be in that namespace. */
function ip(place: NetnsPlace, program: 'ip' | 'bridge' = 'ip'): string[] {
  if (isOwn(place)) return [program];
  const name = netnsName(place);
  if (name !== null) return [program, '-n', name];
  return [...inside(place), program];
}

function inside(place: NetnsPlace): string[] {
  if (isOwn(place)) return [];
  const through = 'made' in place ? [] : throughWords(place);
  return ['nsenter', ...through, `--net=${pathOf(place)}`, '--'];
}

function pathOf(place: NetnsPlace): string {
  return 'made' in place ? `/run/netns/${place.made}` : (place.paths[0] ?? place.key);
}

/** `netns` of ip-link(8) takes a name, a pid or a path; our own is that of pid 1 only on the host. */
function target(place: NetnsPlace): string {
  return netnsName(place) ?? pathOf(place);
}

function traitWords({ hardwareAddress, mtu }: LinkTraits): string[] {
  return [
    ...(hardwareAddress === undefined ? [] : ['address', hardwareAddress]),
    ...(mtu === undefined ? [] : ['mtu', String(mtu)]),
  ];
}

/** iw(8) takes a name or a pid. */
function wiphyTarget(place: NetnsPlace): string[] {
  const name = netnsName(place);
  return name === null ? [PROCESS.exec(pathOf(place))?.[1] ?? pathOf(place)] : ['name', name];
}

function linkWords(options: NewLinkOptions): string[] {
  return [...traitWords(options), ...kindWords(options)];
}

function kindWords(options: NewLinkOptions): string[] {
  switch (options.kind) {
    case 'veth':
      return [
        'type',
        'veth',
        'peer',
        'name',
        options.peerName,
        ...traitWords(options.peer ?? {}),
        ...(options.peerNetns ? ['netns', target(options.peerNetns)] : []),
      ];
    case 'macvlan':
    case 'macvtap':
      return ['link', options.lower, 'type', options.kind, 'mode', options.mode];
    case 'vlan':
      return ['link', options.lower, 'type', 'vlan', 'id', String(options.id)];
    default:
      return ['type', options.kind];
  }
}

function routeWords({ destination, gateway, device, metric, source, table, protocol }: RoutePlace): string[] {
  return [
    destination,
    ...(gateway === null ? [] : ['via', gateway]),
    ...(device === null ? [] : ['dev', device]),
    ...(source === null ? [] : ['src', source]),
    ...(metric === null ? [] : ['metric', String(metric)]),
    ...(table === null || table === 254 ? [] : ['table', String(table)]),
    ...(protocol === undefined || protocol === 'boot' ? [] : ['proto', protocol]),
  ];
}

function nameIn(links: readonly NumberedLink[], ifindex: number): string {
  return links.find((each) => each.ifindex === ifindex)?.link.name ?? `if${ifindex}`;
}

/** With slashes: a name may hold full stops. */
function sysctlWords({ link, values }: NetworkOperation & { operation: 'link-sysctls' }): string[] {
  return (['ipv4', 'ipv6'] as const).flatMap((family) =>
    Object.entries(values[family]).map(([name, value]) => `net/${family}/conf/${link.name}/${name}=${value}`),
  );
}

const VLAN_PVID = 2;
const VLAN_UNTAGGED = 4;

/** A port has the default vlan of its bridge by itself, 1 in most cases. */
function vlanCommand({ link, isBridge, vlans }: NetworkOperation & { operation: 'bridge-vlans' }): string {
  const ends = ['dev', link.name];
  const self = isBridge ? ['self'] : [];
  const bridge = [...ip(link.netns, 'bridge'), 'vlan'];
  const isDefaultThere = vlans.some(({ vid }) => vid === 1);
  return [
    ...(isDefaultThere ? [] : [shellCommand(...bridge, 'del', ...ends, 'vid', '1', ...self)]),
    ...vlans.map(({ vid, flags }) =>
      shellCommand(
        ...bridge,
        'add',
        ...ends,
        'vid',
        String(vid),
        ...((flags & VLAN_PVID) === 0 ? [] : ['pvid']),
        ...((flags & VLAN_UNTAGGED) === 0 ? [] : ['untagged']),
        ...self,
      ),
    ),
  ].join(' && ');
}

type AddressOperation = NetworkOperation & { operation: 'address-add' | 'address-delete' };

function addressCommand(operation: AddressOperation): string {
  const { netns, name } = operation.link;
  const words = (verb: string, ...what: string[]): string =>
    shellCommand(...ip(netns), 'address', verb, ...what, 'dev', name);
  if (operation.operation === 'address-delete') {
    const command = words('delete', operation.address);
    return operation.ifPresent ? `${command} || true` : command;
  }
  const verb = operation.replace ? 'replace' : 'add';
  if (!operation.replay) return words(verb, operation.address);
  const replay = addressReplayWords(operation.replay.message, name);
  return replay.isSettled
    ? `${words(verb, ...replay.words, 'nodad')} && ${words('replace', ...replay.words)}`
    : words(verb, ...replay.words);
}

const VERB_BESIDE = { none: 'add', before: 'prepend', after: 'append' } as const;

function routeCommand({
  operation,
  netns,
  route,
}: NetworkOperation & { operation: 'route-add' | 'route-delete' }): string {
  const { replay } = route;
  const isNew = operation === 'route-add';
  const verb = isNew ? VERB_BESIDE[replay?.beside ?? 'none'] : 'delete';
  const { isIpv6, words } = replay
    ? routeReplayWords(replay.message, (ifindex) => nameIn(replay.links, ifindex))
    : { isIpv6: route.family === 'inet6' && route.destination === 'default', words: routeWords(route) };
  return shellCommand(...ip(netns), ...(isIpv6 ? ['-6'] : []), 'route', verb, ...words);
}

function onLink({ netns, name }: LinkPlace, ...words: string[]): string {
  return shellCommand(...ip(netns), 'link', 'set', 'dev', name, ...words);
}

export function networkCommand(operation: NetworkOperation): string {
  switch (operation.operation) {
    case 'netns-add':
      return shellCommand('ip', 'netns', 'add', operation.name);
    case 'netns-attach':
      return attachCommand(operation.name, operation.namespace, operation.onFile ?? false);
    case 'netns-remove-name':
      return operation.keepFile
        ? shellCommand('umount', `/run/netns/${operation.name}`)
        : shellCommand('ip', 'netns', 'delete', operation.name);
    case 'netns-set-id':
      return shellCommand(
        ...ip(operation.netns),
        'netns',
        'set',
        target(operation.target),
        String(operation.netnsid),
      );
    case 'link-add':
      return shellCommand(
        ...ip(operation.netns),
        'link',
        'add',
        'name',
        operation.name,
        ...linkWords(operation.options),
      );
    case 'link-delete':
      return shellCommand(...ip(operation.link.netns), 'link', 'delete', 'dev', operation.link.name);
    case 'link-up':
      return onLink(operation.link, 'up');
    case 'link-down':
      return onLink(operation.link, 'down');
    case 'link-rename':
      return onLink(operation.link, 'name', operation.newName);
    case 'link-master':
      return operation.master === null
        ? onLink(operation.link, 'nomaster')
        : onLink(operation.link, 'master', operation.master);
    case 'link-move':
      return onLink(
        operation.link,
        'netns',
        target(operation.to),
        ...(operation.newName === null ? [] : ['name', operation.newName]),
      );
    case 'wiphy-move': {
      const { link, phy, to } = operation;
      return shellCommand(
        ...inside(link.netns),
        'iw',
        'phy',
        `phy${phy}`,
        'set',
        'netns',
        ...wiphyTarget(to),
      );
    }
    case 'link-alias':
      return onLink(operation.link, 'alias', operation.alias);
    case 'link-queue':
      return onLink(
        operation.link,
        'txqueuelen',
        String(operation.txQueueLength),
        ...(operation.group === 0 ? [] : ['group', String(operation.group)]),
      );
    case 'link-alternative-names':
      return operation.names
        .map((name) =>
          shellCommand(
            ...ip(operation.link.netns),
            'link',
            'property',
            'add',
            'dev',
            operation.link.name,
            'altname',
            name,
          ),
        )
        .join(' && ');
    case 'link-sysctls':
      return shellCommand(...inside(operation.link.netns), 'sysctl', '-qw', ...sysctlWords(operation));
    case 'port-settings':
      return onLink(operation.link, 'type', 'bridge_slave', ...portWords(operation.data, operation.kind));
    case 'bridge-settings':
      return onLink(operation.link, 'type', 'bridge', ...bridgeWords(operation.data));
    case 'bridge-vlans':
      return vlanCommand(operation);
    case 'neighbour-add':
      return shellCommand(
        ...ip(operation.link.netns),
        'neighbour',
        'replace',
        ...neighbourReplayWords(operation.message),
        'dev',
        operation.link.name,
      );
    case 'forwarding-add': {
      const { address, words } = forwardingReplayWords(operation.message);
      const { netns, name } = operation.link;
      return shellCommand(...ip(netns, 'bridge'), 'fdb', 'append', address, 'dev', name, ...words);
    }
    case 'group-add': {
      const { link, bridge, message } = operation;
      const ends = ['dev', bridge.name, 'port', link.name];
      return shellCommand(...ip(link.netns, 'bridge'), 'mdb', 'add', ...ends, ...groupReplayWords(message));
    }
    case 'next-hop-add': {
      const { netns, message, links, replace } = operation;
      const words = nextHopReplayWords(message, (ifindex) => nameIn(links, ifindex));
      const family = isIpv6NextHop(message) ? ['-6'] : [];
      return shellCommand(...ip(netns), ...family, 'nexthop', replace ? 'replace' : 'add', ...words);
    }
    case 'address-add':
    case 'address-delete':
      return addressCommand(operation);
    case 'route-add':
    case 'route-delete':
      return routeCommand(operation);
    case 'dhcp-start':
    case 'dhcp-stop':
      return shellCommand(...inside(operation.link.netns), 'sh', ...dhcpWords(operation));
    case 'sysctl':
      return shellCommand(
        ...inside(operation.netns),
        ...writeWords(sysctlPath(operation.name), operation.value),
      );
    case 'nft':
      return shellCommand(...inside(operation.netns), 'nft', operation.script);
  }
}

/** ip-netns(8) attaches by pid, and only to a new name; what no process is in is bound by hand. */
function attachCommand(name: string, place: NetnsPlace, onFile: boolean): string {
  const path = pathOf(place);
  if (onFile) return shellCommand('mount', '--bind', path, `/run/netns/${name}`);
  const pid = PROCESS.exec(path)?.[1];
  if (pid !== undefined) return shellCommand('ip', 'netns', 'attach', name, pid);
  const file = `/run/netns/${name}`;
  return `${shellCommand('touch', file)} && ${shellCommand('mount', '--bind', path, file)}`;
}

/** Operations in network namespaces as ip(8), sysctl and nft(8) would be asked for them. */
import { dhcpWords } from './dhcp-client.js';
import { netnsName } from './netns-place.js';
import { throughWords, writeWords } from './in-namespace.js';
import type { LinkTraits } from '../model/network-table.js';
import type { LinkPlace, NetnsPlace, NetworkOperation, NewLinkOptions, RoutePlace } from './plan.js';
import { shellCommand } from './shell-words.js';
import { sysctlPath } from './sysctl-path.js';

const PROCESS = /^\/proc\/(\d+)\/ns\/net$/;

function isOwn(place: NetnsPlace): boolean {
  return !('made' in place) && place.isOwn;
}

/** What comes before `ip`'s own words to be in that namespace. */
function ip(place: NetnsPlace): string[] {
  if (isOwn(place)) return ['ip'];
  const name = netnsName(place);
  if (name !== null) return ['ip', '-n', name];
  return [...inside(place), 'ip'];
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
      return ['link', options.lower, 'type', 'macvlan', 'mode', options.mode];
    case 'vlan':
      return ['link', options.lower, 'type', 'vlan', 'id', String(options.id)];
    default:
      return ['type', options.kind];
  }
}

function routeWords({
  destination,
  family,
  gateway,
  device,
  metric,
  source,
  table,
  protocol,
}: RoutePlace): string[] {
  return [
    ...(family === 'inet6' && destination === 'default' ? ['-6'] : []),
    destination,
    ...(gateway === null ? [] : ['via', gateway]),
    ...(device === null ? [] : ['dev', device]),
    ...(source === null ? [] : ['src', source]),
    ...(metric === null ? [] : ['metric', String(metric)]),
    ...(table === null || table === 254 ? [] : ['table', String(table)]),
    ...(protocol === undefined || protocol === 'boot' ? [] : ['proto', protocol]),
  ];
}

function onLink({ netns, name }: LinkPlace, ...words: string[]): string {
  return shellCommand(...ip(netns), 'link', 'set', 'dev', name, ...words);
}

export function networkCommand(operation: NetworkOperation): string {
  switch (operation.operation) {
    case 'netns-add':
      return shellCommand('ip', 'netns', 'add', operation.name);
    case 'netns-attach':
      return attachCommand(operation.name, operation.namespace);
    case 'netns-remove-name':
      return shellCommand('ip', 'netns', 'delete', operation.name);
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
    case 'address-add':
    case 'address-delete': {
      const { netns, name } = operation.link;
      const isNew = operation.operation === 'address-add';
      const verb = isNew ? (operation.replace ? 'replace' : 'add') : 'delete';
      return shellCommand(...ip(netns), 'address', verb, operation.address, 'dev', name);
    }
    case 'route-add':
    case 'route-delete': {
      const verb = operation.operation === 'route-add' ? 'add' : 'delete';
      const [first, ...rest] = routeWords(operation.route);
      const words =
        first === '-6'
          ? [...ip(operation.netns), '-6', 'route', verb, ...rest]
          : [...ip(operation.netns), 'route', verb, first!, ...rest];
      return shellCommand(...words);
    }
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

/** ip-netns(8) attaches by pid; what no process is in is bound by hand. */
function attachCommand(name: string, place: NetnsPlace): string {
  const path = pathOf(place);
  const pid = PROCESS.exec(path)?.[1];
  if (pid !== undefined) return shellCommand('ip', 'netns', 'attach', name, pid);
  const file = `/run/netns/${name}`;
  return `${shellCommand('touch', file)} && ${shellCommand('mount', '--bind', path, file)}`;
}

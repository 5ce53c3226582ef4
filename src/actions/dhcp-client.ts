/**
 * DHCP clients: how each is started and ended in a network namespace. What runs is what is shown: a script that is
 * always the same text, which is given names as positional parameters.
 */
import { netnsName } from './netns-place.js';
import type { LinkPlace } from './plan.js';

/** In the order in which they are taken where several are installed. */
export const DHCP_CLIENTS = ['udhcpc', 'dhclient', 'dhcpcd'] as const;

export interface DhcpClient {
  client: (typeof DHCP_CLIENTS)[number];
  /** The program with its first words: `udhcpc`, or `busybox udhcpc`. */
  words: readonly string[];
  /** Path of bin/dhcp-hook: what the client calls. */
  hook: string;
}

/** Seconds that a client may ask before it gives up. */
const PATIENCE = 15;

/** Its files: `/run` is shared by all network namespaces, so their names must tell these apart. */
function directoryOf({ netns, name }: LinkPlace): string {
  const where = 'made' in netns ? netns.made : (/\d+/.exec(netns.key)?.[0] ?? netns.key);
  return `/run/nsview-dhcp-${where}-${name}`;
}

/** `$1` interface, `$2` directory, `$3` hook, `$4` name of the namespace; the others: the client with its first words. */
const TAKE_WORDS = 'device=$1 directory=$2 hook=$3; export NSVIEW_NETNS="$4"; shift 4';

/** Runs in the network namespace; the client stays, to renew the lease. */
const START: Readonly<Record<DhcpClient['client'], string>> = {
  udhcpc: '"$@" -n -t 5 -T 2 -R -i "$device" -p "$directory/pid" -s "$hook"',
  dhclient: `timeout ${PATIENCE} "$@" -4 -1 -e "NSVIEW_NETNS=$NSVIEW_NETNS" -pf "$directory/pid" -lf "$directory/leases" -sf "$hook" "$device"`,
  // It knows one /run and one /var/lib/dhcpcd: both are its own in a mount namespace of its own.
  dhcpcd:
    "unshare --mount sh -c 'directory=$1 && shift && mkdir -p /run/dhcpcd /var/lib/dhcpcd && " +
    'mount --bind "$directory" /run/dhcpcd && mount --bind "$directory" /var/lib/dhcpcd && exec "$@"\' sh "$directory" ' +
    `"$@" -4 -w -t ${PATIENCE} -G -C resolv.conf -e "NSVIEW_NETNS=$NSVIEW_NETNS" -c "$hook" -- "$device"`,
};

const DHCLIENT_END =
  '"$@" -4 -r -e NSVIEW_NETNS= -pf "$directory/pid" -lf "$directory/leases" -sf "$hook" "$device"';

/**
 * Runs in the network namespace. Only what we started is ended: its directory must be there, and the process of its pid
 * in this namespace. What was leased goes then, whatever the client leaves behind.
 */
function stopScript(client: DhcpClient['client']): string {
  const pidFile = client === 'dhcpcd' ? '"$directory/$device-4.pid"' : '"$directory/pid"';
  return [
    TAKE_WORDS,
    '[ -d "$directory" ] || { echo "it was not started by nsview: end it yourself" >&2; exit 1; }',
    `pid=$(cat ${pidFile}) && [ "/proc/$pid/ns/net" -ef /proc/self/ns/net ] && ${client === 'dhclient' ? DHCLIENT_END : 'kill "$pid"'}`,
    'sleep 1',
    'interface=$device "$hook" deconfig && rm -rf "$directory"',
  ].join('; ');
}

export interface DhcpOperation {
  operation: 'dhcp-start' | 'dhcp-stop';
  link: LinkPlace;
  client: DhcpClient;
}

/** Why this client cannot be asked for this interface; null: it can. */
export function clientProblem(name: string, { client }: DhcpClient): string | null {
  return client === 'dhclient' && name.startsWith('-')
    ? `dhclient takes ${name} for an option: give the interface another name first`
    : null;
}

/** Words of sh(1): `-c`, the script, its name and parameters. */
export function dhcpWords({ operation, link, client }: DhcpOperation): string[] {
  const script =
    operation === 'dhcp-start'
      ? `${TAKE_WORDS}; mkdir -p "$directory" && ${START[client.client]} || { rm -rf "$directory"; exit 1; }`
      : stopScript(client.client);
  const directory = directoryOf(link);
  return [
    '-c',
    script,
    'sh',
    link.name,
    directory,
    client.hook,
    netnsName(link.netns) ?? '',
    ...client.words,
  ];
}

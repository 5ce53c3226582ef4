/** DHCP clients: how each is started and ended in a network namespace. What runs is what is shown. */
import { netnsName } from './netns-place.js';
import type { LinkPlace } from './plan.js';
import { shellWord } from './shell-words.js';

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

/** Runs in the network namespace; the client stays, to renew the lease. */
function startScript(link: LinkPlace, { client, words, hook }: DhcpClient): string {
  const directory = shellWord(directoryOf(link));
  const program = words.map(shellWord).join(' ');
  const [device, script] = [shellWord(link.name), shellWord(hook)];
  const named = shellWord(`NSVIEW_NETNS=${netnsName(link.netns) ?? ''}`);
  const start = {
    udhcpc: `${named} ${program} -n -t 5 -T 2 -R -i ${device} -p ${directory}/pid -s ${script}`,
    dhclient: `timeout ${PATIENCE} ${program} -4 -1 -e ${named} -pf ${directory}/pid -lf ${directory}/leases -sf ${script} ${device}`,
    // It knows one /run and one /var/lib/dhcpcd: both are its own in a mount namespace of its own.
    dhcpcd: `unshare --mount sh -c ${shellWord(
      `mkdir -p /run/dhcpcd /var/lib/dhcpcd && mount --bind ${directory} /run/dhcpcd && ` +
        `mount --bind ${directory} /var/lib/dhcpcd && ` +
        `exec ${program} -4 -w -t ${PATIENCE} -G -C resolv.conf -e ${named} -c ${script} ${device}`,
    )}`,
  }[client];
  return `mkdir -p ${directory} && ${start} || { rm -rf ${directory}; exit 1; }`;
}

/**
 * Runs in the network namespace. Only what we started is ended: its directory must be there, and the process of its pid
 * in this namespace. What was leased goes then, whatever the client leaves behind.
 */
function stopScript(link: LinkPlace, { client, words, hook }: DhcpClient): string {
  const directory = shellWord(directoryOf(link));
  const [device, script] = [shellWord(link.name), shellWord(hook)];
  const named = shellWord(`NSVIEW_NETNS=${netnsName(link.netns) ?? ''}`);
  const pidFile = client === 'dhcpcd' ? `${directory}/${device}-4.pid` : `${directory}/pid`;
  const end =
    client === 'dhclient'
      ? `${words.map(shellWord).join(' ')} -4 -r -e NSVIEW_NETNS= -pf ${pidFile} -lf ${directory}/leases -sf ${script} ${device}`
      : 'kill "$pid"';
  return [
    `[ -d ${directory} ] || { echo 'it was not started by nsview: end it yourself' >&2; exit 1; }`,
    `pid=$(cat ${pidFile}) && [ "/proc/$pid/ns/net" -ef /proc/self/ns/net ] && ${end}`,
    'sleep 1',
    `interface=${device} ${named} ${script} deconfig && rm -rf ${directory}`,
  ].join('; ');
}

export function dhcpScript(operation: {
  operation: 'dhcp-start' | 'dhcp-stop';
  link: LinkPlace;
  client: DhcpClient;
}): string {
  const { link, client } = operation;
  return operation.operation === 'dhcp-start' ? startScript(link, client) : stopScript(link, client);
}

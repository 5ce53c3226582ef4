/**
 * 200 network namespaces with five interfaces each, beside a shell loop over `ip -n NAME -j -d addr`; and 2,000
 * interfaces in one namespace, decoded. All in a network namespace and a /run of its own.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { decodeLink } from '../src/formats/rtnetlink.js';
import { report } from './measure.js';

const NAMESPACES = 200;
const LINKS_IN_ONE = 2000;
const ROUNDS = 9;
const RTM_GETLINK = 18;
/** Interfaces of one namespace: the loopback, and two pairs that end in it. */
const PAIRS_EACH = 2;

const MAKE = `
set -e
mount -t tmpfs bench /run && mkdir -p /run/netns && ip link set lo up
for at in $(seq ${NAMESPACES}); do ip netns add n$at; done
for at in $(seq ${NAMESPACES}); do
  for pair in $(seq ${PAIRS_EACH}); do echo "link add a$pair netns n$at type veth peer name b$pair netns n$at"; done
done | ip -b -
ip netns add many
for at in $(seq ${LINKS_IN_ONE / 2}); do
  echo "link add v$at netns many type veth peer name p$at netns many"
done | ip -b -
`;

/** Runs inside: measures and prints one line of JSON. */
const MEASURE = `
const { collectSnapshot } = await import(process.env.COLLECT);
const { measureDecoding } = await import(process.env.SELF);
const rounds = ${ROUNDS};
const ours = [];
for (let round = 0; round < rounds; round++) {
  const before = performance.now();
  const snapshot = await collectSnapshot({ details: 'none', containerNames: false, networks: true, everywhere: true });
  ours.push(performance.now() - before);
  const tables = snapshot.networkTables.filter(({ links }) => links.length === 5);
  if (tables.length !== ${NAMESPACES}) throw new Error('only ' + tables.length + ' namespaces were read');
}
const { spawnSync } = await import('node:child_process');
const theirs = [];
for (let round = 0; round < rounds; round++) {
  const before = performance.now();
  spawnSync('bash', ['-c', 'for at in $(seq ${NAMESPACES}); do ip -n n$at -j -d addr; done > /dev/null']);
  theirs.push(performance.now() - before);
}
const middle = (list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)];
console.log(JSON.stringify({ ours: middle(ours), theirs: middle(theirs), decoding: await measureDecoding('many') }));
`;

/** CPU milliseconds to decode the links of a named namespace, read before: median of some rounds. */
export async function measureDecoding(name: string): Promise<number> {
  const { openSync } = await import('node:fs');
  const { NamespaceHome } = await import('../src/kernel/namespace-join.js');
  const { RouteSocket } = await import('../src/kernel/route-socket.js');
  const home = NamespaceHome.open('net');
  if (typeof home === 'number') throw new Error('no way back');
  const messages: DataView[] = [];
  home.inside(openSync(`/run/netns/${name}`, 'r'), () => {
    const socket = RouteSocket.open();
    if (typeof socket === 'number') throw new Error('no socket');
    const keep = (payload: DataView): void => {
      const { buffer, byteOffset, byteLength } = payload;
      messages.push(new DataView(buffer.slice(byteOffset, byteOffset + byteLength)));
    };
    socket.dump(RTM_GETLINK, new Uint8Array(16), [], keep, () => (messages.length = 0));
    socket.close();
  });
  if (messages.length <= LINKS_IN_ONE) throw new Error('the links could not be read');
  const times: number[] = [];
  for (let round = 0; round < 9; round++) {
    const before = process.cpuUsage();
    for (const message of messages) decodeLink(message);
    const { user, system } = process.cpuUsage(before);
    times.push((user + system) / 1000);
  }
  return times.sort((a, b) => a - b)[4]!;
}

export function benchNetworks(): void {
  if (process.geteuid?.() !== 0) {
    process.stdout.write('skip networks: making network namespaces needs root\n');
    return;
  }
  const script = `${MAKE}\nexec "$0" --input-type=module -e "$MEASURE"`;
  const outcome = spawnSync(
    'unshare',
    ['--net', '--mount', '--propagation', 'private', 'bash', '-c', script, process.execPath],
    {
      encoding: 'utf8',
      env: {
        ...process.env,
        MEASURE,
        COLLECT: new URL('../src/collect/collect-snapshot.js', import.meta.url).href,
        SELF: fileURLToPath(import.meta.url),
      },
    },
  );
  if (outcome.status !== 0) throw new Error(`the sandbox failed: ${outcome.stderr}`);
  const line = outcome.stdout.trim().split('\n').at(-1)!;
  const { ours, theirs, decoding } = JSON.parse(line) as { ours: number; theirs: number; decoding: number };
  report({
    what: `${NAMESPACES} network namespaces of 5 interfaces collected`,
    ours,
    unit: 'ms',
    peer: { name: 'ip -n NAME -j -d addr', value: theirs },
    limit: 1 / 5,
  });
  report({ what: `${LINKS_IN_ONE} interfaces decoded, CPU`, ours: decoding, unit: 'ms', limit: 15 });
}

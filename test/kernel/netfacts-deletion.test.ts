/** What a deletion of a network namespace destroys: random topologies, the forecast, and what the kernel does. */
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { NetScene } from '../sandbox/net-scene.js';
import { needsRoot } from '../sandbox/scene.js';
import { PROGRAM, runCommand } from '../support/run-program.js';

const ROUNDS = Number(process.env['NSVIEW_ROUNDS'] ?? 3);
const SEED = Number(process.env['NSVIEW_SEED'] ?? 20261127);
const NAMES = ['one', 'two', 'three', 'four'] as const;
type Name = (typeof NAMES)[number];

/** mulberry32. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** A script of ip(8): interfaces of all kinds that are here, some moved once they stand on something. */
function topology(random: () => number): string[] {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const links: { name: string; netns: Name; kind: string }[] = [];
  const lines: string[] = [];
  const add = (netns: Name, kind: string, words: string): string => {
    const name = `${kind.slice(0, 2)}${links.length}`;
    lines.push(words.replaceAll('NAME', name).replaceAll('NETNS', netns));
    links.push({ name, netns, kind });
    return name;
  };
  const lowerIn = (netns: Name, kinds: readonly string[]): string | null => {
    const found = links.filter((link) => link.netns === netns && kinds.includes(link.kind));
    return found.length === 0 ? null : pick(found).name;
  };
  const makers: (() => void)[] = [
    () => {
      const [a, b] = [pick(NAMES), pick(NAMES)];
      const name = add(a, 'veth', `ip -n NETNS link add NAME type veth peer name NAMEp netns ${b}`);
      links.push({ name: `${name}p`, netns: b, kind: 'veth' });
    },
    () => void add(pick(NAMES), 'bridge', 'ip -n NETNS link add NAME type bridge'),
    () => void add(pick(NAMES), 'ifb', 'ip -n NETNS link add NAME type ifb'),
    () => void add(pick(NAMES), 'tap', 'ip -n NETNS tuntap add NAME mode tap'),
    () => {
      const netns = pick(NAMES);
      const lower = lowerIn(netns, ['veth', 'bridge', 'macvlan']);
      const dev = lower === null || random() < 0.4 ? '' : ` dev ${lower}`;
      const id = links.length + 1;
      add(netns, 'vxlan', `ip -n NETNS link add NAME type vxlan id ${id} dstport ${4000 + id}${dev}`);
    },
    () => {
      const netns = pick(NAMES);
      const lower = lowerIn(netns, ['veth', 'bridge', 'macvlan']);
      const kind = pick(['macvlan', 'macvtap']);
      if (lower !== null)
        add(netns, kind, `ip -n NETNS link add link ${lower} NAME type ${kind} mode bridge`);
    },
    () => {
      const movable = links.filter(({ kind }) => kind !== 'bridge');
      if (movable.length === 0) return;
      const link = pick(movable);
      const to = pick(NAMES);
      // What stands on it may be destroyed by the move: then the rest of the script misses it, which is no harm.
      if (to !== link.netns) lines.push(`ip -n ${link.netns} link set ${link.name} netns ${to}`);
      link.netns = to;
    },
  ];
  for (let count = 0; count < 24; count++) pick(makers)();
  return lines;
}

interface Forecast {
  fates: { ifname: string; fate: string; takesAlong: { ifname: string }[] }[];
  tunnels: { ifname: string }[];
}

async function linksOf(scene: NetScene, names: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const name of names) {
    const links = await scene.json<{ ifname: string }[]>(`ip -n ${name} -j link show`);
    found.push(...links.map(({ ifname }) => `${name}:${ifname}`));
  }
  return found.sort();
}

async function round(t: ExecutionContext, seed: number): Promise<void> {
  const scene = await NetScene.start(t);
  const random = generator(seed);
  await scene.netns(...NAMES);
  await scene.run(`${topology(random).join(' 2>/dev/null\n')}\ntrue`);
  const victim = NAMES[Math.floor(random() * NAMES.length)]!;
  const others = NAMES.filter((name) => name !== victim);
  const enter = ['nsenter', '-t', String(scene.pid), '-n', '-m', process.execPath, PROGRAM];
  const asked = await runCommand([...enter, 'net', 'if-deleted', `/run/netns/${victim}`, '--json']);
  const forecast = JSON.parse(asked.stdout) as Forecast;
  const before = await linksOf(scene, others);
  const lost = new Set(
    [...forecast.fates.flatMap(({ takesAlong }) => takesAlong), ...forecast.tunnels].map(
      ({ ifname }) => ifname,
    ),
  );
  const expected = before.filter((each) => !lost.has(each.split(':')[1]!));
  await scene.run(`ip netns del ${victim}`);
  let after = await linksOf(scene, others);
  // The kernel ends it in its own time.
  for (let tries = 0; tries < 100 && after.length > expected.length; tries++) {
    await scene.run('sleep 0.1');
    after = await linksOf(scene, others);
  }
  t.deepEqual(after, expected, `NSVIEW_SEED=${seed}: ${victim} deleted`);
}

for (let count = 0; count < ROUNDS; count++) {
  test.serial(`a random topology, ${count}: the forecast is what the kernel does`, async (t) => {
    if (!needsRoot(t)) return;
    t.timeout(120_000);
    await round(t, SEED + count);
  });
}

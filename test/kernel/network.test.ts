/** Interfaces of sandboxed network namespaces against ip(8), ping and the kernel itself. */
import { readdirSync } from 'node:fs';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { movabilityOf } from '../../src/analysis/movability.js';
import { forecastDeletion } from '../../src/analysis/netns-deletion.js';
import type { Link, NetworkModel } from '../../src/analysis/network-model.js';
import { buildNetworkModel } from '../../src/analysis/network-model.js';
import { tracePath } from '../../src/analysis/path-trace.js';
import { collectSnapshot, lookAtFirewall } from '../../src/collect/collect-snapshot.js';
import { buildModel } from '../../src/model/model.js';
import type { NamespaceKey } from '../../src/model/snapshot.js';
import { flagNames } from '../../src/view/link-columns.js';
import { NetScene } from '../sandbox/net-scene.js';
import { needsRoot } from '../sandbox/scene.js';
import { runNsview } from '../support/run-program.js';

async function look() {
  const snapshot = await collectSnapshot({
    details: 'representatives',
    containerNames: false,
    networks: true,
  });
  return {
    snapshot,
    model: buildModel(snapshot),
    network: buildNetworkModel(snapshot.networkTables ?? []),
  };
}

function linkIn(network: NetworkModel, key: NamespaceKey, name: string): Link {
  const link = network.tables.get(key)?.links.find(({ fact }) => fact.name === name);
  if (!link) throw new Error(`no ${name} in ${key}`);
  return link;
}

/** Kinds that this kernel may lack: then the scene does without them, and says so. */
async function addIfPossible(t: ExecutionContext, scene: NetScene, command: string): Promise<boolean> {
  const { code, text } = await scene.attempt(command);
  if (code !== 0) t.log(`not on this kernel: ${command}: ${text.trim()}`);
  return code === 0;
}

/** A bridge with two containers, one macvlan in a third, a vxlan, ifb, tun, tap, and a namespace in a namespace. */
async function wiredScene(t: ExecutionContext): Promise<NetScene> {
  const scene = await NetScene.start(t);
  // Link-local addresses come by themselves, a second later, between two looks.
  await scene.run('echo 1 > /proc/sys/net/ipv6/conf/default/addr_gen_mode');
  await scene.netns('web', 'db', 'lab');
  await scene.run(`
    ip link add br0 type bridge && ip addr add 10.9.0.1/24 dev br0 && ip link set br0 up
    ip link add uplink type veth peer name far netns lab && ip addr add 192.0.2.7/24 dev uplink
    ip -6 addr add 2001:db8::7/64 dev uplink nodad && ip link set uplink up && ip -n lab link set far up
    ip route add default via 192.0.2.1 && ip route add 10.50.0.0/16 via 192.0.2.8 metric 7
    ip route add blackhole 10.66.0.0/16 && ip rule add from 10.9.0.0/24 to 10.99.0.0/16 lookup 77 priority 900
    ip route add 10.99.0.0/16 via 192.0.2.9 table 77`);
  for (const [at, name] of ['web', 'db'].entries()) {
    await scene.run(`
      ip link add veth-${name} type veth peer name eth0 netns ${name}
      ip link set veth-${name} master br0 up && ip -n ${name} link set eth0 up
      ip -n ${name} addr add 10.9.0.${at + 2}/24 dev eth0 && ip -n ${name} route add default via 10.9.0.1`);
  }
  await scene.run('ip link property add dev veth-web altname a-much-longer-name-than-usual || true');
  await addIfPossible(
    t,
    scene,
    'ip link add mv0 link uplink type macvlan mode bridge && ip link set mv0 netns lab',
  );
  await addIfPossible(t, scene, 'ip link add vx0 type vxlan id 42 dev uplink remote 192.0.2.99 dstport 4789');
  await addIfPossible(t, scene, 'ip link add ifb7 type ifb');
  await addIfPossible(t, scene, 'ip link add vlan10 link uplink type vlan id 10');
  await addIfPossible(t, scene, 'ip tuntap add dev tap7 mode tap');
  await addIfPossible(t, scene, 'ip tuntap add dev tun7 mode tun');
  await addIfPossible(t, scene, 'ip link add bond7 type bond');
  // A namespace whose name is only known inside another mount namespace, and a link from there.
  await scene.netns('inner');
  await scene.run('ip -n web link add deep type veth peer name up netns inner && ip -n web link set deep up');
  return scene;
}

interface IpLink {
  ifindex: number;
  ifname: string;
  flags: string[];
  mtu: number;
  qdisc: string;
  operstate: string;
  group: string;
  txqlen?: number;
  address?: string;
  broadcast?: string;
  master?: string;
  link?: string | null;
  link_index?: number;
  link_netnsid?: number;
  altnames?: string[];
  linkinfo?: {
    info_kind?: string;
    info_data?: Record<string, string | number>;
    info_slave_data?: { state?: string };
  };
  addr_info?: { family: string; local: string; prefixlen: number; scope: string; address?: string }[];
}

const NAMES = [undefined, 'web', 'db', 'lab', 'inner'];

function ipWords(name: string | undefined, words: string): string {
  return name === undefined ? `ip ${words}` : `ip -n ${name} ${words}`;
}

test('interfaces, addresses and bridge ports: as ip -j -d shows them in each namespace', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await wiredScene(t);
  const { network } = await settledLook(scene);
  for (const name of NAMES) {
    const table = network.tables.get(await scene.key(name))!;
    const theirs = await scene.json<IpLink[]>(ipWords(name, '-j -d addr'));
    t.deepEqual(
      table.links.map(({ fact }) => fact.ifindex),
      theirs.map(({ ifindex }) => ifindex),
    );
    t.true(theirs.length >= 2);
    for (const their of theirs) {
      const { fact, addresses } = table.byIfindex.get(their.ifindex)!;
      const where = `${name ?? 'own'} ${their.ifname}`;
      t.is(fact.name, their.ifname, where);
      t.deepEqual(flagNames(fact.flags), their.flags, where);
      t.is(fact.mtu, their.mtu, where);
      t.is(fact.queueDiscipline, their.qdisc, where);
      t.is(fact.operState, their.operstate, where);
      t.is(fact.group === 0 ? 'default' : String(fact.group), their.group, where);
      t.is(fact.txQueueLength, their.txqlen ?? 0, where);
      t.is(fact.address, their.address ?? '', where);
      t.is(fact.broadcast, their.broadcast ?? '', where);
      t.is(fact.kind, their.linkinfo?.info_kind ?? null, where);
      t.is(fact.portState, their.linkinfo?.info_slave_data?.state ?? null, where);
      t.is(fact.lowerNetnsid, their.link_netnsid ?? null, where);
      t.deepEqual(fact.alternativeNames, their.altnames ?? [], where);
      t.is(network.master(table.byIfindex.get(their.ifindex)!)?.fact.name, their.master, where);
      const data = their.linkinfo?.info_data ?? {};
      if (fact.kind === 'vxlan')
        t.deepEqual([fact.details['id'], fact.details['group']], [data['id'], data['remote']]);
      if (fact.kind === 'macvlan') t.is(fact.details['mode'], data['mode']);
      if (fact.kind === 'vlan') t.is(fact.details['id'], data['id']);
      if (fact.kind === 'tun') t.is(fact.details['type'], data['type']);
      t.deepEqual(
        addresses.map((each) => `${each.family} ${each.address}/${each.prefixLength} ${each.scope}`).sort(),
        their
          .addr_info!.map(
            ({ family, local, prefixlen, scope: words }) => `${family} ${local}/${prefixlen} ${words}`,
          )
          .sort(),
        where,
      );
    }
  }
});

/** A look while nothing changed: states follow a second late, and the kernel gives addresses by itself. */
async function settledLook(scene: NetScene) {
  const shown = async (): Promise<string> => {
    const texts: string[] = [];
    for (const name of NAMES)
      for (const words of ['-j -d addr', '-j -4 route show table all', '-j -6 route show table all'])
        texts.push(await scene.run(ipWords(name, words)));
    return texts.join('\n');
  };
  for (let tries = 1; ; tries++) {
    const before = await shown();
    const seen = await look();
    if ((await shown()) === before || tries >= 20) return seen;
  }
}

interface IpRoute {
  type?: string;
  dst: string;
  gateway?: string;
  dev?: string;
  protocol: string;
  scope?: string;
  prefsrc?: string;
  metric?: number;
  table?: string;
}

test('routes of all tables and rules: as ip -j shows them in each namespace', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await wiredScene(t);
  const { network } = await settledLook(scene);
  const tableNumbers: Record<string, number> = { local: 255, main: 254, default: 253 };
  for (const name of NAMES) {
    const { fact, byIfindex } = network.tables.get(await scene.key(name))!;
    for (const family of ['inet', 'inet6']) {
      const flag = family === 'inet' ? '-4' : '-6';
      const theirs = await scene.json<IpRoute[]>(ipWords(name, `-j -d ${flag} route show table all`));
      const their = theirs.map((route) => [
        route.type ?? 'unicast',
        route.dst,
        route.gateway ?? null,
        route.dev ?? null,
        route.protocol,
        route.prefsrc ?? null,
        tableNumbers[route.table ?? 'main'] ?? Number(route.table),
      ]);
      const ours = fact.routes
        .filter((route) => route.family === family)
        .map((route) => [
          route.kind,
          route.destination,
          route.gateway,
          route.outInterface === null ? null : byIfindex.get(route.outInterface)!.fact.name,
          route.protocol,
          route.source,
          route.table,
        ]);
      // An IPv6 route that refuses is bound to the loopback, which ip-route(8) shows too.
      t.deepEqual(
        ours.map((each) => JSON.stringify(each)).sort(),
        their.map((each) => JSON.stringify(each)).sort(),
      );
      const rules = await scene.json<{ priority: number; table?: string }[]>(
        ipWords(name, `-j ${flag} rule`),
      );
      t.deepEqual(
        fact.rules.filter((rule) => rule.family === family).map(({ priority }) => priority),
        rules.map(({ priority }) => priority),
      );
    }
  }
  const own = network.tables.get(await scene.key())!.fact;
  t.deepEqual(
    own.rules.filter(({ priority }) => priority === 900).map(({ from, to, table }) => [from, to, table]),
    [['10.9.0.0/24', '10.99.0.0/16', 77]],
  );
});

test('peers, lower links and ports; nothing is allocated or kept by looking', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await wiredScene(t);
  // The kernel itself numbers a peer's namespace when a link is dumped: let that be done by ip.
  for (const name of NAMES) await scene.run(ipWords(name, '-d link'));
  const numbers = async (): Promise<string[]> =>
    Promise.all(NAMES.map((name) => scene.run(ipWords(name, 'netns list-id')).catch(() => '')));
  const before = await numbers();
  const descriptors = readdirSync('/proc/self/fd').length;
  const { network } = await look();
  t.is(readdirSync('/proc/self/fd').length, descriptors);
  t.deepEqual(await numbers(), before);
  const [own, web, db, lab, inner] = await Promise.all(NAMES.map((name) => scene.key(name)));
  const peerOf = (key: NamespaceKey, name: string): unknown[] => {
    const far = network.farEnd(linkIn(network, key, name));
    return [far?.certainty, far?.links[0]?.namespace, far?.links[0]?.fact.name];
  };
  t.deepEqual(peerOf(own!, 'veth-web'), ['known', web, 'eth0']);
  t.deepEqual(peerOf(web!, 'eth0'), ['known', own, 'veth-web']);
  t.deepEqual(peerOf(db!, 'eth0'), ['known', own, 'veth-db']);
  t.deepEqual(peerOf(own!, 'uplink'), ['known', lab, 'far']);
  t.deepEqual(peerOf(web!, 'deep'), ['known', inner, 'up']);
  t.deepEqual(peerOf(inner!, 'up'), ['known', web, 'deep']);
  t.is(network.farEnd(linkIn(network, own!, 'br0')), null);
  const ports = network.ports(linkIn(network, own!, 'br0')).map(({ fact }) => fact.name);
  t.deepEqual(ports.sort(), ['veth-db', 'veth-web']);
  if (network.tables.get(lab!)!.links.some(({ fact }) => fact.name === 'mv0')) {
    t.deepEqual(peerOf(lab!, 'mv0'), ['known', own, 'uplink']);
    const uppers = network.uppers(linkIn(network, own!, 'uplink'));
    t.true(uppers.some(({ namespace, fact }) => namespace === lab && fact.name === 'mv0'));
  }
  if (network.tables.get(own!)!.links.some(({ fact }) => fact.name === 'vx0')) {
    t.deepEqual(peerOf(own!, 'vx0').slice(1), [own, 'uplink']);
  }
});

test('the peer of each of 500 veths, over seven namespaces', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await NetScene.start(t);
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  await scene.netns(...names);
  const pairs = Array.from({ length: 500 }, (_, at) => ({
    at,
    // Both ends in one namespace happens too.
    from: names[at % 7]!,
    to: names[(at * 3 + Math.floor(at / 7)) % 7]!,
  }));
  const batch = pairs.map(
    ({ at, from, to }) => `link add v${at} netns ${from} type veth peer name p${at} netns ${to}`,
  );
  await scene.run(`ip -b - <<'END'\n${batch.join('\n')}\nEND`);
  const { network } = await look();
  const keys = new Map<string, NamespaceKey>();
  for (const name of names) keys.set(name, await scene.key(name));
  for (const { at, from, to } of pairs) {
    for (const [here, own, there, other] of [
      [from, `v${at}`, to, `p${at}`],
      [to, `p${at}`, from, `v${at}`],
    ] as const) {
      const far = network.farEnd(linkIn(network, keys.get(here)!, own));
      t.is(far?.certainty, here === there ? 'same' : 'known');
      t.deepEqual(
        [far?.links.length, far?.links[0]?.namespace, far?.links[0]?.fact.name],
        [1, keys.get(there), other],
      );
    }
  }
});

test('may it move: as the kernel answers when it is tried', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await wiredScene(t);
  await scene.netns('target');
  const { network } = await look();
  const links = network.tables.get(await scene.key())!.links;
  const immovable: string[] = [];
  for (const { fact } of links) {
    // The name is free in the target, and what stands on the link is left alone.
    const { code, text } = await scene.attempt(
      `ip link set dev ${fact.name} netns target name moved${fact.ifindex}`,
    );
    const gone = text.includes('Cannot find device');
    if (gone) continue;
    const { answer, source } = movabilityOf(fact);
    t.is(answer, code === 0 ? 'movable' : 'immovable', `${fact.name}: ${text}`);
    if (fact.netnsImmutable !== null) t.is(source, 'kernel');
    if (code !== 0) immovable.push(fact.name);
    // The table by kind must say the same as this kernel does.
    t.is(movabilityOf({ ...fact, netnsImmutable: null, featureNetnsLocal: null }).answer, answer, fact.name);
  }
  t.true(immovable.includes('lo') && immovable.includes('br0'));
});

test('what a deletion takes along: as it is afterwards', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await wiredScene(t);
  const before = await look();
  const web = await scene.key('web');
  const deletion = forecastDeletion(before.model, before.network, web);
  t.true(deletion.fates.every(({ fate }) => fate === 'dies'));
  const own = await scene.key();
  const inner = await scene.key('inner');
  const taken = deletion.fates.flatMap(({ takesAlong }) =>
    takesAlong.map(({ namespace, fact }) => `${namespace}/${fact.name}`),
  );
  t.deepEqual(taken.sort(), [`${own}/veth-web`, `${inner}/up`].sort());
  t.true(deletion.reasons.some(({ reasonKind }) => reasonKind === 'bind'));
  await scene.run('ip netns del web');
  for (let tries = 0; ; tries++) {
    const { network } = await look();
    const isThere = (key: NamespaceKey, name: string): boolean =>
      network.tables.get(key)?.links.some(({ fact }) => fact.name === name) ?? false;
    if (!isThere(own, 'veth-web') && !isThere(inner, 'up')) {
      t.true(isThere(own, 'veth-db'));
      break;
    }
    t.true(tries < 100, 'they never went');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
});

test('the path of a packet: breaks where ping breaks, and says why', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await wiredScene(t);
  await scene.run('ip -n lab addr add 192.0.2.1/24 dev far && echo 1 > /proc/sys/net/ipv4/ip_forward');
  await scene.run('ip -n lab route add 10.9.0.0/24 via 192.0.2.7');
  const cases: { change: string; destination: string; back: string; reason: RegExp | null }[] = [
    { change: 'true', destination: '10.9.0.3', back: 'true', reason: null },
    { change: 'true', destination: '192.0.2.1', back: 'true', reason: null },
    { change: 'true', destination: '10.9.0.1', back: 'true', reason: null },
    {
      change: 'echo 0 > /proc/sys/net/ipv4/ip_forward',
      destination: '192.0.2.1',
      back: 'echo 1 > /proc/sys/net/ipv4/ip_forward',
      reason: /forwarding is off: net\.ipv4\.ip_forward = 0/,
    },
    {
      change: 'ip link set veth-db nomaster',
      destination: '10.9.0.3',
      back: 'ip link set veth-db master br0',
      reason: /nobody at br0 has the address 10\.9\.0\.3/,
    },
    {
      change: 'ip link set veth-web nomaster',
      destination: '10.9.0.3',
      back: 'ip link set veth-web master br0',
      reason: /veth-web is not attached to a bridge/,
    },
    {
      change: 'ip link set veth-db down',
      destination: '10.9.0.3',
      back: 'ip link set veth-db up',
      reason: /veth-db is down/,
    },
    {
      change: 'ip -n web route del default',
      destination: '192.0.2.1',
      back: 'ip -n web route add default via 10.9.0.1',
      reason: /no route to 192\.0\.2\.1/,
    },
    {
      change: 'ip -n web link set eth0 down',
      destination: '10.9.0.3',
      back: 'ip -n web link set eth0 up && ip -n web route add default via 10.9.0.1',
      reason: /no route to 10\.9\.0\.3/,
    },
    {
      change: 'ip link set br0 down',
      destination: '10.9.0.3',
      back: 'ip link set br0 up',
      reason: /br0 is down/,
    },
    { change: 'true', destination: '10.66.1.1', back: 'true', reason: /the route is blackhole/ },
  ];
  for (const { change, destination, back, reason } of cases) {
    await scene.run(change);
    const { network } = await look();
    const trace = tracePath(network, await scene.key('web'), destination)!;
    const last = trace.steps.at(-1)!;
    const what = `${change} → ${destination}: ${JSON.stringify(last)}`;
    if (reason) t.regex(last.step === 'broken' ? last.reason : '', reason, what);
    else t.is(trace.outcome, 'arrived', what);
    const ping = await scene.attempt(
      `ip netns exec web busybox ping -c 1 -W 1 ${destination} >/dev/null 2>&1`,
    );
    t.is(ping.code === 0, reason === null, what);
    await scene.run(back);
    // A bridge takes a moment to have a carrier again.
    await scene.run(
      'for i in $(seq 100); do ip netns exec web busybox ping -c 1 -W 1 10.9.0.3 && break; sleep 0.05; done >/dev/null',
    );
  }
});

test('nsview net and links tell of the scene; names, broken names and namespaces without one', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await wiredScene(t);
  await scene.run('touch /run/netns/left-over');
  const through = ['nsenter', '-t', String(scene.pid), '--net', '--mount'];
  const names = JSON.parse((await runNsview(['net', 'names', '--json'], { through })).stdout) as {
    named: { name: string; key: string | null; reason: string | null }[];
  };
  t.deepEqual(
    names.named.map(({ name, key }) => [name, key !== null]),
    [['db', true], ['inner', true], ['lab', true], ['left-over', false], ['web', true]],
  ); // prettier-ignore
  t.is(names.named.find(({ name }) => name === 'left-over')?.reason, 'no namespace is mounted on it');
  const links = JSON.parse(
    (await runNsview(['links', 'web', '-J', '-o', 'IFNAME,PEER'], { through })).stdout,
  ) as {
    links: { ifname: string; peer: { candidates: { ifname: string }[] } | null }[];
  };
  t.deepEqual(
    links.links.find(({ ifname }) => ifname === 'eth0')?.peer?.candidates.map(({ ifname }) => ifname),
    ['veth-web'],
  );
  const traced = await runNsview(['net', 'trace', 'web', '10.9.0.3'], { through });
  t.is(traced.code, 0);
  t.regex(traced.stdout, /into its peer veth-web[\s\S]*through the bridge br0[\s\S]*✓ arrives at eth0/);
  t.is((await runNsview(['net', 'trace', 'web', '10.66.0.1'], { through })).code, 1);
  t.is((await runNsview(['net', 'trace', 'web', 'nonsense'], { through })).code, 2);
  const dot = (await runNsview(['net', '--dot'], { through })).stdout;
  t.regex(dot, /^graph network \{\n[\s\S]*"net:\[\d+\]\/\d+" -- "net:\[\d+\]\/\d+";[\s\S]*\}\n$/);
});

test('the firewall of another namespace, by nft and iptables-legacy', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await NetScene.start(t);
  await scene.netns('fenced');
  const hasNft = await addIfPossible(
    t,
    scene,
    `ip netns exec fenced nft -f - <<'END'
table inet fence {
  chain in { type filter hook input priority 0; policy drop; tcp dport 22 accept; iif lo accept; }
  chain side { }
}
END`,
  );
  const hasLegacy = await addIfPossible(
    t,
    scene,
    'ip netns exec fenced iptables-legacy -A FORWARD -s 10.0.0.0/8 -j DROP',
  );
  const { snapshot } = await look();
  const key = await scene.key('fenced');
  t.true(snapshot.namespaces.some((fact) => fact.key === key));
  const fact = lookAtFirewall(key);
  if (hasNft) {
    t.true('chains' in fact.nftables, JSON.stringify(fact.nftables));
    const chains = 'chains' in fact.nftables ? fact.nftables.chains : [];
    t.deepEqual(
      chains.filter(({ table }) => table === 'fence'),
      [
        { family: 'inet', table: 'fence', chain: 'in', hook: 'input', policy: 'drop', rules: 2 },
        { family: 'inet', table: 'fence', chain: 'side', hook: null, policy: null, rules: 0 },
      ],
    );
  }
  if (hasLegacy) {
    const chains = 'chains' in fact.legacy ? fact.legacy.chains : [];
    const forward = chains.find(({ chain, table }) => table === 'filter' && chain === 'FORWARD');
    t.deepEqual(forward, {
      family: 'ip',
      table: 'filter',
      chain: 'FORWARD',
      hook: 'forward',
      policy: 'accept',
      rules: 1,
    });
  }
  // Ours was not touched and is not what was told.
  const own = lookAtFirewall(await scene.key());
  t.false(JSON.stringify(own).includes('fence'));
});

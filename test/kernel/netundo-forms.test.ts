/** Every form of address, route, next hop and neighbour: lost by a plan, given back by its undo, judged by ip(8). */
import { fileURLToPath } from 'node:url';
import test from 'ava';
import type { Operation } from '../../src/actions/plan.js';
import { NetScene } from '../sandbox/net-scene.js';
import { needsRoot } from '../sandbox/scene.js';
import { PROGRAM, runCommand } from '../support/run-program.js';

const FORMS = `
ip -n one link add eth0 type veth peer name p0 netns one
ip -n one link set eth0 up && ip -n one link set p0 up
ip -n one addr add 10.65.0.2/32 dev eth0
ip -n one addr add 10.1.0.2 peer 10.1.0.9/32 dev eth0
ip -n one addr add 10.2.0.2/24 brd + dev eth0 label eth0:x metric 50
ip -n one addr add 10.3.0.2/24 dev eth0 noprefixroute
ip -n one addr add 10.4.0.2/24 dev eth0
ip -n one addr add 10.4.0.3/24 dev eth0 valid_lft 3000 preferred_lft 2000
ip -n one addr add fd01::3/64 dev eth0 nodad
ip -n one addr add fd02::3/64 dev eth0 nodad
ip -n one addr replace fd02::3/64 dev eth0
ip -n one route add default via 10.65.0.1 dev eth0 onlink
ip -n one route add 10.70.0.0/16 via 10.4.0.1 mtu lock 1400 advmss 1300 initcwnd 20 hoplimit 9
ip -n one route append 10.70.0.0/16 via 10.4.0.8
ip -n one route add 10.71.0.0/16 via inet6 fe80::1 dev eth0
ip -n one route add 10.72.0.0/16 nexthop via 10.4.0.1 dev eth0 weight 3 nexthop via 10.2.0.1 dev eth0
ip -n one route add 10.73.0.0/16 encap ip id 7 dst 10.3.3.3 ttl 9 via 10.4.0.1 dev eth0
ip -n one route add local 10.74.0.0/16 dev eth0 table 77
ip -n one -6 route add fd10::/64 via fd01::9 src fd02::3
ip -n one -6 route add fd11::/64 via fd01::9 dev eth0 expires 500 pref high mtu 1300
ip -n one -6 route add fd12::/64 nexthop via fd01::9 dev eth0 weight 2 nexthop via fd02::9 dev eth0
ip -n one -6 route add default via fe80::5 dev eth0 metric 77
ip -n one nexthop add id 5 via 10.4.0.1 dev eth0 && ip -n one nexthop add id 6 via 10.2.0.1 dev eth0
ip -n one nexthop add id 9 group 5,2/6
ip -n one route add 10.75.0.0/16 nhid 5 && ip -n one route add 10.76.0.0/16 nhid 9
ip -n one neigh add 10.4.0.1 lladdr 02:00:00:00:00:01 dev eth0 nud permanent
ip -n one neigh add proxy 10.9.9.9 dev eth0
ip netns exec one sysctl -qw net.ipv4.conf.eth0.rp_filter=1 net.ipv4.conf.eth0.proxy_arp=1
ip -n one link property add dev eth0 altname other-name && ip -n one link set eth0 alias "a word"
ip -n one link add br0 type bridge ageing_time 1234 && ip -n one link set br0 up
for n in pa pb; do
  ip -n one link add $n type veth peer name far$n netns two && ip -n one link set $n up && ip -n two link set far$n up
  ip -n one link set $n master br0 && ip -n one link set $n type bridge_slave isolated on cost 7 learning off
done
bridge -n one fdb add 02:00:00:00:00:77 dev pb master static`;

/** What ip and bridge tell, without what moves by itself: times, carriers of the moment, numbers. */
async function state(scene: NetScene): Promise<string> {
  const text = await scene.run(`
    for what in addr "-4 route show table all" "-6 route show table all" "neigh show nud permanent" "neigh show proxy" nexthop
    do ip -n one -d $what; done
    bridge -n one fdb show | grep static; bridge -n one -d link
    ip -n one -d link show br0; ip netns exec one grep . /proc/sys/net/ipv4/conf/eth0/rp_filter /proc/sys/net/ipv4/conf/eth0/proxy_arp; true`);
  return text
    .replaceAll(/(valid_lft|preferred_lft|expires|timer) +[\d.]+(sec)?/g, '$1 N')
    .split('\n')
    .filter((line) => !/fe80|ff00::|tcn_timer|multicast/.test(line) || / via /.test(line))
    .map((line) =>
      line
        .replace(/^\d+: /, '')
        .replaceAll(
          /@(if)?\w+| numtxqueues.*| link-netns \w+|port_id.*|bridge_id.*?(?= mcast| group_fwd| vlan_protocol)/g,
          '',
        )
        .replaceAll(/ state \w+| tentative|linkdown/g, '')
        .trim(),
    ) // prettier-ignore
    .sort()
    .join('\n');
}

const PLANS: readonly (readonly string[])[] = [
  ['down', 'one:eth0'],
  ['move', 'one:eth0', 'two', '--keep'],
  ['delete', 'one:eth0'],
  ['unaddress', 'one:eth0', '10.4.0.2/24'],
  ['port', 'one:pb', 'none'],
  ['move', 'one:pb', 'two'],
  ['delete', 'one:br0'],
];

test('all forms come back as they were by the undo', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await NetScene.start(t);
  await scene.netns('one', 'two');
  await scene.run(FORMS);
  const inside = ['nsenter', '-t', String(scene.pid), '-n', '-m', process.execPath];
  const before = await state(scene);
  for (const words of PLANS) {
    const { stdout, stderr } = await runCommand([
      ...inside,
      PROGRAM,
      'wire',
      ...words,
      '--json',
      '--dry-run',
    ]);
    t.true(stdout.startsWith('{'), stderr);
    const { undo } = JSON.parse(stdout) as {
      undo: { operations: Operation[]; rollback: Operation[][]; commands: string[] };
    };
    const done = await runCommand([...inside, PROGRAM, 'wire', ...words, '--yes']);
    t.is(done.code, 0, done.stderr);
    t.not(await state(scene), before, words.join(' '));
    const program = fileURLToPath(new URL('../sandbox/perform.js', import.meta.url));
    const answer = await runCommand([...inside, program], { input: JSON.stringify(undo) });
    t.regex(answer.stdout, /"failure":null/, words.join(' '));
    t.is(await state(scene), before, `${words.join(' ')} undone`);
  }
});

test('what has the name by now is left alone: another interface, another hardware address', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await NetScene.start(t);
  await scene.netns('one', 'two');
  await scene.run(
    'ip -n one link add eth0 type veth peer name p0 && ip -n one addr add 10.1.0.2/24 dev eth0',
  );
  const inside = ['nsenter', '-t', String(scene.pid), '-n', '-m', process.execPath];
  const words = ['wire', 'move', 'one:eth0', 'two'];
  const { stdout } = await runCommand([...inside, PROGRAM, ...words, '--json', '--dry-run']);
  const { undo } = JSON.parse(stdout) as { undo: { operations: Operation[] } };
  t.is((await runCommand([...inside, PROGRAM, ...words, '--yes'])).code, 0);
  await scene.run(
    'ip -n two link set eth0 netns one name away && ip -n two link add eth0 type veth peer name other',
  );
  const program = fileURLToPath(new URL('../sandbox/perform.js', import.meta.url));
  const answer = await runCommand([...inside, program], { input: JSON.stringify(undo) });
  t.regex(answer.stdout, /eth0 is another interface by now: nothing was done/);
  t.regex(await scene.run('ip -n two -br link show eth0'), /eth0/);
});

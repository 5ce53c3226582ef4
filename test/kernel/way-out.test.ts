/** Ways out of a network namespace, tried by ping: NAT, a bridge with the uplink, and an address by DHCP. */
import { fileURLToPath } from 'node:url';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { DHCP_CLIENTS } from '../../src/actions/dhcp-client.js';
import type { Operation } from '../../src/actions/plan.js';
import { NetScene } from '../sandbox/net-scene.js';
import { needsRoot } from '../sandbox/scene.js';
import { PROGRAM, runCommand } from '../support/run-program.js';

interface Plan {
  operations: Operation[];
  undo: { operations: Operation[] };
}

/** A machine with an uplink to a router that also leases addresses; its /etc is a copy. */
async function behindRouter(t: ExecutionContext): Promise<NetScene> {
  const scene = await NetScene.start(t);
  await scene.netns('router', 'guest');
  // By their files: who is in these namespaces for a moment may be another test's nsview.
  t.teardown(() =>
    scene.attempt(
      'kill $(cat /run/udhcpd.pid /run/nsview-dhcp-*/pid /run/nsview-dhcp-*/*-4.pid 2>/dev/null)',
    ),
  );
  await scene.run(`cp -a /etc /run/etc && mount --bind /run/etc /etc
    ip link add up0 type veth peer name r0 netns router
    ip addr add 192.0.2.7/24 dev up0 && ip link set up0 up && ip -n router addr add 192.0.2.1/24 dev r0 && ip -n router link set r0 up
    ip route add default via 192.0.2.1
    cat > /run/udhcpd.conf <<'END'
start 192.0.2.100
end 192.0.2.120
interface r0
lease_file /run/leases
pidfile /run/udhcpd.pid
option subnet 255.255.255.0
option router 192.0.2.1
option dns 192.0.2.53
option lease 600
END
    touch /run/leases
    ip netns exec router busybox udhcpd -S /run/udhcpd.conf`);
  return scene;
}

function inScene(scene: NetScene, words: readonly string[], input = ''): ReturnType<typeof runCommand> {
  return runCommand(['nsenter', '-t', String(scene.pid), '-n', '-m', process.execPath, ...words], { input });
}

async function wire(scene: NetScene, ...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await inScene(scene, [PROGRAM, 'wire', ...words]);
  if (code !== 0) throw new Error(`${words.join(' ')}: ${stderr}`);
  return stdout;
}

async function planOf(scene: NetScene, ...words: string[]): Promise<Plan> {
  return JSON.parse(await wire(scene, ...words, '--dry-run', '--json')) as Plan;
}

async function perform(scene: NetScene, operations: readonly Operation[]): Promise<string | null> {
  const program = fileURLToPath(new URL('../sandbox/perform.js', import.meta.url));
  const { stdout, stderr } = await inScene(scene, [program], JSON.stringify({ operations }));
  if (stdout === '') throw new Error(stderr);
  return (JSON.parse(stdout) as { failure: string | null }).failure;
}

const links = (scene: NetScene): Promise<string> =>
  scene.run('ip -br link; ip -br -4 addr; ip route; ip -n guest -br link; ip -n guest route');

for (const [name, words] of [
  ['NAT', []],
  ['a bridge', ['--bridge', '--address', '192.0.2.50/24']],
] as const) {
  test(`a way out by ${name}: the router answers, and after the undo all is as before`, async (t) => {
    if (!needsRoot(t)) return;
    const scene = await behindRouter(t);
    const before = await links(scene);
    const ping = 'ip netns exec guest busybox ping -c 1 -W 3';
    t.not((await scene.attempt(`${ping} 192.0.2.1`)).code, 0);
    const { undo } = await planOf(scene, 'internet', 'guest', ...words);
    await wire(scene, 'internet', 'guest', ...words, '--yes');
    t.regex(await scene.run(`${ping} 192.0.2.1`), /1 packets received/);
    // The machine itself lost nothing.
    t.regex(await scene.run('busybox ping -c 1 -W 3 192.0.2.1'), /1 packets received/);
    t.is(await perform(scene, undo.operations), null);
    const plain = (text: string): string => text.replace(/(@if|@)\S+/g, '').replace(/ +$/gm, '');
    t.is(plain(await links(scene)), plain(before));
  });
}

for (const client of DHCP_CLIENTS) {
  test.serial(`an address by DHCP with ${client}, and given back`, async (t) => {
    if (!needsRoot(t)) return;
    const scene = await behindRouter(t);
    if ((await scene.attempt(`command -v ${client}`)).code !== 0) {
      t.log(`${client} is not installed`);
      t.pass();
      return;
    }
    await scene.run('ip link add veth9 type veth peer name eth0 netns guest && ip link set veth9 up');
    await scene.run(
      'ip link add sw type bridge && ip link set sw up && ip link set veth9 master sw && ip link set up0 master sw',
    );
    // What is there already stays: an address, and a default route.
    await scene.run(
      'ip -n guest addr add 10.77.0.1/24 dev eth0 && ip -n guest link set eth0 up && ip -n guest route add default via 10.77.0.9',
    );
    const plan = await planOf(scene, 'dhcp', 'guest:eth0');
    const withClient = (operations: readonly Operation[]): Operation[] =>
      operations.map((operation) =>
        'client' in operation
          ? { ...operation, client: { ...operation.client, client, words: [client] } }
          : operation,
      );
    t.is(await perform(scene, withClient(plan.operations)), null);
    const addresses = await scene.run('ip -n guest -4 addr show eth0');
    t.regex(addresses, /inet 192\.0\.2\.1\d\d\/24 .*dynamic/);
    t.regex(addresses, /inet 10\.77\.0\.1\/24 scope global eth0/);
    t.regex(await scene.run('ip -n guest route'), /^default via 192\.0\.2\.1 dev eth0 .*metric 10\d\d/m);
    t.regex(await scene.run('ip -n guest route get 203.0.113.1'), /via 10\.77\.0\.9/);
    t.regex(await scene.run('cat /etc/netns/guest/resolv.conf'), /^nameserver 192\.0\.2\.53$/m);
    // Another test's nsview may be there for a moment as well.
    const inside = 'for p in $(ip netns pids guest); do cat /proc/$p/comm; done 2>/dev/null; true';
    t.regex(await scene.run(inside), new RegExp(client));
    t.is(await perform(scene, withClient(plan.undo.operations)), null);
    const after = await scene.run('ip -n guest -4 addr show eth0');
    t.notRegex(after, /192\.0\.2/);
    t.regex(after, /inet 10\.77\.0\.1\/24/);
    t.notRegex(await scene.run(inside), new RegExp(client));
    t.is(
      (await scene.run('ls -d /run/nsview-dhcp-* /etc/netns/guest/resolv.conf 2>/dev/null; true')).trim(),
      '',
    );
  });
}

test('a bridge with an address by DHCP, all in one; where nobody answers, all is taken back', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await behindRouter(t);
  const before = await links(scene);
  await wire(scene, 'internet', 'guest', '--bridge', '--yes');
  t.regex(await scene.run('ip -n guest -4 addr show eth0'), /inet 192\.0\.2\.1\d\d\/24 .*dynamic/);
  t.regex(await scene.run('ip netns exec guest busybox ping -c 1 -W 3 192.0.2.1'), /1 packets received/);
  await wire(scene, 'release', 'guest:eth0', '--yes');
  t.notRegex(await scene.run('ip -n guest -4 addr show eth0'), /inet /);
  await scene.run('kill $(cat /run/udhcpd.pid)');
  await t.throwsAsync(wire(scene, 'dhcp', 'guest:eth0', '--yes'), {
    message: /no address by DHCP for eth0: \w+: /,
  });
  await scene.run(
    'ip -n guest link del eth0 && ip link set up0 nomaster && ip link del br0 && ip addr add 192.0.2.7/24 dev up0 && ip route add default via 192.0.2.1',
  );
  t.is(await links(scene), before);
  await t.throwsAsync(wire(scene, 'internet', 'guest', '--bridge', '--yes'), {
    message: /what was done before was taken back/,
  });
  const plain = (text: string): string => text.replace(/ +$/gm, '');
  t.is(plain(await links(scene)), plain(before));
});

test('what cannot be a port of a bridge is refused, with the reason', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await behindRouter(t);
  const refusal = async (...words: string[]): Promise<string> =>
    (await inScene(scene, [PROGRAM, 'wire', ...words, '--yes'])).stderr;
  if ((await scene.attempt('ip tuntap add tun0 mode tun && ip link set tun0 up')).code === 0)
    t.regex(
      await refusal('internet', 'guest', 'tun0', '--bridge', '--address', '192.0.2.9/24'),
      /tun0 is no Ethernet/,
    );
  else t.log('no tun here');
  t.regex(await refusal('internet', 'guest', '--bridge', '--address', '192.0.2.9'), /no prefix length/);
  for (const way of [[], ['--bridge', '--address', '192.0.2.9/24']])
    t.regex(await refusal('internet', String(scene.pid), ...way), /up0 is in it: it has that way already/);
  t.regex(await refusal('dhcp', 'guest:lo'), /the loopback needs no address by DHCP/);
  t.regex(await refusal('release', 'up0'), /up0 has no leased address/);
  // A lease of somebody else is left alone.
  await scene.run('ip addr add 10.78.0.1/24 dev up0 valid_lft 600 preferred_lft 600');
  t.regex(
    await refusal('release', 'up0'),
    /cannot give back the address of up0: \w+: it was not started by nsview/,
  );
  t.regex(await scene.run('ip addr show up0'), /10\.78\.0\.1\/24 .*dynamic/);
});

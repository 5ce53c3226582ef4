/** Plans in network namespaces: planned, done, looked at, undone; and what a failure half-way leaves: nothing. */
import { release } from 'node:os';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import type { Operation } from '../../src/actions/plan.js';
import type { LoggedCommand } from '../../src/tui/dialog.js';
import { logScript } from '../../src/tui/log-script.js';
import { NetScene } from '../sandbox/net-scene.js';
import { needsRoot } from '../sandbox/scene.js';
import { PROGRAM, runCommand } from '../support/run-program.js';

interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** nsview in the scene's own network and mount namespace. */
function wire(scene: NetScene, ...words: string[]): Promise<Outcome> {
  const enter = ['nsenter', '-t', String(scene.pid), '-n', '-m', process.execPath, PROGRAM];
  return runCommand([...enter, 'wire', ...words]);
}

interface IpLink {
  ifname: string;
  flags: string[];
  mtu: number;
  master?: string;
  linkinfo?: { info_kind?: string };
}

interface IpAddress {
  ifname: string;
  addr_info: { local: string; prefixlen: number; scope: string; family: string }[];
}

interface IpRoute {
  dst: string;
  gateway?: string;
  dev: string;
  metric?: number;
  protocol: string;
}

/** What ip tells of the scene, without what changes by itself: carriers, hardware and link-local addresses. */
async function state(scene: NetScene, ...names: string[]): Promise<string> {
  const lines = (await scene.run('ip netns list')).split('\n').map((line) => line.replace(/ .*/, ''));
  for (const name of ['', ...names]) {
    const ip = name === '' ? 'ip' : `ip -n ${name}`;
    if (name !== '' && !lines.includes(name)) continue;
    for (const { ifname, flags, mtu, master, linkinfo } of await scene.json<IpLink[]>(
      `${ip} -d -j link show`,
    )) {
      const words = [
        name,
        'link',
        ifname,
        linkinfo?.info_kind ?? '',
        `mtu ${mtu}`,
        flags.includes('UP') ? 'up' : 'down',
      ];
      lines.push([...words, master ?? ''].join(' ').trim());
    }
    for (const { ifname, addr_info } of await scene.json<IpAddress[]>(`${ip} -j addr show`)) {
      for (const { local, prefixlen, scope } of addr_info)
        if (scope !== 'link') lines.push(`${name} address ${ifname} ${local}/${prefixlen}`.trim());
    }
    for (const family of ['-4', '-6']) {
      for (const { dst, gateway, dev, metric, protocol } of await scene.json<IpRoute[]>(
        `${ip} ${family} -j route show`,
      ))
        if (protocol !== 'kernel')
          lines.push(
            `${name} route ${dst} via ${gateway ?? '-'} dev ${dev} ${metric ?? ''} ${protocol}`.trim(),
          );
    }
  }
  return lines.filter(Boolean).sort().join('\n');
}

async function wired(t: ExecutionContext): Promise<NetScene> {
  const scene = await NetScene.start(t);
  await scene.netns('left', 'right');
  const quiet = 'echo 1 > /proc/sys/net/ipv6/conf/default/addr_gen_mode';
  await scene.run(`${quiet}; ip link add up0 type veth peer name far0 && ip addr add 192.0.2.7/24 dev up0 && ip link set up0 up && ip link set far0 up
    ip route add default via 192.0.2.1 && ip link add br0 type bridge && ip link set br0 up
    ip -n right link add spare type ifb
    ip -n left link add sw type bridge
    ip -n left link add mine type veth peer name other netns right
    ip -n left addr add 10.5.0.1/24 dev mine; ip -n left addr add 2001:db8:5::1/64 dev mine nodad; ip -n left link set mine up
    ip -n right addr add 10.5.0.2/24 dev other; ip -n right link set other up
    ip -n left route add 10.66.0.0/16 via 10.5.0.2`);
  return scene;
}

/** Each verb, with what must be there afterwards; undone by the operations of its plan. */
const CASES: readonly { words: string[]; shows: RegExp; undo?: false }[] = [
  { words: ['netns', 'fresh'], shows: /^fresh$/m },
  { words: ['attach', 'again', 'left'], shows: /^again$/m },
  { words: ['down', 'left:mine'], shows: /^left link mine veth mtu 1500 down/m },
  { words: ['up', 'right:spare'], shows: /^right link spare \w+ mtu 1500 up$/m },
  { words: ['rename', 'br0', 'br9'], shows: /^link br9 bridge/m },
  { words: ['rename', 'left:mine', 'mine9'], shows: /^left address mine9 2001:db8:5::1\/64$/m },
  { words: ['port', 'up0', 'br0'], shows: /^link up0 veth mtu 1500 up br0$/m },
  { words: ['address', 'br0', '10.44.0.1/24'], shows: /^address br0 10\.44\.0\.1\/24$/m },
  { words: ['address', 'left:mine', '2001:db8::1/64'], shows: /2001:db8::1\/64/ },
  { words: ['unaddress', 'left:mine', '10.5.0.1/24'], shows: /^left link mine/m },
  { words: ['connect', 'left:a0=10.6.0.1/24', 'right:b0=10.6.0.2/24'], shows: /10\.6\.0\.2\/24/ },
  { words: ['connect', ':h0', 'right:h0'], shows: /^right link h0 veth mtu 1500 up$/m },
  { words: ['bridge', 'left:sw0', '10.7.0.1/24'], shows: /10\.7\.0\.1\/24/ },
  { words: ['macvlan', 'mv0', 'up0', '10.8.0.1/24'], shows: /10\.8\.0\.1\/24/ },
  {
    words: ['move', 'left:mine', 'right', '--keep', '--name', 'moved'],
    shows: /^right address moved 10\.5\.0\.1\/24$/m,
  },
  {
    words: ['move', 'right:spare', 'left', '--master', 'sw'],
    shows: /^left link spare ifb mtu 1500 \w+ sw$/m,
  },
  { words: ['connect', 'left:p0@sw', 'right:p1=10.12.0.1/24'], shows: /^left link p0 veth mtu 1500 up sw$/m },
  { words: ['move', 'up0', 'left'], shows: /^left link up0 veth mtu 1500 down$/m },
  { words: ['delete', 'left:mine'], shows: /^(?![^]*link (mine|other))/ },
  { words: ['delete', 'up0'], shows: /^(?![^]*(link (up0|far0)|route default))/ },
  { words: ['delete', 'br0'], shows: /^(?![^]*link br0)/ },
  {
    words: ['internet', 'left', '--bridge', '--address', '192.0.2.50/24'],
    shows:
      /^address br1 192\.0\.2\.7\/24$[^]*^link up0 veth mtu 1500 up br1$[^]*^route default via 192\.0\.2\.1 dev br1/m,
  },
  {
    words: ['internet', 'right', 'br0', '--bridge', '--address', '10.3.0.2/24'],
    shows: /^link nsv0 veth mtu 1500 up br0$/m,
  },
  { words: ['internet', 'left'], shows: /^left route default via 10\.211\.1\.1 dev eth0/m },
];

interface JsonPlan {
  operations: Operation[];
  rollback: Operation[][];
  commands: string[];
  undo: { possible: boolean; operations: Operation[]; commands: string[] } | null;
}

async function planOf(scene: NetScene, words: string[]): Promise<JsonPlan> {
  const { stdout, stderr } = await wire(scene, ...words, '--json', '--dry-run');
  if (!stdout.startsWith('{')) throw new Error(`${words.join(' ')}: ${stderr}`);
  return JSON.parse(stdout) as JsonPlan;
}

test('done, then undone by the commands that were shown: as before', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await wired(t);
  const before = await state(scene, 'left', 'right');
  for (const { words, shows } of CASES) {
    const plan = await planOf(scene, words);
    const done = await wire(scene, ...words, '--yes');
    t.is(done.code, 0, `${words.join(' ')}: ${done.stderr}`);
    const after = await state(scene, 'left', 'right');
    t.not(after, before, words.join(' '));
    t.regex(after, shows, words.join(' '));
    t.true(plan.undo!.possible, words.join(' '));
    for (const command of plan.undo!.commands) {
      const undone = await scene.attempt(command);
      t.is(undone.code, 0, `${command}: ${undone.text}`);
    }
    t.is(await state(scene, 'left', 'right'), before, `${words.join(' ')} undone`);
  }
});

test('the shell commands of a plan do the same as the plan', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await wired(t);
  for (const { words } of CASES) {
    const plan = await planOf(scene, words);
    const before = await state(scene, 'left', 'right');
    await wire(scene, ...words, '--yes');
    const byPlan = await state(scene, 'left', 'right');
    for (const command of plan.undo!.commands) await scene.attempt(command);
    t.is(await state(scene, 'left', 'right'), before, `${words.join(' ')} undone`);
    for (const command of plan.commands) {
      const done = await scene.attempt(command);
      t.is(done.code, 0, `${command}: ${done.text}`);
    }
    t.is(await state(scene, 'left', 'right'), byPlan, words.join(' '));
    for (const command of plan.undo!.commands) await scene.attempt(command);
  }
});

test('a fault at each step of a plan leaves everything as before', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await wired(t);
  const before = await state(scene, 'left', 'right');
  for (const { words } of CASES) {
    const { operations: steps } = await planOf(scene, words);
    for (let at = 0; at < steps.length; at++) {
      // Planned anew: what was moved and came back has another number.
      const { operations, rollback } = await planOf(scene, words);
      // This step is asked for an interface that there is none of.
      const broken: Operation = {
        operation: 'link-up',
        link: { netns: { made: 'left' }, name: 'nsview-none', ifindex: null },
      };
      const faulty = { operations: [...operations.slice(0, at), broken, ...operations.slice(at)], rollback };
      const answer = await performInScene(scene, faulty);
      t.regex(answer.failure ?? '', /there is no interface nsview-none/, `${words.join(' ')} at ${at}`);
      t.not(answer.rolledBack, false, `${words.join(' ')} at ${at}: ${answer.failure ?? ''}`);
      t.is(await state(scene, 'left', 'right'), before, `${words.join(' ')} broken at ${at}`);
    }
  }
});

interface Performed {
  failure: string | null;
  rolledBack?: boolean | null;
}

/** The performing thread, in the scene. */
async function performInScene(
  scene: NetScene,
  request: { operations: Operation[]; rollback: Operation[][] },
): Promise<Performed> {
  const program = fileURLToPath(new URL('../sandbox/perform.js', import.meta.url));
  const words = ['nsenter', '-t', String(scene.pid), '-n', '-m', process.execPath, program];
  const { stdout, stderr } = await runCommand(words, { input: JSON.stringify(request) });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as Performed;
}

test('what is deleted comes back with its hardware addresses, its ports and what stood on it', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await wired(t);
  await scene.run(`ip link set up0 mtu 1400 && ip link set up0 master br0
    ip link add port1 type veth peer name port1p && ip link set port1 master br0
    ip link add mv0 link br0 type macvlan mode private && ip link set mv0 up`);
  const facts = async (): Promise<string> => {
    const links = await scene.json<(IpLink & { address: string; link?: string })[]>('ip -d -j link show');
    return links
      .map(({ ifname, address, mtu, master, link }) => [ifname, address, mtu, master, link].join(' '))
      .sort()
      .join('\n');
  };
  for (const name of ['up0', 'br0']) {
    const before = [await facts(), await state(scene)].join('\n');
    const plan = await planOf(scene, ['delete', name]);
    t.is((await wire(scene, 'delete', name, '--yes')).code, 0);
    t.notRegex(await facts(), new RegExp(`^${name} `, 'm'));
    const answer = await performInScene(scene, { operations: plan.undo!.operations, rollback: [] });
    t.is(answer.failure, null);
    t.is([await facts(), await state(scene)].join('\n'), before, name);
  }
  const ifb = await planOf(scene, ['delete', 'right:spare']);
  t.like(ifb.undo, { possible: false, reason: 'nsview cannot make ifb anew: spare would be gone' });
});

test('what the kernel would refuse is refused before, with the reason', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await wired(t);
  const cases: [string[], RegExp][] = [
    [['move', 'left:lo', 'right'], /netns-local, it cannot be moved/],
    [['move', 'br0', 'right'], /netns-local, it cannot be moved: a bridge stays/],
    [['move', 'left:mine', 'left'], /it is there already/],
    [['move', 'left:mine', 'right', '--name', 'other'], /other is taken there/],
    [['rename', 'br0', 'up0'], /up0 is taken there/],
    [['rename', 'br0', 'much-too-long-a-name'], /longer than 15/],
    [['netns', 'left'], /the name left is taken/],
    [['netns', 'a/b'], /no name for a network namespace/],
    [['delete', 'lo'], /the loopback cannot be deleted/],
    [['address', 'br0', '10.0.0.1'], /no prefix length/],
    [['address', 'br0', 'nonsense/24'], /is no address/],
    [['up', 'br0'], /it is up already/],
    [['connect', 'left:mine', 'right:x0'], /mine is taken in left/],
    [['connect', 'left:x0', 'right:other'], /other is taken at the other end/],
    [['macvlan', 'm0', 'nothing'], /there is no interface nothing there/],
    [['connect', 'left:x0@none', 'right:x0'], /there is no bridge none in left/],
    [['move', 'up0', 'left', '--master', 'none'], /there is no bridge none there/],
    [['vlan', 'v0', 'up0', '5000'], /a vlan id is 1 to 4094/],
    [['internet', 'right', 'nothing'], /there is no interface nothing/],
    [['remove-name', 'unknown'], /there is no name unknown/],
  ];
  for (const [words, reason] of cases) {
    const { code, stderr } = await wire(scene, ...words, '--yes');
    t.is(code, 1, words.join(' '));
    t.regex(stderr, reason, words.join(' '));
  }
  t.is((await wire(scene, 'fly')).code, 2);
  t.is((await wire(scene, 'move', 'up0')).code, 2);
});

test('a broken name is repaired, and can be removed', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await wired(t);
  await scene.run('touch /run/netns/ghost /run/netns/other-ghost');
  t.regex(
    (await scene.attempt('ip netns exec ghost true')).text,
    /Invalid argument|setting the network namespace/,
  );
  const plan = await planOf(scene, ['attach', 'ghost', 'right']);
  const done = await wire(scene, 'attach', 'ghost', 'right', '--yes');
  t.regex(done.stdout, /done: repair the name ghost/, done.stderr);
  const inode = (name: string): Promise<string> => scene.run(`stat -L -c %i /run/netns/${name}`);
  t.is(await inode('ghost'), await inode('right'));
  for (const command of plan.undo!.commands) await scene.run(command);
  // The file is as it was: others may have mounted a namespace on it.
  for (const name of ['ghost', 'other-ghost'])
    t.is((await wire(scene, 'remove-name', name, '--yes')).code, 0);
  t.notRegex(await scene.run('ls /run/netns'), /ghost/);
});

test('what became another interface meanwhile is left alone', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await wired(t);
  const plan = await planOf(scene, ['delete', 'br0']);
  await scene.run('ip link del br0 && ip link add br0 type bridge');
  const answer = await performInScene(scene, plan);
  t.regex(answer.failure ?? '', /br0 is another interface by now: nothing was done/);
  const moved = await planOf(scene, ['down', 'left:mine']);
  await scene.run('ip netns del left');
  t.regex((await performInScene(scene, moved)).failure ?? '', /another one by now|not there any more/);
});

/** Linux 6.12 says why an interface stays. */
const [MAJOR = 0, MINOR = 0] = release().split('.').map(Number);
const HAS_OWN_WORDS = MAJOR > 6 || (MAJOR === 6 && MINOR >= 12);

test('refusals of the kernel come with its own words', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await wired(t);
  const own = { made: 'left' };
  const cases: [Operation, RegExp][] = [
    [{ operation: 'link-move', link: { netns: own, name: 'lo', ifindex: null }, to: { made: 'right' }, newName: null }, HAS_OWN_WORDS ? /cannot move lo: EINVAL: it is netns-local.*\(the kernel: The interface netns is immutable\)/ : /cannot move lo: EINVAL: it is netns-local/],
    [{ operation: 'link-move', link: { netns: own, name: 'mine', ifindex: null }, to: { made: 'right' }, newName: 'other' }, /EEXIST: an interface of that name is there already/],
    [{ operation: 'link-add', netns: own, name: 'mine', options: { kind: 'bridge' } }, /cannot make interface mine: EEXIST/],
    [{ operation: 'link-delete', link: { netns: own, name: 'lo', ifindex: null } }, /cannot delete interface lo: EOPNOTSUPP: hardware and loopback/],
    [{ operation: 'address-add', link: { netns: own, name: 'mine', ifindex: null }, address: '10.5.0.1/24' }, /EEXIST: the interface has it already/],
    [{ operation: 'address-delete', link: { netns: own, name: 'mine', ifindex: null }, address: '10.9.9.9/24' }, /EADDRNOTAVAIL: the interface does not have it/],
    [{ operation: 'route-add', netns: own, route: { destination: 'default', family: 'inet', gateway: '203.0.113.1', device: null, metric: null, source: null, table: null } }, /ENETUNREACH: the gateway lies in no network/],
    [{ operation: 'route-delete', netns: own, route: { destination: '203.0.113.0/24', family: 'inet', gateway: null, device: 'mine', metric: null, source: null, table: null } }, /ESRCH: there is no such route/],
    [{ operation: 'netns-add', name: 'left' }, /cannot make network namespace left: EEXIST: the name is taken/],
    [{ operation: 'netns-remove-name', name: 'nobody', of: null }, /cannot remove the name nobody: ENOENT/],
    [{ operation: 'sysctl', netns: own, name: 'net.ipv4.ip_forward', value: '1', before: '7' }, /net\.ipv4\.ip_forward is [01] by now, not 7/],
    [{ operation: 'nft', netns: own, script: 'no such thing' }, /nft refused: .*syntax error/],
  ]; // prettier-ignore
  for (const [operation, sentence] of cases)
    t.regex((await performInScene(scene, { operations: [operation], rollback: [] })).failure ?? '', sentence);
});

test('the command log as a script does the same on another machine', async (t) => {
  if (!needsRoot(t)) return;
  const steps = [
    ['netns', 'north'],
    ['netns', 'south'],
    ['connect', 'north:v0=10.1.0.1/24', 'south:v0=10.1.0.2/24'],
    ['bridge', 'north:sw0', '10.2.0.1/24'],
    ['address', 'south:v0', '2001:db8::2/64'],
    ['rename', 'south:v0', 'wire0'],
    ['down', 'north:sw0'],
  ];
  const made = await NetScene.start(t);
  const log: LoggedCommand[] = [
    { at: 0, title: 'odd\nname', commands: ['false'], failure: 'EPERM\nno', undo: null, isUndone: false },
  ];
  for (const words of steps) {
    const { commands } = await planOf(made, words);
    const done = await wire(made, ...words, '--yes');
    t.is(done.code, 0, done.stderr);
    log.push({ at: 0, title: words.join(' '), commands, failure: null, undo: null, isUndone: false });
  }
  const script = logScript(log);
  t.regex(
    script,
    /^#!\/bin\/sh\nset -eu\n\n# 1970-01-01 00:00:00 UTC {2}odd.name\n# failed: EPERM.no\n# false\n/,
  );
  const bare = await NetScene.start(t);
  await bare.run(`cat > /run/log.sh <<'END'\n${script}END\nsh /run/log.sh`);
  t.is(await state(bare, 'north', 'south'), await state(made, 'north', 'south'));
});

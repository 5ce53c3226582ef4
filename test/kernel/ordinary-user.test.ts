/** An ordinary user changes what is his own: through the user namespace that he made, and nothing else. */
import type { ChildProcess } from 'node:child_process';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { needsRoot, started } from '../sandbox/scene.js';
import { runCommand, runNsview } from '../support/run-program.js';

const THROUGH = ['setpriv', '--reuid', '4003', '--regid', '4003', '--clear-groups'];

function ownContainer(t: ExecutionContext, script: string): Promise<ChildProcess> {
  return started(t, ...THROUGH, 'unshare', '--user', '--map-root-user', '--net', 'sh', '-c', script);
}

async function inside(pid: number, ...words: string[]): Promise<string> {
  const enter = ['nsenter', '-t', String(pid), '-U', '-n', '--preserve-credentials'];
  return (await runCommand([...THROUGH, ...enter, ...words])).stdout;
}

test('interfaces in a container of his own', async (t) => {
  if (!needsRoot(t)) return;
  const { pid } = await ownContainer(t, 'echo ready; read stop');
  const ours = (...words: string[]) => runNsview(words, { through: THROUGH });
  for (const [words, shows] of [
    [['wire', 'bridge', `${pid!}:br0`, '10.9.0.1/24'], /br0 .*10\.9\.0\.1\/24/],
    [['wire', 'connect', `${pid!}:a0=10.8.0.1/24`, `${pid!}:b0`], /a0@b0 .*10\.8\.0\.1\/24/],
  ] as const) {
    const done = await ours(...words, '--yes');
    t.is(done.code, 0, `${words.join(' ')}: ${done.stderr}`);
    t.regex(await inside(pid!, 'ip', '-br', 'addr'), shows, words.join(' '));
  }
  // By the commands that are shown, too.
  const shown = await ours('wire', 'bridge', `${pid!}:br1`, '--json');
  const { commands } = JSON.parse(shown.stdout) as { commands: string[] };
  t.regex(
    commands[0]!,
    /^nsenter --user=\/proc\/\d+\/ns\/user --preserve-credentials --net=\S+ -- ip link add name br1/,
  );
  for (const command of commands)
    t.is((await runCommand([...THROUGH, 'sh', '-c', command])).code, 0, command);
  t.regex(await inside(pid!, 'ip', '-br', 'link'), /^br1 /m);
  // A step that fails there is taken back there.
  const taken = await ours('wire', 'connect', `${pid!}:c0`, `${pid!}:c1=ff02::1/64`, '--yes');
  t.is(taken.code, 1);
  t.regex(taken.stderr, /cannot add address ff02::1\/64: EADDRNOTAVAIL.*what was done before was taken back/);
  t.notRegex(await inside(pid!, 'ip', '-br', 'link'), /^c0/m);
});

test('what is in it is read, changed and undone, also in a container below', async (t) => {
  if (!needsRoot(t)) return;
  const { pid } = await ownContainer(
    t,
    `ip link add a0 type veth peer name a1 && ip addr add 10.7.0.1/24 dev a0 && ip link set a0 up && ip link set a1 up
    ip route add 10.70.0.0/16 via 10.7.0.2
    unshare --user --map-root-user --net --uts sh -c 'hostname below-7; echo ready; read stop'`,
  );
  const ours = (...words: string[]) => runNsview(words, { through: THROUGH });
  const below = (await runCommand(['pgrep', '-n', '-u', '4003', '-f', 'hostname below-7'])).stdout.trim();
  const told = JSON.parse((await ours('links', '--json')).stdout) as {
    links: { name: string; addresses: string[] }[];
  };
  t.true(JSON.stringify(told).includes('10.7.0.1'), 'its interfaces are read');
  t.regex((await ours('inside', below)).stdout, /hostname +below-7/);
  const state = (): Promise<string> =>
    inside(pid!, 'sh', '-c', 'ip -br addr; ip route; ip -d link show type bridge');
  const plain = (text: string): string =>
    text
      .replace(/ fe80\S+/g, '')
      .replace(/[ \t]+$/gm, '')
      .replace(/@\S+/g, '');
  const before = plain(await state());
  for (const [words, shows] of [
    [['wire', 'rename', `${pid!}:a1`, 'b1'], /^b1@/m],
    [['wire', 'down', `${pid!}:a0`], /^a0@a1 +DOWN/m],
    [['wire', 'address', `${pid!}:a1`, '10.8.0.1/24'], /10\.8\.0\.1/],
    [['wire', 'unaddress', `${pid!}:a0`, '10.7.0.1/24'], /^(?![^]*10\.7\.0\.1)/],
    [['wire', 'move', `${pid!}:a0`, below, '--keep'], /^(?![^]*^a0)/m],
    [['wire', 'delete', `${pid!}:a0`], /^(?![^]*^a1)/m],
  ] as const) {
    const plan = JSON.parse((await ours(...words, '--json', '--dry-run')).stdout) as {
      undo: { commands: string[] };
    };
    const done = await ours(...words, '--yes');
    t.is(done.code, 0, `${words.join(' ')}: ${done.stderr}`);
    t.regex(await state(), shows, words.join(' '));
    for (const command of plan.undo.commands) {
      const undone = await runCommand([...THROUGH, 'sh', '-c', command]);
      t.is(undone.code, 0, `${command}: ${undone.stderr}`);
    }
    t.is(plain(await state()), before, `${words.join(' ')} undone`);
  }
});

test('what is not his own is refused before, with the reason', async (t) => {
  if (!needsRoot(t)) return;
  await started(t, 'unshare', '--net', '--uts', 'sh', '-c', 'echo ready; read stop');
  for (const words of [
    ['wire', 'netns', 'mine'],
    ['wire', 'up', 'lo'],
    ['wire', 'bridge', 'br7'],
    ['wire', 'rename', 'lo', 'l0'],
  ]) {
    const refused = await runNsview([...words, '--yes'], { through: THROUGH });
    t.is(refused.code, 1, words.join(' '));
    t.regex(refused.stderr, /nsview may not: it has no CAP_|already|EPERM/, words.join(' '));
  }
});

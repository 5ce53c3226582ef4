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
  const taken = await ours('wire', 'connect', `${pid!}:c0`, `${pid!}:br1`, '--yes');
  t.is(taken.code, 1);
  t.regex(taken.stderr, /EEXIST/);
  t.notRegex(await inside(pid!, 'ip', '-br', 'link'), /^c0/m);
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

/** Paths given to `nsview mounts`: nothing waits for a server, nothing is mounted on demand, links lead where the kernel goes. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { runCommand, runNsview } from '../support/run-program.js';
import type { Outcome } from '../support/run-program.js';
import { compiled, endScene, needsRoot } from '../sandbox/scene.js';

interface SilentMounts {
  base: string;
  pid: number;
  /** Automounts asked for so far. */
  requests: () => Promise<number>;
  /** Runs a command in the namespace of the mounts; fails where it does not come back. */
  inside: (...words: string[]) => Promise<Outcome>;
  nsview: (...words: string[]) => Promise<Outcome>;
}

async function silentMounts(t: ExecutionContext): Promise<SilentMounts> {
  const base = mkdtempSync(join(tmpdir(), 'nsview-silent-'));
  const child = spawn(compiled('silent-mounts'), [base], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.teardown(async () => {
    await endScene(child);
    rmdirSync(base);
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async (): Promise<string> => String((await lines.next()).value);
  t.is(await line(), 'ready');
  const pid = child.pid!;
  const through = ['nsenter', '--mount', '-t', String(pid), '--'];
  return {
    base,
    pid,
    requests: async () => {
      child.stdin.write('\n');
      return Number(await line());
    },
    inside: (...words) => runCommand([...through, ...words]),
    nsview: (...words) => runNsview(['mounts', ...words], { through }),
  };
}

const VERBS = (path: string): string[][] => [
  ['why', path],
  ['peers', path],
  ['simulate', 'unmount', path],
  ['simulate', 'mount', path],
  ['simulate', 'bind', path, path],
  ['unmount', path, '--dry-run'],
  ['unmount', path, '--lazy', '--dry-run'],
  ['make', 'shared', path, '--dry-run'],
  ['missing', path, '1'],
];

// Each would hang for ever, unkillable, if the server were asked.
test('no command asks the server of a mount or triggers an automount', async (t) => {
  if (!needsRoot(t)) return;
  const { base, pid, requests, inside, nsview } = await silentMounts(t);
  for (const words of ['fuse', 'auto'].flatMap((name) => VERBS(`${base}/${name}`))) {
    const { stderr } = await nsview(...words);
    t.notRegex(stderr, /no mount point/, words.join(' '));
  }
  for (const words of VERBS(`${base}/to-fuse`)) {
    const there = await runNsview(['mounts', ...words, '-N', String(pid)]);
    t.notRegex(there.stderr, /no mount point/, `-N ${words.join(' ')}`);
  }
  const below = await nsview('why', `${base}/fuse/some/where`);
  t.regex(
    below.stderr,
    /Whether .*fuse\/some\/where exists was not checked.*fuse\.silent on .*may not answer/,
  );
  t.is(await requests(), 0);
  // The oracle: umount(8) acts without asking either.
  t.is((await inside('umount', '--lazy', `${base}/fuse`)).code, 0);
  t.is(await requests(), 0);
});

test('symbolic links lead where the kernel goes, also in another mount namespace', async (t) => {
  if (!needsRoot(t)) return;
  const { base, pid, inside } = await silentMounts(t);
  const there = async (...words: string[]): Promise<string> => {
    const { stdout, stderr } = await runNsview(['mounts', ...words, '-N', String(pid)]);
    return stdout + stderr;
  };
  t.regex(await there('simulate', 'mount', `${base}/link/sub`), new RegExp(`\\+ .* ${base}/real/sub `));
  t.is((await inside('mount', '-t', 'tmpfs', 'x', `${base}/link/sub`)).code, 0);
  t.regex((await inside('findmnt', '-nlo', 'TARGET')).stdout, new RegExp(`${base}/real/sub`));
  t.regex(await there('unmount', `${base}/link/../link/sub`, '--dry-run'), /umount .*real\/sub/);
  t.is((await inside('umount', `${base}/link/sub`)).code, 0);
});

test('what mount(2) refuses because of its paths is refused by the forecast', async (t) => {
  if (!needsRoot(t)) return;
  const { base, nsview, inside } = await silentMounts(t);
  const [absent, file, directory] = ['nope', 'file', 'real'].map((name) => `${base}/${name}`) as [
    string,
    string,
    string,
  ];
  const rows: [string, string[], string[]][] = [
    ['ENOENT', ['mount', absent], ['mount', '-t', 'tmpfs', 'x', absent]],
    ['ENOENT', ['bind', absent, directory], ['mount', '--bind', absent, directory]],
    ['ENOENT', ['bind', directory, `${file}/below`], ['mount', '--bind', directory, `${file}/below`]],
    ['ENOTDIR', ['bind', file, directory], ['mount', '--bind', file, directory]],
    ['ENOTDIR', ['bind', directory, file], ['mount', '--bind', directory, file]],
    ['ENOTDIR', ['mount', file], ['mount', '-t', 'tmpfs', 'x', file]],
    ['', ['bind', file, file], ['mount', '--bind', file, file]],
    ['', ['bind', directory, directory], ['mount', '--bind', directory, directory]],
  ];
  for (const [errno, words, command] of rows) {
    const { stdout } = await nsview('simulate', ...words);
    t.is(/refused, (\w+)/.exec(stdout)?.[1] ?? '', errno, words.join(' '));
    t.is((await inside(...command)).code === 0, errno === '', command.join(' '));
  }
  const plan = await nsview('bind', absent, directory, '--dry-run');
  t.is(plan.code, 1);
  t.regex(plan.stderr + plan.stdout, /nope does not exist/);
});

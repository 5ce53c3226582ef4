/** A real TCP session over a veth pair: what would cut it is refused, guarded, and rolled back. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { Session } from '../pty/session.js';
import { NetScene } from '../sandbox/net-scene.js';
import { endScene, needsRoot } from '../sandbox/scene.js';
import { PROGRAM, environment } from '../support/run-program.js';

/** Takes one connection and runs the program below it, as sshd does. */
const SERVER = `import os, signal, socket, subprocess, sys
server = socket.create_server(("10.3.0.1", 2222))
print("listening", flush=True)
connection, _ = server.accept()
sys.exit(subprocess.call(sys.argv[1:]))`;
const CLIENT = `import socket, sys, time
for _ in range(200):
    try:
        connection = socket.create_connection(("10.3.0.1", 2222))
        break
    except OSError:
        time.sleep(0.05)
sys.stdin.read()`;

/** `name`: of the interface, where a screen looks for it among those of other tests. */
async function connected(
  t: ExecutionContext,
  name = 's0',
): Promise<{ scene: NetScene; client: ChildProcess }> {
  const scene = await NetScene.start(t);
  await scene.netns('client');
  await scene.run(`ip link add ${name} type veth peer name c0 netns client
    ip addr add 10.3.0.1/24 dev ${name} && ip link set ${name} up && ip route add 198.51.100.0/24 via 10.3.0.2
    ip -n client addr add 10.3.0.2/24 dev c0 && ip -n client link set c0 up`);
  const client = spawn(
    'nsenter',
    ['-t', String(scene.pid), '-m', 'ip', 'netns', 'exec', 'client', 'python3', '-c', CLIENT],
    {
      stdio: ['pipe', 'ignore', 'inherit'],
      env: { ...environment(), PATH: `/usr/sbin:${environment()['PATH']!}` },
    },
  );
  t.teardown(() => endScene(client));
  return { scene, client };
}

interface Answer {
  code: number | null;
  text: string;
}

/** nsview as somebody runs it who is connected from the client. */
async function overSession(scene: NetScene, directory: string, ...words: string[]): Promise<Answer> {
  const enter = ['-t', String(scene.pid), '-n', '-m', 'python3', '-c', SERVER, process.execPath, PROGRAM];
  const child = spawn('nsenter', [...enter, ...words], {
    env: environment({ XDG_RUNTIME_DIR: directory }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.on('exit', resolve));
  return { code, text };
}

function directoryFor(t: ExecutionContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'nsview-guard-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

async function isWhole(scene: NetScene, name = 's0'): Promise<boolean> {
  const { text } = await scene.attempt(`ip -br addr show dev ${name}; ip route`);
  return / UP +10\.3\.0\.1\/24/.test(text) && text.includes(`198.51.100.0/24 via 10.3.0.2 dev ${name}`);
}

async function until(t: ExecutionContext, what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 120; tries++) {
    if (await holds()) return;
    await sleep(100);
  }
  t.fail(`waited in vain until ${what}`);
}

for (const [what, words] of Object.entries({
  'set down': ['down', 's0'],
  moved: ['move', 's0', 'client', '--name', 'away'],
  'without its address': ['unaddress', 's0', '10.3.0.1/24'],
  'made a port of a bridge': ['internet', 'client', 's0', '--bridge', '--address', '10.3.0.50/24'],
})) {
  test(`the interface of the session ${what}: refused, then guarded and rolled back`, async (t) => {
    if (!needsRoot(t)) return;
    const { scene } = await connected(t);
    const directory = directoryFor(t);
    // Other tests have a namespace of that name at the same time.
    const inode = await scene.run('stat -Lc %i /run/netns/client');
    const operands = words.map((word) => (word === 'client' ? `net:${inode.trim()}` : word));
    const name = words[0] === 'unaddress' ? '10.3.0.1' : 's0';
    const refused = await overSession(scene, directory, 'wire', ...operands, '--yes');
    t.is(refused.code, 1, refused.text);
    t.regex(refused.text, new RegExp(`your own session .*--cut ${name}`));
    t.true(await isWhole(scene));
    await endScene(await reconnect(t, scene));
    const client = await reconnect(t, scene);
    const done = await overSession(
      scene,
      directory,
      'wire',
      ...operands,
      '--yes',
      '--cut',
      name,
      '--rollback',
      '2',
    );
    t.is(done.code, 0, done.text);
    t.regex(done.text, /the change is rolled back at \d\d:\d\d:\d\d, unless you say: nsview keep/);
    t.false(await isWhole(scene));
    await until(t, 'it is back', () => isWhole(scene));
    t.truthy(client.pid);
  });
}

async function reconnect(t: ExecutionContext, scene: NetScene): Promise<ChildProcess> {
  const words = ['-t', String(scene.pid), '-m', 'ip', 'netns', 'exec', 'client', 'python3', '-c', CLIENT];
  const client = spawn('nsenter', words, {
    stdio: ['pipe', 'ignore', 'inherit'],
    env: { ...environment(), PATH: `/usr/sbin:${environment()['PATH']!}` },
  });
  t.teardown(() => endScene(client));
  await Promise.resolve();
  return client;
}

test('what would end or divert the way of the session is named, what would not is done', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await NetScene.start(t);
  await scene.netns('client', 'router', 'spare');
  await scene.run(`ip link add s0 type veth peer name r0 netns router
    ip addr add 10.3.0.1/24 dev s0 && ip link set s0 up && ip route add default via 10.3.0.2
    ip -n router addr add 10.3.0.2/24 dev r0 && ip -n router link set r0 up
    ip -n router link add r1 type veth peer name c0 netns client
    ip -n router addr add 10.4.0.1/24 dev r1 && ip -n router link set r1 up
    ip netns exec router sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward'
    ip -n client addr add 10.4.0.2/24 dev c0 && ip -n client link set c0 up && ip -n client route add default via 10.4.0.1
    ip link add other type veth peer name otherpeer && ip link set other up
    ip netns exec router ip -br addr`);
  const directory = directoryFor(t);
  const asked = async (...words: string[]): Promise<string> => {
    const client = await reconnect(t, scene);
    const { text } = await overSession(scene, directory, ...words, '--yes');
    await endScene(client);
    return text;
  };
  t.regex(
    await asked('wire', 'remove-name', 'router'),
    /router ends with its name: your own session.*--cut router/,
  );
  t.regex(
    await asked('wire', 'address', 'other', '10.4.0.9/24'),
    /10\.4\.0\.9\/24 holds 10\.4\.0\.2, the other end.*--cut 10\.4\.0\.2/,
  );
  t.regex(await asked('wire', 'address', 'other', '10.5.0.9/24'), /^done: /m);
  t.regex(await asked('wire', 'remove-name', 'spare'), /^done: /m);
  // With a process in it the namespace outlives its name; then it is the process that must not end.
  const holder = spawn('nsenter', [
    '-t',
    String(scene.pid),
    '-m',
    'ip',
    'netns',
    'exec',
    'router',
    'sleep',
    '600',
  ]);
  t.teardown(() => endScene(holder));
  await until(t, 'it is in', async () =>
    (await scene.run('ip netns pids router')).includes(String(holder.pid)),
  );
  t.regex(await asked('wire', 'remove-name', 'router'), /^done: /m);
  t.regex(await asked('signal', String(holder.pid), 'TERM'), /ends with it: your own session.*--cut \d+/);
});

test('what was confirmed stays; other interfaces need no guard', async (t) => {
  if (!needsRoot(t)) return;
  const { scene, client } = await connected(t);
  const directory = directoryFor(t);
  await scene.run('ip link add other type veth peer name otherpeer');
  const free = await overSession(scene, directory, 'wire', 'up', 'other', '--yes');
  t.is(free.code, 0, free.text);
  t.notRegex(free.text, /rolled back/);
  await endScene(client);
  await reconnect(t, scene);
  const done = await overSession(
    scene,
    directory,
    'wire',
    'down',
    's0',
    '--yes',
    '--cut',
    's0',
    '--rollback',
    '60',
  );
  t.is(done.code, 0, done.text);
  const kept = spawn('nsenter', ['-t', String(scene.pid), '-m', process.execPath, PROGRAM, 'keep'], {
    env: environment({ XDG_RUNTIME_DIR: directory }),
  });
  t.is(await new Promise((resolve) => kept.on('exit', resolve)), 0);
  t.false(await isWhole(scene));
  t.is(await scene.run('ls -A /run/nsview'), '');
});

test('in the screen: typed by name, and rolled back after SIGKILL of nsview', async (t) => {
  if (!needsRoot(t)) return;
  const { scene } = await connected(t, 'screen0');
  const directory = directoryFor(t);
  mkdirSync(join(directory, 'nsview'));
  writeFileSync(join(directory, 'nsview', 'config.json'), JSON.stringify({ rollbackSeconds: 3 }));
  const s = new Session(
    'nsenter',
    [
      '-t',
      String(scene.pid),
      '-n',
      '-m',
      'python3',
      '-c',
      SERVER,
      process.execPath,
      PROGRAM,
      '--view',
      'network',
    ],
    110,
    40,
    { XDG_RUNTIME_DIR: directory, XDG_CONFIG_HOME: directory },
  );
  t.teardown(() => s.kill());
  await s.shows(/NETNS \/ IFACE/);
  await s.find('screen0', /> +screen0 +veth/);
  s.child.write('L');
  await s.shows(/your own session goes through it/);
  await s.shows(/rolled back after 3 s/);
  // Without its name nothing is done.
  s.child.write('\t\r');
  await s.shows(/type screen0 first/);
  t.true(await isWhole(scene, 'screen0'));
  s.child.write('screen0\r');
  await s.shows(/are you still here\?/);
  await s.shows(/rolled back in \d s/);
  t.false(await isWhole(scene, 'screen0'));
  const { text } = await scene.attempt(`pgrep -f -- '${PROGRAM} --view network' | tail -n 1`);
  process.kill(Number(text.trim()), 'SIGKILL');
  s.kill();
  await until(t, 'it is back', () => isWhole(scene, 'screen0'));
});

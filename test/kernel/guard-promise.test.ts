/** A rollback that was promised comes, whatever the runtime directory is like; or nothing is done and it is said why. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import type { LinkPlace, NetworkOperation } from '../../src/actions/plan.js';
import type { GuardedRequest } from '../sandbox/guarded.js';
import { NetScene } from '../sandbox/net-scene.js';
import { needsRoot } from '../sandbox/scene.js';
import { PROGRAM, environment } from '../support/run-program.js';

const DRIVER = fileURLToPath(new URL('../sandbox/guarded.js', import.meta.url));
const ADDRESSES = ['10.9.0.1/24', '10.9.1.1/24'];

/** An interface that loses its addresses and goes down; every second step fails to be found twice. */
async function request(scene: NetScene, more: Partial<GuardedRequest> = {}): Promise<GuardedRequest> {
  const netns = {
    key: await scene.key(),
    namespaceId: null,
    isOwn: false,
    paths: [`/proc/${scene.pid}/ns/net`],
  };
  const link: LinkPlace = { netns, name: 'v0', ifindex: null };
  const cut: NetworkOperation[] = [
    ...ADDRESSES.map((address) => ({ operation: 'address-delete' as const, link, address })),
    { operation: 'link-down', link },
  ];
  const back: NetworkOperation[][] = [
    ...ADDRESSES.map((address) => [{ operation: 'address-add' as const, link, address }]),
    [{ operation: 'link-up', link }],
  ];
  return { operations: cut, steps: back, seconds: 1, ...more };
}

async function sceneWithLink(t: ExecutionContext): Promise<NetScene> {
  const scene = await NetScene.start(t);
  await scene.run(`ip link add v0 type veth peer name v1 && ip link set v0 up
    ${ADDRESSES.map((address) => `ip addr add ${address} dev v0`).join('\n')}`);
  return scene;
}

/** All words that may come before node: limits, another cgroup. */
async function guarded(
  scene: NetScene,
  wanted: GuardedRequest,
  env: Record<string, string> = {},
  limits: readonly string[] = [],
): Promise<string> {
  const words = ['-t', String(scene.pid), '-n', '-m', ...limits, process.execPath, DRIVER];
  const child = spawn('nsenter', words, { env: environment(env), stdio: ['pipe', 'pipe', 'ignore'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stdin.on('error', () => undefined);
  child.stdin.end(JSON.stringify(wanted));
  await new Promise((resolve) => child.on('exit', resolve));
  return text;
}

async function isWhole(scene: NetScene): Promise<boolean> {
  const text = await scene.run('ip -o addr show dev v0; ip -o link show dev v0 up');
  return ADDRESSES.every((address) => text.includes(address)) && /<[^>]*\bUP\b/.test(text);
}

async function comesBack(scene: NetScene): Promise<boolean> {
  for (let tries = 0; tries < 300; tries++) {
    if (await isWhole(scene)) return true;
    await sleep(100);
  }
  return false;
}

/** Files of guards that are left over: none, as soon as nobody waits. */
async function filesLeft(scene: NetScene): Promise<string> {
  return (await scene.attempt('ls -A /run/nsview | grep sock')).text;
}

const keep = (scene: NetScene): Promise<{ code: number; text: string }> =>
  scene.attempt(`XDG_RUNTIME_DIR= ${process.execPath} ${PROGRAM} keep`);

test.serial('without a usable XDG_RUNTIME_DIR root has /run/nsview', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await sceneWithLink(t);
  const wanted = await request(scene);
  for (const XDG_RUNTIME_DIR of ['', 'relative', './', '/missing', '/proc/self/cwd', '/tmp/../tmp']) {
    t.is(await guarded(scene, wanted, { XDG_RUNTIME_DIR, TMPDIR: 'relative' }), 'made\n', XDG_RUNTIME_DIR);
    t.false(await isWhole(scene), XDG_RUNTIME_DIR);
    t.true(await comesBack(scene), XDG_RUNTIME_DIR);
    const { code, text } = await keep(scene);
    t.is(code, 1);
    t.regex(text, /^rolled back at \d\d:\d\d:\d\d: a change of a test \(nobody kept it\)\n$/);
    t.is(await filesLeft(scene), '');
    t.regex((await keep(scene)).text, /^nothing waits/);
  }
  t.is((await scene.run('ls -A /run/nsview; stat -c %a /run/nsview')).trim(), '700');
});

/** What /run is like, and whether a rollback can be promised there. */
const DIRECTORIES: Record<string, readonly [script: string, answer: RegExp]> = {
  'ours already': ['mkdir -m 755 /run/nsview', /^made/],
  'sticky, as /tmp is': ['chmod 1777 /run', /^made/],
  'written to by others': ['chmod 777 /run', /^refused: .*so nothing was done: .*others may write to \/run/],
  'of another user': ['chown 1234 /run', /^refused: .*\/run belongs to user 1234/],
  'below it one of another user': ['mkdir /run/nsview; chown 1234 /run/nsview', /^refused: .*\/run\/nsview belongs to user 1234/],
  'below it a link': ['mkdir /run/else; ln -s else /run/nsview', /^refused: .*\/run\/nsview is not a directory but a link/],
  'below it a file': ['touch /run/nsview', /^refused: .*\/run\/nsview is not a directory/],
  'below it open to others': ['mkdir /run/nsview; chmod 777 /run/nsview', /^refused: .*others may write to \/run\/nsview/],
  'read-only': ['mount -o remount,ro /run', /^refused: .*\/run\/nsview: EROFS/],
  full: [
    'mount -t tmpfs -o size=4k test /run; head -c 4096 /dev/zero > /run/full',
    /^refused: .*no space left on device/i,
  ],
  'without a free inode': ['mount -t tmpfs -o nr_inodes=2 test /run; touch /run/full', /^refused: .*ENOSPC/],
  'gone in the meantime': ['true', /^made/],
}; // prettier-ignore

for (const [what, [script, answer]] of Object.entries(DIRECTORIES)) {
  test.serial(`/run ${what}: rolled back, or refused before anything is done`, async (t) => {
    if (!needsRoot(t)) return;
    const scene = await sceneWithLink(t);
    await scene.run(`mkdir -p /run/netns; ${script}`);
    const said = await guarded(scene, await request(scene));
    t.regex(said, answer);
    if (what === 'gone in the meantime') await scene.run('rm -rf /run/nsview');
    if (said.startsWith('refused')) t.true(await isWhole(scene));
    else {
      t.false(await isWhole(scene));
      t.true(await comesBack(scene));
    }
  });
}

test.serial(
  'the file system of the runtime directory fills up, or becomes read-only, while it is waited',
  async (t) => {
    if (!needsRoot(t)) return;
    const scene = await sceneWithLink(t);
    await scene.run('mount -t tmpfs -o size=64k test /run');
    t.is(await guarded(scene, await request(scene)), 'made\n');
    await scene.attempt('cat /dev/zero > /run/full; mount -o remount,ro /run');
    t.true(await comesBack(scene));
  },
);

test.serial('several changes are kept from another shell, each by its name', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await sceneWithLink(t);
  const { operations, steps, ...rest } = await request(scene, { seconds: 30 });
  for (const at of [0, 1])
    t.is(await guarded(scene, { ...rest, operations: [operations[at]!], steps: [steps[at]!] }), 'made\n');
  const { code, text } = await keep(scene);
  t.is(code, 0);
  t.is(text, 'kept: a change of a test\n'.repeat(2));
  t.false(await isWhole(scene));
  t.is((await scene.run('ls -A /run/nsview')).trim(), '');
});

test.serial('the rollback is killed: it is said that nothing will come', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await sceneWithLink(t);
  t.is(await guarded(scene, await request(scene, { seconds: 600 })), 'made\n');
  await scene.run('kill -9 $(ls /run/nsview | sed -n "s/rollback-\\([0-9]*\\)-.*sock/\\1/p")');
  const { code, text } = await keep(scene);
  t.is(code, 1);
  t.regex(text, /^neither kept nor rolled back: a change of a test/);
});

test.serial('no signal but SIGKILL ends or stops the rollback', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await sceneWithLink(t);
  t.is(await guarded(scene, await request(scene, { seconds: 3 })), 'made\n');
  await scene.run(`guard=$(ls /run/nsview | sed -n "s/rollback-\\([0-9]*\\)-.*sock/\\1/p"); test -n "$guard"
    for signal in HUP INT QUIT TERM USR1 USR2 PIPE ALRM TSTP TTIN TTOU URG XCPU XFSZ VTALRM WINCH IO PWR CONT; do
      kill -$signal $guard; done
    sleep 0.5; ss -Hltnp 2>/dev/null | grep "pid=$guard," && exit 1; kill -0 $guard`);
  t.true(await comesBack(scene));
});

import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { containerOf } from '../../src/analysis/container-of.js';
import { namespaceName } from '../../src/analysis/namespace-name.js';
import { collectSnapshot } from '../../src/collect/collect-snapshot.js';
import { decodeContainers } from '../../src/collect/container-names.js';
import { buildModel, namespaceSetOf } from '../../src/model/model.js';
import { needsRoot } from '../sandbox/scene.js';

/** A directory that holds all that an engine makes, gone with the test. */
function workDirectory(t: ExecutionContext): string {
  const path = mkdtempSync(join(tmpdir(), 'nsview-engine-'));
  t.teardown(async () => {
    spawnSync('umount', ['-R', '-l', path], { stdio: 'ignore' });
    // The engine tidies up in the background (conmon runs `podman container cleanup`) and would make it anew.
    await waitFor(`the end of all that works in ${path}`, () => !isNamedByProcess(path));
    rmSync(path, { recursive: true, force: true });
  });
  return path;
}

/** Whether a process has the path in its command line. */
function isNamedByProcess(path: string): boolean {
  return readdirSync('/proc').some((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(path);
    } catch {
      // It ended between the listing and the read.
      return false;
    }
  });
}

function busyboxRoot(directory: string): string {
  const root = join(directory, 'rootfs');
  mkdirSync(join(root, 'bin'), { recursive: true });
  copyFileSync('/bin/busybox', join(root, 'bin', 'busybox'));
  symlinkSync('busybox', join(root, 'bin', 'sleep'));
  return root;
}

/** Whether the programs are there; a machine without them says so, and in CI that is a failure. */
function hasPrograms(t: ExecutionContext, ...programs: string[]): boolean {
  if (!needsRoot(t)) return false;
  const missing = programs.filter((name) => spawnSync('sh', ['-c', `command -v ${name}`]).status !== 0);
  if (missing.length === 0) return true;
  if (process.env['CI'] !== undefined) t.fail(`missing in CI: ${missing.join(', ')}`);
  else t.pass(`skipped: ${missing.join(', ')} not installed`);
  return false;
}

function run(t: ExecutionContext, words: string[], input?: Buffer): string {
  const { status, stdout, stderr } = spawnSync(words[0]!, words.slice(1), { input, timeout: 60_000 });
  t.is(status, 0, `${words.join(' ')}: ${String(stderr)}`);
  return String(stdout).trim();
}

async function waitFor(what: string, holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`waited in vain for ${what}`);
}

function endsWithTest(t: ExecutionContext, child: ChildProcess): void {
  t.teardown(async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
  });
}

function withVariable(t: ExecutionContext, name: string, value: string): void {
  const before = process.env[name];
  process.env[name] = value;
  t.teardown(() => {
    if (before === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = before;
  });
}

/** The container is recognised with engine, id and name, and gives its namespaces their name. */
async function isRecognised(
  t: ExecutionContext,
  engine: string,
  pid: number,
  containerId: string,
  name: string,
): Promise<void> {
  const model = buildModel(await collectSnapshot());
  const process = model.processes.get(pid);
  const container = containerOf(model, process);
  t.is(container?.engine, engine);
  t.is(container?.containerId, containerId);
  t.is(container?.name, name);
  const own = namespaceSetOf(model, process!).mnt;
  t.is(own && namespaceName(model, own), name);
  t.is(process?.details?.namespacePids.at(-1), 1);
}

const LIMITS = ['--ulimit', 'nofile=1024:1024'];

test.serial('a real Podman container is recognised by name', async (t) => {
  if (!hasPrograms(t, 'podman', 'runc', 'busybox')) return;
  const directory = workDirectory(t);
  const socket = join(directory, 'podman.sock');
  const podman = [
    'podman',
    '--root',
    join(directory, 'root'),
    '--runroot',
    join(directory, 'run'),
    '--storage-driver=vfs',
    '--cgroup-manager=cgroupfs',
    '--runtime=runc',
    '--tmpdir',
    join(directory, 'tmp'),
  ];
  const name = `nsview-podman-${process.pid}`;
  t.teardown(() => void spawnSync('podman', [...podman.slice(1), 'rm', '-f', '-t', '0', name]));
  const containerId = run(t, [
    ...podman,
    'run',
    '-d',
    '--name',
    name,
    '--network=none',
    ...LIMITS,
    '--ulimit',
    'nproc=1024:1024',
    '--rootfs',
    busyboxRoot(directory),
    '/bin/sleep',
    '300',
  ]);
  const service = spawn(
    podman[0]!,
    [...podman.slice(1), 'system', 'service', '--time=0', `unix://${socket}`],
    { stdio: 'ignore' },
  );
  endsWithTest(t, service);
  await waitFor('the podman socket', () => existsSync(socket));
  const pid = Number(run(t, [...podman, 'inspect', '-f', '{{.State.Pid}}', name]));
  // Only now: with this variable set the podman command would speak to the service.
  withVariable(t, 'CONTAINER_HOST', `unix://${socket}`);
  await isRecognised(t, 'podman', pid, containerId, name);
});

test.serial('a real Docker container is recognised by name', async (t) => {
  if (!hasPrograms(t, 'dockerd', 'docker', 'busybox', 'tar')) return;
  const directory = workDirectory(t);
  const socket = join(directory, 'docker.sock');
  const configuration = join(directory, 'daemon.json');
  writeFileSync(
    configuration,
    JSON.stringify({
      bridge: 'none',
      iptables: false,
      ip6tables: false,
      'storage-driver': 'vfs',
      'data-root': join(directory, 'data'),
      'exec-root': join(directory, 'exec'),
      pidfile: join(directory, 'pid'),
      hosts: [`unix://${socket}`],
      'exec-opts': ['native.cgroupdriver=cgroupfs'],
    }),
  );
  const daemon = spawn('dockerd', ['--config-file', configuration], { stdio: 'ignore' });
  endsWithTest(t, daemon);
  const docker = ['docker', '-H', `unix://${socket}`];
  await waitFor(
    'the docker daemon',
    () => spawnSync(docker[0]!, [...docker.slice(1), 'version']).status === 0,
  );
  const archive = spawnSync('tar', ['-C', busyboxRoot(directory), '-c', '.'], { maxBuffer: 1 << 26 }).stdout;
  run(t, [...docker, 'import', '-', 'nsview-box'], archive);
  const name = `nsview-docker-${process.pid}`;
  t.teardown(() => void spawnSync(docker[0]!, [...docker.slice(1), 'rm', '-f', name]));
  const containerId = run(t, [
    ...docker,
    'run',
    '-d',
    '--name',
    name,
    '--network=none',
    ...LIMITS,
    'nsview-box',
    '/bin/sleep',
    '300',
  ]);
  withVariable(t, 'DOCKER_HOST', `unix://${socket}`);
  const pid = Number(run(t, [...docker, 'inspect', '-f', '{{.State.Pid}}', name]));
  await isRecognised(t, 'docker', pid, containerId, name);
});

test.serial('an engine that never answers costs its time limit and is a gap', async (t) => {
  const directory = workDirectory(t);
  const socket = join(directory, 'silent.sock');
  const server = createServer(() => undefined).listen(socket);
  t.teardown(() => void server.close());
  await waitFor('the socket', () => existsSync(socket));
  withVariable(t, 'DOCKER_HOST', `unix://${socket}`);
  const { gaps, processes } = await collectSnapshot({ details: 'none' });
  t.true(processes.length > 0);
  t.deepEqual(
    gaps.filter(({ subject }) => subject === 'docker names').map(({ errno }) => errno),
    ['ETIMEDOUT'],
  );
});

test('answers of an engine that are not what they should be', (t) => {
  t.deepEqual(decodeContainers('docker', '[{"Id":"a","Names":["/web"],"Image":"x"},{"Id":1},{"Names":[]}]'), [
    { engine: 'docker', containerId: 'a', name: 'web', image: 'x' },
  ]);
  t.throws(() => decodeContainers('docker', '{}'));
});

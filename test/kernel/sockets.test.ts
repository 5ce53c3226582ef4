/** Sockets of sandboxed network namespaces against ss(8) and /proc. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import type { Socket } from '../../src/analysis/socket-model.js';
import { bridgeTo, buildSocketModel, endpointText } from '../../src/analysis/socket-model.js';
import { collectSnapshot } from '../../src/collect/collect-snapshot.js';
import { buildModel } from '../../src/model/model.js';
import { NetScene } from '../sandbox/net-scene.js';
import { endScene, needsRoot } from '../sandbox/scene.js';
import { runNsview } from '../support/run-program.js';

/** A process inside a namespace of the scene that opens sockets and says its pid; ends with the test. */
async function holder(t: ExecutionContext, scene: NetScene, netns: string, code: string): Promise<number> {
  const enter = ['-t', String(scene.pid), '--mount', `--net=/proc/${scene.pid}/root/run/netns/${netns}`];
  const child = spawn('nsenter', [...enter, 'python3', '-c', code], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.teardown(() => endScene(child));
  for await (const line of createInterface({ input: child.stdout })) if (line === 'ready') return child.pid!;
  throw new Error('the holder of sockets ended at once');
}

const OPEN = `
import socket, sys
keep = []
def tcp(family, host, port, v6only=None):
    s = socket.socket(family, socket.SOCK_STREAM); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if v6only is not None: s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, v6only)
    s.bind((host, port)); s.listen(5); keep.append(s)
tcp(socket.AF_INET, '0.0.0.0', 8080)
tcp(socket.AF_INET, '127.0.0.1', 8081)
tcp(socket.AF_INET6, '::', 8082, 0)
tcp(socket.AF_INET6, '::', 8083, 1)
tcp(socket.AF_INET6, '::1', 8084)
c = socket.create_connection(('127.0.0.1', 8081)); keep.append(c); keep.append(keep[1].accept()[0])
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(('127.0.0.1', 5353)); keep.append(u)
v = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); v.connect(('::1', 9)); keep.append(v)
r = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP); keep.append(r)
p = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)); keep.append(p)
n = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0); n.bind((0, 0)); keep.append(n)
a = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM); a.bind('\\0nsview abstract'); a.listen(1); keep.append(a)
d = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); d.bind('/run/nsview dgram'); keep.append(d)
keep.extend(socket.socketpair())
print('ready', flush=True)
sys.stdin.read()
`;

async function look() {
  const snapshot = await collectSnapshot({ details: 'all', containerNames: false, socketTables: true });
  return {
    model: buildModel(snapshot),
    sockets: buildSocketModel(snapshot.socketTables ?? [], snapshot.socketOwners ?? []),
  };
}

/** `state local peer` of each line; of unix sockets their inodes too. */
function ssLines(text: string): string[] {
  return text
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) =>
      line
        .trim()
        .split(/\s+/)
        .filter((word) => word !== '')
        .join(' '),
    );
}

test('IP sockets: as ss shows them in each namespace, with their owners', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await NetScene.start(t);
  await scene.netns('one', 'two');
  const pid = await holder(t, scene, 'one', OPEN);
  const { sockets } = await look();
  for (const name of ['one', 'two']) {
    const list = sockets.tables.get(await scene.key(name)) ?? [];
    for (const [protocol, flag] of [
      ['tcp', '-t'],
      ['udp', '-u'],
    ] as const) {
      const theirs = ssLines(await scene.run(`ip netns exec ${name} ss -H -a -n ${flag}`)).map((line) => {
        const [state, , , local, peer] = line.split(' ');
        return `${state} ${local} ${peer}`;
      });
      const ours = list
        .filter(({ fact }) => fact.protocol === protocol)
        .map(({ fact }) => `${fact.state} ${endpointText(fact, 'local')} ${endpointText(fact, 'remote')}`);
      t.deepEqual(ours.sort(), theirs.sort());
    }
  }
  const one = sockets.tables.get(await scene.key('one'))!;
  t.true(one.filter(({ fact }) => fact.protocol === 'tcp').length >= 7);
  const listening = one.find(({ fact }) => fact.localPort === 8080)!;
  t.deepEqual(
    listening.owners.map((owner) => owner.pid),
    [pid],
  );
  t.is(one.indexOf(listening) < one.findIndex(({ fact }) => fact.state === 'ESTAB'), true, 'listening first');
  for (const protocol of ['raw', 'packet', 'netlink'] as const) {
    const own = one.filter(({ fact, owners }) => fact.protocol === protocol && owners[0]?.pid === pid);
    t.is(own.length, 1, protocol);
  }
});

test('unix sockets: as ss shows them; two ends in two network namespaces are a bridge', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await NetScene.start(t);
  await scene.netns('one', 'two');
  await holder(t, scene, 'one', OPEN);
  const server = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM); s.bind('/run/bridge'); s.listen(1)
print('ready', flush=True)
c, _ = s.accept()
c.send(b'x')
sys.stdin.read()
`;
  const client = `
import socket, sys
c = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM); c.connect('/run/bridge')
c.recv(1)
print('ready', flush=True)
sys.stdin.read()
`;
  const serverPid = await holder(t, scene, 'one', server);
  const clientPid = await holder(t, scene, 'two', client);
  const { model, sockets } = await look();
  const one = sockets.tables.get(await scene.key('one'))!.filter(({ fact }) => fact.protocol === 'unix');
  const theirs = ssLines(await scene.run('ip netns exec one ss -H -a -x'));
  const inodesOf = (socket: Socket): string => `${socket.fact.inode} ${socket.fact.peerInode}`;
  t.deepEqual(
    one.map(inodesOf).sort(),
    theirs.map((line) => (/ (\d+) \S+ (\d+)$/.exec(line) ?? []).slice(1).join(' ')).sort(),
  );
  t.truthy(one.find(({ fact }) => fact.localAddress === '@nsview abstract' && fact.state === 'LISTEN'));
  t.truthy(one.find(({ fact }) => fact.localAddress === '/run/nsview dgram' && fact.socketType === 'dgram'));
  // Not the pipes of their standard input, which Node makes of unix sockets too.
  const between = (pid: number, other: number): Socket =>
    [...sockets.tables.values()]
      .flat()
      .find((each) => each.owners[0]?.pid === pid && sockets.peer(each)?.owners[0]?.pid === other)!;
  t.is(bridgeTo(model, sockets, between(clientPid, serverPid)), await scene.key('one'));
  t.is(bridgeTo(model, sockets, between(serverPid, clientPid)), await scene.key('two'));
  const listed = await runNsview(['sockets', '--bridges', '-J', '-o', 'PROCESS']);
  for (const pid of [clientPid, serverPid]) t.true(listed.stdout.includes(`"pid": ${pid},`));
});

test('nsview sockets: who listens on a port in any namespace', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await NetScene.start(t);
  await scene.netns('one');
  const pid = await holder(t, scene, 'one', OPEN);
  const { stdout, stderr, code } = await runNsview(['sockets', ':8080', String(pid), '-l']);
  t.is(code, 0, stderr);
  t.regex(stdout, new RegExp(`tcp +LISTEN +0\\.0\\.0\\.0:8080 +0\\.0\\.0\\.0:\\* +${pid} python3`), stderr);
  t.is(stdout.trim().split('\n').length, 2);
  const json = JSON.parse(
    (await runNsview(['sockets', '-J', String(pid), '-p', 'tcp', '-o', '+INODE'])).stdout,
  ) as {
    sockets: { local: string; process: { pid: number }[]; inode: number }[];
  };
  t.true(
    json.sockets.some((each) => each.local === '*:8082' && each.process[0]?.pid === pid && each.inode > 0),
  );
  t.is((await runNsview(['sockets', ':http'])).code, 2);
});

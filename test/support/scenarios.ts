/** Machines that tests and screens look at. */
import type { Snapshot } from '../../src/model/snapshot.js';
import { buildSnapshot } from './snapshot-builder.js';

const DOCKER_ID = '3f2a9c'.padEnd(64, '0');
const PODMAN_ID = 'db7'.padEnd(64, 'a');

const NGINX = {
  mnt: 4026532467,
  net: 4026532323,
  pid: 4026532470,
  uts: 4026532541,
  ipc: 4026532468,
  cgroup: 4026532472,
};
const DB = {
  ...NGINX,
  mnt: 4026532610,
  net: 4026532611,
  pid: 4026532614,
  user: 4026532609,
  uts: 4026532612,
  ipc: 4026532613,
  cgroup: 4026532615,
};

/** A node with a Docker and a rootless Podman container, a sandboxed unit, a named and a leaked netns. */
export function containerNode(takenAt?: number): Snapshot {
  const docker = [`0::/system.slice/docker-${DOCKER_ID}.scope`];
  const podman = [
    `0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${PODMAN_ID}.scope/container`,
  ];
  return buildSnapshot({
    ...(takenAt === undefined ? {} : { takenAt }),
    processes: [
      { pid: 1, comm: 'systemd', commandLine: '/sbin/init', residentKib: 12_300 },
      { pid: 2, ppid: 0, comm: 'kthreadd', commandLine: '', residentKib: 0 },
      {
        pid: 1204,
        comm: 'dockerd',
        commandLine: '/usr/bin/dockerd -H fd://',
        residentKib: 90_000,
        cgroup: ['0::/system.slice/docker.service'],
      },
      {
        pid: 2231,
        ppid: 1204,
        comm: 'nginx',
        commandLine: 'nginx: master process nginx -g daemon off;',
        own: NGINX,
        namespacePids: [2231, 1],
        cgroup: docker,
        residentKib: 9000,
      },
      {
        pid: 2240,
        ppid: 2231,
        comm: 'nginx',
        commandLine: 'nginx: worker process',
        uid: 33,
        own: NGINX,
        namespacePids: [2240, 17],
        cgroup: docker,
        residentKib: 6000,
      },
      {
        pid: 2301,
        ppid: 2231,
        comm: 'sh',
        commandLine: 'sh',
        own: NGINX,
        namespacePids: [2301, 23],
        cgroup: docker,
      },
      {
        pid: 2612,
        comm: 'postgres',
        commandLine: 'postgres',
        uid: 1000,
        own: DB,
        namespacePids: [2612, 1],
        cgroup: podman,
        residentKib: 40_000,
      },
      {
        pid: 2613,
        ppid: 2612,
        comm: 'postgres',
        commandLine: 'postgres: checkpointer',
        uid: 100_998,
        own: DB,
        namespacePids: [2613, 26],
        cgroup: podman,
      },
      {
        pid: 2701,
        comm: 'systemd-resolve',
        commandLine: '/lib/systemd/systemd-resolved',
        own: { mnt: 4026532701 },
        cgroup: ['0::/system.slice/systemd-resolved.service'],
      },
      { pid: 29, comm: 'sleep', commandLine: 'sleep infinity' },
      { pid: 2902, comm: 'bash', commandLine: 'bash', uid: 1000, own: { mnt: 4026532902, user: 4026532901 } },
    ],
    pins: [
      {
        pinKind: 'bind',
        key: 'net:[4026532880]',
        mountPoint: '/run/netns/lab',
        mountNamespace: 'mnt:[4026531832]',
      },
      { pinKind: 'fd', key: 'net:[4026532970]', pid: 29, fd: 8 },
    ],
    namespaces: [
      { key: 'user:[4026532609]', ownerUid: 1000 },
      { key: 'user:[4026532901]', ownerUid: 1000 },
      { key: 'mnt:[4026532610]', owner: 'user:[4026532609]' },
      { key: 'net:[4026532611]', owner: 'user:[4026532609]' },
      { key: 'pid:[4026532614]', owner: 'user:[4026532609]' },
      { key: 'mnt:[4026532902]', owner: 'user:[4026532901]' },
    ],
    containers: [
      { engine: 'docker', containerId: DOCKER_ID, name: 'nginx-1', image: 'nginx:1.27' },
      { engine: 'podman', containerId: PODMAN_ID, name: 'db-7', image: 'postgres:17' },
    ],
    gaps: [
      {
        subject: 'namespace links',
        errno: 'EACCES',
        count: 1,
        examples: ['1'],
        remedy: 'run as root, or give node CAP_SYS_PTRACE',
      },
    ],
  });
}

/** Machines that tests and screens look at. */
import type { Mount } from '../../src/analysis/mount-model.js';
import { buildMountModel } from '../../src/analysis/mount-model.js';
import { buildModel } from '../../src/model/model.js';
import type { NamespaceKey, Snapshot } from '../../src/model/snapshot.js';
import { namespaceKey } from '../../src/model/snapshot.js';
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

const MOUNT_NAMESPACES: Record<string, { inode: number; pid: number | null; mountinfo: string }> = {
  host: {
    inode: 4026531832,
    pid: 1,
    mountinfo: `10 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
11 10 0:50 / /srv rw,relatime shared:5 - tmpfs storage rw
12 11 0:60 / /srv/volume rw,relatime shared:6 - tmpfs volume rw
13 10 0:61 / /secret rw,relatime unbindable - tmpfs secret rw
`,
  },
  peer: {
    inode: 4026532001,
    pid: 20,
    mountinfo: `20 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
21 20 0:50 / /srv ro,relatime shared:5 - tmpfs storage rw
`,
  },
  slave: {
    inode: 4026532002,
    pid: 30,
    mountinfo: `30 1 0:70 / / rw,relatime - overlay overlay rw
31 30 0:50 / /data rw,relatime master:5 - tmpfs storage rw
`,
  },
  private: {
    inode: 4026532003,
    pid: 40,
    mountinfo: `40 1 0:71 / / rw,relatime - overlay overlay rw
41 40 0:50 / /data rw,relatime - tmpfs storage rw
`,
  },
  covered: {
    inode: 4026532004,
    pid: 50,
    mountinfo: `50 1 0:72 / / rw,relatime - overlay overlay rw
51 50 0:50 / /srv rw,relatime - tmpfs storage rw
52 51 0:73 / /srv rw,relatime - tmpfs cover rw
`,
  },
  far: {
    inode: 4026532005,
    pid: null,
    mountinfo: `60 1 0:74 / / rw,relatime - overlay overlay rw
61 60 0:75 / /far rw,relatime - tmpfs far rw
`,
  },
};

/** Six mount namespaces around one shared directory. */
export function mountScene() {
  const names = Object.entries(MOUNT_NAMESPACES);
  const key = (name: string): NamespaceKey => namespaceKey('mnt', MOUNT_NAMESPACES[name]!.inode);
  const snapshot = buildSnapshot({
    processes: names.flatMap(([name, { pid, inode }]) =>
      pid === null ? [] : [{ pid, comm: name, own: { mnt: inode } }],
    ),
    namespaces: [{ key: key('far'), foundBy: ['mount namespace walk'] }],
  });
  snapshot.mountTables = names.map(([name, { mountinfo, pid }]) => ({
    key: key(name),
    mountinfo,
    readBy: pid === null ? 'statmount' : 'mountinfo',
    ...(pid !== null && { pid }),
  }));
  const mounts = buildMountModel(snapshot.mountTables);
  const mount = (name: string, mountPoint: string): Mount =>
    mounts.tables.get(key(name))!.mounts.find((each) => each.mountPoint === mountPoint)!;
  return { snapshot, model: buildModel(snapshot), mounts, mount, key };
}

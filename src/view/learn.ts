/** What a kind of namespace is for, in a page: one record each. Correct for Linux 6.18; namespaces(7) and its kin. */
import type { NamespaceKind } from '../model/namespace-kind.js';
import { cloneFlagOf } from '../model/namespace-kind.js';

export interface LearnPage {
  kind: NamespaceKind;
  /** Linux version that brought it. */
  since: string;
  isolates: string;
  /** What it takes to make one. */
  needs: string;
  made: string;
  entered: string;
  ends: string;
  /** What people run into. */
  traps: readonly string[];
  page: string;
  /** Shell commands; NS stands for a path that leads to the namespace, PID for a member. */
  commands: readonly string[];
}

const ADMIN =
  'CAP_SYS_ADMIN in the user namespace that will own it: yours, or one that is made along with it (unshare --user)';

export const LEARN_PAGES: readonly LearnPage[] = [
  {
    kind: 'mnt',
    since: '2.4.19',
    isolates:
      'the tree of mounts: what is mounted where. Files themselves are not copied, and a mount can be in many namespaces.',
    needs: ADMIN,
    made: 'as a copy of the tree of the one who makes it. Shared mounts stay in their peer groups, unless propagation is changed: unshare(1) makes all private.',
    entered:
      'setns(2) with CAP_SYS_ADMIN in its owner, CAP_SYS_ADMIN and CAP_SYS_CHROOT in yours. Threads that share root and working directory (CLONE_FS) get EINVAL.',
    ends: 'with its last member, descriptor or bind mount; its mounts are unmounted then, lazily.',
    traps: [
      'a mount on the host does not appear inside, or does not go away there: look at the propagation (view 4)',
      'umount: target is busy, because another namespace still has the mount (w in view 4)',
      'a mount namespace cannot be bind mounted onto a shared mount point, nor into itself: EINVAL',
    ],
    page: 'mount_namespaces(7)',
    commands: ['findmnt --task PID --output TARGET,SOURCE,PROPAGATION', 'nsenter --mount=NS'],
  },
  {
    kind: 'net',
    since: '2.6.29',
    isolates:
      'interfaces, addresses, routes, firewall rules, sockets and their ports, /proc/net, abstract unix sockets.',
    needs: ADMIN,
    made: 'with nothing but a loopback interface that is down.',
    entered: 'setns(2) with CAP_SYS_ADMIN in its owner and in your own user namespace.',
    ends: 'with its last member, descriptor, bind mount or socket. veth pairs go with it on both sides; physical interfaces go to the initial one.',
    traps: [
      'ip netns shows names under /run/netns only; namespaces of containers have none (nsview names them all)',
      'a physical interface is missing: it lives in a namespace that something still holds (w)',
      'sysfs shows the namespace that it was mounted in, not the one you are in',
    ],
    page: 'network_namespaces(7)',
    commands: ['nsenter --net=NS ip -d addr', 'ip netns attach NAME PID', 'nsenter --net=NS ss -tlnp'],
  },
  {
    kind: 'pid',
    since: '2.6.24',
    isolates:
      'process ids. Members have a pid here and one in each namespace above; they do not see those above.',
    needs: ADMIN,
    made: 'for children only: the first one that is forked becomes its init, pid 1, and inherits orphans. Up to 32 levels.',
    entered:
      'setns(2) with CAP_SYS_ADMIN in its owner and in yours, only from itself or an ancestor; only children that are forked afterwards are inside.',
    ends: 'when its init ends, the kernel kills all others, and no fork into it succeeds ever again: ENOMEM. It goes with its last descriptor.',
    traps: [
      'unshare --pid without --fork: the first child becomes init, ends, and then every fork gives ENOMEM',
      'nsenter --pid shows the processes of the host: /proc is of another mount namespace, add --mount',
      'signals that init has no handler for are ignored when they come from inside, even SIGKILL',
    ],
    page: 'pid_namespaces(7)',
    commands: ['nsenter --target PID --pid --mount ps -ef', 'grep NSpid /proc/PID/status'],
  },
  {
    kind: 'user',
    since: '3.8',
    isolates:
      'user and group ids, capabilities, keyrings. Every other namespace belongs to one: capabilities count in it and below.',
    needs:
      'nothing, unless a sysctl, a security module or a seccomp filter forbids it (view 5, Limits); not inside a chroot. Up to 32 levels.',
    made: 'with all capabilities for the one who makes it and no ids: they are to be written to uid_map and gid_map, once.',
    entered: 'setns(2) with CAP_SYS_ADMIN in it; a process of one thread only; not the one that you are in.',
    ends: 'with its last member, descriptor, bind mount, nested user namespace, or namespace that it owns.',
    traps: [
      'files belong to nobody (65534): their owner has no mapping here (u in view 5)',
      'gid_map needs setgroups=deny when written without CAP_SETGID in the parent',
      'newuidmap gives the ranges of /etc/subuid; without it only your own id can be mapped',
    ],
    page: 'user_namespaces(7)',
    commands: [
      'cat /proc/PID/uid_map',
      'nsenter --target PID --user --preserve-credentials',
      'unshare --user --map-root-user',
    ],
  },
  {
    kind: 'uts',
    since: '2.6.19',
    isolates: 'the host name and the NIS domain name: uname(2).',
    needs: ADMIN,
    made: 'with the names of the one who makes it.',
    entered: 'setns(2) with CAP_SYS_ADMIN in its owner and in your own user namespace.',
    ends: 'with its last member, descriptor or bind mount.',
    traps: ['/etc/hostname and DNS know nothing of it: they are files of a mount namespace'],
    page: 'uts_namespaces(7)',
    commands: ['nsenter --uts=NS hostname', 'nsenter --uts=NS hostname NEW'],
  },
  {
    kind: 'ipc',
    since: '2.6.19',
    isolates:
      'System V shared memory, semaphores and message queues, and POSIX message queues. Not POSIX shared memory, that is files in /dev/shm.',
    needs: ADMIN,
    made: 'empty.',
    entered: 'setns(2) with CAP_SYS_ADMIN in its owner and in your own user namespace.',
    ends: 'with its last member, descriptor or bind mount; all objects in it are destroyed then.',
    traps: [
      'objects outlive the processes that made them, as long as the namespace lives: ipcs(1) shows leftovers',
      '/dev/mqueue shows the namespace that it was mounted in',
    ],
    page: 'ipc_namespaces(7)',
    commands: ['nsenter --ipc=NS ipcs', 'nsenter --ipc=NS ipcrm --shmem-id ID'],
  },
  {
    kind: 'cgroup',
    since: '4.6',
    isolates:
      'the view of the cgroup tree: where one was when it was made becomes the root that /proc/PID/cgroup and mounts show. It limits nothing.',
    needs: ADMIN,
    made: 'with the current cgroups as its roots, in every hierarchy.',
    entered:
      'setns(2) with CAP_SYS_ADMIN in its owner and in your own user namespace. Entering moves no process to another cgroup.',
    ends: 'with its last member, descriptor or bind mount. The cgroups live on.',
    traps: [
      'paths that begin with /../ lie outside of the root of the one who reads them',
      'nsenter does not put you into the limits of a container: --join-cgroup does (util-linux 2.41)',
    ],
    page: 'cgroup_namespaces(7)',
    commands: ['nsenter --cgroup=NS cat /proc/PID/cgroup', 'cat /proc/PID/cgroup'],
  },
  {
    kind: 'time',
    since: '5.6',
    isolates: 'offsets of CLOCK_MONOTONIC and CLOCK_BOOTTIME (uptime). Not the wall-clock time.',
    needs: ADMIN,
    made: 'for children only, by unshare(2) or clone3(2). Offsets are written to /proc/PID/timens_offsets before the first member comes, and are fixed then.',
    entered: 'setns(2) with CAP_SYS_ADMIN in its owner and in yours; a process of one thread only.',
    ends: 'with its last member, descriptor or bind mount.',
    traps: [
      'the process that unshares stays outside: /proc/PID/ns/time and time_for_children differ',
      'offsets that would make a clock negative give ERANGE',
    ],
    page: 'time_namespaces(7)',
    commands: [
      'nsenter --time=NS cat /proc/uptime',
      'cat /proc/PID/timens_offsets',
      'unshare --time --boottime 86400',
    ],
  },
];

export function learnPage(kind: NamespaceKind): LearnPage {
  return LEARN_PAGES.find((page) => page.kind === kind)!;
}

const CLONE_NAMES: Record<NamespaceKind, string> = {
  mnt: 'CLONE_NEWNS',
  net: 'CLONE_NEWNET',
  pid: 'CLONE_NEWPID',
  user: 'CLONE_NEWUSER',
  uts: 'CLONE_NEWUTS',
  ipc: 'CLONE_NEWIPC',
  cgroup: 'CLONE_NEWCGROUP',
  time: 'CLONE_NEWTIME',
};

/** `CLONE_NEWNET 0x40000000`. */
export function cloneFlagWords(kind: NamespaceKind): string {
  const cloneFlag = cloneFlagOf(kind);
  return `${CLONE_NAMES[kind]} 0x${cloneFlag.toString(16).padStart(8, '0')}`;
}

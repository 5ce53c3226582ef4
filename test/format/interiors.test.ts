import test from 'ava';
import { cgroupRoot, parseCgroupLines, parseCgroupNumber, parseCpuUsage } from '../../src/formats/cgroup.js';
import { parseClockOffsets } from '../../src/formats/clock-offsets.js';
import {
  parseAttached,
  parseMessageQueues,
  parsePosixQueueState,
  parseSemaphores,
  parseSharedMemory,
} from '../../src/formats/system-v.js';

test('shared memory: signed keys, a doomed segment, columns by their heading', (t) => {
  const text = `       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid  cgid      atime      dtime      ctime                   rss                  swap
     43981          0   600                 32768  4711  4712      1  1000  1000     0     0 1795654003          0 1795654003                  8192                     0
 -19131852          7  1666                  4096  4711     0      2     0     0     0     0          0          0 1795654003                     0                     0
`;
  t.deepEqual(parseSharedMemory(text), [
    {
      id: 0, ipcKey: 0xabcd, mode: 0o600, uid: 1000, gid: 1000, bytes: 32_768, residentBytes: 8192, attached: 1,
      creator: 4711, lastUser: 4712, isDoomed: false,
    },
    {
      id: 7, ipcKey: 0xfedc1234, mode: 0o666, uid: 0, gid: 0, bytes: 4096, residentBytes: 0, attached: 2,
      creator: 4711, lastUser: 0, isDoomed: true,
    },
  ]); // prettier-ignore
  // Kernels before 2.6.37 had no rss.
  t.is(parseSharedMemory('key shmid perms size\n1 2 600 3\n')[0]?.residentBytes, 0);
  t.deepEqual(parseSharedMemory(''), []);
  t.deepEqual(parseSharedMemory('key shmid perms size\n1 2\n'), []);
});

test('semaphores and message queues', (t) => {
  t.deepEqual(
    parseSemaphores('key semid perms nsems uid gid cuid cgid otime ctime\n4660 1 640 3 5 6 5 6 0 1\n'),
    [{ id: 1, ipcKey: 4660, mode: 0o640, uid: 5, gid: 6, semaphores: 3 }],
  );
  t.deepEqual(
    parseMessageQueues(
      'key msqid perms cbytes qnum lspid lrpid uid gid cuid cgid stime rtime ctime\n119 2 666 8 1 77 0 0 0 0 0 1 0 1\n',
    ),
    [{ id: 2, ipcKey: 119, mode: 0o666, uid: 0, gid: 0, bytes: 8, messages: 1, lastSender: 77, lastReceiver: 0 }],
  ); // prettier-ignore
});

test('attached memory: only what the kernel names so, and that is shared', (t) => {
  const maps = `7f1c7453e000-7f1c74546000 rw-s 00000000 00:01 0                          /SYSV0000abcd (deleted)
7f1c7454e000-7f1c74556000 rw-s 00000000 00:01 32769                      /SYSV00000000 (deleted)
7f1c7455e000-7f1c74566000 r--s 00000000 00:01 32769                      /SYSV00000000 (deleted)
7f1c7456e000-7f1c74576000 rw-p 00000000 08:01 99                         /SYSV0000abcd (deleted)
7f1c7457e000-7f1c74586000 rw-s 00000000 08:01 98                         /tmp/SYSV0000abcd (deleted)
7f1c7458e000-7f1c74596000 rw-s 00000000 08:01 97                         /SYSV0000abcd
`;
  t.deepEqual(parseAttached(maps), [
    { id: 0, ipcKey: 0xabcd },
    { id: 32_769, ipcKey: 0 },
  ]);
  t.deepEqual(parseAttached('nothing of the kind'), []);
});

test('POSIX queues: what the file of a queue says', (t) => {
  t.deepEqual(parsePosixQueueState('QSIZE:129        NOTIFY:2     SIGNO:0     NOTIFY_PID:8260  \n'), {
    bytes: 129,
    notified: 8260,
  });
  t.deepEqual(parsePosixQueueState(''), { bytes: 0, notified: 0 });
});

test('cgroups: paths with colons, the root of a namespace, numbers', (t) => {
  t.deepEqual(parseCgroupLines('4:cpu,cpuacct:/a:b\n1:name=systemd:/\n0::/c\nbroken\n'), [
    { hierarchy: 'cpu,cpuacct', path: '/a:b' },
    { hierarchy: 'name=systemd', path: '/' },
    { hierarchy: '', path: '/c' },
  ]);
  t.is(cgroupRoot('/system.slice/docker.scope/init', '/init'), '/system.slice/docker.scope');
  t.is(cgroupRoot('/system.slice/docker.scope', '/'), '/system.slice/docker.scope');
  t.is(cgroupRoot('/', '/'), '/');
  t.is(cgroupRoot('/init', '/init'), '/');
  t.is(cgroupRoot('/user.slice', '/../user.slice'), null);
  t.is(cgroupRoot('/', '/..'), null);
  // A cgroup may be called so.
  t.is(cgroupRoot('/a/..b', '/..b'), '/a');
  // It moved between the two looks.
  t.is(cgroupRoot('/a/b', '/c'), null);
  t.is(parseCgroupNumber('4096\n'), 4096);
  t.is(parseCgroupNumber('max\n'), null);
  t.is(parseCgroupNumber('9223372036854771712\n'), null);
  t.is(parseCgroupNumber(null), null);
  t.is(parseCpuUsage('usage_usec 1234\nuser_usec 1000\nsystem_usec 234\n'), 1234);
  t.is(parseCpuUsage('nr_periods 0\n'), null);
});

test('clock offsets: negative seconds, nothing', (t) => {
  t.deepEqual(parseClockOffsets('monotonic           -5 500000000\nboottime         86400         0\n'), {
    monotonic: { seconds: -5, nanoseconds: 500_000_000 },
    boottime: { seconds: 86_400, nanoseconds: 0 },
  });
  t.is(parseClockOffsets(''), null);
});

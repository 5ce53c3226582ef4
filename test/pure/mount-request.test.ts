import test from 'ava';
import { answeringFilesystem } from '../../src/analysis/mount-request.js';
import { mountTableOf } from '../../src/analysis/mount-model.js';
import { simulate } from '../../src/analysis/mount-simulator.js';
import { buildMountModel } from '../../src/analysis/mount-model.js';
import type { MountTableFact } from '../../src/model/snapshot.js';

function fact(inode: number, ...lines: string[]): MountTableFact {
  return { key: `mnt:[${inode}]`, mountinfo: lines.map((line) => `${line}\n`).join(''), readBy: 'mountinfo' };
}

test('a forecast tells which mount hides a copy', (t) => {
  const host = fact(1, '10 1 8:1 / / rw - ext4 /dev/a rw', '11 10 0:5 / /tmp rw shared:1 - tmpfs t rw');
  const service = fact(
    2,
    '20 2 8:1 / / rw - ext4 /dev/a rw',
    '21 20 0:5 / /tmp rw master:1 - tmpfs t rw',
    '22 21 0:6 / /tmp rw - tmpfs private rw',
  );
  const other = fact(3, '30 3 8:1 / / rw - ext4 /dev/a rw', '31 30 0:5 / /tmp rw master:1 - tmpfs t rw');
  const simulation = simulate(buildMountModel([host, service, other]), {
    operation: 'mount',
    namespace: 'mnt:[1]',
    target: '/tmp/foo',
  });
  t.true(simulation.ok);
  const hidden =
    simulation.ok && simulation.appears.map(({ namespace, hiddenBy }) => [namespace, hiddenBy?.source]);
  t.deepEqual(hidden, [
    ['mnt:[1]', undefined],
    ['mnt:[2]', 'private'],
    ['mnt:[3]', undefined],
  ]);
});

test('an overlay answers when its layers do', (t) => {
  const overlay = (options: string) =>
    mountTableOf(fact(4, '10 1 8:1 / / rw - ext4 /dev/a rw', `11 10 0:9 / /o rw - overlay o rw,${options}`));
  const engine = mountTableOf(
    fact(5, '10 1 8:1 / / rw - ext4 /dev/a rw', '12 10 0:7 / /nfs rw - nfs4 server:/ rw'),
  );
  const typeOf = (options: string): string | undefined =>
    answeringFilesystem(overlay(options), [engine], '/o/file')?.filesystemType;
  t.is(typeOf('lowerdir=/a:/b,upperdir=/c,workdir=/w'), 'overlay');
  t.is(typeOf('lowerdir=/a:/nfs/b,upperdir=/c,workdir=/w'), 'overlay of nfs4');
  t.is(typeOf('lowerdir+=/a,lowerdir+=/nfs/b'), 'overlay of nfs4');
});

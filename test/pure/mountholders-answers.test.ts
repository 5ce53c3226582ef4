/** Answers about mounts that are made of tables alone: layers of overlays, locks, where a mount is elsewhere, mtab. */
import test from 'ava';
import { whyMissing } from '../../src/analysis/mount-difference.js';
import { mountHolders } from '../../src/analysis/mount-holders.js';
import { buildMountModel, mountTableOf } from '../../src/analysis/mount-model.js';
import { mtabDifferences } from '../../src/analysis/mtab-difference.js';
import { mergedOptions } from '../../src/analysis/mount-words.js';
import { layerPaths, overlaysOn } from '../../src/analysis/overlay-layers.js';
import { parseFanotifyMarks, parseInFlight, parseRegisteredFiles } from '../../src/formats/fdinfo.js';
import type { MountTableFact } from '../../src/model/snapshot.js';
import { namespaceKey } from '../../src/model/snapshot.js';

function fact(inode: number, lines: string[]): MountTableFact {
  return {
    key: namespaceKey('mnt', inode),
    mountinfo: lines.map((line) => `${line}\n`).join(''),
    readBy: 'mountinfo',
  };
}

test('layers of overlays, however they are written', (t) => {
  t.deepEqual(layerPaths('rw,lowerdir=/a:/b\\:c::/d,upperdir=/u\\054v,workdir=/w'), [
    '/a',
    '/b:c',
    '/d',
    '/u,v',
    '/w',
  ]);
  t.deepEqual(layerPaths('rw,lowerdir+=/x y,datadir+=/z'), ['/x y', '/z']);
  const mounts = buildMountModel([
    fact(1, [
      '1 1 8:1 / / rw - ext4 /dev/sda1 rw',
      '2 1 7:0 / /d rw - ext4 /dev/loop0 rw',
      '3 1 0:50 / /ov rw - overlay o rw,lowerdir=/d/l,upperdir=/var/u,workdir=/var/w',
    ]),
  ]);
  t.deepEqual(
    overlaysOn(mounts, '7:0').map(({ overlay, path }) => [overlay.mountPoint, path]),
    [['/ov', '/d/l']],
  );
  t.deepEqual(
    overlaysOn(mounts, '8:1').map(({ path }) => path),
    ['/var/u'],
  );
});

test('another filesystem that would go with it is a reason for doubt', (t) => {
  const home = fact(1, ['1 1 8:1 / / rw shared:1 - ext4 r rw', '2 1 0:60 / /v rw - tmpfs v rw']);
  const peer = fact(2, ['11 11 8:1 / / rw shared:1 - ext4 r rw', '12 11 0:61 / /v rw - tmpfs own rw']);
  const mounts = buildMountModel([home, peer]);
  const mount = mounts.tables.get(home.key)!.byId.get(2)!;
  const nobody = { device: '0:60', users: [], unreadable: 0, gaps: [] };
  const { verdict, doubts } = mountHolders(mounts, mount, nobody).unmount;
  t.is(verdict, 'may fail');
  t.regex(doubts.join(), /another filesystem, tmpfs own at \/v/);
});

test('missing: every copy counts, not the first', (t) => {
  const home = fact(1, ['1 1 8:1 / / rw - ext4 r rw', '2 1 0:60 / /v rw - tmpfs v rw']);
  const both = fact(2, [
    '11 11 8:1 / / rw - ext4 r rw',
    '12 11 0:60 / /h/v rw - tmpfs v rw',
    '13 11 0:61 / /h rw - tmpfs cover rw',
    '14 11 0:60 / /v rw - tmpfs v rw',
  ]);
  const bound = fact(3, ['21 21 8:1 / / rw - ext4 r rw', '22 21 0:60 / /other rw - tmpfs v rw']);
  const mounts = buildMountModel([home, both, bound]);
  const mount = mounts.tables.get(home.key)!.byId.get(2)!;
  const seen = whyMissing(mounts, mount, both.key);
  t.is(seen.verdict, 'present');
  t.regex(seen.sentence, /at \/v$/);
  const moved = whyMissing(mounts, mount, bound.key);
  t.not(moved.verdict, 'present', 'it is not at its path');
  t.regex(moved.sentence, /^it is there only at \/other: /);
});

test('options as findmnt decodes them', (t) => {
  const table = mountTableOf(fact(1, ['1 1 0:5 / / rw - tmpfs t rw,a=x\\054y\\040z']));
  t.is(mergedOptions(table.mounts[0]!), 'rw,a=x,y z');
});

test('/etc/mtab: binds and loop devices as mount(8) wrote them are no differences', (t) => {
  const table = {
    ...fact(1, [
      '1 1 8:1 / / rw - ext4 /dev/sda1 rw',
      '2 1 8:1 /s /d rw - ext4 /dev/sda1 rw',
      '3 1 7:0 / /l rw - ext4 /dev/loop0 rw',
    ]),
    mtab: '/dev/sda1 / ext4 rw 0 0\n/s /d none rw,bind 0 0\n/i.img /l ext4 rw,loop=/dev/loop0 0 0\n',
  };
  t.deepEqual(mtabDifferences(mountTableOf(table)), []);
  const readOnly = { ...table, mtab: table.mtab.replace('rw,bind', 'ro,bind') };
  t.deepEqual(
    mtabDifferences(mountTableOf(readOnly))?.map(({ target }) => target),
    ['/d'],
  );
});

test('what a descriptor keeps besides its own file', (t) => {
  t.is(parseInFlight('pos:\t0\nflags:\t02\nmnt_id:\t9\nscm_fds: 3\n'), 3);
  t.is(parseInFlight('pos:\t0\n'), 0);
  t.deepEqual(
    parseRegisteredFiles('SqMask:\t0x3\nUserFiles:\t2\n    0: /a\\040b\n    1: /c\nUserBufs:\t0\n'),
    ['/a b', '/c'],
  );
  const marks =
    'fanotify flags:10 event-flags:0\nfanotify mnt_id:1f mflags:0 mask:20 ignored_mask:0\nfanotify ino:1 sdev:800001 mflags:0\n';
  t.deepEqual(parseFanotifyMarks(marks), { mountIds: [31], devices: ['8:1'] });
  t.deepEqual(parseFanotifyMarks(marks.replace('flags:10', 'flags:210')), { mountIds: [], devices: [] });
});

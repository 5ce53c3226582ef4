import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { uncheckedMountPath } from '../../src/model/mount-path.js';
import { planBind, planPropagation, planUnmount } from '../../src/actions/mount-plans.js';
import { undoAfter } from '../../src/actions/plan.js';
import { shellCommand } from '../../src/actions/shell-words.js';
import { mountDifferences, whyMissing } from '../../src/analysis/mount-difference.js';
import { mountHolders } from '../../src/analysis/mount-holders.js';
import type { Mount } from '../../src/analysis/mount-model.js';
import { buildMountModel, isHidden, mountAt, mountTableOf } from '../../src/analysis/mount-model.js';
import { parseMountRequest } from '../../src/analysis/mount-request.js';
import { simulate } from '../../src/analysis/mount-simulator.js';
import { mtabDifferences } from '../../src/analysis/mtab-difference.js';
import { peerPicture } from '../../src/analysis/peer-groups.js';
import {
  formatMountinfoLine,
  outlineMountinfo,
  parseMountinfo,
  parseMountinfoLine,
  parsePlace,
  placeOf,
} from '../../src/formats/mountinfo.js';
import { parseMtab } from '../../src/formats/mtab.js';
import { parseMappedFiles } from '../../src/formats/process-maps.js';
import { parseSwaps } from '../../src/formats/swaps.js';
import { buildModel } from '../../src/model/model.js';
import type { MountTableFact, NamespaceKey } from '../../src/model/snapshot.js';
import { namespaceKey } from '../../src/model/snapshot.js';
import { tablesDelta, mergeTables } from '../../src/model/snapshot-delta.js';
import { lineText, span } from '../../src/view/line.js';
import { wrapLines } from '../../src/view/line-wrap.js';
import { findmntJson } from '../../src/view/mount-listing.js';
import { REPOSITORY } from '../support/golden.js';
import { mountScene } from '../support/scenarios.js';

const asGiven = (path: string) => uncheckedMountPath(path, 'only planned');

function recorded(name: string): string {
  return readFileSync(join(REPOSITORY, 'test', 'fixtures', 'mountinfo', name), 'utf8');
}

function fact(mountinfo: string, inode = 1): MountTableFact {
  return { key: namespaceKey('mnt', inode), mountinfo, readBy: 'mountinfo' };
}

for (const name of ['awkward.txt', 'docker.txt', 'podman.txt']) {
  test(`${name}: every line is understood, and written as the kernel wrote it`, (t) => {
    const text = recorded(name);
    const lines = text.split('\n').slice(0, -1);
    const entries = parseMountinfo(text);
    t.is(entries.length, lines.length);
    t.deepEqual(entries.map(formatMountinfoLine), lines);
    const { count, places, groups } = outlineMountinfo(text);
    t.is(count, lines.length);
    t.deepEqual(new Set(places.keys()), new Set(entries.map(placeOf)));
    const outline = outlineMountinfo(text);
    for (const entry of entries)
      t.true(parsePlace(text, outline, placeOf(entry)).some(({ mountId }) => mountId === entry.mountId));
    const numbers = entries.flatMap(({ peerGroup, masterGroup }) => [peerGroup, masterGroup]);
    t.deepEqual(groups, new Set(numbers.filter((each) => each !== null)));
  });
}

test('awkward mounts: as findmnt shows them', (t) => {
  const expected = JSON.parse(recorded('awkward.findmnt.json')) as { filesystems: unknown };
  t.deepEqual(findmntJson(mountTableOf(fact(recorded('awkward.txt')))), expected.filesystems as never);
});

test('what lies over what', (t) => {
  const table = mountTableOf(fact(recorded('awkward.txt')));
  const hidden = table.mounts.filter((mount) => isHidden(table, mount)).map(({ source }) => source);
  t.deepEqual(hidden.sort(), ['devpts', 'hidden', 'over1', 'under']);
  t.is(mountAt(table, '/mnt/over/x')?.source, 'over2');
  t.is(mountAt(table, '/mnt/h/below')?.source, 'cover');
  t.is(mountAt(table, '/mnt/overt')?.source, 'base', 'a path that only starts alike');
});

test('no mountinfo crashes what reads it', (t) => {
  const word = fc.oneof(fc.nat(3).map(String), fc.stringMatching(/^[a-z0-9:/\\ -]{0,8}$/));
  const line = fc.array(word, { maxLength: 14 }).map((words) => words.join(' '));
  fc.assert(
    fc.property(fc.array(fc.oneof(line, fc.string()), { maxLength: 12 }), (lines) => {
      const model = buildMountModel([fact(lines.join('\n')), fact(lines.reverse().join('\n'), 2)]);
      for (const table of model.tables.values()) {
        findmntJson(table);
        for (const mount of table.mounts) {
          isHidden(table, mount);
          peerPicture(model, mount);
          for (const operation of ['mount', 'unmount', 'lazy-unmount'] as const) {
            simulate(model, { operation, namespace: mount.namespace, target: mount.mountPoint });
          }
        }
      }
    }),
    { numRuns: 500 },
  );
  t.is(parseMountinfoLine('1 2 0:1 / / rw - '), null);
  t.is(parseMountinfoLine(' 2 0:1 / / rw - tmpfs none rw'), null);
  // The same number twice, and each the parent of the other.
  const twice =
    '1 1 0:1 / / rw - tmpfs a rw\n1 1 0:2 / /x rw - tmpfs b rw\n5 6 0:3 / /y rw - tmpfs c rw\n6 5 0:4 / /z rw - tmpfs d rw\n';
  const model = buildMountModel([fact(twice)]);
  const [table] = model.tables.values();
  t.is(table!.mounts.length, 3);
  for (const { namespace, mountPoint } of table!.mounts)
    t.notThrows(() => simulate(model, { operation: 'mount', namespace, target: mountPoint }));
});

test('peer groups: masters above, slaves below, copies apart', (t) => {
  const { mounts, mount } = mountScene();
  const picture = peerPicture(mounts, mount('host', '/srv'));
  t.deepEqual(
    picture.group.members.map(({ namespace }) => namespace),
    [key('host'), key('peer')],
  );
  t.deepEqual(
    picture.group.slaves.map(({ members }) => members[0]?.namespace),
    [key('slave')],
  );
  t.deepEqual(
    picture.apart.map(({ namespace }) => namespace),
    [key('private'), key('covered')],
  );
  t.deepEqual(
    peerPicture(mounts, mount('slave', '/data')).masters.map(({ group }) => group),
    [5],
  );
  t.is(mounts.seenIn(mount('host', '/srv')).length, 5);
});

function key(name: string): NamespaceKey {
  return mountScene().key(name);
}

test('the simulator in words of the manual', (t) => {
  const { mounts } = mountScene();
  const where = simulate(mounts, { operation: 'mount', namespace: key('host'), target: '/srv/new' });
  t.deepEqual(
    where.ok &&
      where.appears.map(({ namespace, mountPoint, propagation }) => [namespace, mountPoint, propagation]),
    [
      [key('host'), '/srv/new', 'shared'],
      [key('peer'), '/srv/new', 'shared'],
      [key('slave'), '/data/new', 'slave'],
    ],
  );
  const lone = simulate(mounts, { operation: 'mount', namespace: key('slave'), target: '/data/new' });
  t.is(lone.ok && lone.appears.length, 1, 'a slave sends nothing');
  for (const [request, errno] of [
    [{ operation: 'bind', source: '/secret', target: '/srv' }, 'EINVAL'],
    [{ operation: 'move', source: '/srv', target: '/secret' }, null],
    [{ operation: 'move', source: '/srv/volume', target: '/secret' }, 'EINVAL'],
    [{ operation: 'move', source: '/', target: '/secret' }, 'EINVAL'],
    [{ operation: 'move', source: '/secret', target: '/srv' }, 'EINVAL'],
    [{ operation: 'unmount', target: '/srv' }, 'EBUSY'],
    [{ operation: 'unmount', target: '/nothing' }, 'EINVAL'],
    [{ operation: 'unmount', target: '/' }, 'EINVAL'],
  ] as const) {
    const answer = simulate(mounts, { namespace: key('host'), ...request });
    t.is(answer.ok ? null : answer.errno, errno, JSON.stringify(request));
  }
});

test('what if, as it is typed', (t) => {
  const parsed = parseMountRequest('rbind "/a b/" //c', key('host'));
  t.deepEqual(parsed, {
    ok: true,
    request: { operation: 'rbind', namespace: key('host'), source: '/a b', target: '/c' },
  });
  for (const bad of ['', 'mont /x', 'mount', 'mount x', 'bind /a', 'mount /a /b'])
    t.false(parseMountRequest(bad, key('host')).ok, bad);
});

test('why a mount is missing elsewhere', (t) => {
  const { mounts, mount } = mountScene();
  const verdict = (path: string, other: string): string =>
    whyMissing(mounts, mount('host', path), key(other)).verdict;
  t.is(verdict('/srv', 'slave'), 'present');
  t.is(verdict('/srv/volume', 'peer'), 'receives, but was not there');
  t.is(verdict('/srv/volume', 'private'), 'copy does not receive');
  t.is(verdict('/secret', 'peer'), 'parent not shared');
  t.is(verdict('/srv/volume', 'far'), 'directory not there');
  t.is(verdict('/', 'far'), 'directory not there');
  t.is(verdict('/srv', 'covered'), 'hidden');
});

test('two mount namespaces side by side', (t) => {
  const { mounts } = mountScene();
  const [a, b] = [mounts.tables.get(key('host'))!, mounts.tables.get(key('peer'))!];
  t.deepEqual(
    mountDifferences(a, b).map(({ mountPoint, differs, b: other }) => [mountPoint, differs, other !== null]),
    [
      ['/secret', [], false],
      ['/srv', ['options'], true],
      ['/srv/volume', [], false],
    ],
  );
  t.deepEqual(mountDifferences(a, a), []);
});

test('holders: what keeps the mount, what keeps the filesystem, what an unmount frees', (t) => {
  const { mounts, mount } = mountScene();
  const busy = mountHolders(mounts, mount('host', '/srv'), null);
  t.regex(busy.unmount.busy ?? '', /1 mounted on it/);
  const volume = mount('host', '/srv/volume');
  t.true(mountHolders(mounts, volume, { device: '0:60', users: [], unreadable: 0, gaps: [] }).unmount.frees);
  const user = { use: 'cwd', pid: 7, path: '/srv/volume', mountId: volume.mountId } as const;
  const used = mountHolders(mounts, volume, { device: '0:60', users: [user], unreadable: 0, gaps: [] });
  t.regex(used.unmount.busy ?? '', /in use by 1 process/);
  const detached = { use: 'fd', pid: 7, fd: 3, path: '/x', mountId: 999 } as const;
  const open = mountHolders(mounts, volume, { device: '0:60', users: [detached], unreadable: 0, gaps: [] });
  t.is(open.unmount.busy, null);
  t.false(open.unmount.frees, 'a lazily unmounted one still holds the filesystem');
});

test('/etc/mtab against the kernel', (t) => {
  const table = fact(
    '1 1 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:5 / /a\\040b ro - tmpfs t rw\n3 1 0:6 / /c rw - tmpfs c rw\n',
  );
  t.is(mtabDifferences(mountTableOf({ ...table })), null);
  const mtab = '# comment\n/dev/sda1 / ext4 rw 0 0\nt /a\\040b tmpfs rw 0 0\nold /gone ext3 rw 0 0\n';
  t.deepEqual(
    mtabDifferences(mountTableOf({ ...table, mtab }))?.map(({ difference, target }) => [difference, target]),
    [
      ['differs', '/a b'],
      ['only in the kernel', '/c'],
      ['only in mtab', '/gone'],
    ],
  );
  t.is(parseMtab(mtab).length, 3);
});

test('mapped files and swap files', (t) => {
  const maps = `7f00-7f10 r-xp 00000000 08:01 123                        /lib/a b.so
7f10-7f20 rw-p 00000000 08:01 123                        /lib/a b.so
7f20-7f30 r--p 00000000 00:05 9                          /dev/zero
7f30-7f40 rw-p 00000000 00:00 0                          [heap]
`;
  t.deepEqual(parseMappedFiles(maps, '8:1'), [{ range: '7f00-7f10', path: '/lib/a b.so' }]);
  t.deepEqual(parseMappedFiles(maps, '8:2'), []);
  t.deepEqual(
    parseSwaps('Filename Type Size Used Priority\n/dev/sda2 partition 1 0 -1\n/swap\\040file file 2 0 -2\n'),
    ['/swap file'],
  );
});

// ---- plans -------------------------------------------------------------------------------------------------

test('plans name their commands, their effects and their undo', (t) => {
  const scene = mountScene();
  const { mount } = scene;
  const shared = planPropagation(scene, mount('host', '/secret'), 'shared', false);
  t.true(shared.ok);
  if (!shared.ok) return;
  t.deepEqual(shared.commands, ['mount --make-shared /secret']);
  t.deepEqual(shared.undo?.possible && shared.undo.commands, ['mount --make-unbindable /secret']);
  const left = planPropagation(scene, mount('peer', '/srv'), 'private', false);
  t.true(left.ok && !left.undo?.possible, 'a mount that left its peers cannot come back');
  t.true(left.ok && /leaves group 5: host/.test(left.effects.join()));
  t.deepEqual(left.ok && left.commands, ['nsenter --mount=/proc/20/ns/mnt -- mount --make-private /srv']);
  const bind = planBind(scene, key('host'), asGiven('/srv'), asGiven('/srv/x y'), true);
  t.deepEqual(bind.ok && bind.commands, ["mount --rbind /srv '/srv/x y'"]);
  t.true(bind.ok && /4 other places/.test(bind.effects.join()));
});

test('plans refuse with a reason', (t) => {
  const scene = mountScene();
  const { mount } = scene;
  const reason = (plan: { ok: boolean; reason?: string }): string => (plan.ok ? 'accepted' : plan.reason!);
  t.regex(reason(planPropagation(scene, mount('host', '/srv'), 'shared', false)), /shared already/);
  t.regex(reason(planUnmount(scene, mount('host', '/srv'), false)), /mounted on it/);
  t.regex(reason(planUnmount(scene, mount('host', '/'), true)), /root of a mount namespace/);
  t.regex(reason(planUnmount(scene, mount('covered', '/srv'), false)), /another mount lies over/);
  t.regex(reason(planUnmount(scene, mount('far', '/far'), false)), /nothing in sight leads into/);
  t.regex(reason(planBind(scene, key('host'), asGiven('/secret'), asGiven('/srv'), false)), /unbindable/);
});

test('undo of a bind takes away the mount that was made, and no other', (t) => {
  const plan = planBind(mountScene(), key('host'), asGiven('/srv'), asGiven('/srv/x'), false);
  const undo = plan.ok && plan.undo && undoAfter(plan.undo, { done: 1, failure: null, mountIds: [77] });
  t.true(
    undo &&
      undo.possible &&
      undo.operations[0]?.operation === 'unmount' &&
      undo.operations[0].place.mountId === 77,
  );
});

test('words for a shell', (t) => {
  t.is(
    shellCommand('umount', '/a b', "it's", '/plain-1', '$(x)', ''),
    "umount '/a b' 'it'\\''s' /plain-1 '$(x)' ''",
  );
  t.is(shellCommand('/new\nline\u001b[0m'), `"$(printf '/new\\012line\\033\\133\\060m')"`);
});

// ---- small things ------------------------------------------------------------------------------------------

test('wrapped lines lose no word and are never too wide', (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.stringMatching(/^[a-z漢]{0,30}$/), { maxLength: 20 }),
      fc.integer({ min: 12, max: 60 }),
      (words, width) => {
        const lines = wrapLines([[span(words.join(' '))]], width);
        const squeeze = (text: string): string => text.replace(/ /g, '');
        t.is(squeeze(lines.map(lineText).join('')), squeeze(words.join('')));
        for (const line of lines)
          t.true(Array.from(lineText(line)).reduce((sum, each) => sum + (each === '漢' ? 2 : 1), 0) <= width);
      },
    ),
    { numRuns: 200 },
  );
});

test('mount tables travel as what changed', (t) => {
  const before = [fact('a', 1), fact('b', 2)];
  const after = [fact('a', 1), fact('c', 2), fact('d', 3)];
  const delta = tablesDelta(before, after)!;
  t.deepEqual(
    delta.changed.map(({ key: each }) => each),
    [namespaceKey('mnt', 2), namespaceKey('mnt', 3)],
  );
  t.deepEqual(mergeTables(before, delta), after);
  t.deepEqual(mergeTables(after, tablesDelta(after, before)!), before);
  t.is(tablesDelta(before, [...before]), null);
});

test('a model of mounts parses only what it is asked for', (t) => {
  const table = mountTableOf(fact(recorded('docker.txt')));
  t.is(table.count, recorded('docker.txt').split('\n').length - 1);
  const mounts: readonly Mount[] = table.mounts;
  t.is(mounts, table.mounts, 'and not again while it is looked at');
  t.truthy(buildModel(mountScene().model.snapshot));
});

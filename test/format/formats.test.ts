import test from 'ava';
import fc from 'fast-check';
import { decodeNumericEntries } from '../../src/formats/directory-entries.js';
import { parseMountinfo, parseNamespaceMounts } from '../../src/formats/mountinfo.js';
import { decodeLinkInode, parseNamespaceLink } from '../../src/formats/namespace-link.js';
import { parsePasswd } from '../../src/formats/passwd.js';
import { decodeRecordSize, decodeTaskRecord } from '../../src/formats/perf-records.js';
import { parseCommandLine, parseStartTime } from '../../src/formats/process-stat.js';
import { parseProcessStatus } from '../../src/formats/process-status.js';

test('namespace links, and links that only look like them', (t) => {
  t.deepEqual(parseNamespaceLink('net:[4026531833]'), { kindWord: 'net', inode: 4026531833 });
  t.is(parseNamespaceLink('anon_inode:[eventfd]'), null);
  t.is(parseNamespaceLink('/run/netns/net:[1]'), null);
  t.is(parseNamespaceLink('net:[1] (deleted)'), null);
});

test('the byte decoder of links agrees with the text parser', (t) => {
  fc.assert(
    fc.property(fc.nat({ max: 0xffffffff }), (inode) => {
      const text = Buffer.from(`pid:[${inode}]`);
      return decodeLinkInode(text, text.length) === inode;
    }),
  );
  t.is(decodeLinkInode(Buffer.from('gone'), 4), -1);
});

function directoryEntry(name: string): Buffer {
  const length = (19 + name.length + 1 + 7) & ~7;
  const entry = Buffer.alloc(length);
  entry.writeUInt16LE(length, 16);
  entry.write(name, 19);
  return entry;
}

test('directory entries: only whole numbers', (t) => {
  const bytes = Buffer.concat(['.', '..', '1', '12ab', '4194303', 'self', '99'].map(directoryEntry));
  const numbers: number[] = [];
  decodeNumericEntries(bytes, bytes.length, numbers);
  t.deepEqual(numbers, [1, 4194303, 99]);
});

test('directory entries: garbage neither crashes nor hangs', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      decodeNumericEntries(Buffer.from(bytes), bytes.length, []);
    }),
  );
  t.pass();
});

const STATUS = `Name:	a) R\\n\\\\b
Umask:	0022
State:	S (sleeping)
Tgid:	18
Pid:	18
PPid:	7
Uid:	1000	33	1000	1000
NSpid:	18	4	1
VmRSS:	    9216 kB
Threads:	20
CapEff:	00000000A80425FB
NewLine2031:	whatever
`;

test('status: the fields, an escaped name, unknown lines', (t) => {
  t.deepEqual(parseProcessStatus(STATUS), {
    comm: 'a) R\n\\b',
    state: 'S',
    ppid: 7,
    effectiveUid: 33,
    threads: 20,
    namespacePids: [18, 4, 1],
    residentKib: 9216,
    effectiveCapabilities: '00000000a80425fb',
  });
});

test('status: a zombie has no memory, an empty file is nothing', (t) => {
  t.is(parseProcessStatus('Name:\tx\nState:\tZ (zombie)\n')?.residentKib, 0);
  t.is(parseProcessStatus(''), null);
});

test('stat: a comm with blanks and parentheses', (t) => {
  const tail = 'S 1 1 1 0 -1 4194304 1 0 0 0 0 0 0 0 20 0 1 0 777 0';
  t.is(parseStartTime(`5 (a) R 1 (x) ${tail}`), 777);
  t.is(parseStartTime(''), -1);
});

test('command lines', (t) => {
  t.is(parseCommandLine('nginx: worker\0\0\0\0'), 'nginx: worker');
  t.is(parseCommandLine('a\0b c\0'), 'a b c');
  t.is(parseCommandLine(''), '');
});

const MOUNTINFO = String.raw`22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
36 22 0:4 net:[4026532880] /run/netns/my\040lab rw shared:9 master:3 propagate_from:2 - nsfs nsfs rw
40 22 0:42 / /mnt rw -  rw
41 22 0:43 / /empty rw - tmpfs  rw,size=4k
42 22 0:44 /a//deleted /x\134y rw unbindable - tmpfs t\011b rw
broken`;

test('mountinfo: escapes, empty sources, optional fields, broken lines', (t) => {
  const entries = parseMountinfo(MOUNTINFO);
  t.deepEqual(entries[1], {
    mountId: 36,
    parentMountId: 22,
    device: '0:4',
    root: 'net:[4026532880]',
    mountPoint: '/run/netns/my lab',
    mountOptions: 'rw',
    propagation: 'shared-slave',
    peerGroup: 9,
    masterGroup: 3,
    propagateFrom: 2,
    filesystemType: 'nsfs',
    source: 'nsfs',
    superOptions: 'rw',
  });
  const empty = entries.find(({ mountPoint }) => mountPoint === '/empty');
  t.deepEqual([empty?.source, empty?.superOptions], ['', 'rw,size=4k']);
  t.is(entries.at(-1)?.mountPoint, '/x\\y');
  t.is(entries.at(-1)?.source, 't\tb');
  t.deepEqual(
    parseNamespaceMounts(MOUNTINFO).map(({ mountPoint }) => mountPoint),
    ['/run/netns/my lab'],
  );
});

test('mountinfo: no text crashes the parser', (t) => {
  fc.assert(fc.property(fc.string(), (text) => void parseMountinfo(`${text} - nsfs ${text}`)));
  t.pass();
});

test('passwd: the first name of a uid wins', (t) => {
  t.deepEqual(parsePasswd('root:x:0:0::/:/bin/sh\ntoor:x:0:0::/:/bin/sh\n#c\nbad\n'), { 0: 'root' });
});

test('perf records', (t) => {
  const view = new DataView(new ArrayBuffer(64));
  const record = (type: number, misc: number, ...words: number[]): void => {
    view.setUint32(0, type, true);
    view.setUint16(4, misc, true);
    view.setUint16(6, 8 + words.length * 4, true);
    words.forEach((word, at) => view.setUint32(8 + at * 4, word, true));
  };
  record(7, 0, 10, 2, 11, 2);
  t.is(decodeRecordSize(view, 0), 24);
  t.deepEqual(decodeTaskRecord(view, 0), { recordKind: 'fork', pid: 10, parentPid: 2, threadId: 11 });
  record(16, 0, 10, 11);
  t.deepEqual(decodeTaskRecord(view, 0), { recordKind: 'namespaces', pid: 10, threadId: 11 });
  record(3, 0, 10, 11);
  t.is(decodeTaskRecord(view, 0), null, 'a mere change of title');
  record(3, 1 << 13, 10, 11);
  t.is(decodeTaskRecord(view, 0)?.recordKind, 'exec');
  record(2, 0);
  t.deepEqual(decodeTaskRecord(view, 0), { recordKind: 'lost' });
});

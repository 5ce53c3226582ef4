import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { kernelBtf } from '../../src/kernel/btf-cache.js';
import { dumpTasks } from '../../src/kernel/bpf-iterator.js';
import { collectSnapshot } from '../../src/collect/collect-snapshot.js';
import type { NamespaceSet, Snapshot } from '../../src/model/snapshot.js';
import { needsRoot, startScene } from '../sandbox/scene.js';
import { runCommand } from '../support/run-program.js';

const MODULE = new URL('../../src/collect/collect-snapshot.js', import.meta.url).href;

/** Where the kernel cannot (no BTF, lockdown, no CAP_BPF) the walks run, and other tests look at those. */
function canDump(t: { pass: (text: string) => void }): boolean {
  if (typeof dumpTasks() !== 'number') return true;
  t.pass('skipped: this kernel allows no BPF task iterator');
  return false;
}

function setOf({ namespaceSets }: Snapshot, index: number): NamespaceSet {
  return namespaceSets[index] ?? {};
}

test.serial('the dump says what the walks through /proc say', async (t) => {
  if (!needsRoot(t) || !canDump(t)) return;
  const scenes = [];
  for (const name of [
    'process',
    'thread',
    'dead-leader',
    'for-children',
    'fd',
    'parent',
    'owner',
    'zombie',
  ] as const) {
    scenes.push(await startScene(t, name));
  }
  const walked = await collectSnapshot({ taskDump: 'never', containerNames: false, details: 'none' });
  const dumped = await collectSnapshot({ taskDump: 'always', containerNames: false, details: 'none' });
  const dumpedLinks = new Map(
    dumped.processes.map(({ pid, namespaceSet }) => [pid, setOf(dumped, namespaceSet)]),
  );
  const pids = new Set(scenes.flatMap(({ pid, zombie }) => [pid, zombie ?? pid]));
  pids.add(process.pid).add(2);
  for (const { pid, namespaceSet } of walked.processes.filter((each) => pids.has(each.pid))) {
    for (const [link, key] of Object.entries(setOf(walked, namespaceSet))) {
      t.is(dumpedLinks.get(pid)?.[link as 'mnt'], key, `${pid} ${link}`);
    }
  }
  const threads = (snapshot: Snapshot): string[] =>
    snapshot.threads
      .filter(({ pid }) => pids.has(pid))
      .map(({ pid, threadId }) => `${pid}/${threadId}`)
      .sort();
  t.deepEqual(threads(dumped), threads(walked));
  const pins = (snapshot: Snapshot): string[] =>
    snapshot.pins
      .filter((pin) => pin.pinKind === 'fd' && pids.has(pin.pid))
      .map((pin) => JSON.stringify(pin))
      .sort();
  t.deepEqual(pins(dumped), pins(walked));
  t.true(pins(walked).length >= 2);
  for (const { key } of scenes)
    t.true(
      dumped.namespaces.some((namespace) => namespace.key === key),
      key,
    );
});

test.serial('in a pid namespace of its own the dump tells the pids of that namespace', async (t) => {
  if (!needsRoot(t) || !canDump(t)) return;
  const code = `
    const { collectSnapshot } = await import('${MODULE}');
    const look = async (taskDump) => {
      const s = await collectSnapshot({ taskDump, containerNames: false, details: 'none' });
      return s.processes.map(({ pid, namespaceSet }) => [pid, s.namespaceSets[namespaceSet].pid, s.namespaceSets[namespaceSet].net]);
    };
    console.log(JSON.stringify([await look('never'), await look('always')]));`;
  const outcome = await runCommand([
    'unshare', '--pid', '--mount', '--fork', '--kill-child', '--mount-proc', 'bash', '-c',
    'unshare -n sleep 60 & unshare -pf sleep 60 & sleep 0.3; "$@"; exit $?', 'bash', process.execPath, '--input-type=module', '-e', code,
  ]); // prettier-ignore
  t.is(outcome.code, 0, outcome.stderr);
  const [walked, dumped] = JSON.parse(outcome.stdout) as [unknown[], unknown[]];
  t.true(walked.length >= 5);
  t.deepEqual(dumped, walked);
});

test.serial('an ordinary user gets the walks', async (t) => {
  if (!needsRoot(t)) return;
  const code = `
    const { collectSnapshot } = await import('${MODULE}');
    const s = await collectSnapshot({ taskDump: 'always', containerNames: false, details: 'none' });
    console.log(s.processes.length, s.gaps.some(({ errno }) => errno === 'EACCES'));`;
  const outcome = await runCommand([
    'setpriv',
    '--reuid=65534',
    '--regid=65534',
    '--clear-groups',
    process.execPath,
    '--input-type=module',
    '-e',
    code,
  ]);
  t.regex(outcome.stdout, /^[1-9][0-9]* true\n$/);
});

test.serial(
  'offsets are kept, and only used for the kernel and the questions that they were read for',
  (t) => {
    if (!existsSync('/sys/kernel/btf/vmlinux')) {
      t.pass('skipped: this kernel has no BTF');
      return;
    }
    const directory = mkdtempSync(join(tmpdir(), 'nsview-btf-'));
    t.teardown(() => rmSync(directory, { recursive: true }));
    const path = join(directory, 'deep', 'btf.json');
    const wanted = { structs: { task_struct: ['pid', 'tgid'] }, functions: ['bpf_iter_task'] };
    const first = kernelBtf(wanted, path);
    t.is(first.offsets.size, 2);
    const text = readFileSync(path, 'utf8');
    t.deepEqual(kernelBtf(wanted, path), first);

    // What is in the file is what is used, so the next lines would notice a file taken for another's.
    const pid = first.offsets.get('task_struct.pid')!;
    writeFileSync(path, text.replace(`"task_struct.pid",${pid}`, `"task_struct.pid",${pid + 4}`));
    t.is(kernelBtf(wanted, path).offsets.get('task_struct.pid'), pid + 4);
    const more = { structs: { task_struct: ['pid', 'nsproxy'] }, functions: [] };
    t.is(kernelBtf(more, path).offsets.get('task_struct.pid'), pid, 'other questions');
    t.is(kernelBtf(wanted, path).offsets.get('task_struct.pid'), pid, 'asked again');
    for (const damaged of ['', '{', '[]', 'null', text.slice(0, -20), text.replace(String(pid), '"x"')]) {
      writeFileSync(path, damaged);
      t.deepEqual(kernelBtf(wanted, path), first, damaged);
      t.is(readFileSync(path, 'utf8'), text);
    }
    t.deepEqual(kernelBtf(wanted, join(path, 'below a file')), first, 'nowhere to keep it');
  },
);

/** Names that are no UTF-8, or hostile, in a real kernel: each is read, shown, typed and acted on byte for byte. */
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { bytesText, textBytes } from '../../src/model/byte-text.js';
import { NetScene } from '../sandbox/net-scene.js';
import { compiled, needsRoot } from '../sandbox/scene.js';
import type { NameRules } from '../support/hostile-names.js';
import { hostileNames, randomNumbers, seedOfRun } from '../support/hostile-names.js';
import { PROGRAM } from '../support/run-program.js';

/** A name that no other scene has at the same time: else it would have to be told apart. */
const OWN = `q${process.pid}`;
const COUNT = Number(process.env['NSVIEW_NAMES'] ?? 12);
/** A word of a command line could be an option, which is meant then. */
const LINK_NAMES: NameRules = { longest: 15, without: /^-|[\0\t-\r /:%\u00a0\udca0]/ };
const FILE_NAMES: NameRules = { longest: 24, without: /^[-.]|[\0/]/ };

/** For bash, and another way of quoting than the one that is tried. */
const bash = (name: string): string =>
  `$'${Array.from(textBytes(name), (byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')}'`;

const hex = (name: string): string => Buffer.from(textBytes(name)).toString('hex');
const unhex = (text: string): string => bytesText(Buffer.from(text, 'hex'));

function some(count: number, rules: NameRules): string[] {
  const names = hostileNames(2000, seedOfRun(), rules, '/run/canary').filter(
    (name) => textBytes(name).length <= rules.longest && !textBytes(name).includes(0xa0),
  );
  const random = randomNumbers(seedOfRun());
  const isTrap = (name: string): boolean => name.includes('touch') || /\n$/.test(name);
  // Half of them would run something.
  const mixed = names.map((name) => ({ name, at: random() })).sort((a, b) => a.at - b.at);
  const traps = mixed.filter(({ name }) => isTrap(name)).slice(0, Math.floor(count / 2));
  const others = mixed.filter(({ name }) => !isTrap(name)).slice(0, count - traps.length);
  return [...traps, ...others].map(({ name }) => name);
}

async function wordsOf(scene: NetScene, script: string): Promise<string[]> {
  return (await scene.run(script)).trim().split(/\s+/).map(unhex).sort();
}

const linksIn = (scene: NetScene, netns: string): Promise<string[]> =>
  wordsOf(scene, `ip netns exec ${netns} sh -c 'cd /sys/class/net && exec "$0" *' ${compiled('show-words')}`);

const nsview = (scene: NetScene, words: string): Promise<string> =>
  scene.run(`${process.execPath} ${PROGRAM} ${words} 2>/run/complaints || { cat /run/complaints; false; }`);

interface Plan {
  commands: string[];
  undo: { possible: boolean; commands?: string[] };
}

async function planOf(scene: NetScene, words: string): Promise<Plan> {
  return JSON.parse(await nsview(scene, `${words} --dry-run --json`)) as Plan;
}

/** Commands as somebody pastes them; bash reads this script, so they go to each shell as a word of its own. */
async function paste(
  t: ExecutionContext,
  scene: NetScene,
  shell: string,
  commands: readonly string[],
): Promise<void> {
  for (const command of commands) await scene.run(`${shell} -c ${bash(command)}`);
  t.is((await scene.run('ls /run/canary 2>/dev/null; true')).trim(), '');
}

test('interfaces: names of any bytes are listed, renamed and found again', async (t) => {
  const lab = `${OWN}a`;
  if (!needsRoot(t)) return;
  const scene = await NetScene.start(t);
  await scene.netns(lab);
  const names = some(COUNT, LINK_NAMES);
  t.log(`${names.length} names`);
  for (const name of names) await scene.run(`ip -n ${lab} link add name ${bash(name)} type bridge`);
  const listed = JSON.parse(await nsview(scene, `links ${lab} --json`)) as { links: { ifname: string }[] };
  t.deepEqual(listed.links.map(({ ifname }) => ifname).sort(), await linksIn(scene, lab));
  t.true(names.every((name) => listed.links.some((link) => link.ifname === name)));
  for (const name of names.filter((_, at) => at % 8 === 0)) {
    await nsview(scene, `wire rename ${lab}:${bash(name)} plain0 --yes`);
    t.true((await linksIn(scene, lab)).includes('plain0'), name);
    await nsview(scene, `wire rename ${lab}:plain0 ${bash(name)} --yes`);
    t.deepEqual(await linksIn(scene, lab), [...names, 'lo'].sort(), hex(name));
  }
});

/** The shell of busybox has an ip of its own. */
const SHELLS = ['dash', 'bash', 'zsh', 'ksh', 'mksh'];

async function installed(scene: NetScene): Promise<string[]> {
  const found: string[] = [];
  for (const shell of SHELLS)
    if ((await scene.attempt(`command -v ${shell.split(' ')[0]!}`)).code === 0) found.push(shell);
  return found;
}

test('interfaces: a shown command and its undo do that and nothing else, in each shell', async (t) => {
  const lab = `${OWN}b`;
  if (!needsRoot(t)) return;
  const scene = await NetScene.start(t);
  await scene.netns(lab);
  const shells = await installed(scene);
  const names = some(shells.length + 1, LINK_NAMES);
  for (const [at, name] of names.entries()) {
    const shell = shells[at % shells.length]!;
    await scene.run(`ip -n ${lab} link add name ${bash(name)} type bridge`);
    const { commands, undo } = await planOf(scene, `wire rename ${lab}:${bash(name)} plain0`);
    await paste(t, scene, shell, commands);
    t.deepEqual(await linksIn(scene, lab), ['lo', 'plain0'], `${shell} ${commands.join('; ')}`);
    await paste(t, scene, shell, undo.commands!);
    t.deepEqual(await linksIn(scene, lab), ['lo', name].sort(), `${shell} ${undo.commands!.join('; ')}`);
    await nsview(scene, `wire delete ${lab}:${bash(name)} --yes`);
    t.deepEqual(await linksIn(scene, lab), ['lo']);
  }
});

const namesIn = (scene: NetScene): Promise<string[]> =>
  wordsOf(scene, `cd /run/netns && ${compiled('show-words')} *`);

test('names of network namespaces: given, listed and taken away byte for byte; the undo of that works', async (t) => {
  const lab = `${OWN}c`;
  if (!needsRoot(t)) return;
  const scene = await NetScene.start(t);
  await scene.netns(lab);
  const names = some(Math.ceil(COUNT / 4), FILE_NAMES).map((name) => `${OWN}${name}`);
  for (const name of names) await scene.run(`ip netns add ${bash(name)}`);
  const [first] = names;
  const shells = await installed(scene);
  for (const [at, name] of names.entries()) {
    const shell = shells[at % shells.length]!;
    if (name === first) continue;
    // A second name keeps it, so the first one can be given back.
    const inode = await scene.run(`stat -Lc %i /run/netns/${bash(name)}`);
    await nsview(scene, `wire attach ${OWN}second ${bash(name)} --yes`);
    t.is(await scene.run(`stat -Lc %i /run/netns/${OWN}second`), inode, hex(name));
    const { commands, undo } = await planOf(scene, `wire remove-name ${bash(name)}`);
    await paste(t, scene, shell, commands);
    t.false((await namesIn(scene)).includes(name));
    t.true(undo.possible, hex(name));
    await paste(t, scene, shell, undo.commands!);
    t.is(await scene.run(`stat -Lc %i /run/netns/${bash(name)}`), inode, undo.commands!.join('; '));
    await nsview(scene, `wire remove-name ${OWN}second --yes`);
    await nsview(scene, `wire remove-name ${bash(name)} --yes`);
    t.false((await namesIn(scene)).includes(name));
  }
  t.deepEqual(await namesIn(scene), [lab, first!].sort());
});

test('mount points: told apart, unmounted, and bound again by the shown undo', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await NetScene.start(t);
  await scene.run('mkdir -p /run/points/source && mount -t tmpfs source /run/points/source');
  const names = some(Math.ceil(COUNT / 3), FILE_NAMES);
  const shells = await installed(scene);
  for (const name of names)
    await scene.run(
      `mkdir /run/points/${bash(name)} && mount --bind /run/points/source /run/points/${bash(name)}`,
    );
  const points = async (): Promise<string[]> => {
    const { mounts } = JSON.parse(await nsview(scene, 'mounts --json')) as { mounts: { target: string }[] };
    return mounts
      .flatMap(({ target }) => (target.startsWith('/run/points/') ? [target.slice(12)] : []))
      .sort();
  };
  t.deepEqual(await points(), [...names, 'source'].sort());
  for (const [at, name] of names.entries()) {
    const shell = shells[at % shells.length]!;
    const { commands, undo } = await planOf(scene, `mounts unmount /run/points/${bash(name)}`);
    await paste(t, scene, shell, commands);
    t.not((await scene.attempt(`mountpoint -q /run/points/${bash(name)}`)).code, 0, commands.join('; '));
    await paste(t, scene, shell, undo.commands!);
    t.is((await scene.attempt(`mountpoint -q /run/points/${bash(name)}`)).code, 0, undo.commands!.join('; '));
    await nsview(scene, `mounts unmount /run/points/${bash(name)} --yes`);
    t.not((await scene.attempt(`mountpoint -q /run/points/${bash(name)}`)).code, 0);
  }
  t.deepEqual(await points(), ['source']);
});

test('a program gets its words byte for byte; what was never typed is not taken for a name', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await NetScene.start(t);
  for (const name of ["$'\\xff'", "$'\\xfe'", "$'\\xef\\xbf\\xbd'"])
    await scene.run(`ip netns add ${OWN}${name}`);
  const words = ["$'a\\xffb'", "''", "$'\\xc3\\xa9 \\n'", '-x'];
  const program = compiled('show-words');
  t.is(
    await nsview(scene, `enter ${OWN}$'\\xfe' -- ${program} ${words.join(' ')}`),
    '61ff62  c3a9200a 2d78\n',
  );
  const command = await nsview(scene, `enter ${OWN}$'\\xfe' --dry-run -- ${program} ${words.join(' ')}`);
  t.is(await scene.run(command), '61ff62  c3a9200a 2d78\n');
  await nsview(scene, `wire remove-name ${OWN}$'\\xff' --yes`);
  t.deepEqual(await namesIn(scene), [`${OWN}\ufffd`, `${OWN}\udcfe`].sort());
  const { code, text } = await scene.attempt(
    `${process.execPath} ${PROGRAM} wire remove-name ${OWN}$'\\xfd' --yes`,
  );
  t.is(code, 1);
  t.regex(text, /there is no name q\d+\\xfd/);
  t.deepEqual(await namesIn(scene), [`${OWN}\ufffd`, `${OWN}\udcfe`].sort());
});

/** The whole story by keys: namespaces made, wired, mounted, entered, looked at and removed, and nothing left behind. */
import test from 'ava';
import { NetScene } from '../sandbox/net-scene.js';
import { needsRoot } from '../sandbox/scene.js';
import { PROGRAM } from '../support/run-program.js';
import { Session } from './session.js';

class Driver {
  readonly s: Session;

  constructor(scene: NetScene) {
    const enter = ['-t', String(scene.pid), '-n', '-m', process.execPath, PROGRAM, '--view', 'network'];
    this.s = new Session('nsenter', enter, 120, 50);
  }

  /** Types, then waits for what must come of it. */
  async type(keys: string, shows: RegExp): Promise<void> {
    this.s.child.write(keys);
    await this.s.shows(shows);
  }

  /** Types, then waits for new output: what the main screen showed before is still there when we are away. */
  async typeFor(keys: string, words: RegExp): Promise<void> {
    const from = this.s.output.length;
    this.s.child.write(keys);
    await this.s.until(`it says ${String(words)}`, () => words.test(this.s.output.slice(from)));
  }

  /** Puts the cursor on the row with that text, as soon as there is one. */
  async select(what: string, search = what): Promise<void> {
    await this.s.find(search, new RegExp(`^[│|]?>.*${what}`, 'm'));
  }

  /** Puts the cursor on a mount of the namespace that nsview runs in: the search goes on from the row of that. */
  async selectMount(path: string): Promise<void> {
    await this.select(path, `bash\r/${path}`);
    await this.s.shows(new RegExp(`─ /${path} in bash ─`));
  }

  /** Confirms the plan that is shown. */
  async confirm(done: RegExp): Promise<void> {
    await this.s.shows(/\[> Cancel <\]/);
    this.s.child.write('\t');
    await this.s.shows(/\[> Do it <\]/);
    this.s.child.write('\r');
    const isDone = (): boolean => done.test(this.s.screen()) && /done: /.test(this.s.screen());
    const isAskedAgain = (): boolean =>
      /changed meanwhile[\s\S]*\[> Cancel <\]/.test(this.s.screen()) && !isDone();
    await this.s.until(`done: ${String(done)}`, () => isDone() || isAskedAgain());
    // The kernel destroys a far end a moment later: then the plan is shown again.
    if (isAskedAgain()) await this.confirm(done);
  }

  /** Takes the item of a menu that is open. */
  async choose(label: RegExp): Promise<void> {
    for (let step = 0; step < 20; step++) {
      await this.s.until('the menu is painted', () => /^.*> \S/m.test(this.s.screen()));
      if (new RegExp(`[│|] > ${label.source}`).test(this.s.screen())) {
        this.s.child.write('\r');
        return;
      }
      const before = this.s.screen();
      this.s.child.write('j');
      await this.s.until('the cursor moved', () => this.s.screen() !== before);
    }
    throw new Error(`there is no ${String(label)}\n${this.s.screen()}`);
  }
}

/** Tab until the cursor of the form is there, one key at a time: what else moves on the screen does not count. */
async function toField(s: Session, label: string): Promise<void> {
  const current = (): string => /│ > (.+?) {2}/.exec(s.screen())?.[1] ?? '';
  while (current() !== label) {
    const before = current();
    s.child.write('\t');
    await s.until(`Tab leaves "${before}"`, () => !['', before].includes(current()));
  }
}

/**
 * A mount namespace that a file keeps, by the form. Linux 6.18 takes ids of namespaces from a stock of each CPU and
 * allows such a bind mount only where the new one's id is higher: it refuses now and then, EINVAL, and then it is
 * tried again, as a person would.
 */
async function unshareKept(driver: Driver, name: string, step: string): Promise<void> {
  const { s } = driver;
  for (let tries = 0; tries < 12; tries++) {
    await driver.type('U', /unshare: a program in new namespaces/);
    await driver.type(`true\t/run/keep/${name}`, new RegExp(`> mnt +/run/keep/${name}▏`));
    await toField(s, 'propagation');
    s.child.write(step);
    const option = step === '' ? '' : ' --propagation=unchanged';
    await s.shows(
      new RegExp(`\\$ touch /run/keep/${name} && unshare --mount=/run/keep/${name}${option} -- true`),
    );
    const from = s.output.length;
    await driver.typeFor('\r', /it ended with \d+; Enter goes back/);
    await driver.type('\r', /MOUNT POINT/);
    if (s.output.slice(from).includes('it ended with 0')) return;
  }
  throw new Error('unshare never kept a mount namespace');
}

test('the seed scenario, by keys alone', async (t) => {
  if (!needsRoot(t)) return;
  const scene = await NetScene.start(t);
  await scene.run(
    'mkdir -p /run/keep /run/base && mount -t tmpfs base /run/base && mkdir /run/base/src /run/base/dst',
  );
  await scene.run('touch /run/base/src/seen');
  const before = await scene.run('ls /run/netns; ip -br link; findmnt -rn -o TARGET');
  const driver = new Driver(scene);
  const { s } = driver;
  t.teardown(() => s.kill());
  await s.shows(/NETNS \/ IFACE/);

  // Two network namespaces.
  for (const name of ['seed-left', 'seed-right']) {
    await driver.type('c', /network namespace …/);
    await driver.type('\r', /new network namespace/);
    await driver.type(`${name}\r`, new RegExp(`ip netns add ${name}`));
    await driver.confirm(new RegExp(`done: make network namespace ${name}`));
    await driver.select(name);
  }

  // A veth pair between them, with addresses.
  await driver.select('seed-left');
  await driver.type('c', /connection …/);
  await driver.choose(/connection …/);
  await s.shows(/connect two network namespaces/);
  await driver.type(
    '\t\x15seed0\t\t\x15seed-right\t\x15seed1\r',
    /undone by: ip -n seed-left link delete dev seed0/,
  );
  await driver.confirm(/done: connect seed-left and seed-right/);
  await driver.select('seed1 +veth +UP .*10\\.210\\.0\\.2/24', 'seed1');

  // Ping both ways, with a tool of the host.
  for (const [from, to] of [['seed-left', '10.210.0.2'], ['seed-right', '10.210.0.1']] as const) {
    await driver.select(from);
    await driver.type('x', /enter net:/);
    await driver.typeFor(`busybox ping -c 1 -W 5 ${to}\r`, /1 packets received[\s\S]*Enter goes back/);
    await driver.type('\r', /NETNS \/ IFACE/);
  } // prettier-ignore

  // A bridge with the veth as its port.
  await driver.select('seed-left');
  await driver.type('a', /new interface …/);
  await driver.choose(/new interface …/);
  await s.shows(/new interface in seed-left/);
  await driver.type('\r', /ip -n seed-left link add name br0 type bridge/);
  await driver.confirm(/done: make bridge br0/);
  await driver.select('seed0');
  await driver.type('a', /port of a bridge …/);
  await driver.choose(/port of a bridge …/);
  await driver.type('\r', /link set dev seed0 master br0/);
  await driver.confirm(/done: make seed0 a port of br0/);
  await driver.select('seed0 .*br0', 'seed0');

  // The loopback stays where it is.
  await driver.select('seed-left');
  await driver.type('jm', /netns-local, it cannot be moved: loopback belongs to its namespace/);

  // A shared mount, and two mount namespaces that were made of it: one shares, one is private.
  await driver.type('4', /MOUNT POINT/);
  await driver.type('*', /▾ .*mounts/);
  await driver.selectMount('run/base');
  await driver.type('a', /make shared/);
  await driver.choose(/make shared/);
  await driver.confirm(/done: make \/run\/base shared/);
  for (const [name, step] of [['share', '\x1b[C\x1b[C\x1b[C'], ['alone', '']] as const) {
    await unshareKept(driver, name, step);
    await driver.selectMount(`run/keep/${name}`);
  } // prettier-ignore
  await driver.selectMount('run/base');
  await driver.type('a', /bind mount …/);
  await driver.choose(/bind mount …/);
  await driver.type(
    '\x15bind /run/base/src /run/base/dst\r',
    /mount --bind \/run\/base\/src \/run\/base\/dst/,
  );
  await driver.confirm(/done: bind \/run\/base\/src/);
  const seenIn = async (name: string): Promise<boolean> =>
    (await scene.attempt(`nsenter --mount=/run/keep/${name} ls /run/base/dst`)).text.includes('seen');
  t.true(await seenIn('share'));
  t.false(await seenIn('alone'));
  await s.shows(/g:\d+ shared +share +\/run\/base\/dst/);
  await s.shows(/x private +alone +\/run\/base/);

  // A shell in a user namespace, as root inside.
  await driver.type('U', /unshare: a program in new namespaces/);
  await toField(s, 'map ids');
  s.child.write('\x1b[C');
  await driver.type('', /‹root›/);
  await driver.type('\r', /[#$] ?$/m);
  await driver.type('echo "uid $(id -u), $(cat /proc/self/uid_map | tr -s " ")"\r', /uid 0, +0 0 1/);
  await driver.type('exit\r', /MOUNT POINT/);

  // And everything is removed.
  await driver.selectMount('run/base/dst');
  await driver.type('D', /unmount/);
  await driver.choose(/unmount /);
  await driver.confirm(/done: unmount \/run\/base\/dst/);
  t.false(await seenIn('share'));
  for (const name of ['share', 'alone']) {
    await driver.selectMount(`run/keep/${name}`);
    await driver.type('D', /unmount/);
    await driver.choose(/unmount /);
    await driver.confirm(new RegExp(`done: unmount /run/keep/${name}`));
  }
  await driver.selectMount('run/base');
  await driver.type('a', /make private/);
  await driver.choose(/make private/);
  await driver.confirm(/done: make \/run\/base private/);
  await driver.type('3', /NETNS \/ IFACE/);
  for (const name of ['seed-left', 'seed-right']) {
    await driver.select(name);
    await driver.type('D', new RegExp(`remove the name ${name}`));
    await driver.choose(new RegExp(`remove the name ${name}`));
    await driver.confirm(new RegExp(`done: delete network namespace ${name}`));
    t.notRegex(await scene.run('ip netns list'), new RegExp(name));
  }
  await driver.type('@', /command log/);
  await driver.type('q', /NETNS \/ IFACE/);
  s.child.write('q');
  t.is(await s.ended(), 0);
  await scene.run('rm /run/keep/share /run/keep/alone');
  // The directory of names is a mount by now, as ip netns makes it.
  const left = (await scene.run('ls /run/netns; ip -br link; findmnt -rn -o TARGET')).replace(
    /^\/run\/netns\n/m,
    '',
  );
  t.is(left, before);
});

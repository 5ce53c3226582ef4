/** A machine of its own to wire: a shell in a network namespace and a mount namespace with its own /run. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import type { ExecutionContext } from 'ava';
import type { NamespaceKey } from '../../src/model/snapshot.js';
import { namespaceKey } from '../../src/model/snapshot.js';
import { environment } from '../support/run-program.js';
import { endScene } from './scene.js';

const MARK = '--done--';

export class NetScene {
  private readonly child: ChildProcess;
  private output = '';
  private wake: () => void = () => undefined;

  private constructor() {
    const { PATH, ...rest } = environment();
    this.child = spawn(
      'unshare',
      ['--net', '--mount', '--propagation', 'private', 'bash', '--noprofile', '--norc'],
      { env: { ...rest, PATH: `/usr/sbin:/sbin:${PATH!}` }, stdio: 'pipe' },
    );
    const take = (chunk: Buffer): void => {
      this.output += chunk.toString();
      this.wake();
    };
    this.child.stdout!.on('data', take);
    this.child.stderr!.on('data', take);
    this.child.on('exit', () => this.wake());
  }

  static async start(t: ExecutionContext): Promise<NetScene> {
    const scene = new NetScene();
    t.teardown(() => endScene(scene.child));
    // The machine may have names of its own, mounted on a directory that is a mount since the first of them.
    await scene.run('umount -l -R /run/netns || true');
    await scene.run('mount -t tmpfs test /run && mkdir -p /run/netns && ip link set lo up');
    return scene;
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** Runs a script; its output, or an Error with it where its last command failed. */
  async run(script: string): Promise<string> {
    const { code, text } = await this.attempt(script);
    if (code !== 0) throw new Error(`${script}\n${text}`);
    return text;
  }

  /** One script after the other, also where they are asked for at once. */
  attempt(script: string): Promise<{ code: number; text: string }> {
    const next = this.last.then(() => this.attemptNow(script));
    this.last = next.catch(() => undefined);
    return next;
  }

  private last: Promise<unknown> = Promise.resolve();

  private async attemptNow(script: string): Promise<{ code: number; text: string }> {
    this.output = '';
    this.child.stdin!.write(`{ ${script}\n} </dev/null 2>&1; echo "${MARK}$?"\n`);
    const end = new RegExp(`${MARK}(\\d+)\\n`);
    for (;;) {
      const found = end.exec(this.output);
      if (found) return { code: Number(found[1]), text: this.output.slice(0, found.index) };
      if (this.child.exitCode !== null || this.child.signalCode !== null)
        throw new Error(`the shell ended: ${this.output}`);
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  async json<T>(command: string): Promise<T> {
    const text = await this.run(command);
    return (text.trim() === '' ? [] : JSON.parse(text)) as T;
  }

  /** Namespaces with these names; each has its loopback up. */
  async netns(...names: string[]): Promise<void> {
    for (const name of names) {
      // A new namespace takes over nothing of this setting from ours.
      const quiet = 'echo 1 > /proc/sys/net/ipv6/conf/default/addr_gen_mode';
      await this.run(`ip netns add ${name} && ip netns exec ${name} sh -c '${quiet}; ip link set lo up'`);
    }
  }

  /** Of the shell itself where no name is given. */
  async key(name?: string): Promise<NamespaceKey> {
    if (name === undefined) return readlinkSync(`/proc/${this.pid}/ns/net`) as NamespaceKey;
    return namespaceKey('net', Number(await this.run(`stat -Lc %i /run/netns/${name}`)));
  }
}

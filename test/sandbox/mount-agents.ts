/** Mount namespaces that do as they are told (mount-agents.c). */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { MountTableFact } from '../../src/model/snapshot.js';
import { namespaceKey } from '../../src/model/snapshot.js';
import { compiled, endScene } from './scene.js';

export class MountAgents {
  /** The directory under which everything happens: a tmpfs with directories a, b, a/a …; gone at the end. */
  readonly base: string;
  readonly pids: number[] = [];
  private readonly child: ChildProcess;
  private readonly answers: AsyncIterator<string, undefined>;

  private constructor() {
    this.base = mkdtempSync(join(tmpdir(), 'nsview-mounts-'));
    this.child = spawn(compiled('mount-agents'), [this.base], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.answers = createInterface({ input: this.child.stdout! })[Symbol.asyncIterator]() as AsyncIterator<
      string,
      undefined
    >;
  }

  static async start(): Promise<MountAgents> {
    const agents = new MountAgents();
    agents.pids.push(await agents.answeredPid());
    return agents;
  }

  private async answer(): Promise<string> {
    const next = await this.answers.next();
    if (next.done === true) throw new Error('the mount agents ended');
    return next.value;
  }

  private async answeredPid(): Promise<number> {
    const [failed, pid] = (await this.answer()).split(' ').map(Number);
    if (failed !== 0) throw new Error(`the mount agents cannot start: errno ${failed}`);
    return pid!;
  }

  /** The errno of the system call; 0 where it was done. */
  async tell(agent: number, verb: string, ...words: string[]): Promise<number> {
    this.child.stdin!.write(`${agent} ${verb} ${words.join(' ')}\n`);
    return Number(await this.answer());
  }

  /** A new agent in a copy of the mount namespace of another; its number. */
  async spawn(from: number): Promise<number> {
    this.child.stdin!.write(`${from} spawn ${this.pids.length}\n`);
    return this.pids.push(await this.answeredPid()) - 1;
  }

  key(agent: number): MountTableFact['key'] {
    return namespaceKey('mnt', agent + 1);
  }

  tables(): MountTableFact[] {
    return this.pids.map((pid, agent) => ({
      key: this.key(agent),
      mountinfo: readFileSync(`/proc/${pid}/mountinfo`, 'utf8'),
      readBy: 'mountinfo',
    }));
  }

  async close(): Promise<void> {
    await endScene(this.child);
    rmdirSync(this.base);
  }
}

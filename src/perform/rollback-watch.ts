/** Waits for what decides about a guarded change: a confirmation, its time, or the end of nsview in the middle of it. */
import { unlinkSync } from 'node:fs';
import { Socket, createServer } from 'node:net';
import type { Server } from 'node:net';
import type { BackwardSteps, GuardedChange, RollbackReason } from '../actions/guard.js';
import { bootMilliseconds } from '../kernel/boot-clock.js';
import { KEEP_LINE, MADE_LINE, STEP_LINE } from './journal.js';
import { RecordFile } from './rollback-record.js';
import { rollBack } from './rollback-run.js';

const LOOK_EVERY_MS = 100;
/** Longer than any step takes: then nsview hangs, or was stopped. */
const LONGEST_CHANGE_MS = 300_000;
/** So long an answer is given to those who ask too late. */
const LINGER_MS = 300;

export interface Watched {
  steps: BackwardSteps;
  seconds: number;
  title: string;
  /** Name of the socket and the record in our working directory, without `.sock` and `.json`. */
  name: string;
  /** Tells nsview, if it is still there. */
  tell: (answer: GuardedChange) => void;
}

export class RollbackWatch {
  private readonly watched: Watched;
  private record: RecordFile | null = null;
  private readonly server: Server;
  private readonly askers = new Set<Socket>();
  private begun = 0;
  private isMade = false;
  private decided: GuardedChange | 'rolling back' | null = null;
  /** On the clock of `bootMilliseconds`. */
  private deadline: number;

  constructor(watched: Watched) {
    this.watched = watched;
    this.deadline = bootMilliseconds() + watched.seconds * 1000 + LONGEST_CHANGE_MS;
    this.server = createServer((asker) => this.takeAsker(asker));
  }

  /** Resolves when it can be asked and has begun to wait; rejects where the socket or the record cannot be made. */
  async start(journal: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.server.once('error', reject);
      // Relative: our directory may be renamed, and its path be longer than a socket's name may be.
      this.server.listen(`${this.watched.name}.sock`, resolve);
    });
    this.server.on('error', () => undefined);
    // After the socket: by the record it is found.
    const { name, title } = this.watched;
    const waiting = { title, state: 'waiting', at: Date.now(), reason: 'time', failures: [] } as const;
    this.record = new RecordFile(`${name}.json`, waiting);
    const stream = new Socket({ fd: journal, readable: true, writable: false });
    let rest = '';
    stream.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split(/(?<=\n)/);
      rest = lines.at(-1)?.endsWith('\n') === false ? lines.pop()! : '';
      for (const line of lines) this.takeLine(line);
    });
    stream.on('close', () => this.nsviewEnded());
    stream.on('error', () => undefined);
    setInterval(() => this.look(), LOOK_EVERY_MS);
  }

  private takeLine(line: string): void {
    if (line === STEP_LINE) this.begun++;
    else if (line === KEEP_LINE) this.keep();
    else if (line === MADE_LINE && !this.isMade) {
      this.isMade = true;
      this.deadline = bootMilliseconds() + this.watched.seconds * 1000;
      if (this.askers.size > 0) this.keep();
    }
  }

  /** After the change that is what was waited for; in the middle of it nobody can confirm what it came to. */
  private nsviewEnded(): void {
    if (this.isMade || this.decided) return;
    if (this.begun === 0) this.keep();
    else void this.rollBack('unfinished');
  }

  private look(): void {
    if (bootMilliseconds() >= this.deadline && !this.decided)
      void this.rollBack(this.isMade ? 'time' : 'unfinished');
  }

  private keep(): void {
    if (this.decided) return;
    this.decide({ state: 'kept', title: this.watched.title });
    remove(`${this.watched.name}.json`);
  }

  private async rollBack(reason: RollbackReason): Promise<void> {
    this.decided = 'rolling back';
    const { steps, title } = this.watched;
    const failures = await rollBack(steps, this.begun, this.isMade);
    const at = Date.now();
    this.record?.write({ title, state: 'rolled back', at, reason, failures });
    this.decide({ state: 'rolled back', title, at, reason, failures });
  }

  private decide(answer: GuardedChange): void {
    this.decided = answer;
    remove(`${this.watched.name}.sock`);
    this.watched.tell(answer);
    for (const asker of this.askers) this.answer(asker, answer);
    setTimeout(() => process.exit(0), LINGER_MS);
  }

  /** Whoever may connect is our user, or root: the directory is closed to others. */
  private takeAsker(asker: Socket): void {
    asker.on('error', () => undefined);
    asker.on('close', () => this.askers.delete(asker));
    let text = '';
    asker.on('data', (chunk: Buffer) => {
      text = (text + chunk.toString()).slice(0, KEEP_LINE.length);
      if (text !== KEEP_LINE) return;
      this.askers.add(asker);
      // In the middle of the change it is not known yet what is to be kept: the answer comes with the end.
      if (!this.decided && this.isMade) this.keep();
      else if (typeof this.decided === 'object' && this.decided) this.answer(asker, this.decided);
    });
  }

  private answer(asker: Socket, answer: GuardedChange): void {
    asker.end(`${JSON.stringify(answer)}\n`);
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Somebody was quicker.
  }
}

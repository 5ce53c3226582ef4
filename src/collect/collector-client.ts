import { Worker } from 'node:worker_threads';
import type { ComparisonQuery } from '../model/comparison.js';
import type { MountUserQuery } from '../model/mount-users.js';
import type { FeedMessage, SampleFeed } from '../model/sample-feed.js';
import type { NamespaceKey, Pid } from '../model/snapshot.js';
import type { CollectOptions } from './discovery.js';

/** What the screen may ask of the collector's thread. */
export type CollectorRequest =
  | { request: 'refresh'; everything: boolean; number: number | undefined }
  | { request: 'hint' }
  | { request: 'watch'; pids: Pid[] }
  | { request: 'mounts'; focus: NamespaceKey | 'any' | null }
  | { request: 'mount-users'; query: MountUserQuery }
  | { request: 'networks'; focus: NamespaceKey | 'any' | null }
  | { request: 'firewall'; key: NamespaceKey }
  | { request: 'sockets'; watched: boolean }
  | { request: 'interiors'; watched: boolean }
  | { request: 'comparison'; query: ComparisonQuery }
  | { request: 'session' }
  | { request: 'delay'; milliseconds: number }
  | { request: 'freeze'; frozen: boolean }
  | { request: 'close' };

/** Young-generation size of the collector's heap, MiB: its garbage is short-lived, its state is small. */
const YOUNG_GENERATION_MB = 2;

/** The live system, collected in a thread of its own. */
export class LiveFeed implements SampleFeed {
  private readonly worker: Worker;
  private readonly closers: (() => void)[] = [];
  /** What came before anybody listened: the thread starts looking while the screen is still being loaded. */
  private waiting: FeedMessage[] = [];
  private receive: (message: FeedMessage) => void = (message) => this.waiting.push(message);

  constructor(options: Partial<CollectOptions>, delayMs: number) {
    this.worker = new Worker(new URL('./collector-thread.js', import.meta.url), {
      workerData: { options, delay: delayMs },
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
      stdout: false,
    });
    this.worker.on('message', (message: FeedMessage) => this.receive(message));
    this.worker.on('error', (error) =>
      this.receive({ message: 'failed', reason: error.stack ?? error.message }),
    );
  }

  start(receive: (message: FeedMessage) => void): void {
    this.receive = receive;
    for (const message of this.waiting.splice(0)) receive(message);
  }

  /** Runs `callback` once the thread is up and has looked. */
  onFirstMessage(callback: () => void): void {
    this.worker.once('message', callback);
  }

  refresh(everything: boolean, number?: number): void {
    this.ask({ request: 'refresh', everything, number });
  }

  /** Something outside of tasks changed: look at the slow parts soon. */
  hint(): void {
    this.ask({ request: 'hint' });
  }

  watch(pids: Pid[]): void {
    this.ask({ request: 'watch', pids });
  }

  watchMounts(focus: NamespaceKey | 'any' | null): void {
    this.ask({ request: 'mounts', focus });
  }

  askMountUsers(query: MountUserQuery): void {
    this.ask({ request: 'mount-users', query });
  }

  watchNetworks(focus: NamespaceKey | 'any' | null): void {
    this.ask({ request: 'networks', focus });
  }

  askFirewall(key: NamespaceKey): void {
    this.ask({ request: 'firewall', key });
  }

  watchSockets(watched: boolean): void {
    this.ask({ request: 'sockets', watched });
  }

  watchInteriors(watched: boolean): void {
    this.ask({ request: 'interiors', watched });
  }

  askComparison(query: ComparisonQuery): void {
    this.ask({ request: 'comparison', query });
  }

  askSession(): void {
    this.ask({ request: 'session' });
  }

  setDelay(milliseconds: number): void {
    this.ask({ request: 'delay', milliseconds });
  }

  setFrozen(frozen: boolean): void {
    this.ask({ request: 'freeze', frozen });
  }

  /** Runs `callback` when the feed is closed: what else lives as long as it. */
  onClose(callback: () => void): void {
    this.closers.push(callback);
  }

  close(): void {
    for (const callback of this.closers.splice(0)) callback();
    this.ask({ request: 'close' });
    void this.worker.terminate();
  }

  private ask(request: CollectorRequest): void {
    this.worker.postMessage(request);
  }
}

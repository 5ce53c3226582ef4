import { recordedComparison } from '../model/comparison.js';
import type { FeedMessage, SampleFeed } from '../model/sample-feed.js';
import type { Recording } from './recording.js';

/** A recording as a feed: stands still until it is told where to go. */
export class RecordingFeed implements SampleFeed {
  private readonly recording: Recording;
  private receive: ((message: FeedMessage) => void) | null = null;
  private at = 0;

  constructor(recording: Recording) {
    this.recording = recording;
  }

  get length(): number {
    return this.recording.length;
  }

  get index(): number {
    return this.at;
  }

  start(receive: (message: FeedMessage) => void): void {
    this.receive = receive;
    this.seek(0);
  }

  seek(index: number): void {
    this.at = Math.max(0, Math.min(index, this.length - 1));
    this.receive?.({ message: 'snapshot', snapshot: this.recording.sample(this.at) });
  }

  timeOf(index: number): number {
    return this.recording.timeOf(index);
  }

  refresh(): void {
    this.seek(this.at);
  }

  watch(): void {
    // A recording holds all details there are.
  }

  watchMounts(): void {
    // They are part of the sample.
  }

  askMountUsers(): void {
    // Nobody can be asked any more.
  }

  watchNetworks(): void {
    // As the mounts.
  }

  askFirewall(): void {
    // As the users of mounts.
  }

  watchSockets(): void {
    // As the mounts.
  }

  watchInteriors(): void {
    // As the mounts.
  }

  askComparison(): void {
    this.receive?.({ message: 'comparison', facts: recordedComparison(this.recording.sample(this.at)) });
  }

  askSession(): void {
    // Nothing is done from a recording.
  }

  setDelay(): void {
    // Nothing comes by itself.
  }

  setFrozen(): void {
    // It always is.
  }

  close(): void {
    this.receive = null;
  }
}

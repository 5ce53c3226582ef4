/** Keeps something fresh that is dear to read: not oftener than a look at it is worth. */
import { createHash } from 'node:crypto';
import type { Discovery } from './discovery.js';

/** The time from one look to the next is at least this many times what a look takes. */
const REST_FACTOR = 10;

export class RestingWatch<T> {
  private readonly collect: (discovery: Discovery) => T;
  private sent = '';
  private nextLook = 0;

  constructor(collect: (discovery: Discovery) => T) {
    this.collect = collect;
  }

  /** Null where nothing changed since the last news, or where it is too early. */
  refresh(discovery: Discovery): T | null {
    const start = performance.now();
    if (start < this.nextLook) return null;
    const news = this.collect(discovery);
    const fingerprint = createHash('sha1').update(JSON.stringify(news)).digest('base64');
    const end = performance.now();
    this.nextLook = end + (end - start) * REST_FACTOR;
    if (fingerprint === this.sent) return null;
    this.sent = fingerprint;
    return news;
  }
}

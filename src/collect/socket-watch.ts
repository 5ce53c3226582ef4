/** Keeps the sockets of a screen fresh, not oftener than a look at every descriptor of the machine is worth. */
import { createHash } from 'node:crypto';
import type { SocketOwnerFact, SocketTableFact } from '../model/socket-table.js';
import type { Discovery } from './discovery.js';
import { collectSocketOwners, collectSocketTables } from './socket-tables.js';

/** The time from one look to the next is at least this many times what a look takes. */
const REST_FACTOR = 10;

export interface SocketNews {
  tables: SocketTableFact[];
  owners: SocketOwnerFact[];
}

export class SocketWatch {
  private sent = '';
  private nextLook = 0;

  /** Null where nothing changed since the last news, or where it is too early. */
  refresh(discovery: Discovery): SocketNews | null {
    const start = performance.now();
    if (start < this.nextLook) return null;
    const news = { tables: collectSocketTables(discovery), owners: collectSocketOwners(discovery) };
    const fingerprint = createHash('sha1').update(JSON.stringify(news)).digest('base64');
    const end = performance.now();
    this.nextLook = end + (end - start) * REST_FACTOR;
    if (fingerprint === this.sent) return null;
    this.sent = fingerprint;
    return news;
  }
}

/** Addresses that somebody must renew. */
import type { AddressFact } from '../model/network-table.js';

/** An IPv4 address that has an end: somebody must renew it. */
export function isLeased({ family, flags }: AddressFact): boolean {
  return family === 'inet' && !flags.includes('permanent');
}

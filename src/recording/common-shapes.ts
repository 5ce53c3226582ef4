/** What fields of many facts hold. */
import type { NamespaceKind } from '../model/namespace-kind.js';
import { NAMESPACE_KINDS } from '../model/namespace-kind.js';
import type { NamespaceKey, Pid } from '../model/snapshot.js';
import type { Check } from './check.js';
import { matching, whole } from './check.js';

/** Milliseconds since the epoch that a Date can hold. */
export const moment = whole(0, 8.64e15);
export const pid: Check<Pid> = whole(0, 2 ** 31 - 1);
export const uid = whole(0, 2 ** 32 - 1);
export const ifindex = whole(0, 2 ** 31 - 1);
/** Of a namespace set; -1 where the links could not be read. */
export const setIndex = whole(-1, 2 ** 31 - 1);
/** A set of capabilities as proc_pid_status(5) has it. */
export const hexadecimal = matching('a hexadecimal number', /^[0-9a-f]{1,32}$/i);

const INODE = String.raw`:\[[0-9]{1,10}\]`;

export const namespaceKey: Check<NamespaceKey> = matching(
  'a namespace (net:[4026531840])',
  new RegExp(`^(${NAMESPACE_KINDS.join('|')})${INODE}$`),
);

export function keyOfKind(kind: NamespaceKind): Check<NamespaceKey> {
  return matching(`a ${kind} namespace (${kind}:[4026531840])`, new RegExp(`^${kind}${INODE}$`));
}

/** POSIX message queues of the ipc namespace that this thread is in, mq_overview(7). */
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { constants } from 'node:fs';
import { parsePosixQueueState } from '../formats/system-v.js';
import type { PosixQueueFact } from '../model/interior.js';
import { fsPath, listNames } from './byte-names.js';
import { withDetached } from './detached-filesystem.js';
import { EPERM } from './errno.js';
import * as libc from './libc.js';

/** `struct mq_attr` of <linux/mqueue.h>: flags, maximum messages, message size, messages; four words to spare. */
const ATTRIBUTES_SIZE = 64;
const attributes = libc.fixedBuffer(ATTRIBUTES_SIZE);

/** -errno where the mqueue filesystem may not be mounted. */
export function readPosixQueues(): PosixQueueFact[] | number {
  return withDetached('mqueue', queuesIn);
}

/** Where it is mounted already; for those who may mount nothing. */
export function readMountedQueues(mountPoint: string): PosixQueueFact[] | number {
  try {
    return queuesIn(mountPoint);
  } catch {
    return -EPERM;
  }
}

function queuesIn(directory: string): PosixQueueFact[] {
  return listNames(directory).flatMap((name) => queueAt(`${directory}/${name}`, `/${name}`) ?? []);
}

/** Null where it went meanwhile. What may not be opened has its name and owner at least. */
function queueAt(path: string, name: string): PosixQueueFact | null {
  try {
    const { mode, uid, gid } = statSync(fsPath(path));
    const counts = countsOf(path);
    return { name, mode: mode & 0o777, uid, gid, ...counts };
  } catch {
    return null;
  }
}

function countsOf(path: string): Omit<PosixQueueFact, 'name' | 'mode' | 'uid' | 'gid'> {
  const nothing = {
    messages: null,
    maximumMessages: null,
    messageSize: null,
    bytes: null,
    notified: null,
  };
  let fd: number;
  try {
    fd = openSync(fsPath(path), constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return nothing;
  }
  try {
    const state = parsePosixQueueState(readFileSync(fd, 'utf8'));
    if (libc.syscall('mq_getsetattr', fd, 0, attributes.address) < 0) return { ...nothing, ...state };
    const word = (at: number): number => Number(attributes.view.getBigInt64(at * 8, true));
    return { maximumMessages: word(1), messageSize: word(2), messages: word(3), ...state };
  } finally {
    closeSync(fd);
  }
}

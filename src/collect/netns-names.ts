/**
 * Names under /run/netns, as ip-netns(8) keeps them: each a file with a network namespace mounted on it. One that
 * is no namespace is left over: what was mounted there is gone, or it is in another mount namespace.
 */
import { closeSync, constants, fstatSync, openSync, readlinkSync } from 'node:fs';
import type { MountinfoEntry } from '../formats/mountinfo.js';
import { parseMountinfoLine, placeBelow } from '../formats/mountinfo.js';
import { fsPath, listNames } from '../kernel/byte-names.js';
import { errnoName } from '../kernel/errno.js';
import { readDescriptorIdentity } from '../kernel/namespace-ioctls.js';
import type { FilePlace, NetnsNameFact } from '../model/snapshot.js';
import { namespaceKey } from '../model/snapshot.js';
import type { Discovery } from './discovery.js';

const DIRECTORY = '/run/netns';
const SUBJECT = 'names of network namespaces';

function readName(name: string, directory: FilePlace | null): NetnsNameFact {
  const file = directory && { ...directory, path: `${directory.path}/${name}` };
  return { ...identify(name, `${DIRECTORY}/${name}`), file };
}

function identify(name: string, path: string): NetnsNameFact {
  let fd: number;
  try {
    // Not blocking: it may be a FIFO that somebody left there.
    fd = openSync(fsPath(path), constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const { errno = 0 } = error as NodeJS.ErrnoException;
    return { name, path, key: null, reason: `cannot be opened: ${errnoName(Math.abs(errno))}` };
  }
  try {
    const identity = readDescriptorIdentity(fd);
    if (!identity && fstatSync(fd).isDirectory())
      return { name, path, key: null, reason: 'it is a directory', isDirectory: true };
    if (!identity) return { name, path, key: null, reason: 'no namespace is mounted on it' };
    const key = namespaceKey(identity.kind, identity.inode);
    return identity.kind === 'net'
      ? { name, path, key, reason: null }
      : { name, path, key: null, reason: `a ${identity.kind} namespace is mounted on it` };
  } finally {
    closeSync(fd);
  }
}

/**
 * Where the directory lies in its filesystem: the same file may have another path, and other mounts on it, in other
 * mount namespaces. By `mnt_id` of proc_pid_fdinfo(5), Linux 3.15; null where it is not to be told.
 */
function placeOfDirectory({ proc }: Discovery): FilePlace | null {
  const fd = openSync(DIRECTORY, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    const [fdinfo, mountinfo] = [`self/fdinfo/${fd}`, 'self/mountinfo'].map((path) => proc.readFile(path));
    if (typeof fdinfo !== 'string' || typeof mountinfo !== 'string') return null;
    const mountId = /^mnt_id:\s*(\d+)$/m.exec(fdinfo)?.[1];
    const line = mountinfo.split('\n').find((each) => each.startsWith(`${mountId} `));
    const mount = line === undefined ? null : parseMountinfoLine(line);
    const path = readlinkSync(`/proc/self/fd/${fd}`);
    return mount && (path === mount.mountPoint ? placeOfMount(mount) : placeBelow(mount, path));
  } finally {
    closeSync(fd);
  }
}

function placeOfMount({ device, root }: MountinfoEntry): FilePlace {
  return { device, path: root === '/' ? '' : root };
}

export function collectNetnsNames(discovery: Discovery): void {
  discovery.gaps.forget(SUBJECT);
  let names: string[];
  try {
    names = listNames(DIRECTORY);
  } catch (error) {
    const { errno = 0, code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') discovery.gaps.add(SUBJECT, errno, DIRECTORY);
    discovery.netnsNames = [];
    return;
  }
  const directory = names.length > 0 ? placeOfDirectory(discovery) : null;
  discovery.netnsNames = names.sort().map((name) => readName(name, directory));
}

/**
 * Who uses the files of a filesystem: working and root directories, executables, descriptors, mapped files,
 * loop devices and swap, in every process that can be read. What fuser(1) and lsof(8) do for our own mount
 * namespace only is done here by mount id and device, which are the same in all.
 */
import { readdirSync } from 'node:fs';
import { parseMappedFiles } from '../formats/process-maps.js';
import { parseSwaps } from '../formats/swaps.js';
import { readText as readFileText } from '../kernel/byte-names.js';
import { EACCES, EPERM } from '../kernel/errno.js';
import type { FileStatus } from '../kernel/file-status.js';
import { readFileStatus } from '../kernel/file-status.js';
import { AT_FDCWD } from '../kernel/libc.js';
import type { Directory } from '../kernel/proc.js';
import type { MountUserFact, MountUsers } from '../model/mount-users.js';
import type { Pid } from '../model/snapshot.js';

/** What is looked for: the filesystem, and its mounts, since on btrfs the device of a file is another one. */
export interface MountUserQuery {
  device: string;
  mountIds: readonly number[];
}

const DIRECT_USES = ['cwd', 'root', 'exe'] as const;

export function collectMountUsers(proc: Directory, query: MountUserQuery): MountUsers {
  const mounts = new Set(query.mountIds);
  const fits = (status: FileStatus | number): status is FileStatus =>
    typeof status !== 'number' &&
    (status.device === query.device || (status.mountId !== null && mounts.has(status.mountId)));
  const found: MountUsers = { device: query.device, users: [], unreadable: 0 };
  const pids = proc.listNumbers();
  for (const pid of typeof pids === 'number' ? [] : pids) {
    if (!addProcess(proc, pid, query.device, fits, found.users)) found.unreadable++;
  }
  found.users.push(...loopDevices(fits), ...swapFiles(fits));
  return found;
}

type Fits = (status: FileStatus | number) => status is FileStatus;

/** False where we may not look at the process. */
function addProcess(proc: Directory, pid: Pid, device: string, fits: Fits, users: MountUserFact[]): boolean {
  const cwd = readFileStatus(proc.fd, `${pid}/cwd`);
  if (cwd === -EACCES || cwd === -EPERM) return false;
  for (const use of DIRECT_USES) {
    const status = use === 'cwd' ? cwd : readFileStatus(proc.fd, `${pid}/${use}`);
    if (fits(status)) users.push({ use, pid, path: target(proc, pid, `/${use}`), mountId: status.mountId });
  }
  addDescriptors(proc, pid, fits, users);
  addMappedFiles(proc, pid, device, fits, users);
  return true;
}

function target(proc: Directory, pid: Pid, suffix: string): string {
  const path = proc.readNumberTarget(pid, suffix);
  return typeof path === 'string' ? path : '?';
}

function addDescriptors(proc: Directory, pid: Pid, fits: Fits, users: MountUserFact[]): void {
  const directory = proc.openNumber(pid, '/fd');
  if (typeof directory === 'number') return;
  try {
    const fds = directory.listNumbers();
    for (const fd of typeof fds === 'number' ? [] : fds) {
      const status = readFileStatus(directory.fd, String(fd));
      if (!fits(status)) continue;
      users.push({ use: 'fd', pid, fd, path: target(proc, pid, `/fd/${fd}`), mountId: status.mountId });
    }
  } finally {
    directory.close();
  }
}

/** Libraries stay mapped after their descriptor is closed; the executable is one too and was named already. */
function addMappedFiles(proc: Directory, pid: Pid, device: string, fits: Fits, users: MountUserFact[]): void {
  const text = proc.readNumberFile(pid, '/maps');
  if (typeof text === 'number') return;
  const executable = proc.readNumberTarget(pid, '/exe');
  for (const { range, path } of parseMappedFiles(text, device)) {
    if (path === executable) continue;
    const status = readFileStatus(proc.fd, `${pid}/map_files/${range}`);
    users.push({ use: 'map', pid, path, mountId: fits(status) ? status.mountId : null });
  }
}

function readText(path: string): string {
  try {
    return readFileText(path);
  } catch {
    return '';
  }
}

/** Loop devices whose backing file lies on the filesystem, as seen from our mount namespace. */
function loopDevices(fits: Fits): MountUserFact[] {
  let names: string[] = [];
  try {
    names = readdirSync('/sys/block').filter((name) => name.startsWith('loop'));
  } catch {
    // No sysfs here: nothing can be said of loop devices.
  }
  return names.flatMap((name): MountUserFact[] => {
    const path = readText(`/sys/block/${name}/loop/backing_file`).replace(/\n$/, '');
    if (path === '') return [];
    const status = readFileStatus(AT_FDCWD, path);
    return fits(status) ? [{ use: 'loop', name: `/dev/${name}`, path, mountId: status.mountId }] : [];
  });
}

function swapFiles(fits: Fits): MountUserFact[] {
  return parseSwaps(readText('/proc/swaps')).flatMap((path): MountUserFact[] => {
    const status = readFileStatus(AT_FDCWD, path);
    return fits(status) ? [{ use: 'swap', path, mountId: status.mountId }] : [];
  });
}

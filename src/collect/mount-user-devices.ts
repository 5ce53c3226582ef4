/** What the kernel itself made of files and of block devices: loop devices, swap, devices stacked on others. */
import { readdirSync, readlinkSync } from 'node:fs';
import { parseSwaps } from '../formats/swaps.js';
import { readText as readFileText } from '../kernel/byte-names.js';
import { readLoopDevice } from '../kernel/loop-devices.js';
import type { MountUserFact, MountUserQuery } from '../model/mount-users.js';

/** Empty where there is none: no sysfs here, or nothing of that kind. */
function readText(path: string): string {
  try {
    return readFileText(path);
  } catch {
    return '';
  }
}

function namesIn(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

/**
 * Loop devices whose file lies on the filesystem, and those of which nobody can tell. The path is the kernel's, as
 * it is in the mount namespace that it was opened in; the filesystem is told by the device itself.
 */
export function loopDevices({ device, hasSubvolumes, served }: MountUserQuery): {
  users: MountUserFact[];
  unasked: number;
} {
  const users: MountUserFact[] = [];
  let unasked = 0;
  for (const name of namesIn('/sys/block').filter((each) => each.startsWith('loop'))) {
    const path = readText(`/sys/block/${name}/loop/backing_file`).replace(/\n$/, '');
    if (path === '') continue;
    const isServed = served.some(({ mountPoint }) => path.startsWith(`${mountPoint}/`));
    const found = isServed ? null : readLoopDevice(`/dev/${name}`);
    if (typeof found === 'number') unasked++;
    const lies = typeof found === 'string' ? found : null;
    if (lies !== null && lies !== device && !hasSubvolumes) continue;
    users.push({
      use: 'loop',
      name: `/dev/${name}`,
      path,
      mountId: null,
      device: lies === device ? lies : null,
    });
  }
  return { users, unasked };
}

/** All swap files: of each the kernel tells the path only. */
export function swapFiles(): MountUserFact[] {
  return parseSwaps(readText('/proc/swaps')).map((path) => ({ use: 'swap', path, mountId: null }));
}

/** Devices made of this block device: dm, md, bcache; and swap on it. */
export function stackedDevices({ device }: MountUserQuery): MountUserFact[] {
  const directory = `/sys/dev/block/${device}`;
  const users = namesIn(`${directory}/holders`).map((name): MountUserFact => {
    const mapped = readText(`/sys/block/${name}/dm/name`).trim();
    return {
      use: 'stacked',
      name: `/dev/${name}`,
      path: mapped === '' ? '' : `/dev/mapper/${mapped}`,
      mountId: null,
    };
  });
  const own = ownName(directory);
  const swapped = own !== '' && new RegExp(`^/dev/${own}\\s+partition\\s`, 'm').test(readText('/proc/swaps'));
  if (swapped) users.push({ use: 'stacked', name: 'swap', path: `/dev/${own}`, mountId: null });
  return users;
}

/** `/sys/dev/block/7:0` leads to …/block/loop0. */
function ownName(directory: string): string {
  try {
    return readlinkSync(directory).replace(/^.*\//, '');
  } catch {
    return '';
  }
}

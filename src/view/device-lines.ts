/** What uses the filesystem of a device, as lines. */
import type { DeviceHolders } from '../analysis/device-holders.js';
import { gapWords } from '../analysis/unmount-forecast.js';
import type { MountUsers } from '../model/mount-users.js';
import { clean } from './clean.js';
import type { Line } from './line.js';
import { span } from './line.js';
import type { MountContext } from './mount-columns.js';
import { filesystemUserLines, layerRows, mountRows, refusedWords } from './mount-holder-lines.js';
import { counted } from '../model/text.js';

/** `name`: as it was asked for. */
export function deviceLines(
  context: MountContext,
  name: string,
  holders: DeviceHolders,
  { unreadable, gaps }: MountUsers,
): Line[] {
  const { device, mounts, users, layers, otherOverlays } = holders;
  const lines: Line[] = [
    [span(clean(name), 'strong'), span(name === device ? '' : `  device ${device}`, 'dim')],
    [],
    deviceVerdict(holders),
  ];
  const section = (heading: string, rows: Line[]): void => {
    if (rows.length > 0) lines.push([], [span(heading, 'column')], ...rows);
  };
  section('mounted', mountRows(context, mounts, mounts));
  section('in use', filesystemUserLines(context, users));
  section('overlays with layers on it', layerRows(context, holders));
  const unseen = gaps.map(gapWords);
  if (unreadable > 0) {
    const what = unreadable === 1 ? '1 process' : `${unreadable} processes`;
    unseen.push(`${what} could not be looked at: ${refusedWords(context.model)}`);
  }
  if (mounts.length === 0 && layers.length === 0 && otherOverlays > 0) {
    unseen.push(
      `${counted(otherOverlays, 'overlay')} in sight may have layers on it: a layer is not seen once its filesystem is unmounted`,
    );
  }
  if (unseen.length > 0) lines.push([]);
  lines.push(...unseen.map((each): Line => [span('? ', 'warn'), span(clean(each), 'warn')]));
  return lines;
}

function deviceVerdict({ mounts, users, layers }: DeviceHolders): Line {
  if (mounts.length > 0) {
    const namespaces = new Set(mounts.map(({ namespace }) => namespace)).size;
    const where = `${counted(mounts.length, 'place')} in ${counted(namespaces, 'mount namespace')}`;
    return [span(`mounted at ${where}`, 'warn')];
  }
  if (users.some(({ user }) => user.mountId !== null)) {
    return [span('in use, though no mount of it is in sight: it was unmounted lazily', 'warn')];
  }
  if (users.length + layers.length > 0) return [span('in use, though no mount of it is in sight', 'warn')];
  return [span('no mount of it in sight, and nothing seen that uses it')];
}

/** A path that is a mount point in other namespaces only. */
export function elsewhereOnlyLines(
  context: MountContext,
  path: string,
  mounts: DeviceHolders['mounts'],
): Line[] {
  const namespaces = new Set(mounts.map(({ namespace }) => namespace)).size;
  return [
    [
      span(clean(path), 'strong'),
      span(
        ` is no mount point here; it is in ${counted(namespaces, 'other mount namespace')} (-N asks about it there):`,
      ),
    ],
    ...mountRows(context, mounts, mounts),
  ];
}

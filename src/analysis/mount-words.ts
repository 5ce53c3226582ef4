/** Mount facts in the words of findmnt(8) and of mount_namespaces(7). */
import type { MountinfoEntry, Propagation } from '../formats/mountinfo.js';
import { unescapeMountPath } from '../formats/mountinfo.js';

/** Options as findmnt(8) shows them: the kernel writes blanks, and commas within a value, as `\ooo`. */
export function decodedOptions(options: string): string {
  return unescapeMountPath(options);
}

/** Options of mount and filesystem in one list, `ro` where either is, as findmnt(8) merges them. */
export function mergedOptions({ mountOptions, superOptions }: MountinfoEntry): string {
  return decodedOptions(mergedLists(mountOptions, superOptions));
}

function mergedLists(mountOptions: string, superOptions: string): string {
  if (mountOptions === superOptions || superOptions === '') return mountOptions;
  const isReadOnly = (options: string): boolean => /^ro(,|$)/.test(options);
  const rest = (options: string): string => options.replace(/^r[ow](,|$)/, '');
  const words = [rest(mountOptions), rest(superOptions)].filter(Boolean);
  return [isReadOnly(mountOptions) || isReadOnly(superOptions) ? 'ro' : 'rw', ...words].join(',');
}

/** The source with the directory of the filesystem that is mounted, where that is not its root. */
export function sourceWithRoot({ source, root }: MountinfoEntry): string {
  return root === '/' ? source : `${source}[${root}]`;
}

/** PROPAGATION of findmnt(8). */
export const FINDMNT_PROPAGATION: Record<Propagation, string> = {
  shared: 'shared',
  slave: 'private,slave',
  'shared-slave': 'shared,slave',
  private: 'private',
  unbindable: 'private,unbindable',
};

/** What a propagation type means for mount and unmount events. */
export const PROPAGATION_MEANING: Record<Propagation, string> = {
  shared: 'sends events to its peers and receives theirs',
  slave: 'receives events from its master group, sends none',
  'shared-slave': 'receives events from its master group, and shares them with its peers',
  private: 'neither sends nor receives events',
  unbindable: 'neither sends nor receives events, and cannot be bind mounted',
};

/** `shared g:31`, `slave <- g:4`. */
export function propagationWords({ propagation, peerGroup, masterGroup }: MountinfoEntry): string {
  switch (propagation) {
    case 'shared':
      return `shared g:${peerGroup}`;
    case 'slave':
      return `slave <- g:${masterGroup}`;
    case 'shared-slave':
      return `slave+shared g:${peerGroup} <- g:${masterGroup}`;
    default:
      return propagation;
  }
}

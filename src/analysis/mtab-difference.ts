/** Where /etc/mtab is a real file it may lie: the kernel's table is the truth. */
import type { MtabEntry } from '../formats/mtab.js';
import { parseMtab } from '../formats/mtab.js';
import type { Mount, MountTable } from './mount-model.js';

export interface MtabDifference {
  difference: 'only in mtab' | 'only in the kernel' | 'differs';
  target: string;
  mtab: string | null;
  kernel: string | null;
}

/** Null where /etc/mtab is no real file, so that nothing can differ. */
export function mtabDifferences(table: MountTable): MtabDifference[] | null {
  if (table.fact.mtab === undefined) return null;
  const entries = new Map<string, MtabEntry[]>();
  for (const entry of parseMtab(table.fact.mtab)) {
    entries.set(entry.target, [...(entries.get(entry.target) ?? []), entry]);
  }
  const differences: MtabDifference[] = [];
  for (const mount of table.mounts) {
    const entry = entries.get(mount.mountPoint)?.shift();
    const kernel = kernelWords(mount);
    const mtab = entry ? mtabWords(entry) : null;
    if (mtab === kernel || (entry && isSameToMount(entry, mount))) continue;
    differences.push({
      difference: mtab === null ? 'only in the kernel' : 'differs',
      target: mount.mountPoint,
      mtab,
      kernel,
    });
  }
  for (const entry of [...entries.values()].flat()) {
    differences.push({
      difference: 'only in mtab',
      target: entry.target,
      mtab: mtabWords(entry),
      kernel: null,
    });
  }
  return differences;
}

/** The file that a loop device is made of stands for it, and a bind has no type: as mount(8) wrote them. */
function isSameToMount({ source, filesystemType, options }: MtabEntry, mount: Mount): boolean {
  const words = options.split(',');
  const isReadOnly = [mount.mountOptions, mount.superOptions].some((each) => each.split(',').includes('ro'));
  if (words.includes('ro') !== isReadOnly) return false;
  if (words.includes('bind') || words.includes('rbind')) return filesystemType === 'none';
  const isLoop =
    words.includes(`loop=${mount.source}`) || (words.includes('loop') && /^\/dev\/loop/.test(mount.source));
  return isLoop && filesystemType === mount.filesystemType && source.startsWith('/');
}

/** Source, type and whether it can be written: of the other options mount(8) keeps some that no kernel knows. */
function mtabWords({ source, filesystemType, options }: MtabEntry): string {
  return `${source} ${filesystemType} ${options.split(',').includes('ro') ? 'ro' : 'rw'}`;
}

function kernelWords({ source, filesystemType, mountOptions, superOptions }: Mount): string {
  const isReadOnly = [mountOptions, superOptions].some((options) => options.split(',').includes('ro'));
  return `${source} ${filesystemType} ${isReadOnly ? 'ro' : 'rw'}`;
}

/** Overlays that have layers on a filesystem: they keep it in use, though no mount of it. */
import { isWithin, mountAt, mountsWithType } from './mount-model.js';
import type { Mount, MountModel } from './mount-model.js';
import { filesystemMounts } from './peer-groups.js';

export interface OverlayLayer {
  /** One mount of the overlay. */
  overlay: Mount;
  /** The directory that is its layer, as the overlay was given it. */
  path: string;
}

const LAYER_OPTION = /^(?:lowerdir|upperdir|workdir|lowerdir\+|datadir\+)=/;

/** Directories in the options of an overlay, docs.kernel.org/filesystems/overlayfs.html. */
export function layerPaths(superOptions: string): string[] {
  // A comma within a name is written `\054` here and a colon `\:`; other escapes are those of mountinfo.
  return superOptions.split(',').flatMap((option) => {
    const value = LAYER_OPTION.exec(option);
    if (!value) return [];
    const names = option.slice(value[0].length).split(/(?<!\\):+/);
    return names.map((name) => unescapeLayer(name)).filter((name) => name !== '');
  });
}

function unescapeLayer(name: string): string {
  return name
    .replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)))
    .replace(/\\([\\:,])/g, '$1');
}

/** One layer of each overlay, in any namespace, that lies on the filesystem as the tables stand now. */
export function overlaysOn(model: MountModel, device: string): OverlayLayer[] {
  const candidates = [...filesystemMounts(model, device).values()].flat();
  const seen = new Set<string>([device]);
  const found: OverlayLayer[] = [];
  for (const { fact } of model.tables.values()) {
    for (const overlay of mountsWithType(fact, 'overlay')) {
      if (seen.has(overlay.device)) continue;
      seen.add(overlay.device);
      const path = layerPaths(overlay.superOptions).find((each) => liesOn(model, candidates, device, each));
      if (path !== undefined) found.push({ overlay, path });
    }
  }
  return found;
}

/** Overlay filesystems in sight. */
export function overlayCount(model: MountModel): number {
  const mounts = [...model.tables.values()].flatMap(({ fact }) => mountsWithType(fact, 'overlay'));
  return new Set(mounts.map(({ device }) => device)).size;
}

function liesOn(model: MountModel, candidates: readonly Mount[], device: string, path: string): boolean {
  return candidates.some(
    ({ namespace, mountPoint }) =>
      isWithin(path, mountPoint) && mountAt(model.tables.get(namespace)!, path)?.device === device,
  );
}

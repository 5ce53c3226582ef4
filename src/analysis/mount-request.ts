import { isLocalFilesystem } from '../formats/local-filesystems.js';
import type { MountPath } from '../model/mount-path.js';
import type { NamespaceKey } from '../model/snapshot.js';
import type { MountTable } from './mount-model.js';
import { mountAt } from './mount-model.js';
import { layerPaths } from './overlay-layers.js';
import type { MountOperationName, MountRequest } from './mount-simulator.js';

/** Operations that can be simulated, and whether they take a source. */
export const MOUNT_OPERATIONS: Record<MountOperationName, { takesSource: boolean }> = {
  mount: { takesSource: false },
  bind: { takesSource: true },
  rbind: { takesSource: true },
  move: { takesSource: true },
  unmount: { takesSource: false },
  'lazy-unmount': { takesSource: false },
};

export type ParsedMountRequest = { ok: true; request: MountRequest } | { ok: false; reason: string };

/** `mount /mnt`, `rbind /srv /mnt`; a path with blanks is written in quotes. */
export function parseMountRequest(text: string, namespace: NamespaceKey): ParsedMountRequest {
  const [word = '', ...paths] = [...text.matchAll(/"([^"]*)"|(\S+)/g)].map(
    ([, quoted, plain]) => quoted ?? plain!,
  );
  const operation = (Object.keys(MOUNT_OPERATIONS) as MountOperationName[]).find((name) => name === word);
  if (!operation) {
    return { ok: false, reason: `"${word}" is none of: ${Object.keys(MOUNT_OPERATIONS).join(', ')}` };
  }
  const wanted = MOUNT_OPERATIONS[operation].takesSource ? 2 : 1;
  if (paths.length !== wanted || !paths.every((path) => path.startsWith('/'))) {
    const shape = wanted === 2 ? '/SOURCE /TARGET' : '/TARGET';
    return {
      ok: false,
      reason: `${operation} takes ${wanted === 2 ? 'two' : 'one'} absolute path: ${operation} ${shape}`,
    };
  }
  const trimmed = paths.map((path) => path.replace(/\/+/g, '/').replace(/(?!^)\/$/, ''));
  const target = trimmed.at(-1)!;
  const request: MountRequest = { operation, namespace, target };
  if (wanted === 2) request.source = trimmed[0]!;
  return { ok: true, request };
}

/** What mount(2) refuses before it looks at any mount: paths that do not exist, files in place of directories. */
export function impossiblePaths(
  operation: MountOperationName,
  source: MountPath | null,
  target: MountPath,
): { errno: string; reason: string } | null {
  for (const place of [source, target]) {
    if (place?.kind === 'absent') return { errno: 'ENOENT', reason: `${place.path} does not exist` };
  }
  const wanted = operation === 'mount' ? 'directory' : (source?.kind ?? 'unknown');
  if (wanted === 'unknown' || target.kind === 'unknown' || wanted === target.kind) return null;
  if (operation === 'mount') {
    return {
      errno: 'ENOTDIR',
      reason: `${target.path} is no directory, and the root of a new filesystem is`,
    };
  }
  const [directory, other] = wanted === 'directory' ? [source!, target] : [target, source!];
  return {
    errno: 'ENOTDIR',
    reason: `${directory.path} is a directory and ${other.path} is not: a mount needs two of the same sort`,
  };
}

/** What nobody looked at, as a sentence; null: everything was. */
export function uncheckedPath({ path, unchecked }: MountPath): string | null {
  return unchecked === null
    ? null
    : `Whether ${path} exists was not checked, and symbolic links were not followed: ${unchecked}`;
}

/**
 * The file system that answers for a path: of an overlay with a layer that is not local, that layer's. Layers are
 * paths as they were when it was mounted: they are looked for in the tables given, of which one is of the engine.
 */
export function answeringFilesystem(
  table: MountTable,
  layerTables: readonly MountTable[],
  path: string,
): { mountPoint: string; filesystemType: string } | null {
  const mount = mountAt(table, path);
  if (mount?.filesystemType !== 'overlay') return mount;
  const layers = layerPaths(mount.superOptions).filter((layer) => layer.startsWith('/'));
  const below = layerTables.flatMap((each) => layers.map((layer) => mountAt(each, layer)));
  const remote = below.find((each) => each && !isLocalFilesystem(each.filesystemType));
  return remote
    ? { mountPoint: mount.mountPoint, filesystemType: `overlay of ${remote.filesystemType}` }
    : mount;
}

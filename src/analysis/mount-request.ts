import type { NamespaceKey } from '../model/snapshot.js';
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

/** What the collector must know of a filesystem to find its users. */
import type { MountUserQuery, ServedMount } from '../model/mount-users.js';
import type { MountModel } from './mount-model.js';
import { mountsWithType } from './mount-model.js';
import { filesystemMounts } from './peer-groups.js';

/**
 * Filesystems behind which stands a server or a daemon. `asks`: a path that leads there is checked with the server
 * (d_weak_revalidate, or a getattr that ignores AT_STATX_DONT_SYNC), fs/nfs/dir.c, fs/9p/vfs_dentry.c.
 */
const SERVED: Readonly<Record<string, boolean>> = {
  nfs: true, nfs4: true, '9p': true, afs: true, gfs2: true, ocfs2: true, lustre: true, orangefs: true, coda: true,
  cifs: false, smb3: false, ceph: false, fuse: false, fuseblk: false, virtiofs: false, autofs: false,
}; // prettier-ignore

/** The type without its subtype: `fuse.sshfs` is fuse. */
function servedType(filesystemType: string): boolean | undefined {
  return SERVED[filesystemType.replace(/\..*$/, '')];
}

export function mountUserQuery(model: MountModel, device: string): MountUserQuery {
  const mounts = [...filesystemMounts(model, device).values()].flat();
  return {
    device,
    mountIds: mounts.map(({ mountId }) => mountId),
    mountPoints: [...new Set(mounts.map(({ mountPoint }) => mountPoint))],
    hasSubvolumes: mounts.some(({ filesystemType }) => filesystemType === 'btrfs'),
    served: servedMounts(model),
  };
}

function servedMounts(model: MountModel): ServedMount[] {
  const found = new Map<string, ServedMount>();
  for (const { fact } of model.tables.values()) {
    for (const { device, mountPoint, filesystemType } of Object.keys(SERVED).flatMap((type) =>
      mountsWithType(fact, type),
    )) {
      const asks = servedType(filesystemType);
      if (asks !== undefined) found.set(`${device} ${mountPoint}`, { device, mountPoint, asks });
    }
  }
  return [...found.values()];
}

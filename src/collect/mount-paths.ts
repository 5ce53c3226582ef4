/**
 * Where a path leads in a mount namespace: path_resolution(7) by hand, with the mount table at hand, so that
 * nothing is asked of a file system that may never answer and no automount is triggered.
 *
 * As umount(8) does, a path is first compared with the table: the kernel's paths of mount points hold no symbolic
 * link. Only what is on file systems that answer by themselves is looked at, by lstat(2) and readlink(2).
 */
import { isLocalFilesystem } from '../formats/local-filesystems.js';
import { lookAtLink, readLinkText } from '../kernel/byte-names.js';
import type { MountOnPath, MountPath } from '../model/mount-path.js';
import { uncheckedMountPath } from '../model/mount-path.js';

/** MAXSYMLINKS of the kernel, path_resolution(7). */
const MAXIMUM_LINKS = 40;

/** Links of proc(5) that lead to an object, whatever their text says: `/proc/PID/root`, `…/fd/N`, `…/ns/net`. */
const MAGIC_LINK = /\/(cwd|exe|root|fd\/[^/]+|map_files\/[^/]+|ns\/[^/]+)$/;

/**
 * `root`: prefix that stands for the root directory of the namespace, '' for our own or `/proc/PID/root`; null where
 * nothing does. `path` is absolute. Absolute links are followed from that root. Never throws: what cannot or must not
 * be read leaves the rest of the path `unchecked`.
 */
export function readMountPath(root: string | null, path: string, mountOn: MountOnPath): MountPath {
  let rest = namesOf(path);
  let at = '/';
  for (let links = 0; rest.length > 0;) {
    const literal = join(at, rest);
    if (isMountPoint(mountOn, literal)) {
      at = literal;
      break;
    }
    const [name, ...more] = rest as [string, ...string[]];
    const next = name === '..' ? parentOf(at) : join(at, [name]);
    if (name !== '..' && !isMountPoint(mountOn, next)) {
      const barrier = barrierTo(root, at, mountOn);
      if (barrier !== null) return uncheckedMountPath(normal(literal), barrier);
      const found = lookAt(root!, next);
      if ('code' in found) return failed(found.code, literal, next);
      if (found.link !== null) {
        if (++links > MAXIMUM_LINKS) return failed('ELOOP', literal, next);
        if (mountOn(next)?.filesystemType === 'proc' && MAGIC_LINK.test(next)) {
          return uncheckedMountPath(
            literal,
            `${next} leads to an object of a process: name its mount namespace instead`,
          );
        }
        if (found.link.startsWith('/')) at = '/';
        rest = [...namesOf(found.link), ...more];
        continue;
      }
      if (more.length > 0 && !found.isDirectory) return failed('ENOTDIR', literal, next);
    }
    at = next;
    rest = more;
  }
  return whole(root, at, mountOn);
}

function namesOf(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

function join(directory: string, names: readonly string[]): string {
  return names.length === 0 ? directory : `${directory === '/' ? '' : directory}/${names.join('/')}`;
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

/** `..` taken by the text alone: right where no symbolic link stands before it. */
function normal(path: string): string {
  return namesOf(path).reduce((at, name) => (name === '..' ? parentOf(at) : join(at, [name])), '/');
}

function isMountPoint(mountOn: MountOnPath, path: string): boolean {
  return mountOn(path)?.mountPoint === path;
}

/**
 * Why nobody may look below a directory: a walk through it asks each file system on the way, also those that are
 * covered from the next mount point on.
 */
function barrierTo(root: string | null, path: string, mountOn: MountOnPath): string | null {
  if (root === null) return 'no process is in sight through which this mount namespace could be looked into';
  for (let at = path; ; at = parentOf(at)) {
    const mount = mountOn(at);
    if (mount && !isLocalFilesystem(mount.filesystemType)) {
      return `${mount.filesystemType} on ${mount.mountPoint} may not answer`;
    }
    if (at === '/') return null;
  }
}

type Look = { code: string } | { isDirectory: boolean; link: string | null };

function lookAt(root: string, path: string): Look {
  try {
    const status = lookAtLink(root + path);
    return {
      isDirectory: status.isDirectory(),
      link: status.isSymbolicLink() ? readLinkText(root + path) : null,
    };
  } catch (error) {
    return { code: (error as NodeJS.ErrnoException).code ?? 'EIO' };
  }
}

function failed(code: string, literal: string, at: string): MountPath {
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return { path: normal(literal), kind: 'absent', unchecked: null };
  return uncheckedMountPath(normal(literal), `${at} cannot be read: ${code}`);
}

/** A path of which every part is known by now: what is not known may only be what sort of file it is. */
function whole(root: string | null, path: string, mountOn: MountOnPath): MountPath {
  const found = barrierTo(root, path, mountOn) === null ? lookAt(root!, path) : null;
  if (!found || 'code' in found) return { path, kind: 'unknown', unchecked: null };
  return { path, kind: found.isDirectory ? 'directory' : 'other', unchecked: null };
}

/** Files of cgroups where the observer has them mounted, version 1 and 2, cgroups(7). */
import { statSync } from 'node:fs';
import { parseCgroupNumber, parseCpuUsage } from '../formats/cgroup.js';
import type { MountinfoEntry } from '../formats/mountinfo.js';
import { cgroupPathById } from '../kernel/cgroup-handle.js';
import { withDetached } from '../kernel/detached-filesystem.js';
import { Directory } from '../kernel/proc.js';
import type { CgroupRoot, CgroupUsage } from '../model/interior.js';

/** Hierarchies that hold no controller, by the start of their name. */
const NAMED = 'name=';
const NANOSECONDS_A_MICROSECOND = 1000;

export class CgroupFiles {
  private readonly top = Directory.open('/');
  private readonly mounts: readonly MountinfoEntry[];

  constructor(mounts: readonly MountinfoEntry[]) {
    this.mounts = mounts.filter(({ filesystemType: type }) => type === 'cgroup' || type === 'cgroup2');
  }

  close(): void {
    this.top.close();
  }

  /**
   * Root of the version 2 hierarchy for the cgroup namespace that this thread is in: its inode is the id of a cgroup,
   * which leads to its path in our own mount of the hierarchy. Null where that cannot be told.
   */
  rootHere(): string | null {
    const mount = this.mounts.find(
      ({ filesystemType, root }) => filesystemType === 'cgroup2' && root === '/',
    );
    if (!mount) return null;
    const id = withDetached('cgroup2', (path) => statSync(path, { bigint: true }).ino);
    if (typeof id === 'number') return null;
    const path = cgroupPathById(mount.mountPoint, id);
    return path === null ? null : path.slice(mount.mountPoint.length) || '/';
  }

  look(roots: readonly CgroupRoot[]): { controllers: string[]; usage: CgroupUsage } {
    const unified = roots.find(({ hierarchy }) => hierarchy === '')?.path ?? null;
    const read = (file: string): string | null => this.read('', unified, file);
    const v1 = (controller: string, file: string): string | null => {
      const root = roots.find(({ hierarchy }) => hierarchy.split(',').includes(controller));
      return root ? this.read(controller, root.path, file) : null;
    };
    const nanoseconds = parseCgroupNumber(v1('cpuacct', 'cpuacct.usage'));
    return {
      controllers: [
        ...(read('cgroup.controllers') ?? '').split(/\s+/),
        ...roots.flatMap(({ hierarchy }) => (hierarchy.startsWith(NAMED) ? [] : hierarchy.split(','))),
      ].filter(Boolean),
      usage: {
        memoryBytes: parseCgroupNumber(read('memory.current') ?? v1('memory', 'memory.usage_in_bytes')),
        memoryMaximum: parseCgroupNumber(read('memory.max') ?? v1('memory', 'memory.limit_in_bytes')),
        cpuMicroseconds:
          nanoseconds === null
            ? parseCpuUsage(read('cpu.stat'))
            : Math.round(nanoseconds / NANOSECONDS_A_MICROSECOND),
        pids: parseCgroupNumber(read('pids.current') ?? v1('pids', 'pids.current')),
        pidsMaximum: parseCgroupNumber(read('pids.max') ?? v1('pids', 'pids.max')),
      },
    };
  }

  /** Of version 2 where no controller is named. Where only a part of the hierarchy is mounted, of that part. */
  private read(controller: string, path: string | null, file: string): string | null {
    if (path === null) return null;
    const mount = this.mounts.find(
      ({ filesystemType, superOptions, root }) =>
        (controller === ''
          ? filesystemType === 'cgroup2'
          : filesystemType === 'cgroup' && superOptions.split(',').includes(controller)) &&
        (root === '/' || path === root || path.startsWith(`${root}/`)),
    );
    if (!mount) return null;
    const below = mount.root === '/' ? path : path.slice(mount.root.length);
    const text = this.top.readFile(`${mount.mountPoint}/${below}/${file}`.replace(/^\/+/, ''));
    return typeof text === 'string' ? text : null;
  }
}

import type {
  LimitFact,
  NamespaceFact,
  NamespaceKey,
  NetnsNameFact,
  Pid,
  PinFact,
  ProcessDetails,
  RestrictionFact,
  ThreadFact,
  ContainerFact,
} from '../model/snapshot.js';
import type { UserMapFact } from '../model/user-map.js';
import { KernelError } from '../kernel/errno.js';
import { Directory } from '../kernel/proc.js';
import { GapLedger } from './gap-ledger.js';
import { SetTable } from './set-table.js';

export interface CollectOptions {
  /** Which processes' details are read. */
  details: 'all' | 'representatives' | 'none';
  /** Namespaces held by sockets only: takes each process's sockets for a moment (pidfd_getfd), so opt-in. */
  sockets: boolean;
  /** Names from the engines' API sockets. */
  containerNames: boolean;
  /** One read of all tasks by BPF instead of walks through /proc; `auto`: where there are many processes. */
  taskDump: 'auto' | 'always' | 'never';
  /** Descriptors, threads, bind mounts, walks: everything but the process links. */
  everywhere: boolean;
  /** The mounts of every mount namespace. */
  mounts: boolean;
  /** /etc/mtab in every mount namespace, not only in ours. */
  everyMtab: boolean;
  /** List mounts by statmount(2) where no process can; else a thread joins. For tests of what older kernels get. */
  statmount: boolean;
  /** Links, addresses, routes, rules and neighbours of every network namespace. */
  networks: boolean;
  /** Sockets of every network namespace, and whose they are. */
  socketTables: boolean;
  /** Id maps of user namespaces: three files for each of them. */
  userMaps: boolean;
  /** Hostnames, System V objects, cgroup roots, clock offsets. */
  interiors: boolean;
}

export const EVERYTHING: CollectOptions = {
  details: 'all',
  sockets: false,
  containerNames: true,
  taskDump: 'auto',
  everywhere: true,
  mounts: false,
  everyMtab: false,
  statmount: true,
  networks: false,
  socketTables: false,
  userMaps: true,
  interiors: false,
};

/**
 * What has been found so far: filled by the collectors, in the order of their table, and kept up to date
 * by the live collector. Facts only; `toSnapshot` makes them a Snapshot.
 */
export class Discovery {
  readonly proc: Directory;
  readonly sets = new SetTable();
  readonly gaps = new GapLedger();
  /** Every process: index of its set. Sorted by pid after a full scan. */
  readonly links = new Map<Pid, number>();
  /** Threads that differ from their leader, by leader. */
  readonly threads = new Map<Pid, ThreadFact[]>();
  readonly details = new Map<Pid, ProcessDetails>();
  readonly fdPins = new Map<Pid, PinFact[]>();
  readonly texts = new Map<string, string>();
  readonly cgroups = new Map<string, string[]>();
  /** Links, threads and descriptors came from the task dump. */
  hasTaskDump = false;
  socketPins: PinFact[] = [];
  bindPins: PinFact[] = [];
  /** Mount namespaces that had no namespace mounted in them: the mounts that they had then. */
  readonly mountsWithoutBinds = new Map<NamespaceKey, string>();
  /** Namespaces with their relations, by key. */
  readonly namespaces = new Map<NamespaceKey, NamespaceFact>();
  /** Namespaces that only a walk showed (no process, thread, fd or bind mount). */
  readonly walked = new Map<NamespaceKey, { foundBy: string; namespaceId?: number }>();
  containers: ContainerFact[] = [];
  limits: LimitFact[] = [];
  netnsNames: NetnsNameFact[] = [];
  userMaps: UserMapFact[] = [];
  restrictions: RestrictionFact[] = [];
  users: Record<string, string> = {};
  readonly options: CollectOptions;

  constructor(options: CollectOptions, procPath = '/proc') {
    this.options = options;
    this.proc = Directory.open(procPath);
    const own = this.proc.readFile('self/stat');
    if (typeof own === 'number') {
      this.proc.close();
      throw new KernelError(
        'read',
        `${procPath}/self`,
        -own,
        'this is no mounted proc file system: mount -t proc proc /proc',
      );
    }
  }

  dispose(): void {
    this.proc.close();
  }

  /** Drops everything that is known of a process that ended. */
  forgetProcess(pid: Pid): void {
    this.links.delete(pid);
    this.threads.delete(pid);
    this.details.delete(pid);
    this.fdPins.delete(pid);
  }

  pins(): PinFact[] {
    return [...this.bindPins, ...[...this.fdPins.values()].flat(), ...this.socketPins];
  }
}

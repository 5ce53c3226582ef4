import type {
  InFlightFact,
  LimitFact,
  LookedAt,
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
  /** Every file of every process by BPF, however few processes there are, and the user namespaces they came from. */
  everyFile: boolean;
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
  everyFile: false,
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
  /** Sockets and other files that keep namespaces, as the last sweep found them. */
  filePins: PinFact[] = [];
  procPins: PinFact[] = [];
  inFlight: InFlightFact[] = [];
  readonly lookedAt = new Set<LookedAt>();
  /** Ids of namespaces that no path leads to: the kernel opens them by it (Linux 6.18). */
  readonly handles = new Map<NamespaceKey, number>();
  readonly texts = new Map<string, string>();
  readonly cgroups = new Map<string, string[]>();
  /** Links, threads and descriptors came from the task dump. */
  hasTaskDump = false;
  socketPins: PinFact[] = [];
  bindPins: PinFact[] = [];
  /** In mount namespaces that no process lives in. */
  listedBindPins: PinFact[] = [];
  private points: ReadonlySet<string> | null = null;
  private pointsOf: PinFact[] | null = null;
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
    const isOther = (descriptor: { pid: Pid }): boolean => descriptor.pid !== pid;
    if (this.inFlight.some((fact) => fact.pid === pid)) this.inFlight = this.inFlight.filter(isOther);
    if (this.filePins.some((pin) => 'pid' in pin && pin.pid === pid))
      this.filePins = this.filePins.filter((pin) => !('pid' in pin) || pin.pid !== pid);
  }

  /** Where namespaces are mounted, in any mount namespace: the last reading of them. */
  mountPointsOfBinds(): ReadonlySet<string> {
    if (this.bindPins !== this.pointsOf || !this.points) {
      this.pointsOf = this.bindPins;
      this.points = new Set(this.bindPins.flatMap((pin) => (pin.pinKind === 'bind' ? [pin.mountPoint] : [])));
    }
    return this.points;
  }

  pins(): PinFact[] {
    return [
      ...this.bindPins,
      ...this.listedBindPins,
      ...this.procPins,
      ...[...this.fdPins.values()].flat(),
      ...this.filePins,
      ...this.socketPins,
    ];
  }
}

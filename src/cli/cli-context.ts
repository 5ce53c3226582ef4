import type { ComparisonFacts, ComparisonQuery } from '../model/comparison.js';
import type { EnterPlan } from '../actions/enter-plan.js';
import type { UnsharePlan } from '../actions/unshare-plan.js';
import type { ToolFacts } from '../actions/tools.js';
import type { GuardedChange, StartGuard } from '../actions/guard.js';
import type { Perform } from '../actions/plan.js';
import type { SessionFacts } from '../model/session.js';
import type { MountOnPath, MountPath } from '../model/mount-path.js';
import type { MountUserQuery, MountUsers } from '../model/mount-users.js';
import type { FirewallFact } from '../model/firewall.js';
import type { NamespaceKey, Pid, Snapshot } from '../model/snapshot.js';

/** What a command wants to know: a quick look costs less. */
export interface SnapshotRequest {
  details: 'all' | 'representatives' | 'none';
  sockets?: boolean;
  /** What every file of every process keeps, where the kernel lets BPF see it: costs some tens of milliseconds. */
  everyFile?: boolean;
  containerNames?: boolean;
  /** The mounts of every mount namespace; also their /etc/mtab. */
  mounts?: 'all' | 'with mtab';
  /** Interfaces, routes and the like of every network namespace. */
  networks?: boolean;
  /** Sockets of every network namespace, and whose they are. */
  socketTables?: boolean;
  interiors?: boolean;
  /** Id maps of user namespaces. */
  userMaps?: boolean;
}

export interface SampleSource {
  readonly length: number;
  sample: (index: number) => Snapshot;
}

export interface SampleSink {
  write: (snapshot: Snapshot) => Promise<void>;
  close: () => Promise<void>;
  /** Ends after a failure; without a sample the file goes. */
  abandon: () => void;
}

export interface TuiRequest {
  view: string | null;
  pid: number | null;
  filter: string;
  delaySeconds: number;
  readonly: boolean;
  color: boolean;
  ascii: boolean;
  mouse: boolean;
  sockets: boolean;
  theme: string | null;
  replay: string | null;
}

/** The outside world as a command sees it: main.ts hands it in, tests hand in another. */
export interface CliContext {
  takeSnapshot: (request: SnapshotRequest) => Promise<Snapshot>;
  openRecording: (path: string) => Promise<SampleSource>;
  /** Makes the file; refuses where it is there already, unless `force`. `mode`: its permission bits. */
  createRecording: (path: string, options: { mode?: number; force: boolean }) => Promise<SampleSink>;
  /** A stream of samples of the live system; cheaper than taking one after the other anew. */
  sampleEvery: (milliseconds: number, until: () => boolean) => AsyncIterable<Snapshot>;
  /** Calls back at SIGINT, SIGTERM or SIGHUP instead of dying; the result undoes that. */
  onInterrupt: (callback: () => void) => () => void;
  /** Who uses the files of a filesystem, in every process. */
  collectMountUsers: (query: MountUserQuery) => Promise<MountUsers>;
  /** The firewall of a network namespace. */
  collectFirewall: (key: NamespaceKey) => Promise<FirewallFact>;
  /** Where an absolute path leads below a root directory ('' for ours, `/proc/PID/root`; null: none is at hand). */
  readMountPath: (root: string | null, path: string, mountOn: MountOnPath) => MountPath;
  workingDirectory: () => string;
  /** `major:minor` of a block device node; null where the path is none, or may not be looked at. */
  blockDevice: (path: string) => string | null;
  /** What a comparison needs beyond a snapshot. */
  collectComparison: (query: ComparisonQuery) => Promise<ComparisonFacts>;
  /** What the installed nsenter and unshare can do. */
  probeTools: () => Promise<ToolFacts>;
  /** A shell in the root directory of a process; null: none. */
  findShell: (pid: Pid) => string | null;
  /** Gives the terminal to a program until it ends. */
  runForeground: (plan: EnterPlan) => Promise<{ status: number; failure: string | null }>;
  runUnshare: (plan: UnsharePlan) => Promise<{ status: number; failure: string | null }>;
  /** What our own session hangs on. */
  sessionFacts: () => Promise<SessionFacts>;
  /** A process that rolls a change back unless it is kept. */
  startGuard: StartGuard;
  /** Keeps all changes that would be rolled back; also what was rolled back since the last time. */
  keepChanges: () => Promise<readonly GuardedChange[]>;
  /** Carries out a plan. */
  perform: Perform;
  runTui: (request: TuiRequest) => Promise<number>;
  write: (text: string) => void;
  warn: (text: string) => void;
  /** Columns of the terminal; null where the output is none. */
  terminalColumns: number | null;
  /** Whether the locale can show line-drawing characters. */
  unicode: boolean;
  environment: Readonly<Record<string, string | undefined>>;
}

export const EXIT_OK = 0;
export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;
export const EXIT_PARTIAL = 3;

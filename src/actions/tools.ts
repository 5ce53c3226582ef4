/** What the installed util-linux knows, nsenter(1) and unshare(1), and which version brought the rest. */
import type { DhcpClient } from './dhcp-client.js';

export interface ToolFacts {
  /** Long options without their dashes; null: not installed. */
  nsenter: readonly string[] | null;
  unshare: readonly string[] | null;
  /** Null: none is installed. */
  dhcp: DhcpClient | null;
  trials: UnshareTrials;
}

/**
 * What the kernel said when it was tried just now, in namespaces that ended at once: no setting tells of a chroot, a
 * filter of system calls, or the policy of a security module. Null: it worked.
 */
export interface UnshareTrials {
  user: string | null;
  /** With root inside mapped to us: AppArmor lets a user namespace be made, and then refuses this. */
  mapped: string | null;
  /** A uts namespace without one of users. */
  uts: string | null;
}

/** The words of strerror(3) that unshare(1) ends with, and what is behind them. */
const TRIAL_REASONS: readonly [RegExp, string][] = [
  [
    /not permitted/,
    'EPERM: no setting says so; a chroot, a filter of system calls (seccomp) or a security module does',
  ],
  [
    /No space left/,
    'ENOSPC: a limit of user.max_*_namespaces is used up, here or above, or 32 levels are nested',
  ],
  [/denied/, 'EACCES: a security module forbids it'],
  [
    /not implemented/,
    'ENOSYS: a filter of system calls (seccomp) hides it, or this kernel was built without',
  ],
  [/Invalid argument/, 'EINVAL: this kernel was built without'],
];

/** Why what was tried cannot be done here; null: it can. */
export function trialProblem(what: string, said: string | null): string | null {
  if (said === null) return null;
  const reason = TRIAL_REASONS.find(([words]) => words.test(said))?.[1] ?? said;
  return `the kernel refuses ${what}: ${reason}`;
}

export type ToolName = 'nsenter' | 'unshare';

/** Options that older versions lack, by the release of util-linux that brought them. */
const SINCE: Record<ToolName, Readonly<Record<string, string>>> = {
  nsenter: {
    all: '2.30',
    time: '2.36',
    wdns: '2.38',
    env: '2.39',
    'keep-caps': '2.40',
    'user-parent': '2.40',
    'join-cgroup': '2.40',
    'net-socket': '2.41',
  },
  unshare: {
    'kill-child': '2.32',
    root: '2.34',
    wd: '2.34',
    setuid: '2.34',
    setgid: '2.34',
    'map-current-user': '2.35',
    'keep-caps': '2.35',
    'map-user': '2.36',
    'map-group': '2.36',
    time: '2.36',
    monotonic: '2.36',
    boottime: '2.36',
    'map-users': '2.38',
    'map-groups': '2.38',
    'map-auto': '2.38',
    'map-subids': '2.41',
    'mount-binfmt': '2.41',
    'load-interp': '2.41',
    'forward-signals': '2.42',
    owner: '2.42',
    'clear-env': '2.43',
    'whitelist-env': '2.43',
  },
};

/** Why an option cannot be used here; null: it can. */
export function missingOption(tools: ToolFacts, tool: ToolName, option: string): string | null {
  const known = tools[tool];
  if (!known) return `${tool} is not installed: it is in util-linux`;
  if (known.includes(option)) return null;
  const since = SINCE[tool][option];
  return `this ${tool} does not know --${option}${since === undefined ? '' : `: it came with util-linux ${since}`}`;
}

/** What the installed util-linux knows, nsenter(1) and unshare(1), and which version brought the rest. */
import type { DhcpClient } from './dhcp-client.js';

export interface ToolFacts {
  /** Long options without their dashes; null: not installed. */
  nsenter: readonly string[] | null;
  unshare: readonly string[] | null;
  /** Null: none is installed. */
  dhcp: DhcpClient | null;
}

export type ToolName = 'nsenter' | 'unshare';

/** Options that older versions lack, by the release of util-linux that brought them. */
const SINCE: Record<ToolName, Readonly<Record<string, string>>> = {
  nsenter: {
    all: '2.31',
    time: '2.36',
    wdns: '2.38.1',
    env: '2.40',
    'keep-caps': '2.40',
    'user-parent': '2.41',
    'net-socket': '2.41',
    'join-cgroup': '2.41',
  },
  unshare: {
    'kill-child': '2.32',
    root: '2.34',
    wd: '2.34',
    setuid: '2.34',
    setgid: '2.34',
    'map-user': '2.35',
    'map-group': '2.35',
    'map-current-user': '2.35',
    time: '2.36',
    monotonic: '2.36',
    boottime: '2.36',
    'keep-caps': '2.36',
    'map-users': '2.38',
    'map-groups': '2.38',
    'map-auto': '2.38',
    'mount-binfmt': '2.40',
    'forward-signals': '2.41',
    owner: '2.42',
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

/** Shell commands that run in a chosen namespace, nsenter(1). */
import type { NamespaceKind } from '../model/namespace-kind.js';
import { kindOfKey } from '../model/namespace-kind.js';
import type { NamespaceReference } from './plan.js';
import { shellCommand } from './shell-words.js';

/** Long options of nsenter(1) and unshare(1) by kind, without their dashes. */
export const KIND_OPTIONS: Readonly<Record<NamespaceKind, string>> = {
  mnt: 'mount',
  net: 'net',
  pid: 'pid',
  user: 'user',
  uts: 'uts',
  ipc: 'ipc',
  cgroup: 'cgroup',
  time: 'time',
};

/** The command, run inside where the namespace is not ours. */
export function inNamespace(reference: NamespaceReference, ...words: string[]): string {
  if (reference.isOwn) return shellCommand(...words);
  const option = KIND_OPTIONS[kindOfKey(reference.key)];
  return shellCommand(
    'nsenter',
    ...throughWords(reference),
    `--${option}=${reference.paths[0] ?? reference.key}`,
    '--',
    ...words,
  );
}

/** What means itself in a script. */
const PLAIN = /^[A-Za-z0-9_./][A-Za-z0-9_./-]*$/;

/** What writes a file of /proc/sys: echo(1) would make something else of `-n` or `\c`. */
export function writeWords(path: string, value: string): string[] {
  return PLAIN.test(path) && PLAIN.test(value)
    ? ['sh', '-c', `echo ${value} > ${path}`]
    : ['sh', '-c', 'printf %s "$2" > "$1"', 'sh', path, value];
}

/** Options of nsenter(1) for the user namespace that comes first. */
export function throughWords({ through }: NamespaceReference): string[] {
  return through === undefined ? [] : [`--user=${through}`, '--preserve-credentials'];
}

/** Why it cannot be entered at all. */
export function unreachable(reference: NamespaceReference): string | null {
  if (reference.isOwn || reference.paths.length > 0) return null;
  return `nothing in sight leads into this ${kindOfKey(reference.key)} namespace: no process, descriptor or bind mount of it`;
}

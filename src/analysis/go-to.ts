import type { Model } from '../model/model.js';
import { namespaceSetOf } from '../model/model.js';
import type { NamespaceKind } from '../model/namespace-kind.js';
import { NAMESPACE_KINDS } from '../model/namespace-kind.js';
import type { NamespaceKey, Pid } from '../model/snapshot.js';
import { containerOf } from './container-of.js';
import { namespaceName } from './namespace-name.js';
import { innerPid } from './pid-chain.js';

export type GoToTarget =
  | { target: 'process'; pid: Pid }
  | { target: 'namespace'; key: NamespaceKey }
  | { target: 'nothing'; reason: string };

/** `1234` pid or inode, `17@name` inner pid, `net:[4026531840]` or `net:2323`, a name. */
export function findGoToTarget(model: Model, text: string): GoToTarget {
  const wanted = text.trim();
  const inner = /^([0-9]+)@(.+)$/.exec(wanted);
  if (inner) return findInnerPid(model, Number(inner[1]), inner[2]!);
  if (/^[0-9]+$/.test(wanted)) {
    const pid = Number(wanted);
    if (model.processes.has(pid)) return { target: 'process', pid };
  }
  const key = findNamespace(model, wanted);
  if (key) return { target: 'namespace', key };
  return { target: 'nothing', reason: `no process or namespace "${wanted}"` };
}

function findInnerPid(model: Model, wanted: number, name: string): GoToTarget {
  for (const [pid, process] of model.processes) {
    if (innerPid(process) !== wanted) continue;
    const pidNamespace = namespaceSetOf(model, process).pid;
    const names = [
      containerOf(model, process)?.name,
      containerOf(model, process)?.containerId,
      pidNamespace && namespaceName(model, pidNamespace),
      pidNamespace?.slice('pid:['.length, -1),
    ];
    if (names.some((candidate) => candidate === name || candidate?.startsWith(name))) {
      return { target: 'process', pid };
    }
  }
  return { target: 'nothing', reason: `no process ${wanted} inside "${name}"` };
}

/** A namespace by its key, inode, the end of its inode (after its kind), or its name. */
export function findNamespace(model: Model, text: string): NamespaceKey | null {
  const [, kind, number] = /^(?:([a-z]+):)?\[?([0-9]+)\]?$/.exec(text) ?? [];
  const kinds =
    kind === undefined ? NAMESPACE_KINDS : NAMESPACE_KINDS.filter((candidate) => candidate === kind);
  let byEnd: NamespaceKey | null = null;
  for (const { fact } of model.namespaces.values()) {
    if (number === undefined || !kinds.includes(fact.kind)) continue;
    if (String(fact.inode) === number) return fact.key;
    if (number.length >= 3 && String(fact.inode).endsWith(number)) byEnd ??= fact.key;
  }
  if (byEnd) return byEnd;
  for (const key of model.namespaces.keys()) if (namespaceName(model, key) === text) return key;
  return null;
}

/** The namespace of a kind that is meant: itself, by its name, or that of a process or container; throws a sentence. */
export function namespaceOfKind(model: Model, kind: NamespaceKind, text: string): NamespaceKey {
  const named = model.snapshot.netnsNames?.find(({ name, key }) => key !== null && name === text);
  if (kind === 'net' && named?.key) return named.key;
  for (const { fact } of model.namespaces.values()) {
    if (fact.kind === kind && namespaceName(model, fact.key) === text) return fact.key;
  }
  const found = findGoToTarget(model, text);
  if (found.target === 'nothing') throw new Error(found.reason);
  if (found.target === 'namespace' && found.key.startsWith(`${kind}:`)) return found.key;
  const process =
    found.target === 'process'
      ? model.processes.get(found.pid)
      : model.namespaces.get(found.key)?.processes[0];
  const key = process && namespaceSetOf(model, process)[kind];
  if (!key) throw new Error(`the ${kind} namespace of ${text} is not known`);
  return key;
}

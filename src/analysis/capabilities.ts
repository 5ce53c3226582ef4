/**
 * What a process may do where: capabilities(7), user_namespaces(7), setns(2), as cap_capable() and the install
 * functions of Linux 6.18 decide it. Security modules, seccomp and `no_new_privs` are not known here.
 */
import type { Model } from '../model/model.js';
import { namespaceSetOf } from '../model/model.js';
import type { NamespaceKind } from '../model/namespace-kind.js';
import type { NamespaceFact, NamespaceKey, ProcessFact } from '../model/snapshot.js';
import { namespaceName, userName } from './namespace-name.js';

/** Numbers of <linux/capability.h>. */
export const CAPABILITIES = { KILL: 5, NET_ADMIN: 12, SYS_CHROOT: 18, SYS_ADMIN: 21 } as const;
export type CapabilityName = keyof typeof CAPABILITIES;

export interface Verdict {
  /** null: a fact that decides is not known. */
  allowed: boolean | null;
  /** One sentence. */
  reason: string;
}

const yes = (reason: string): Verdict => ({ allowed: true, reason });
const no = (reason: string): Verdict => ({ allowed: false, reason });
const unknown = (reason: string): Verdict => ({ allowed: null, reason });

function hasEffective({ details }: ProcessFact, capability: CapabilityName): boolean | null {
  if (!details || !/^[0-9a-f]{1,16}$/.test(details.effectiveCapabilities)) return null;
  return ((BigInt(`0x${details.effectiveCapabilities}`) >> BigInt(CAPABILITIES[capability])) & 1n) === 1n;
}

function userNamespaceLabel(model: Model, key: NamespaceKey): string {
  return `user namespace ${namespaceName(model, key)}`;
}

/**
 * Whether the process has a capability towards a user namespace: it is a member and has it, or it has it in an
 * ancestor, or it is in the parent of a namespace that its user made.
 */
export function capableIn(
  model: Model,
  process: ProcessFact,
  target: NamespaceKey,
  capability: CapabilityName,
): Verdict {
  const own = namespaceSetOf(model, process).user;
  const effective = hasEffective(process, capability);
  if (own === undefined || effective === null)
    return unknown('its user namespace or capabilities are not readable');
  for (let at: NamespaceKey | null | undefined = target; at;) {
    if (at === own) {
      return effective
        ? yes(
            at === target
              ? `CAP_${capability} in its own ${userNamespaceLabel(model, own)}`
              : `CAP_${capability} in ${userNamespaceLabel(model, own)}, an ancestor of ${namespaceName(model, target)}`,
          )
        : no(`it has no CAP_${capability} in ${userNamespaceLabel(model, own)}`);
    }
    const fact: NamespaceFact | undefined = model.namespaces.get(at)?.fact;
    if (fact?.parent === undefined)
      return unknown(`the parent of ${userNamespaceLabel(model, at)} is not known`);
    if (fact.parent === own) {
      if (fact.ownerUid === undefined)
        return unknown(`who made ${userNamespaceLabel(model, at)} is not known`);
      if (fact.ownerUid === process.details!.uid) {
        return yes(`its user ${userName(model, fact.ownerUid)} made ${userNamespaceLabel(model, at)}`);
      }
    }
    at = fact.parent;
  }
  return no(`${userNamespaceLabel(model, target)} does not lie below its own, ${namespaceName(model, own)}`);
}

/** All must hold; the first that does not is the answer. */
function all(verdicts: readonly Verdict[]): Verdict {
  return (
    verdicts.find(({ allowed }) => allowed === false) ??
    verdicts.find(({ allowed }) => allowed === null) ??
    verdicts[0]!
  );
}

function ownUser(model: Model, process: ProcessFact): NamespaceKey | undefined {
  return namespaceSetOf(model, process).user;
}

/** A pid namespace may be entered from itself and from its ancestors only. */
function descends(model: Model, process: ProcessFact, key: NamespaceKey): Verdict {
  const own = namespaceSetOf(model, process).pid;
  if (own === undefined) return unknown('its pid namespace is not readable');
  for (let at: NamespaceKey | null | undefined = key; at; at = model.namespaces.get(at)?.fact.parent) {
    if (at === own) return yes('the pid namespace lies in its own or below');
  }
  return no('the pid namespace is no descendant of its own: EINVAL');
}

/** setns(2) into a namespace that it has a descriptor of. */
export function canEnter(model: Model, process: ProcessFact, key: NamespaceKey): Verdict {
  const fact = model.namespaces.get(key)?.fact;
  const own = ownUser(model, process);
  if (!fact || own === undefined) return unknown('the namespace or its user namespace is not known');
  if (fact.kind === 'user') return canEnterUser(model, process, key, own);
  if (!fact.owner) return unknown('its owning user namespace is not known');
  const needs = [
    capableIn(model, process, fact.owner, 'SYS_ADMIN'),
    capableIn(model, process, own, 'SYS_ADMIN'),
    ...(fact.kind === 'mnt' ? [capableIn(model, process, own, 'SYS_CHROOT')] : []),
    ...(fact.kind === 'pid' ? [descends(model, process, key)] : []),
  ];
  return withThreads(process, fact.kind, all(needs));
}

function canEnterUser(model: Model, process: ProcessFact, key: NamespaceKey, own: NamespaceKey): Verdict {
  if (key === own) return no('it is in that user namespace already: EINVAL');
  return withThreads(process, 'user', capableIn(model, process, key, 'SYS_ADMIN'));
}

/** Kinds that a process with several threads cannot change: they share what would be changed. */
const SINGLE_THREADED: ReadonlySet<NamespaceKind> = new Set(['user', 'time', 'mnt']);

function withThreads({ details }: ProcessFact, kind: NamespaceKind, verdict: Verdict): Verdict {
  const threads = details?.threads ?? 1;
  if (verdict.allowed !== true || threads <= 1 || !SINGLE_THREADED.has(kind)) return verdict;
  return kind === 'mnt'
    ? {
        ...verdict,
        reason: `${verdict.reason}; but its ${threads} threads share a working directory: EINVAL until one unshares it`,
      }
    : no(`it has ${threads} threads: a ${kind} namespace is entered by a process of one thread only`);
}

/** What members do in it, and the capability that the owning user namespace must give them for it. */
const DEEDS: Partial<Record<NamespaceKind, { deed: string; capability: CapabilityName }>> = {
  uts: { deed: 'set the hostname', capability: 'SYS_ADMIN' },
  mnt: { deed: 'mount and unmount', capability: 'SYS_ADMIN' },
  net: { deed: 'make and configure interfaces', capability: 'NET_ADMIN' },
};

export interface Ability {
  deed: string;
  verdict: Verdict;
}

/** Entering it, and what it could do there once it is in (as it would be, with the same capabilities). */
export function abilitiesOf(model: Model, process: ProcessFact, key: NamespaceKey): Ability[] {
  const fact = model.namespaces.get(key)?.fact;
  const isMember = fact !== undefined && namespaceSetOf(model, process)[fact.kind] === key;
  const enter: Ability = {
    deed: isMember ? 'enter it (it is inside)' : 'enter it',
    verdict: canEnter(model, process, key),
  };
  const deed = fact && DEEDS[fact.kind];
  if (!deed || !fact.owner) return [enter];
  const inside = capableIn(model, process, fact.owner, deed.capability);
  const verdict = isMember ? inside : all([enter.verdict, inside]);
  return [enter, { deed: deed.deed, verdict }];
}

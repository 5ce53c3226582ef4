/** What keeps ordinary users from making user namespaces, and with them all others: one record each. */
import type { Model } from '../model/model.js';

export interface Restriction {
  /** As the administrator sets it: a sysctl, or the name of a file. */
  name: string;
  value: string;
  restricts: boolean;
  /** What this value means. */
  effect: string;
}

interface RestrictionRecord {
  name: string;
  effect: (value: string) => { restricts: boolean; effect: string };
}

const allows = (effect: string) => ({ restricts: false, effect });
const forbids = (effect: string) => ({ restricts: true, effect });
const number = (value: string): number => Number(value.trim());

/** In the order in which the kernel asks. */
const RESTRICTIONS: readonly RestrictionRecord[] = [
  {
    name: 'user.max_user_namespaces',
    effect: (value) =>
      number(value) === 0
        ? forbids('nobody can make a user namespace: ENOSPC')
        : allows(`each user may make ${number(value)} user namespaces, then ENOSPC`),
  },
  {
    // A patch of Debian and Ubuntu.
    name: 'kernel.unprivileged_userns_clone',
    effect: (value) =>
      number(value) === 0
        ? forbids('only who has CAP_SYS_ADMIN can make a user namespace; others get EPERM')
        : allows('everybody may make user namespaces'),
  },
  {
    // Ubuntu 23.10 and later.
    name: 'kernel.apparmor_restrict_unprivileged_userns',
    effect: (value) =>
      number(value) === 0
        ? allows('AppArmor does not ask for a profile')
        : forbids(
            'without an AppArmor profile that says "userns," a new user namespace has no capabilities: writing uid_map or mounting in it gives EPERM or EACCES',
          ),
  },
  {
    name: 'kernel.apparmor_restrict_unprivileged_unconfined',
    effect: (value) =>
      number(value) === 0
        ? allows('an unconfined process may change its profile')
        : forbids('an unconfined process cannot slip into a profile that allows user namespaces'),
  },
  {
    name: '/sys/fs/selinux/enforce',
    effect: (value) =>
      number(value) === 0
        ? allows('SELinux does not enforce its policy')
        : forbids(
            'SELinux enforces its policy, which can refuse user_namespace { create } (Linux 6.1): EACCES',
          ),
  },
  {
    name: '/sys/kernel/security/lsm',
    effect: (value) =>
      /\b(apparmor|selinux|smack|tomoyo|landlock|bpf)\b/.test(value)
        ? allows(
            'security modules that may have a say; what the ones named above do not tell is in their policy',
          )
        : allows('no security module that knows of namespaces'),
  },
  {
    name: 'Seccomp of nsview',
    effect: (value) =>
      number(value) === 2
        ? forbids(
            'system calls are filtered here, as container engines do: unshare, setns and clone may give EPERM, clone3 ENOSYS',
          )
        : allows('no filter of system calls'),
  },
];

export function restrictionsOf({ snapshot }: Model): Restriction[] {
  const values = new Map((snapshot.restrictions ?? []).map(({ name, value }) => [name, value] as const));
  return RESTRICTIONS.flatMap(({ name, effect }) => {
    const value = values.get(name);
    return value === undefined ? [] : [{ name, value, ...effect(value) }];
  });
}

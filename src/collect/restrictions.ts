/** Settings that restrict user namespaces, as the kernel shows them; those that it does not have are absent. */
import type { RestrictionFact } from '../model/snapshot.js';
import { Directory } from '../kernel/proc.js';
import type { Discovery } from './discovery.js';

/** Sysctls are below /proc/sys with slashes for their dots. */
const SYSCTLS = [
  'user.max_user_namespaces',
  'kernel.unprivileged_userns_clone',
  'kernel.apparmor_restrict_unprivileged_userns',
  'kernel.apparmor_restrict_unprivileged_unconfined',
] as const;
const FILES = ['/sys/fs/selinux/enforce', '/sys/kernel/security/lsm'] as const;
const SECCOMP_LINE = /^Seccomp:\t(\d)$/m;

export function collectRestrictions(discovery: Discovery): void {
  const { proc } = discovery;
  const found: RestrictionFact[] = [];
  const add = (name: string, value: string | number | undefined): void => {
    if (typeof value === 'string') found.push({ name, value: value.trim() });
  };
  for (const name of SYSCTLS) add(name, proc.readFile(`sys/${name.replace('.', '/')}`));
  const top = Directory.open('/');
  try {
    for (const path of FILES) add(path, top.readFile(path.slice(1)));
  } finally {
    top.close();
  }
  const status = proc.readFile('self/status');
  add('Seccomp of nsview', typeof status === 'string' ? SECCOMP_LINE.exec(status)?.[1] : undefined);
  discovery.restrictions = found;
}

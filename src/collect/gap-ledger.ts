import type { Gap } from '../model/snapshot.js';
import { errnoName } from '../kernel/errno.js';

const MAX_EXAMPLES = 5;

/** What would help, by what was refused: the first record whose subject and errno fit. */
const REMEDIES: readonly { subject: RegExp; errno: RegExp; remedy: string }[] = [
  // Limits have nothing to do with rights: as root it is the same.
  { subject: /./, errno: /^EMFILE$/, remedy: 'the limit of open files is reached: raise ulimit -n' },
  {
    subject: /./,
    errno: /^ENFILE$/,
    remedy: 'the system has no more open files: raise the sysctl fs.file-max',
  },
  {
    subject: /./,
    errno: /^ENOMEM$/,
    remedy: 'there is no memory left, for the system or for its control group',
  },
  {
    subject: /^(namespace links|thread namespaces|descriptors|owners of sockets)$/,
    errno: /EACCES|EPERM/,
    remedy: 'run as root',
  },
  {
    subject: /^mount namespace walk$/,
    errno: /EPERM/,
    remedy: 'needs CAP_SYS_ADMIN in the initial pid namespace',
  },
  { subject: /^mount namespace walk$/, errno: /ENOTTY|EINVAL/, remedy: 'needs Linux 6.12' },
  {
    subject: /^mounts without a process$/,
    errno: /./,
    remedy: 'needs Linux 6.11, and the mount namespace in your reach',
  },
  { subject: /^mounts$/, errno: /EACCES|EPERM/, remedy: 'run as root' },
  { subject: /^mounts$/, errno: /./, remedy: 'without a process inside it needs Linux 6.11' },
  {
    subject: /^(network|sockets)$/,
    errno: /EACCES|EPERM/,
    remedy: 'run as root: to enter it needs CAP_SYS_ADMIN in its user namespace',
  },
  { subject: /^namespace ids$/, errno: /./, remedy: 'needs Linux 6.18' },
  {
    subject: /^socket namespaces$/,
    errno: /EPERM|EACCES/,
    remedy: 'run as root',
  },
  {
    subject: /^process details$/,
    errno: /EACCES|EPERM/,
    remedy: 'hidepid or a security module hides them: run as root',
  },
  { subject: /^mountinfo$/, errno: /EACCES|EPERM/, remedy: 'run as root' },
  {
    subject: /^(docker|podman) names$/,
    errno: /EACCES|EPERM/,
    remedy: 'run as root or join the group of the socket',
  },
  { subject: /^(docker|podman) names$/, errno: /./, remedy: 'is the engine running and answering?' },
  { subject: /^owning user namespaces$/, errno: /EPERM/, remedy: 'they lie outside of your user namespace' },
  {
    subject: /^initial namespaces$/,
    errno: /./,
    remedy: 'seen from inside a container: differences are told against pid 1',
  },
  { subject: /^processes$/, errno: /./, remedy: 'proc is mounted with hidepid: run as root or join its gid' },
];

/** Root in a container, or a process that a security module shields. */
const REFUSED_TO_ROOT = 'refused to root too: a capability is missing here, or a security module guards it';

export function remedyOf(subject: string, errno: string): string {
  const record = REMEDIES.find((entry) => entry.subject.test(subject) && entry.errno.test(errno));
  const remedy = record?.remedy ?? 'try as root';
  const isRoot = process.geteuid?.() === 0;
  return isRoot && /\broot\b/.test(remedy) ? REFUSED_TO_ROOT : remedy;
}

/** Gathers refused reads: one gap for each subject and errno, however many there are. */
export class GapLedger {
  private readonly gaps = new Map<string, Gap>();

  /** `errno` is a positive or negative errno, or a symbolic name. */
  add(subject: string, errno: number | string, example: string): void {
    const name = typeof errno === 'string' ? errno : errnoName(Math.abs(errno));
    const ledgerKey = `${subject} ${name}`;
    let gap = this.gaps.get(ledgerKey);
    if (!gap) {
      gap = { subject, errno: name, count: 0, examples: [], remedy: remedyOf(subject, name) };
      this.gaps.set(ledgerKey, gap);
    }
    gap.count++;
    if (gap.examples.length < MAX_EXAMPLES) gap.examples.push(example);
  }

  /** Forgets what was said of a subject: it is about to be read again. */
  forget(subject: string): void {
    for (const [ledgerKey, gap] of this.gaps) if (gap.subject === subject) this.gaps.delete(ledgerKey);
  }

  list(): Gap[] {
    return [...this.gaps.values()].map((gap) => ({ ...gap, examples: [...gap.examples] }));
  }
}

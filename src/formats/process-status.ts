/** Fields of /proc/PID/status, proc_pid_status(5), that nsview shows. */
export interface ProcessStatus {
  comm: string;
  state: string;
  ppid: number;
  effectiveUid: number;
  threads: number;
  /** Pid in each pid namespace, outermost visible first; Linux 4.1. Empty on older kernels. */
  namespacePids: number[];
  residentKib: number;
  effectiveCapabilities: string;
}

const ESCAPE = /\\([0-7]{3}|n|\\)/g;

/** The kernel escapes a comm's newline and backslash (fs/proc/array.c, task_state). */
function unescapeComm(text: string): string {
  return text.replace(ESCAPE, (_, code: string) =>
    code === 'n' ? '\n' : code === '\\' ? '\\' : String.fromCharCode(parseInt(code, 8)),
  );
}

function numbers(text: string): number[] {
  return text.split(/\s+/).filter(Boolean).map(Number);
}

/** Unknown lines are skipped: new kernels add some. Null where there is no Name line, as in an empty file. */
export function parseProcessStatus(text: string): ProcessStatus | null {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  const field = (name: string): string => fields.get(name) ?? '';
  const nameLine = /^Name:\t(.*)$/m.exec(text);
  if (!nameLine) return null;
  return {
    comm: unescapeComm(nameLine[1]!),
    state: field('State').slice(0, 1) || '?',
    ppid: Number(field('PPid')) || 0,
    effectiveUid: numbers(field('Uid'))[1] ?? 0,
    threads: Number(field('Threads')) || 1,
    namespacePids: numbers(field('NSpid')),
    residentKib: numbers(field('VmRSS'))[0] ?? 0,
    effectiveCapabilities: field('CapEff').toLowerCase(),
  };
}

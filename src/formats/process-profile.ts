import type { CapabilitySet, ProcessProfile } from '../model/comparison.js';

/** /proc/PID/limits, getrlimit(2): columns of fixed width, names with blanks in them. */
export function parseProcessLimits(text: string): ProcessProfile['limits'] {
  return text.split('\n').flatMap((line) => {
    const [, name, soft, hard, unit] =
      /^(Max .*?) +(\d+|unlimited) +(\d+|unlimited) *(\S*)$/.exec(line.trimEnd()) ?? [];
    if (name === undefined) return [];
    const value = (word: string | undefined): number | null => (word === 'unlimited' ? null : Number(word));
    return [{ name, soft: value(soft), hard: value(hard), unit: unit ?? '' }];
  });
}

const SETS: Record<CapabilitySet, string> = {
  inheritable: 'CapInh',
  permitted: 'CapPrm',
  effective: 'CapEff',
  bounding: 'CapBnd',
  ambient: 'CapAmb',
};

/** Of /proc/PID/status, proc_pid_status(5). NoNewPrivs since Linux 4.10, Seccomp since 3.8. */
export function parseRights(
  status: string,
): Pick<ProcessProfile, 'capabilities' | 'noNewPrivileges' | 'seccomp' | 'groups'> {
  const field = (name: string): string | null =>
    new RegExp(`^${name}:[ \\t]*(.*)$`, 'm').exec(status)?.[1]?.trim() ?? null;
  const number = (name: string): number | null => {
    const text = field(name);
    return text === null || text === '' ? null : Number(text);
  };
  const noNew = number('NoNewPrivs');
  const sets = Object.entries(SETS).map(([set, name]) => [set, (field(name) ?? '').toLowerCase()] as const);
  return {
    capabilities: Object.fromEntries(sets) as Record<CapabilitySet, string>,
    noNewPrivileges: noNew === null ? null : noNew !== 0,
    seccomp: number('Seccomp'),
    groups: (field('Groups') ?? '').split(/\s+/).filter(Boolean).map(Number),
  };
}

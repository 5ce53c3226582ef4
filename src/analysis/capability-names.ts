/** Names of <linux/capability.h> by their number, capabilities(7). */
const NAMES = [
  'CHOWN', 'DAC_OVERRIDE', 'DAC_READ_SEARCH', 'FOWNER', 'FSETID', 'KILL', 'SETGID', 'SETUID', 'SETPCAP',
  'LINUX_IMMUTABLE', 'NET_BIND_SERVICE', 'NET_BROADCAST', 'NET_ADMIN', 'NET_RAW', 'IPC_LOCK', 'IPC_OWNER',
  'SYS_MODULE', 'SYS_RAWIO', 'SYS_CHROOT', 'SYS_PTRACE', 'SYS_PACCT', 'SYS_ADMIN', 'SYS_BOOT', 'SYS_NICE',
  'SYS_RESOURCE', 'SYS_TIME', 'SYS_TTY_CONFIG', 'MKNOD', 'LEASE', 'AUDIT_WRITE', 'AUDIT_CONTROL', 'SETFCAP',
  'MAC_OVERRIDE', 'MAC_ADMIN', 'SYSLOG', 'WAKE_ALARM', 'BLOCK_SUSPEND', 'AUDIT_READ', 'PERFMON', 'BPF',
  'CHECKPOINT_RESTORE',
] as const; // prettier-ignore

/** The capabilities of a hexadecimal set of proc_pid_status(5); those of later kernels by their number. */
export function capabilityNames(hexadecimal: string): string[] {
  if (!/^[0-9a-f]{1,16}$/.test(hexadecimal)) return [];
  const set = BigInt(`0x${hexadecimal}`);
  return Array.from({ length: 64 }, (_, at) => at)
    .filter((at) => ((set >> BigInt(at)) & 1n) === 1n)
    .map((at) => NAMES[at] ?? `CAP_${at}`);
}

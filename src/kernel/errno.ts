import { constants } from 'node:os';

const NAMES = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name] as const));

/** `EACCES` for 13; `E530` for a number that has no name here. */
export function errnoName(errno: number): string {
  return NAMES.get(errno) ?? `E${errno}`;
}

export const {
  EACCES, EADDRNOTAVAIL, EAGAIN, EBUSY, EEXIST, EINTR, EINVAL, ENOENT, ENOSYS, ENOTDIR, ENOTTY, EPERM, EPROTO, ESRCH, ETIMEDOUT,
} = constants.errno; // prettier-ignore

/** A kernel call that failed where no gap can tell of it. */
export class KernelError extends Error {
  readonly code = 'KERNEL';
  readonly call: string;
  readonly subject: string;
  readonly errno: number;
  readonly kernelMessage: string;
  constructor(call: string, subject: string, errno: number, kernelMessage = '') {
    super(`${call} ${subject}: ${errnoName(errno)}${kernelMessage ? ` (${kernelMessage})` : ''}`);
    this.name = 'KernelError';
    this.call = call;
    this.subject = subject;
    this.errno = errno;
    this.kernelMessage = kernelMessage;
  }
}

/** What an errno means for an operation, in a sentence that says what would help. */
import { errnoName } from '../kernel/errno.js';

import type { Operation } from '../actions/plan.js';

export type RefusedCall = 'enter' | Operation['operation'];

/** mount(2), umount(2), setns(2): the first record that fits. */
const REASONS: readonly { call: RefusedCall | null; errno: string; reason: string }[] = [
  {
    call: 'enter',
    errno: 'EPERM',
    reason:
      'it takes CAP_SYS_ADMIN in the user namespace that owns it, and CAP_SYS_CHROOT and CAP_SYS_ADMIN in yours',
  },
  { call: 'enter', errno: 'EINVAL', reason: 'this thread cannot join it' },
  {
    call: 'unmount',
    errno: 'EBUSY',
    reason: 'it is in use: w shows by whom; a lazy unmount takes it off at once',
  },
  {
    call: 'unmount',
    errno: 'EINVAL',
    reason: 'it is no mount point, or locked because it came from a namespace with more rights',
  },
  {
    call: 'bind-mount',
    errno: 'EINVAL',
    reason: 'the source is unbindable, or has mounts on it that are locked (then bind recursively)',
  },
  { call: 'bind-mount', errno: 'ENOENT', reason: 'source or target does not exist' },
  { call: 'bind-mount', errno: 'ENOTDIR', reason: 'one is a file and the other a directory' },
  { call: 'bind-mount', errno: 'ELOOP', reason: 'the path has too many symbolic links' },
  {
    call: 'bind-mount',
    errno: 'ENOSPC',
    reason: 'the mount namespace has as many mounts as fs.mount-max allows',
  },
  { call: 'set-propagation', errno: 'EINVAL', reason: 'it is no mount point' },
  {
    call: 'set-uts-name',
    errno: 'EPERM',
    reason: 'it takes CAP_SYS_ADMIN in the user namespace that owns the uts namespace',
  },
  { call: 'set-uts-name', errno: 'EINVAL', reason: 'the name is longer than 64 bytes' },
  {
    call: 'remove-ipc',
    errno: 'EPERM',
    reason: 'only its owner, its maker, or CAP_SYS_ADMIN in the user namespace that owns the ipc namespace',
  },
  { call: 'remove-ipc', errno: 'EINVAL', reason: 'it is gone already' },
  { call: 'remove-ipc', errno: 'EIDRM', reason: 'it is gone already' },
  { call: 'remove-ipc', errno: 'ENOENT', reason: 'it is gone already' },
  {
    call: null,
    errno: 'EPERM',
    reason: 'it takes CAP_SYS_ADMIN in the user namespace that owns the mount namespace',
  },
  { call: null, errno: 'EACCES', reason: 'a security module or a directory on the way refuses it' },
  { call: null, errno: 'ENOENT', reason: 'the path does not exist' },
];

const VERBS: Record<RefusedCall, string> = {
  enter: 'cannot enter',
  'set-propagation': 'cannot change the propagation of',
  unmount: 'cannot unmount',
  'bind-mount': 'cannot bind mount to',
  'set-uts-name': 'cannot set',
  'remove-ipc': 'cannot remove',
};

export function explainRefusal(call: RefusedCall, subject: string, errno: number): string {
  const name = errnoName(errno);
  const record = REASONS.find((each) => each.errno === name && (each.call === call || each.call === null));
  return `${VERBS[call]} ${subject}: ${name}${record ? `: ${record.reason}` : ''}`;
}

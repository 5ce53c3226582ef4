/** What an errno means for an operation, in a sentence that says what would help. */
import { errnoName } from '../kernel/errno.js';

import type { Operation } from '../actions/plan.js';

export type RefusedCall = 'enter' | Operation['operation'];

interface Reason {
  /** Null: any. */
  call: RefusedCall | null;
  errno: string;
  reason: string;
}

/** mount(2), umount(2), setns(2), rtnetlink(7) … */
export const REASONS: readonly Reason[] = [
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
    reason:
      'it is in use, here or through a copy that would go with it: w (nsview mounts why) shows by whom; a lazy unmount takes it off at once',
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
    reason: 'it takes CAP_SYS_ADMIN (in network namespaces CAP_NET_ADMIN) in the user namespace that owns it',
  },
  {
    call: 'link-move',
    errno: 'EINVAL',
    reason: 'it is netns-local: this kind of interface stays where it was made',
  },
  {
    call: 'link-move',
    errno: 'EEXIST',
    reason: 'an interface of that name is there already: give another name',
  },
  {
    call: 'wiphy-move',
    errno: 'EOPNOTSUPP',
    reason: 'the driver of that wireless device does not let it change its network namespace',
  },
  { call: 'link-add', errno: 'EEXIST', reason: 'an interface of that name is there already' },
  { call: 'link-rename', errno: 'EEXIST', reason: 'an interface of that name is there already' },
  { call: 'link-add', errno: 'EOPNOTSUPP', reason: 'this kernel does not know that kind of interface' },
  {
    call: 'link-rename',
    errno: 'EBUSY',
    reason: 'it is up, and kernels before 6.2 rename only what is down',
  },
  { call: 'link-delete', errno: 'EOPNOTSUPP', reason: 'hardware and loopback cannot be deleted' },
  { call: 'netns-add', errno: 'EEXIST', reason: 'the name is taken' },
  { call: 'netns-attach', errno: 'EEXIST', reason: 'the name is taken' },
  { call: 'netns-add', errno: 'ENOSPC', reason: 'user.max_net_namespaces is used up' },
  { call: 'netns-set-id', errno: 'EEXIST', reason: 'it has a number already, or the number is taken' },
  { call: 'address-add', errno: 'EEXIST', reason: 'the interface has it already' },
  { call: 'address-delete', errno: 'EADDRNOTAVAIL', reason: 'the interface does not have it' },
  { call: 'route-add', errno: 'EEXIST', reason: 'there is such a route already' },
  {
    call: 'route-add',
    errno: 'ENETUNREACH',
    reason: 'the gateway lies in no network of an interface that is up',
  },
  { call: 'route-delete', errno: 'ESRCH', reason: 'there is no such route' },
  { call: 'signal', errno: 'ESRCH', reason: 'it has ended' },
  {
    call: 'signal',
    errno: 'EPERM',
    reason: 'it belongs to another user: it takes CAP_KILL in its user namespace',
  },
  { call: null, errno: 'ENODEV', reason: 'there is no such interface' },
  { call: null, errno: 'EBUSY', reason: 'it is in use' },
  { call: null, errno: 'EACCES', reason: 'a security module or a directory on the way refuses it' },
  {
    call: null,
    errno: 'ENOSYS',
    reason: 'this kernel was built without it, or a filter of system calls hides it',
  },
  { call: null, errno: 'ENOENT', reason: 'the path does not exist' },
];

export const VERBS: Record<RefusedCall, string> = {
  enter: 'cannot enter',
  'set-propagation': 'cannot change the propagation of',
  unmount: 'cannot unmount',
  'bind-mount': 'cannot bind mount to',
  'set-uts-name': 'cannot set',
  'remove-ipc': 'cannot remove',
  'netns-add': 'cannot make network namespace',
  'netns-attach': 'cannot name the network namespace',
  'netns-remove-name': 'cannot remove the name',
  'netns-set-id': 'cannot number',
  'link-add': 'cannot make interface',
  'link-delete': 'cannot delete interface',
  'link-up': 'cannot set up',
  'link-down': 'cannot set down',
  'link-rename': 'cannot rename',
  'link-master': 'cannot change the master of',
  'link-alias': 'cannot give an alias to',
  'link-alternative-names': 'cannot give alternative names to',
  'link-queue': 'cannot set the queue length of',
  'link-sysctls': 'cannot set the kernel parameters of',
  'port-settings': 'cannot set the bridge port',
  'bridge-settings': 'cannot set the bridge',
  'bridge-vlans': 'cannot set the vlans of',
  'neighbour-add': 'cannot add a neighbour of',
  'forwarding-add': 'cannot add a forwarding entry of',
  'group-add': 'cannot add a multicast group of',
  'next-hop-add': 'cannot add next hop',
  'link-move': 'cannot move',
  'wiphy-move': 'cannot move the device of',
  'address-add': 'cannot add address',
  'address-delete': 'cannot delete address',
  'route-add': 'cannot add route',
  'route-delete': 'cannot delete route',
  'dhcp-start': 'no address by DHCP for',
  'dhcp-stop': 'cannot give back the address of',
  sysctl: 'cannot set',
  nft: 'cannot change the firewall of',
  signal: 'cannot signal',
};

export function explainRefusal(call: RefusedCall, subject: string, errno: number): string {
  const name = errnoName(errno);
  const record = reasonFor(call, name);
  return `${VERBS[call]} ${subject}: ${name}${record ? `: ${record.reason}` : ''}`;
}

/** What is said of that call, else what is said of any. */
export function reasonFor(call: RefusedCall, errno: string): Reason | undefined {
  const fitting = REASONS.filter((each) => each.errno === errno);
  return fitting.find((each) => each.call === call) ?? fitting.find((each) => each.call === null);
}

/** With the kernel's own words, where it has some: they say more than the number. */
export function explainKernelRefusal(
  call: RefusedCall,
  subject: string,
  errno: number,
  kernelMessage: string,
): string {
  const sentence = explainRefusal(call, subject, errno);
  return kernelMessage === '' ? sentence : `${sentence} (the kernel: ${kernelMessage})`;
}

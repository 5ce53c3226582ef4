/** Bound unix sockets by sock_diag(7): struct unix_diag_req and its answers, <linux/unix_diag.h>, Linux 3.3. */
import { attributesOf, u32 } from './netlink.js';
import { unixName } from './sock-diag.js';

const AF_UNIX = 1;
const ALL_STATES = 0xffff_ffff;
const UDIAG_SHOW_NAME = 1;
const UDIAG_SHOW_VFS = 2;
const UDIAG_SHOW_RQLEN = 16;
const NAME = 0;
const VFS = 1;
const QUEUES = 4;
const MESSAGE_SIZE = 16;
const SOCK_STREAM = 1;

export interface UnixSocketPlace {
  inode: number;
  /** `major:minor` of the filesystem that its file lies on; null: it is bound to none. */
  device: string | null;
  /** As bind(2) was given it: it may be relative, and is not renamed with its file. */
  name: string;
  /** Whether something waits in its queue: only then descriptors can be under way in it. */
  mayHoldDescriptors: boolean;
}

/** The body of a SOCK_DIAG_BY_FAMILY dump. */
export function unixPlaceQuery(): Uint8Array {
  const body = new Uint8Array(24);
  const view = new DataView(body.buffer);
  view.setUint8(0, AF_UNIX);
  view.setUint32(4, ALL_STATES, true);
  view.setUint32(12, UDIAG_SHOW_NAME | UDIAG_SHOW_VFS | UDIAG_SHOW_RQLEN, true);
  return body;
}

/** The kernel's own dev_t: twelve bits, twenty bits. */
export function kernelDevice(value: number): string {
  return `${value >>> 20}:${value & 0xfffff}`;
}

export function decodeUnixPlace(payload: DataView): UnixSocketPlace | null {
  if (payload.byteLength < MESSAGE_SIZE) return null;
  const attributes = attributesOf(payload, MESSAGE_SIZE);
  const vfs = attributes.get(VFS);
  const queued = u32(attributes.get(QUEUES)) ?? 0;
  return {
    inode: payload.getUint32(4, true),
    device: vfs && vfs.byteLength >= 8 ? kernelDevice(vfs.getUint32(4, true)) : null,
    name: unixName(attributes.get(NAME)),
    // A datagram may be empty and carry descriptors all the same.
    mayHoldDescriptors: queued > 0 || payload.getUint8(1) !== SOCK_STREAM,
  };
}

/**
 * An rtnetlink(7) or sock_diag(7) socket: dumps and requests. An open socket pins the network namespace in
 * which it was made, so it lives within one synchronous function.
 */
import { NLMSG_DONE, NLMSG_ERROR, NLM_F_DUMP, NLM_F_DUMP_INTR, NLM_F_REQUEST } from '../formats/netlink.js';
import { decodeError, decodeMessages, encodeMessage } from '../formats/netlink.js';
import type { Attribute } from '../formats/netlink.js';
import { EINTR, EPROTO } from './errno.js';
import * as libc from './libc.js';

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0x80000;
const NETLINK_ROUTE = 0;
export const NETLINK_SOCK_DIAG = 4;
const SOL_SOCKET = 1;
const SO_RCVTIMEO = 20;
const SOL_NETLINK = 270;
const NETLINK_EXT_ACK = 11; // 4.12
const NETLINK_GET_STRICT_CHK = 12; // 4.20
const BUFFER_SIZE = 256 * 1024;
const TIMEOUT_SECONDS = 5;
/** Tries of a dump that changed while it ran: then the last one is as good as it gets. */
const MAX_TRIES = 5;

const buffer = libc.fixedBuffer(BUFFER_SIZE);
const option = libc.fixedBuffer(16);

/** The kernel refused; `kernelMessage` are its own words where it has some. */
export interface Refusal {
  errno: number;
  kernelMessage: string;
}

export class RouteSocket {
  private readonly fd: number;
  private sequence = 0;

  private constructor(fd: number) {
    this.fd = fd;
  }

  /** A socket in the namespace that the thread is in; -errno where refused. */
  static open(protocol = NETLINK_ROUTE): RouteSocket | number {
    const fd = libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
    if (fd < 0) return -libc.errno();
    option.view.setInt32(0, 1, true);
    // Older kernels know neither: then dumps are wider and refusals without words.
    libc.setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, option.address, 4);
    libc.setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, option.address, 4);
    option.view.setBigInt64(0, BigInt(TIMEOUT_SECONDS), true);
    option.view.setBigInt64(8, 0n, true);
    libc.setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, option.address, 16);
    return new RouteSocket(fd);
  }

  /**
   * Calls back with the payload of each message of a dump. Tried again where the table changed meanwhile:
   * `restart` then drops what was taken.
   */
  dump(
    messageType: number,
    body: Uint8Array,
    attributes: readonly Attribute[],
    take: (payload: DataView, messageType: number) => void,
    restart: () => void,
  ): Refusal | null {
    for (let tries = 1; ; tries++) {
      const answer = this.dumpOnce(messageType, body, attributes, take);
      if (answer !== 'interrupted' || tries >= MAX_TRIES) return answer === 'interrupted' ? null : answer;
      restart();
    }
  }

  private dumpOnce(
    messageType: number,
    body: Uint8Array,
    attributes: readonly Attribute[],
    take: (payload: DataView, messageType: number) => void,
  ): Refusal | 'interrupted' | null {
    const failed = this.send(messageType, NLM_F_REQUEST | NLM_F_DUMP, body, attributes);
    if (failed !== null) return failed;
    let interrupted = false;
    for (;;) {
      const length = this.receive();
      if (length < 0) return { errno: -length, kernelMessage: '' };
      for (const message of decodeMessages(
        new DataView(buffer.bytes.buffer, buffer.bytes.byteOffset, length),
      )) {
        if (message.sequence !== this.sequence) continue;
        if ((message.flags & NLM_F_DUMP_INTR) !== 0) interrupted = true;
        if (message.messageType === NLMSG_DONE) {
          const { errno, kernelMessage } = decodeError(message);
          if (errno > 0) return { errno, kernelMessage };
          return interrupted ? 'interrupted' : null;
        }
        if (message.messageType === NLMSG_ERROR) {
          const { errno, kernelMessage } = decodeError(message);
          return { errno: errno || EPROTO, kernelMessage };
        }
        take(message.payload, message.messageType);
      }
    }
  }

  /** One request with one answer: its payload, or a refusal. An acknowledgement gives an empty payload. */
  ask(
    messageType: number,
    flags: number,
    body: Uint8Array,
    attributes: readonly Attribute[],
  ): DataView | Refusal {
    const failed = this.send(messageType, NLM_F_REQUEST | flags, body, attributes);
    if (failed !== null) return failed;
    for (;;) {
      const length = this.receive();
      if (length < 0) return { errno: -length, kernelMessage: '' };
      for (const message of decodeMessages(
        new DataView(buffer.bytes.buffer, buffer.bytes.byteOffset, length),
      )) {
        if (message.sequence !== this.sequence) continue;
        if (message.messageType !== NLMSG_ERROR) return message.payload;
        const { errno, kernelMessage } = decodeError(message);
        return errno === 0 ? new DataView(new ArrayBuffer(0)) : { errno, kernelMessage };
      }
    }
  }

  private send(
    messageType: number,
    flags: number,
    body: Uint8Array,
    attributes: readonly Attribute[],
  ): Refusal | null {
    const bytes = encodeMessage(messageType, flags, ++this.sequence, body, attributes);
    buffer.bytes.set(bytes);
    const sent = libc.sendto(this.fd, buffer.address, bytes.length, 0, 0, 0);
    return sent < 0 ? { errno: libc.errno(), kernelMessage: '' } : null;
  }

  private receive(): number {
    for (;;) {
      const length = libc.recv(this.fd, buffer.address, BUFFER_SIZE, 0);
      if (length >= 0) return length;
      const errno = libc.errno();
      if (errno !== EINTR) return -errno;
    }
  }

  close(): void {
    libc.close(this.fd);
  }
}

export function isRefusal(answer: DataView | Refusal): answer is Refusal {
  return !(answer instanceof DataView);
}

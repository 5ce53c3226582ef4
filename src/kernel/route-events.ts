/**
 * Changes of links, addresses, routes and neighbours in our own network namespace, as they happen: multicast
 * groups of rtnetlink(7). What changed is not read out: whoever is told looks again.
 */
import { EAGAIN, EINTR } from './errno.js';
import * as libc from './libc.js';

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0x80000;
const SOCK_NONBLOCK = 0x800;
const NETLINK_ROUTE = 0;
const MSG_DONTWAIT = 0x40;
const SOCKADDR_SIZE = 12;
/** RTMGRP_LINK, IPV4_IFADDR, IPV4_ROUTE, IPV4_RULE, IPV6_IFADDR, IPV6_ROUTE: <linux/rtnetlink.h>. */
const GROUPS = 0x1 | 0x10 | 0x40 | 0x80 | 0x100 | 0x400;

const address = libc.fixedBuffer(SOCKADDR_SIZE);
const scratch = libc.fixedBuffer(64 * 1024);

export class RouteEvents {
  private readonly fd: number;

  private constructor(fd: number) {
    this.fd = fd;
  }

  /** Listens in the network namespace of the thread, which must be our own: the socket pins it. */
  static open(): RouteEvents | number {
    const fd = libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
    if (fd < 0) return -libc.errno();
    address.bytes.fill(0);
    address.view.setUint16(0, AF_NETLINK, true);
    address.view.setUint32(8, GROUPS, true);
    if (libc.bind(fd, address.address, SOCKADDR_SIZE) >= 0) return new RouteEvents(fd);
    const errno = libc.errno();
    libc.close(fd);
    return -errno;
  }

  /** Whether something changed since the last call; also where so much did that some of it was lost (ENOBUFS). */
  drain(): boolean {
    for (let changed = false; ;) {
      if (libc.recv(this.fd, scratch.address, scratch.bytes.length, MSG_DONTWAIT) >= 0) changed = true;
      else {
        const errno = libc.errno();
        if (errno === EAGAIN) return changed;
        if (errno !== EINTR) changed = true;
      }
    }
  }

  close(): void {
    libc.close(this.fd);
  }
}

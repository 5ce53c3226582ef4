/**
 * /proc/PID/net/tcp, udp, raw and their IPv6 kin, proc_pid_net(5): where the kernel has no sock_diag for a kind of
 * socket. Addresses are words in host byte order, ports plain numbers, all in hexadecimal.
 */
import type { SocketFact, SocketProtocol } from '../model/socket-table.js';
import { formatIpAddress } from './ip-address.js';
import { stateWord } from './sock-diag.js';

const LINE =
  /^\s*\d+: ([0-9A-F]+):([0-9A-F]+) ([0-9A-F]+):([0-9A-F]+) ([0-9A-F]{2}) ([0-9A-F]+):([0-9A-F]+) \S+ \S+\s+(\d+)\s+\d+\s+(\d+)/;

/** Words of four bytes, each turned around (little-endian machines). */
function address(hexadecimal: string): string {
  const bytes = Uint8Array.from(hexadecimal.match(/../g) ?? [], (byte) => parseInt(byte, 16));
  for (let at = 0; at + 4 <= bytes.length; at += 4) bytes.subarray(at, at + 4).reverse();
  return formatIpAddress(bytes);
}

export function parseProcNetSockets(text: string, protocol: SocketProtocol, family: string): SocketFact[] {
  return text.split('\n').flatMap((line): SocketFact[] => {
    const [, local, localPort, remote, remotePort, state, send, receive, uid, inode] = LINE.exec(line) ?? [];
    if (inode === undefined) return [];
    return [
      {
        protocol,
        family,
        state: stateWord(parseInt(state!, 16)),
        socketType: null,
        localAddress: address(local!),
        localPort: parseInt(localPort!, 16),
        remoteAddress: address(remote!),
        remotePort: parseInt(remotePort!, 16),
        v6only: false,
        ifindex: 0,
        receiveQueue: parseInt(receive!, 16),
        sendQueue: parseInt(send!, 16),
        uid: Number(uid),
        inode: Number(inode),
        peerInode: 0,
      },
    ];
  });
}

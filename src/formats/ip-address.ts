/** Addresses as ip(8) writes them. */

const HEXADECIMAL = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** `aa:bb:…`: hardware addresses of any length. */
export function formatHardwareAddress(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at++) text += (at === 0 ? '' : ':') + HEXADECIMAL[bytes[at]!]!;
  return text;
}

/** IPv4 in dots, IPv6 as inet_ntop(3): the longest run of zeros shortened, RFC 5952. */
export function formatIpAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return Array.from(bytes).join('.');
  if (bytes.length !== 16) return formatHardwareAddress(bytes);
  const words = Array.from({ length: 8 }, (_, at) => (bytes[at * 2]! << 8) | bytes[at * 2 + 1]!);
  if (words.slice(0, 5).every((word) => word === 0) && words[5] === 0xffff) {
    return `::ffff:${Array.from(bytes.slice(12)).join('.')}`;
  }
  const { start, length } = longestZeros(words);
  const hexadecimal = words.map((word) => word.toString(16));
  if (length < 2) return hexadecimal.join(':');
  return `${hexadecimal.slice(0, start).join(':')}::${hexadecimal.slice(start + length).join(':')}`;
}

function longestZeros(words: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < words.length; start++) {
    let length = 0;
    while (words[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  return best;
}

/** Bytes of an address; null where the text is none. */
export function parseIpAddress(text: string): Uint8Array | null {
  if (!text.includes(':')) {
    const parts = text.split('.');
    if (parts.length !== 4 || !parts.every((part) => /^[0-9]{1,3}$/.test(part) && Number(part) < 256))
      return null;
    return Uint8Array.from(parts, Number);
  }
  return parseIpv6(text);
}

function parseIpv6(text: string): Uint8Array | null {
  const mapped = /^(.*:)([0-9.]+)$/.exec(text);
  if (mapped?.[2]!.includes('.')) {
    const tail = parseIpAddress(mapped[2]!);
    if (!tail) return null;
    const words = [(tail[0]! << 8) | tail[1]!, (tail[2]! << 8) | tail[3]!];
    return parseIpv6(mapped[1]! + words.map((word) => word.toString(16)).join(':'));
  }
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const [head, tail] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const given = [...head!, ...(tail ?? [])];
  if (!given.every((word) => /^[0-9a-fA-F]{1,4}$/.test(word))) return null;
  const missing = 8 - given.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null;
  const words = [...head!, ...Array.from({ length: missing }, () => '0'), ...(tail ?? [])];
  return Uint8Array.from(words.flatMap((word) => [parseInt(word, 16) >> 8, parseInt(word, 16) & 0xff]));
}

/** Whether the address lies in the network. */
export function isInNetwork(address: Uint8Array, network: Uint8Array, prefixLength: number): boolean {
  if (address.length !== network.length) return false;
  for (let bit = 0; bit < prefixLength; bit += 8) {
    const mask = prefixLength - bit >= 8 ? 0xff : (0xff << (8 - (prefixLength - bit))) & 0xff;
    if ((address[bit / 8]! & mask) !== (network[bit / 8]! & mask)) return false;
  }
  return true;
}

/** Addresses as somebody types them. */
import { isInNetwork, parseIpAddress } from '../formats/ip-address.js';

/** Why the text is no address with its prefix length; null: it is. */
export function addressProblem(text: string): string | null {
  const [address = '', length] = text.split('/');
  const bytes = parseIpAddress(address);
  if (!bytes) return `"${text}" is no address`;
  if (length === undefined) return `${text} has no prefix length: write it as ${address}/24`;
  return /^\d+$/.test(length) && Number(length) <= bytes.length * 8 ? null : `/${length} is no prefix length`;
}

/** Whether two addresses with their prefix lengths lie in the network of the first. */
export function sameNetwork(a: string, b: string): boolean {
  const [one = '', length] = a.split('/');
  const [other = ''] = b.split('/');
  const [bytes, others] = [parseIpAddress(one), parseIpAddress(other)];
  return (
    bytes !== null &&
    others !== null &&
    bytes.length === others.length &&
    isInNetwork(bytes, others, Number(length))
  );
}

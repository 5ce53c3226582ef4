/**
 * Namespace links as readlink(2) gives them: `net:[4026531833]`, namespaces(7).
 * The byte versions serve the hot path: a scan reads a hundred thousand of them.
 */
const LINK = /^([a-z]+):\[([0-9]+)\]$/;

const OPEN_BRACKET = 0x5b;
const DIGIT_ZERO = 0x30;

/** The kind word and inode of a link's text, or null where it is another kind of link (`socket:[1]` is one). */
export function parseNamespaceLink(text: string): { kindWord: string; inode: number } | null {
  const match = LINK.exec(text);
  return match ? { kindWord: match[1]!, inode: Number(match[2]) } : null;
}

/** The inode of a namespace link held in the first `length` bytes of `bytes`; -1 where it has no number. */
export function decodeLinkInode(bytes: Uint8Array, length: number): number {
  let at = 0;
  while (at < length && bytes[at] !== OPEN_BRACKET) at++;
  let inode = 0;
  let digits = 0;
  for (at++; at < length; at++, digits++) {
    const digit = bytes[at]! - DIGIT_ZERO;
    if (digit < 0 || digit > 9) break;
    inode = inode * 10 + digit;
  }
  return digits > 0 ? inode : -1;
}

/**
 * `struct linux_dirent64` of getdents64(2): u64 inode, s64 offset, u16 record length, u8 type, name, NUL.
 * Only directories full of numbers (pids, tids, descriptors) are read this way, so that is what is decoded.
 */
const RECORD_LENGTH_AT = 16;
const NAME_AT = 19;
const DIGIT_ZERO = 0x30;

/** Appends the names that are whole decimal numbers to `into`; `length` is what getdents64 returned. */
export function decodeNumericEntries(bytes: Uint8Array, length: number, into: number[]): void {
  for (let at = 0; at + NAME_AT < length;) {
    const recordLength = bytes[at + RECORD_LENGTH_AT]! | (bytes[at + RECORD_LENGTH_AT + 1]! << 8);
    if (recordLength < NAME_AT + 1) return;
    let value = 0;
    let index = at + NAME_AT;
    for (; bytes[index] !== 0 && index < length; index++) {
      const digit = bytes[index]! - DIGIT_ZERO;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    if (index > at + NAME_AT && bytes[index] === 0) into.push(value);
    at += recordLength;
  }
}

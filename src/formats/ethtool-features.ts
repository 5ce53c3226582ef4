/** Answers of ETHTOOL_GSTRINGS and ETHTOOL_GFEATURES, <linux/ethtool.h>. */

/** Bytes of a name, ETH_GSTRING_LEN. */
export const FEATURE_NAME_SIZE = 32;
/** struct ethtool_gstrings: command, string set, count; then the names. */
const NAMES_AT = 12;
/** struct ethtool_gfeatures: command, size; then a block of available, requested, active, never_changed for 32. */
const BLOCKS_AT = 8;
const BLOCK_SIZE = 16;
const ACTIVE_AT = 8;

/** Place of a name among the features; null where this kernel has no such feature. */
export function findFeature(answer: DataView, count: number, name: string): number | null {
  for (let index = 0; index < count; index++) {
    const start = NAMES_AT + index * FEATURE_NAME_SIZE;
    if (start + FEATURE_NAME_SIZE > answer.byteLength) return null;
    let length = 0;
    while (length < FEATURE_NAME_SIZE && answer.getUint8(start + length) !== 0) length++;
    const isSame =
      length === name.length &&
      Array.from(name).every((character, at) => character.charCodeAt(0) === answer.getUint8(start + at));
    if (isSame) return index;
  }
  return null;
}

/** Blocks that a request must have room for, so that the feature is among them. */
export function blocksFor(index: number): number {
  return Math.floor(index / 32) + 1;
}

export function isFeatureActive(answer: DataView, index: number): boolean {
  const at = BLOCKS_AT + (blocksFor(index) - 1) * BLOCK_SIZE + ACTIVE_AT;
  return at + 4 <= answer.byteLength && (answer.getUint32(at, true) & (1 << (index % 32))) !== 0;
}

/** Netlink messages and attributes, netlink(7): bytes to records and back, no I/O. All in host byte order. */
import { bytesText, textBytes } from '../model/byte-text.js';

export const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;
export const NLM_F_REQUEST = 0x1;
export const NLM_F_MULTI = 0x2;
export const NLM_F_ACK = 0x4;
/** The table changed while it was dumped (Linux 3.1): what was read is no moment's truth. */
export const NLM_F_DUMP_INTR = 0x10;
export const NLM_F_DUMP = 0x300;
/** In an error message: the request is not repeated, attributes follow at once (Linux 4.12). */
const NLM_F_CAPPED = 0x100;
const NLM_F_ACK_TLVS = 0x200;
const NLMSGERR_ATTR_MSG = 1;
const HEADER_SIZE = 16;
const ATTRIBUTE_HEADER = 4;
const ATTRIBUTE_TYPE = 0x3fff;

export interface NetlinkMessage {
  messageType: number;
  flags: number;
  sequence: number;
  /** What follows the header. */
  payload: DataView;
}

const align = (length: number): number => (length + 3) & ~3;

/** The messages of one datagram; stops at the first that is not whole. */
export function decodeMessages(bytes: DataView): NetlinkMessage[] {
  const messages: NetlinkMessage[] = [];
  for (let at = 0; at + HEADER_SIZE <= bytes.byteLength;) {
    const length = bytes.getUint32(at, true);
    if (length < HEADER_SIZE || at + length > bytes.byteLength) break;
    messages.push({
      messageType: bytes.getUint16(at + 4, true),
      flags: bytes.getUint16(at + 6, true),
      sequence: bytes.getUint32(at + 8, true),
      payload: new DataView(bytes.buffer, bytes.byteOffset + at + HEADER_SIZE, length - HEADER_SIZE),
    });
    at += align(length);
  }
  return messages;
}

/** Calls back with type and value of each attribute from `start` on; flags in the type are taken off. */
export function forEachAttribute(
  bytes: DataView,
  start: number,
  look: (attributeType: number, value: DataView) => void,
): void {
  for (let at = start; at + ATTRIBUTE_HEADER <= bytes.byteLength;) {
    const length = bytes.getUint16(at, true);
    if (length < ATTRIBUTE_HEADER || at + length > bytes.byteLength) return;
    const value = new DataView(
      bytes.buffer,
      bytes.byteOffset + at + ATTRIBUTE_HEADER,
      length - ATTRIBUTE_HEADER,
    );
    look(bytes.getUint16(at + 2, true) & ATTRIBUTE_TYPE, value);
    at += align(length);
  }
}

/**
 * Attributes of some types as views, in the order of `types`; undefined: not there. Of the others none is made:
 * a link has fifty, of which few are wanted, and there may be thousands of links.
 */
export function pickAttributes(
  bytes: DataView,
  start: number,
  slots: Int8Array,
  count: number,
): (DataView | undefined)[] {
  const picked = new Array<DataView | undefined>(count).fill(undefined);
  const { buffer, byteOffset, byteLength } = bytes;
  for (let at = start; at + ATTRIBUTE_HEADER <= byteLength;) {
    const length = bytes.getUint16(at, true);
    if (length < ATTRIBUTE_HEADER || at + length > byteLength) break;
    const slot = slots[bytes.getUint16(at + 2, true) & ATTRIBUTE_TYPE] ?? -1;
    if (slot >= 0) {
      picked[slot] = new DataView(buffer, byteOffset + at + ATTRIBUTE_HEADER, length - ATTRIBUTE_HEADER);
    }
    at += align(length);
  }
  return picked;
}

/** Which place each wanted type has in the result of `pickAttributes`; -1: not wanted. */
export function attributeSlots(types: readonly number[]): Int8Array {
  const slots = new Int8Array(Math.max(...types) + 1).fill(-1);
  types.forEach((attributeType, slot) => (slots[attributeType] = slot));
  return slots;
}

/** Attributes by type; of one that is there twice the last. */
export function attributesOf(bytes: DataView, start = 0): Map<number, DataView> {
  const attributes = new Map<number, DataView>();
  forEachAttribute(bytes, start, (attributeType, value) => attributes.set(attributeType, value));
  return attributes;
}

export function u8(value: DataView | undefined): number | null {
  return value && value.byteLength >= 1 ? value.getUint8(0) : null;
}

export function u16(value: DataView | undefined): number | null {
  return value && value.byteLength >= 2 ? value.getUint16(0, true) : null;
}

/** Network byte order. */
export function u16be(value: DataView | undefined): number | null {
  return value && value.byteLength >= 2 ? value.getUint16(0, false) : null;
}

export function u32(value: DataView | undefined): number | null {
  return value && value.byteLength >= 4 ? value.getUint32(0, true) : null;
}

export function s32(value: DataView | undefined): number | null {
  return value && value.byteLength >= 4 ? value.getInt32(0, true) : null;
}

export function bytesOf(value: DataView): Uint8Array {
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}

/** Text up to its NUL. Names of interfaces are bytes: see `bytesText`. */
export function text(value: DataView | undefined): string | null {
  if (!value) return null;
  const bytes = bytesOf(value);
  const end = bytes.indexOf(0);
  return bytesText(end < 0 ? bytes : bytes.subarray(0, end));
}

export interface NetlinkError {
  /** Positive; 0: an acknowledgement. */
  errno: number;
  /** The kernel's own words (extended acknowledgement, Linux 4.12); empty where it gave none. */
  kernelMessage: string;
}

export function decodeError({ payload, flags }: NetlinkMessage): NetlinkError {
  if (payload.byteLength < 4) return { errno: 0, kernelMessage: '' };
  const errno = -payload.getInt32(0, true);
  if ((flags & NLM_F_ACK_TLVS) === 0 || payload.byteLength < 4 + HEADER_SIZE) {
    return { errno, kernelMessage: '' };
  }
  const request = (flags & NLM_F_CAPPED) !== 0 ? HEADER_SIZE : payload.getUint32(4, true);
  const attributes = attributesOf(payload, 4 + align(request));
  return { errno, kernelMessage: text(attributes.get(NLMSGERR_ATTR_MSG)) ?? '' };
}

/** An attribute to send. */
export interface Attribute {
  attributeType: number;
  value: Uint8Array;
}

export function encodeMessage(
  messageType: number,
  flags: number,
  sequence: number,
  body: Uint8Array,
  attributes: readonly Attribute[] = [],
): Uint8Array {
  const size = attributes.reduce(
    (sum, { value }) => sum + align(ATTRIBUTE_HEADER + value.length),
    HEADER_SIZE + align(body.length),
  );
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, size, true);
  view.setUint16(4, messageType, true);
  view.setUint16(6, flags, true);
  view.setUint32(8, sequence, true);
  bytes.set(body, HEADER_SIZE);
  let at = HEADER_SIZE + align(body.length);
  for (const { attributeType, value } of attributes) {
    view.setUint16(at, ATTRIBUTE_HEADER + value.length, true);
    view.setUint16(at + 2, attributeType, true);
    bytes.set(value, at + ATTRIBUTE_HEADER);
    at += align(ATTRIBUTE_HEADER + value.length);
  }
  return bytes;
}

export function u32Attribute(attributeType: number, value: number): Attribute {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return { attributeType, value: bytes };
}

/** Text with its NUL. */
export function textAttribute(attributeType: number, value: string): Attribute {
  return { attributeType, value: Uint8Array.from([...textBytes(value), 0]) };
}

const NLA_F_NESTED = 0x8000;

/** Attributes in an attribute. `prefix`: bytes before them, as the ifinfomsg of a veth's peer. */
export function nestedAttribute(
  attributeType: number,
  attributes: readonly Attribute[],
  prefix: Uint8Array = new Uint8Array(0),
): Attribute {
  // A message without its header is what is wanted.
  const value = encodeMessage(0, 0, 0, prefix, attributes).slice(HEADER_SIZE);
  return { attributeType: attributeType | NLA_F_NESTED, value };
}

/** Bytes as hexadecimal text and back. */
const HEXADECIMAL = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

export function toHex(bytes: DataView | Uint8Array): string {
  const view = bytes instanceof DataView ? bytes : new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let text = '';
  for (let at = 0; at < view.byteLength; at++) text += HEXADECIMAL[view.getUint8(at)]!;
  return text;
}

/** Stops before what is no pair of digits. */
export function fromHex(text: string): DataView {
  const bytes = new Uint8Array(text.length >> 1);
  for (let at = 0; at < bytes.length; at++) bytes[at] = Number.parseInt(text.slice(at * 2, at * 2 + 2), 16);
  return new DataView(bytes.buffer);
}

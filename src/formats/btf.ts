/**
 * The kernel's own description of its types, /sys/kernel/btf/vmlinux (Documentation/bpf/btf.rst, Linux 5.2):
 * only as much of it as is needed to find a member's offset and a function's id.
 */
import { FormatError } from './format-error.js';

const MAGIC = 0xeb9f;
const TYPE_SIZE = 12;
const MEMBER_SIZE = 12;
const KIND_STRUCT = 4;
const KIND_UNION = 5;
const KIND_FUNC = 12;
/** Bytes after a type by its kind: fixed, or for each of its `vlen` parts. */
const FIXED_EXTRA: Partial<Record<number, number>> = { 1: 4, 3: 12, 14: 4, 17: 4 };
const PART_SIZES: Partial<Record<number, number>> = { 4: 12, 5: 12, 6: 8, 13: 8, 15: 12, 19: 12 };

export interface BtfNames {
  /** Struct → members whose offset is wanted. */
  structs: Readonly<Record<string, readonly string[]>>;
  functions: readonly string[];
}

export interface BtfAnswers {
  /** Byte offset by `struct.member`. */
  offsets: ReadonlyMap<string, number>;
  /** Type id by function name. */
  functionIds: ReadonlyMap<string, number>;
}

/** Looks up the wanted names in one pass; what is not there is not in the answers. */
export function decodeBtf(bytes: Uint8Array, wanted: BtfNames): BtfAnswers {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < 24 || view.getUint16(0, true) !== MAGIC)
    throw new FormatError('BTF', 0, '', 'bad magic');
  const headerLength = view.getUint32(4, true);
  const types = headerLength + view.getUint32(8, true);
  const typesEnd = types + view.getUint32(12, true);
  const strings = bytes.subarray(headerLength + view.getUint32(16, true));
  // Names are compared as numbers: where a name stands in the string table.
  const nameAt = (name: string): number => indexOfName(strings, name);
  const structs = new Map(
    Object.entries(wanted.structs).map(
      ([name, members]) =>
        [
          nameAt(name),
          { name, members: new Map(members.map((each) => [nameAt(each), each] as const)) },
        ] as const,
    ),
  );
  const functions = new Map(wanted.functions.map((name) => [nameAt(name), name] as const));
  const offsets = new Map<string, number>();
  const found: { at: number; struct: WantedStruct }[] = [];
  /** Where each type stands, by its id: members without a name are types whose members count as the struct's. */
  const typeAt: number[] = [0];
  const functionIds = new Map<string, number>();
  for (let at = types, typeId = 1; at + TYPE_SIZE <= typesEnd; typeId++) {
    const nameOffset = view.getUint32(at, true);
    const information = view.getUint32(at + 4, true);
    const kind = (information >>> 24) & 0x1f;
    const parts = information & 0xffff;
    typeAt.push(at);
    if (kind === KIND_STRUCT && nameOffset > 0) {
      const struct = structs.get(nameOffset);
      if (struct) found.push({ at, struct });
    } else if (kind === KIND_FUNC) {
      const name = functions.get(nameOffset);
      if (name !== undefined) functionIds.set(name, typeId);
    }
    at += TYPE_SIZE + (FIXED_EXTRA[kind] ?? 0) + (PART_SIZES[kind] ?? 0) * parts;
  }
  for (const { at, struct } of found) readMembers(view, typeAt, at, 0, struct, offsets);
  return { offsets, functionIds };
}

interface WantedStruct {
  name: string;
  /** By where the name stands in the string table. */
  members: ReadonlyMap<number, string>;
}

/** Members of the struct or union at `at`, which stands `base` bytes into the wanted struct. */
function readMembers(
  view: DataView,
  typeAt: readonly number[],
  at: number,
  base: number,
  struct: WantedStruct,
  offsets: Map<string, number>,
): void {
  const information = view.getUint32(at + 4, true);
  const hasBitfields = information >>> 31 === 1;
  for (let part = 0; part < (information & 0xffff); part++) {
    const memberAt = at + TYPE_SIZE + part * MEMBER_SIZE;
    const nameOffset = view.getUint32(memberAt, true);
    const bits = view.getUint32(memberAt + 8, true);
    const offset = base + (hasBitfields ? bits & 0xffffff : bits) / 8;
    if (nameOffset === 0) {
      const inner = typeAt[view.getUint32(memberAt + 4, true)];
      if (inner !== undefined && isAggregate(view, inner))
        readMembers(view, typeAt, inner, offset, struct, offsets);
      continue;
    }
    const member = struct.members.get(nameOffset);
    const key = `${struct.name}.${member}`;
    if (member !== undefined && !offsets.has(key)) offsets.set(key, offset);
  }
}

function isAggregate(view: DataView, at: number): boolean {
  const kind = (view.getUint32(at + 4, true) >>> 24) & 0x1f;
  return kind === KIND_STRUCT || kind === KIND_UNION;
}

/** Where a whole name stands among NUL-terminated ones; -1 where it does not. */
function indexOfName(strings: Uint8Array, name: string): number {
  const wanted = Uint8Array.from(`\0${name}\0`, (character) => character.charCodeAt(0));
  for (let at = strings.indexOf(0); at >= 0; at = strings.indexOf(0, at + 1)) {
    let length = 1;
    while (length < wanted.length && strings[at + length] === wanted[length]) length++;
    if (length === wanted.length) return at + 1;
  }
  return -1;
}

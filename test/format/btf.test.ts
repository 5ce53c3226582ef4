import { readFileSync } from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import { decodeBtf } from '../../src/formats/btf.js';

/** A tiny BTF: int; struct point { int x; int y; } in both member encodings; func walk. */
function tinyBtf(hasBitfields: boolean): Buffer {
  const names = ['int', 'point', 'x', 'y', 'walk'];
  const strings = Buffer.from(`\0${names.join('\0')}\0`);
  const at = (name: string): number => strings.indexOf(`\0${name}\0`) + 1;
  const words: number[] = [];
  words.push(at('int'), 1 << 24, 4, 32);
  words.push(
    at('point'),
    ((hasBitfields ? 1 << 31 : 0) | (4 << 24) | 2) >>> 0,
    8,
    at('x'),
    1,
    0,
    at('y'),
    1,
    32,
  );
  words.push(0, (13 << 24) >>> 0, 1);
  words.push(at('walk'), (12 << 24) >>> 0, 3);
  const types = Buffer.alloc(words.length * 4);
  words.forEach((word, index) => types.writeUInt32LE(word, index * 4));
  const header = Buffer.alloc(24);
  header.writeUInt16LE(0xeb9f, 0);
  header.writeUInt8(1, 2);
  header.writeUInt32LE(24, 4);
  header.writeUInt32LE(0, 8);
  header.writeUInt32LE(types.length, 12);
  header.writeUInt32LE(types.length, 16);
  header.writeUInt32LE(strings.length, 20);
  return Buffer.concat([header, types, strings]);
}

for (const hasBitfields of [false, true]) {
  test(`offsets and function ids, bit-field members: ${hasBitfields}`, (t) => {
    const { offsets, functionIds } = decodeBtf(tinyBtf(hasBitfields), {
      structs: { point: ['x', 'y', 'z'], nothing: ['x'] },
      functions: ['walk', 'run'],
    });
    t.deepEqual(
      [...offsets],
      [
        ['point.x', 0],
        ['point.y', 4],
      ],
    );
    t.deepEqual([...functionIds], [['walk', 4]]);
  });
}

test('garbage is refused, truncated input ends', (t) => {
  const wanted = { structs: { point: ['x'] }, functions: ['walk'] };
  t.throws(() => decodeBtf(Buffer.alloc(64), wanted), { message: /bad magic/ });
  const whole = tinyBtf(false);
  fc.assert(
    fc.property(fc.nat(whole.length), (length) => {
      try {
        decodeBtf(whole.subarray(0, length), wanted);
      } catch (error) {
        // A cut table is an error, never a hang; the caller then walks through /proc.
        if (!(error instanceof Error)) throw error;
      }
    }),
  );
});

test('the running kernel’s own, where it has one', (t) => {
  let bytes: Buffer;
  try {
    bytes = readFileSync('/sys/kernel/btf/vmlinux');
  } catch {
    t.pass('no BTF here');
    return;
  }
  const { offsets } = decodeBtf(bytes, { structs: { list_head: ['next', 'prev'] }, functions: [] });
  t.deepEqual([...offsets.values()], [0, 8]);
});

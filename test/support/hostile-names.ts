/** Names that a stranger could choose: any bytes but NUL, more often those that mean something to a shell. */
import { bytesText } from '../../src/model/byte-text.js';

/** 0 to 1, always the same for a seed: mulberry32. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x100000000;
  };
}

/** The seed of this run; NSVIEW_SEED=roam takes another one each time. */
export function seedOfRun(): number {
  const text = process.env['NSVIEW_SEED'] ?? '20250601';
  return text === 'roam' ? Math.floor(Math.random() * 0x100000000) : Number(text);
}

const SPECIAL = '\'"\\$`!*?[]~=#;|&()<>-+ %{}^\n\r\t\x01\x04\x1b\x7f';
/** Half characters, C1, and what dash uses for marks of its own. */
const HIGH = [
  0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x9b, 0xa0, 0xc3, 0xa9, 0xe2, 0x80, 0xae, 0xff,
];

/** Those that would leave `canary` behind, were they run. */
function traps(canary: string): string[] {
  return [
    `\x01';touch ${canary};#`, `\x01'||touch ${canary};#`, `'\\''\n;touch ${canary};#`, `$(touch ${canary})`,
    `\`touch ${canary}\``, `"$(touch ${canary})`, `\xff';touch ${canary};'`, `\u2019;touch ${canary};\u2019`,
    `\n touch ${canary}\n`, `\\';touch ${canary};'`, `%s';touch ${canary};'`, `\x01"; touch ${canary}; "`,
    `\x01)"; touch ${canary}; "$(`, `\udcff';touch ${canary};'`, `-c touch ${canary}`, '-n', '--', '-e', '=ls', '--net==ls', '--x=a b', '--x=', '--net=\n', '~root',
    '\n', 'a\n\n', '!!', '!ls', "x'y''z'''", "'", '\\', '%', '*', '..', '\udc80', '\\xff', '\x7f', '\u202e', 'é', '\u0301',
  ]; // prettier-ignore
}

export interface NameRules {
  /** In bytes. */
  longest: number;
  /** Characters that the kernel refuses there. */
  without: RegExp;
}

/** Every byte by itself first, then traps, then random ones. */
export function hostileNames(count: number, seed: number, rules: NameRules, canary: string): string[] {
  const random = randomNumbers(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const byte = (): number =>
    [
      () => 1 + below(255),
      () => SPECIAL.charCodeAt(below(SPECIAL.length)),
      () => HIGH[below(HIGH.length)]!,
      () => 0x30 + below(0x4a),
    ][below(4)]!();
  const randomName = (): string => bytesText(Uint8Array.from({ length: 1 + below(rules.longest) }, byte));
  const names = new Set<string>();
  const isAllowed = (name: string): boolean =>
    !rules.without.test(name) &&
    name !== '.' &&
    name !== '..' &&
    Buffer.byteLength(name) <= rules.longest * 3;
  const add = (name: string): void => {
    if (isAllowed(name)) names.add(name);
  };
  for (let each = 1; each < 256; each++) add(bytesText(Uint8Array.of(each)));
  for (const trap of traps(canary)) add(trap);
  while (names.size < count) add(randomName());
  return [...names].slice(0, Math.max(count, names.size));
}

export const ANY_NAME: NameRules = { longest: 24, without: /\0/ };

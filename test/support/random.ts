/** Random numbers that a seed repeats: tests say it when they fail. */
export interface Random {
  /** From 0 up to, not including, `limit`. */
  below: (limit: number) => number;
  pick: <T>(items: readonly T[]) => T;
}

/** xorshift32 (Marsaglia 2003). */
export function randomFrom(seed: number): Random {
  let state = seed | 0 || 1;
  const below = (limit: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
  return { below, pick: (items) => items[below(items.length)]! };
}

/**
 * Randomness with a seed: the same seed, the same numbers.
 *
 * @module
 */

export interface Random {
  /** A fraction in [0, 1). */
  next(): number;
  /** An integer in [0, limit). */
  below(limit: number): number;
  bytes(count: number): Buffer;
}

/** mulberry32: small, fast, good enough to choose where to cut. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    next,
    below,
    bytes: (count) => Buffer.from(Array.from({ length: count }, () => below(256))),
  };
}

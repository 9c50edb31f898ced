/**
 * Seeded randomness for tests. The seed is part of the test's name, so a failure can be replayed;
 * set ZMTP_TEST_SEED to explore others.
 *
 * @module
 */

export const SEED: number = Number(process.env['ZMTP_TEST_SEED'] ?? 1);

export interface Random {
  /** A fraction in [0, 1). */
  next(): number;
  /** An integer in [0, limit). */
  below(limit: number): number;
  bytes(count: number): Buffer;
}

/** mulberry32: small, fast, good enough to choose where to cut. */
export function createRandom(seed: number = SEED): Random {
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

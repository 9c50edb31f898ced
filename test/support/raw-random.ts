/**
 * Seeded randomness for tests. The seed is part of the test's name, so a failure can be replayed;
 * set ZMTP_TEST_SEED to explore others.
 *
 * @module
 */
import { createRandom as createRandomOf, type Random } from '../../src/testing/random.ts';

export const SEED: number = Number(process.env['ZMTP_TEST_SEED'] ?? 1);

export function createRandom(seed: number = SEED): Random {
  return createRandomOf(seed);
}

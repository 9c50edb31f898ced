/**
 * Bytes at random, with a liking for the lengths and values at which something changes.
 *
 * @module
 */
import * as fc from 'fast-check';

const EDGE_LENGTHS = [
  0, 1, 2, 8, 15, 16, 17, 33, 127, 128, 254, 255, 256, 257, 4095, 4096, 8192, 65_535, 65_536,
];

/** Bodies of frames: mostly small. */
export const bodies: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 6, arbitrary: fc.uint8Array({ maxLength: 16 }) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom(...EDGE_LENGTHS), fc.nat(255))
      .map(([length, byte]) => new Uint8Array(length).fill(byte)),
  },
);

/** Bytes that are small whatever happens. */
export const shortBytes: fc.Arbitrary<Uint8Array> = fc.uint8Array({ maxLength: 20 });

/** Words that somebody could take for a name: right, nearly right, wrong, long. */
export function names(...right: readonly string[]): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...right) },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom(...right)
        .chain((name) =>
          fc.constantFrom(name.toLowerCase(), name.slice(0, -1), `${name}X`, ` ${name}`),
        ),
    },
    { weight: 1, arbitrary: fc.string({ unit: 'binary-ascii', maxLength: 12 }) },
    { weight: 1, arbitrary: fc.constantFrom('', 'x'.repeat(255)) },
  );
}

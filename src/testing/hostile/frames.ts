/**
 * Frames with whatever flags, in whatever form of the length, and with lengths that lie.
 *
 * @module
 */
import * as fc from 'fast-check';
import { bytes, FLAG_COMMAND, frame, message, u64 } from '../raw-bytes.ts';
import { bodies } from './bytes.ts';

/** What a frame is called, and its bytes. */
export type Piece = { readonly note: string; readonly bytes: Uint8Array };

/** A whole message, as a proper peer would send it. */
export const messages: fc.Arbitrary<Piece> = fc
  .array(bodies, { minLength: 1, maxLength: 5 })
  .map((frames) => ({ note: `a message of ${frames.length} frames`, bytes: message(...frames) }));

/** A message with an empty frame before it, as REP and its kind expect it. */
export const enveloped: fc.Arbitrary<Piece> = fc
  .array(bodies, { minLength: 1, maxLength: 3 })
  .map((frames) => ({ note: 'a message with a delimiter', bytes: message('', ...frames) }));

const NUMBERS = [0, 1, 255, 256, 65_535, 65_536, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53];
const LENGTHS = [...NUMBERS.map(BigInt), 2n ** 53n + 1n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n];

/** Frames with flags that are legal or not, and lengths that are true or not. */
export const oddFrames: fc.Arbitrary<Piece> = fc.oneof(
  fc.tuple(fc.nat(255), bodies).map(([flags, body]) => ({
    note: `a frame with flags ${flags}`,
    bytes: frame(body.length > 255 ? flags | 2 : flags, body),
  })),
  fc
    .tuple(fc.constantFrom(2, 3, 6), bodies)
    .map(([flags, body]) => ({ note: 'a long form', bytes: frame(flags, body) })),
  fc
    .tuple(fc.constantFrom(2, 3, 6), fc.constantFrom(...LENGTHS), bodies)
    .map(([flags, length, body]) => ({
      note: `a frame that says ${length} bytes`,
      bytes: bytes(flags, u64(length), body),
    })),
  fc.tuple(fc.constantFrom(0, 1, 4), fc.nat(255), bodies).map(([flags, length, body]) => ({
    note: `a frame that says ${length} bytes`,
    bytes: bytes(flags, length, body),
  })),
  fc.constant({ note: 'an empty command', bytes: frame(FLAG_COMMAND, '') }),
);

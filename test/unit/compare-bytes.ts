/**
 * Importing this file makes `toEqual` compare bytes by their values: a `Buffer` equals a `Uint8Array` that holds the same.
 *
 * @module
 */
import { expect } from 'vitest';

function areEqualBytes(a: unknown, b: unknown): boolean | undefined {
  if (!(a instanceof Uint8Array) || !(b instanceof Uint8Array)) return undefined;
  return a.length === b.length && Buffer.compare(a, b) === 0;
}

expect.addEqualityTesters([areEqualBytes]);

/**
 * Checks of the arguments that calls are given, before anything is done: how many they are, and whether options are
 * options. What the values of options may be is said where the options are.
 *
 * @module
 */
import { invalidType } from './errors.ts';

/** Throws a TypeError with code EINVAL for more arguments than a function takes. */
export function checkCount(count: number, most: number, detail?: string): void {
  if (count <= most) return;
  const plural = most === 1 ? '' : 's';
  throw invalidType(`Expected ${most} argument${plural} but received ${count}`, detail);
}

/** Throws a TypeError with code EINVAL for options that are no object. */
export function checkObject(options: unknown): asserts options is object {
  if (typeof options === 'object' && options !== null) return;
  throw invalidType(
    'Options must be an object',
    `got ${options === null ? 'null' : typeof options}`,
  );
}

/** Throws a TypeError with code EINVAL for a key that is none of `names`. */
export function checkKeys(options: object, names: readonly string[]): void {
  for (const key of Object.keys(options)) {
    if (names.includes(key)) continue;
    throw invalidType(`Unknown option ${key}`, `the options are ${names.join(', ')}`);
  }
}

/**
 * Checks how many arguments there are for a function that takes `most`, the last of them a plain object of options or
 * `undefined`. Anything else in that place is an argument too many: bytes, an array or `null` may be meant as a frame.
 *
 * @throws {TypeError} code EINVAL
 */
export function checkOptionsPlace(
  count: number,
  most: number,
  options: unknown,
  detail: string,
): void {
  checkCount(count, options === undefined || isPlain(options) ? most : most - 1, detail);
}

/** Whether a value is an object that is nothing more: no array, no bytes, no instance of a class. */
function isPlain(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

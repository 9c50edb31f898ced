/**
 * What may be assigned to an option, and what becomes of it. Throws a TypeError or a RangeError with code EINVAL for
 * anything else.
 *
 * @module
 */
import { parseHostAndPort } from './endpoint.ts';
import { invalidType, invalidValue, ZmtpError } from './errors.ts';
import type { CommonOptions, XPublisherOptions } from './option-types.ts';
import { decodeZ85 } from './z85.ts';
import { asciiText } from './zmtp/ascii.ts';

const MAX_ROUTING_ID = 255;
const MAX_SECURITY_TEXT = 255;
const CURVE_KEY_SIZE = 32;
const MAX_TIME_TO_LIVE = 6_553_599;
export const NO_BYTES: Uint8Array = new Uint8Array(0);

export function integer(
  minimum: number,
  maximum: number,
): (value: unknown, name: string) => number {
  return (value, name) => {
    if (typeof value !== 'number') throw wrongType('a number', value, name);
    if (!Number.isInteger(value) || value < minimum || value > maximum) {
      throw invalidValue(
        'Invalid argument',
        `${name} must be a whole number from ${minimum} to ${maximum}, got ${value}`,
      );
    }
    return value;
  };
}

/** Milliseconds that are told in tenths of a second: what is left over is cut off. */
export function deciseconds(value: unknown, name: string): number {
  const milliseconds = integer(0, MAX_TIME_TO_LIVE)(value, name);
  return milliseconds - (milliseconds % 100);
}

export function boolean(value: unknown, name: string): boolean {
  if (typeof value !== 'boolean') throw wrongType('a boolean', value, name);
  return value;
}

export function verbosity(value: unknown, name: string): XPublisherOptions['verbosity'] {
  if (value === null || value === 'allSubs' || value === 'allSubsUnsubs') return value;
  throw invalidValue(
    'Invalid argument',
    `${name} must be null, "allSubs" or "allSubsUnsubs", got ${typeof value}`,
  );
}

/** A copy of bytes; text has become bytes before. `null` is no bytes. */
export function toBytes(
  value: unknown,
  name: string,
  check: (value: Uint8Array, name: string) => void,
): Uint8Array {
  if (value === null) return NO_BYTES;
  if (!(value instanceof Uint8Array)) throw wrongType('a string or buffer', value, name);
  check(value, name);
  return Uint8Array.prototype.slice.call(value);
}

/** Throws a RangeError with code EINVAL for what cannot name a peer; `name` is what the error calls it. */
export function checkRoutingId(value: Uint8Array, name: string): void {
  if (value.length > 0 && value.length <= MAX_ROUTING_ID && value[0] !== 0) return;
  throw invalidValue(
    'Invalid argument',
    `${name} must have 1 to ${MAX_ROUTING_ID} bytes, the first not 0`,
  );
}

export function securityText(value: Uint8Array, name: string): void {
  if (value.length > 0 && value.length <= MAX_SECURITY_TEXT) return;
  throw invalidValue(
    'Invalid argument',
    `${name} must have 1 to ${MAX_SECURITY_TEXT} bytes, got ${value.length}`,
  );
}

/** A copy of a key. The error says nothing of it: it may be a secret. */
export function toKey(value: unknown, name: string): Uint8Array {
  if (value === null) return NO_BYTES;
  const isText = typeof value === 'string';
  if (!isText && !(value instanceof Uint8Array)) throw wrongType('a string or buffer', value, name);
  if (!isText && value.length === CURVE_KEY_SIZE) return Uint8Array.prototype.slice.call(value);
  const key = tryDecodeZ85(isText ? value : asciiText(value));
  if (key?.length === CURVE_KEY_SIZE) return key;
  throw invalidValue('Invalid argument', `${name} must have 32 bytes, or 40 characters of Z85`);
}

function tryDecodeZ85(text: string): Uint8Array | undefined {
  try {
    return decodeZ85(text);
  } catch {
    return undefined;
  }
}

export function authenticator(value: unknown, name: string): CommonOptions['authenticate'] {
  if (value === null || typeof value === 'function') {
    return value as CommonOptions['authenticate'];
  }
  throw wrongType('a function', value, name);
}

export function hostAndPort(value: Uint8Array, name: string): void {
  try {
    parseHostAndPort(asciiText(value));
  } catch (error) {
    throw invalidValue('Invalid argument', `${name}: ${(error as ZmtpError).detail}`);
  }
}

/** For what only `null` clears: to clear it by mistake would do harm. */
export function notEmpty(value: Uint8Array, name: string): void {
  if (value.length > 0) return;
  throw invalidValue('Invalid argument', `${name} must not be empty; null takes it away`);
}

/** Refuses what would be a promise that cannot be kept. */
export function notHere(_value: Uint8Array, name: string): void {
  throw new ZmtpError('ENOTSUP', { detail: `${name} can only be null: Node has no way to set it` });
}

function wrongType(expected: string, value: unknown, name: string): TypeError {
  const got = value === null ? 'null' : typeof value;
  return invalidType(`Option value must be ${expected}`, `${name} got ${got}`);
}

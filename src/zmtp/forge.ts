/**
 * Bytes that are wrong on purpose: for tests of other implementations, fuzzers and conformance suites. Nothing in the codec
 * uses this. Each function makes what its proper twin makes (`encodeGreeting`, `encodeFrame`, `joinCommand`,
 * `encodeMetadata`) as long as it is told nothing else, and lies as it is told: any flag, any length, any field.
 *
 * Order is free anyway: bytes are arrays, put one behind the other by `joinBytes`.
 *
 * @module
 */
import { invalidValue } from '../errors.ts';
import { asciiBytes } from './ascii.ts';
import { FLAG_LONG } from './frame.ts';

/** Characters below 256, one byte each, or bytes as they are. */
export type BytesLike = string | Uint8Array;

/** The fields of a greeting, each of which may be anything that has its size. */
export type ForgedGreeting = {
  /** Byte 0; FF when absent. */
  readonly signatureHead?: number;
  /** Bytes 1 to 8; a 1 at the end when absent. */
  readonly padding?: BytesLike;
  /** Byte 9; 7F when absent. */
  readonly signatureTail?: number;
  /** 3 when absent. */
  readonly major?: number;
  /** 1 when absent. */
  readonly minor?: number;
  /** Up to 20 bytes, zeros behind them; NULL when absent. */
  readonly mechanism?: BytesLike;
  /** Byte 32; 0 when absent. */
  readonly asServer?: number;
  /** Bytes 33 to 63; zeros when absent. */
  readonly filler?: BytesLike;
};

/**
 * A greeting with any field.
 *
 * @returns 64 bytes: cut them for a greeting that ends too soon
 * @throws {RangeError} code EINVAL, for a field that has no room, or a byte that is none
 */
export function forgeGreeting(fields: ForgedGreeting = {}): Uint8Array {
  return joinBytes(
    octet('signatureHead', fields.signatureHead ?? 0xff),
    padded('padding', fields.padding ?? '\0\0\0\0\0\0\0\u0001', 8),
    octet('signatureTail', fields.signatureTail ?? 0x7f),
    octet('major', fields.major ?? 3),
    octet('minor', fields.minor ?? 1),
    padded('mechanism', fields.mechanism ?? 'NULL', 20),
    octet('asServer', fields.asServer ?? 0),
    padded('filler', fields.filler ?? '', 31),
  );
}

/**
 * A frame with any flags and any length.
 *
 * @param flags - all 8 bits, as they are to stand there; LONG decides how the length is written
 * @param length - what the header says, whatever `body` has: 0 to 255, or with LONG to 2^64 - 1
 * @throws {RangeError} code EINVAL, for a length that the form of the header has no room for
 */
export function forgeFrame(
  flags: number,
  body: BytesLike,
  length: number | bigint = body.length,
): Uint8Array {
  const size = (flags & FLAG_LONG) === 0 ? 1 : 8;
  return joinBytes(octet('flags', flags), bigEndian('length', length, size), body);
}

/**
 * The body of a command frame, with any name.
 *
 * @param nameLength - what stands in front of the name: 0 to 255
 * @throws {RangeError} code EINVAL, for a length of the name that a byte has no room for
 */
export function forgeCommand(
  name: BytesLike,
  data: BytesLike,
  nameLength: number = name.length,
): Uint8Array {
  return joinBytes(octet('name length', nameLength), name, data);
}

/**
 * One property of metadata, with any lengths: put them one behind the other.
 *
 * @param lengths - what stands in front of the name (0 to 255) and in front of the value (0 to 2^32 - 1)
 * @throws {RangeError} code EINVAL, for a length that has no room
 */
export function forgeProperty(
  name: BytesLike,
  value: BytesLike,
  lengths: { readonly name?: number; readonly value?: number } = {},
): Uint8Array {
  return joinBytes(
    octet('name length', lengths.name ?? name.length),
    name,
    bigEndian('value length', lengths.value ?? value.length, 4),
    value,
  );
}

/** One behind the other, as new bytes. A number is one byte. */
export function joinBytes(...parts: readonly (BytesLike | number)[]): Uint8Array {
  const pieces = parts.map((part) =>
    typeof part === 'number'
      ? octet('a byte', part)
      : typeof part === 'string'
        ? asciiBytes(part)
        : part,
  );
  const joined = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    joined.set(piece, offset);
    offset += piece.length;
  }
  return joined;
}

function octet(what: string, value: number): Uint8Array {
  return bigEndian(what, value, 1);
}

function bigEndian(what: string, value: number | bigint, size: number): Uint8Array {
  const most = 2n ** BigInt(8 * size) - 1n;
  if (typeof value === 'number' && !Number.isInteger(value)) throw outOfRange(what, most, value);
  let rest = BigInt(value);
  if (rest < 0n || rest > most) throw outOfRange(what, most, value);
  const bytes = new Uint8Array(size);
  for (let i = size - 1; i >= 0; i--) {
    bytes[i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}

function outOfRange(what: string, most: bigint, value: number | bigint): RangeError {
  return invalidValue('Invalid argument', `${what} must be 0 to ${most}, got ${value}`);
}

function padded(what: string, content: BytesLike, size: number): Uint8Array {
  if (content.length > size) {
    const detail = `${what} has at most ${size} bytes, got ${content.length}`;
    throw invalidValue('Invalid argument', detail);
  }
  const bytes = new Uint8Array(size);
  bytes.set(typeof content === 'string' ? asciiBytes(content) : content);
  return bytes;
}

/**
 * The greeting: the first 64 bytes in each direction, 37/ZMTP, "Version Negotiation" and "Formal Grammar".
 *
 * ```
 * offset  0     1 … 8    9    10     11     12 … 31      32         33 … 63
 *        FF   padding   7F   major  minor  mechanism  as-server    filler
 * ```
 *
 * ZMTP 3 only: a peer of ZMTP 1 or 2 is refused as soon as its bytes show it. Padding and filler are not looked at. What we
 * send when: see `greeting-exchange.ts`.
 *
 * @module
 */
import { ProtocolError } from '../errors.ts';

export const GREETING_SIZE = 64;
const SIGNATURE_HEAD = 0xff;
const SIGNATURE_TAIL = 0x7f;
const TAIL_OFFSET = 9;
const MAJOR_OFFSET = 10;
const MINOR_OFFSET = 11;
const MECHANISM_OFFSET = 12;
const MECHANISM_SIZE = 20;
const AS_SERVER_OFFSET = 32;

export type Greeting = {
  /** 3 or more. */
  readonly major: number;
  readonly minor: number;
  /** 1 to 20 characters of `A-Z 0-9 - _ . +`. */
  readonly mechanism: string;
  /** Only meaningful for mechanisms that have roles; libzmq always sends `false`. */
  readonly asServer: boolean;
};

/** The 64 bytes that announce `greeting`. */
export function encodeGreeting(greeting: Greeting): Uint8Array {
  const bytes = new Uint8Array(GREETING_SIZE);
  bytes[0] = SIGNATURE_HEAD;
  bytes[8] = 1;
  bytes[TAIL_OFFSET] = SIGNATURE_TAIL;
  bytes[MAJOR_OFFSET] = greeting.major;
  bytes[MINOR_OFFSET] = greeting.minor;
  for (let i = 0; i < greeting.mechanism.length && i < MECHANISM_SIZE; i++) {
    bytes[MECHANISM_OFFSET + i] = greeting.mechanism.charCodeAt(i);
  }
  bytes[AS_SERVER_OFFSET] = greeting.asServer ? 1 : 0;
  return bytes;
}

/**
 * Reads 64 bytes as a greeting.
 *
 * @throws {ProtocolError} when a rule of the greeting is broken
 */
export function decodeGreeting(bytes: Uint8Array): Greeting {
  checkGreeting(bytes, 0, GREETING_SIZE);
  let end = MECHANISM_OFFSET;
  while (end < AS_SERVER_OFFSET && bytes[end] !== 0) end++;
  return {
    major: bytes[MAJOR_OFFSET] ?? 0,
    minor: bytes[MINOR_OFFSET] ?? 0,
    mechanism: String.fromCharCode(...bytes.subarray(MECHANISM_OFFSET, end)),
    asServer: bytes[AS_SERVER_OFFSET] === 1,
  };
}

/** Collects a greeting from chunks of any size, and refuses a wrong one at its first wrong byte. */
export class GreetingReader {
  readonly #bytes = new Uint8Array(GREETING_SIZE);
  #length = 0;

  /** How many bytes of the greeting have come. */
  get length(): number {
    return this.#length;
  }

  /**
   * Takes what belongs to the greeting from `chunk`, starting at `offset`.
   *
   * @returns how many bytes were taken
   * @throws {ProtocolError} at the first byte that no ZMTP 3 peer would send
   */
  read(chunk: Uint8Array, offset: number): number {
    const count = Math.min(GREETING_SIZE - this.#length, chunk.length - offset);
    this.#bytes.set(chunk.subarray(offset, offset + count), this.#length);
    const from = this.#length;
    this.#length += count;
    checkGreeting(this.#bytes, from, this.#length);
    return count;
  }

  /** The greeting, once all of it has come. */
  tryTake(): Greeting | undefined {
    return this.#length === GREETING_SIZE ? decodeGreeting(this.#bytes) : undefined;
  }
}

/** Checks the rules that bytes `from` (inclusive) to `to` (exclusive) of a greeting must keep. */
function checkGreeting(bytes: Uint8Array, from: number, to: number): void {
  for (let i = from; i < to; i++) {
    const byte = bytes[i] ?? 0;
    if (i === 0 && byte !== SIGNATURE_HEAD) {
      throw new ProtocolError(`not a ZMTP 3 peer: the first byte is ${hex(byte)}, not 0xff`);
    }
    if (i === TAIL_OFFSET && (byte & 1) === 0) {
      throw new ProtocolError(`not a ZMTP 3 peer: signature byte 9 is ${hex(byte)}, not 0x7f`);
    }
    if (i === MAJOR_OFFSET && byte < 3) {
      const version = byte === 0 ? '1.0' : '2.0';
      throw new ProtocolError(
        `the peer speaks ZMTP ${version}, and version 3 is the oldest spoken here`,
      );
    }
    if (i >= MECHANISM_OFFSET && i < AS_SERVER_OFFSET) checkMechanismByte(bytes, i, byte);
  }
}

function checkMechanismByte(bytes: Uint8Array, offset: number, byte: number): void {
  const isFirst = offset === MECHANISM_OFFSET;
  const isAfterEnd = !isFirst && bytes[offset - 1] === 0;
  const isLegal = byte === 0 ? !isFirst : !isAfterEnd && isNameByte(byte);
  if (!isLegal) {
    throw new ProtocolError(
      `the mechanism field of the greeting is malformed at byte ${offset} (${hex(byte)})`,
      'ERR_ZMTP_MECHANISM_MISMATCH',
    );
  }
}

/** `mechanism-char`: A-Z, 0-9, `-`, `_`, `.`, `+`. */
function isNameByte(byte: number): boolean {
  return (
    (byte >= 0x41 && byte <= 0x5a) ||
    (byte >= 0x30 && byte <= 0x39) ||
    byte === 0x2d ||
    byte === 0x5f ||
    byte === 0x2e ||
    byte === 0x2b
  );
}

function hex(byte: number): string {
  return `0x${byte.toString(16).padStart(2, '0')}`;
}

/**
 * What client and server of the CURVE mechanism share: nonces, counters, and the frames of traffic. 26/CURVEZMQ and
 * 25/ZMTP-CURVE.
 *
 * ```
 * client                                             server
 * HELLO     C' and a proof that S is known      →
 *                                               ←    WELCOME   S' and a cookie                      or ERROR
 * INITIATE  the cookie, C with a vouch for C',
 *           properties                          →
 *                                               ←    READY     properties                           or ERROR
 * MESSAGE                                      ← →   MESSAGE
 *
 * MESSAGE   07 'MESSAGE'  counter(8)  tag(16)  [ flags(1)  body ]
 * ```
 *
 * C and S are the keys of client and server, C' and S' those of one connection only; what is in brackets is encrypted. A
 * frame of any kind travels as MESSAGE, and as libzmq has it MESSAGE is a message frame, not a command frame. The flags
 * inside are bit 0 for MORE and bit 1 for COMMAND, which are not the bits of a frame header.
 *
 * Each direction has one counter for all its commands but WELCOME. One that is not greater than the one before is a
 * replay, and one that would begin anew ends the connection: no nonce is used twice.
 *
 * @module
 */
import { ProtocolError, type ProtocolErrorCode } from '../../errors.ts';
import { asciiBytes } from '../ascii.ts';
import { FLAG_COMMAND, FLAG_MORE, readUint32 } from '../frame.ts';
import {
  type BoxCipher,
  type CurveBox,
  NONCE_PREFIX_SIZE,
  NONCE_SIZE,
  TAG_SIZE,
} from './curve-box.ts';
import type { FrameCipher } from './mechanism.ts';

export const COUNTER_SIZE = 8;
/** Random bytes of a nonce that is not made by a counter. */
export const LONG_NONCE_SIZE = 16;
export const COOKIE_SIZE = 96;
/** The encrypted part of HELLO and of WELCOME, and the vouch in INITIATE. */
export const HELLO_BOX_SIZE = 80;
export const WELCOME_BOX_SIZE = 144;
export const VOUCH_SIZE = 80;

const MAX_WORD = 0xffff_ffff;
const MESSAGE_HEAD = Uint8Array.of(7, ...asciiBytes('MESSAGE'));
const BOX_OFFSET = MESSAGE_HEAD.length + COUNTER_SIZE;
const FLAGS_OFFSET = BOX_OFFSET + TAG_SIZE;
const MESSAGE_OVERHEAD = FLAGS_OFFSET + 1;
const INNER_MORE = 0x01;
const INNER_COMMAND = 0x02;
/** Bodies copied byte by byte: below this, a loop is quicker than the call of `TypedArray.prototype.set`. */
const LOOP_LIMIT = 32;

/** What the nonces of the frames in each direction begin with. */
export const CLIENT_PREFIX: Uint8Array = asciiBytes('CurveZMQMESSAGEC');
export const SERVER_PREFIX: Uint8Array = asciiBytes('CurveZMQMESSAGES');

/** A number of 64 bits, as two words. */
export class Counter {
  high: number;
  low: number;

  constructor(high: number = 0, low: number = 0) {
    this.high = high;
    this.low = low;
  }

  /** Goes on to the next number. */
  advance(): void {
    if (this.low < MAX_WORD) {
      this.low++;
      return;
    }
    if (this.high === MAX_WORD) throw new ProtocolError('the counter of this side is used up');
    this.low = 0;
    this.high++;
  }

  /** Whether a number is greater than this one. */
  isBefore(high: number, low: number): boolean {
    return high > this.high || (high === this.high && low > this.low);
  }

  writeTo(target: Uint8Array, offset: number): void {
    const { high, low } = this;
    target[offset] = high >>> 24;
    target[offset + 1] = high >>> 16;
    target[offset + 2] = high >>> 8;
    target[offset + 3] = high;
    target[offset + 4] = low >>> 24;
    target[offset + 5] = low >>> 16;
    target[offset + 6] = low >>> 8;
    target[offset + 7] = low;
  }

  /** The 8 bytes at `offset`. */
  static read(bytes: Uint8Array, offset: number): Counter {
    return new Counter(readUint32(bytes, offset), readUint32(bytes, offset + 4));
  }
}

/** A nonce of 16 characters and a counter. */
export function shortNonce(prefix: string, counter: Counter): Uint8Array {
  const nonce = new Uint8Array(NONCE_SIZE);
  nonce.set(asciiBytes(prefix));
  counter.writeTo(nonce, NONCE_PREFIX_SIZE);
  return nonce;
}

/** A nonce of 8 characters and 16 random bytes. */
export function longNonce(prefix: string, random: Uint8Array): Uint8Array {
  return join(asciiBytes(prefix), random);
}

/** One behind the other. */
export function join(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/**
 * The key that is shared with the owner of `publicKey`, which `who` names.
 *
 * @throws {ProtocolError} for a key of low order
 */
export function agree(
  box: CurveBox,
  publicKey: Uint8Array,
  secretKey: Uint8Array,
  who: string,
): Uint8Array {
  const key = box.sharedKey(publicKey, secretKey);
  if (key === undefined) throw cryptographic(`the key of ${who} is no key to keep a secret with`);
  return key;
}

/** The peer did not use the keys that it should, or what it sent was changed on the way. */
export function cryptographic(what: string): ProtocolError {
  return new ProtocolError(what, 'ERR_ZMTP_CRYPTOGRAPHIC');
}

/** A command of the wrong size. */
export function wrongSize(name: string, size: number, code: ProtocolErrorCode): ProtocolError {
  return new ProtocolError(`a malformed ${name}: ${size} bytes behind its name`, code);
}

/** Seals and opens the frames of one connection. */
export class CurveCipher implements FrameCipher {
  readonly overhead: number = MESSAGE_OVERHEAD;
  readonly #sealing: BoxCipher;
  readonly #opening: BoxCipher;
  readonly #sent: Counter;
  readonly #received: Counter;

  /**
   * @param sealing - for the direction from here to the peer
   * @param opening - for the other
   * @param sent - the last counter used on this side; it becomes the cipher's
   * @param received - the last counter that the peer has used; it becomes the cipher's
   */
  constructor(sealing: BoxCipher, opening: BoxCipher, sent: Counter, received: Counter) {
    this.#sealing = sealing;
    this.#opening = opening;
    this.#sent = sent;
    this.#received = received;
  }

  seal(flags: number, body: Uint8Array, target: Uint8Array, offset: number): void {
    const counter = this.#sent;
    counter.advance();
    for (let i = 0; i < MESSAGE_HEAD.length; i++) target[offset + i] = MESSAGE_HEAD[i] as number;
    counter.writeTo(target, offset + MESSAGE_HEAD.length);
    target[offset + FLAGS_OFFSET] = innerFlags(flags);
    const start = offset + MESSAGE_OVERHEAD;
    const { length } = body;
    if (length > LOOP_LIMIT) target.set(body, start);
    else for (let i = 0; i < length; i++) target[start + i] = body[i] as number;
    this.#sealing.seal(target, offset + BOX_OFFSET, start + length, counter.high, counter.low);
  }

  open(bytes: Uint8Array, start: number, end: number): number {
    if (end - start < MESSAGE_OVERHEAD) {
      throw malformedMessage(`a frame of ${end - start} bytes is too short for MESSAGE`);
    }
    for (let i = 0; i < MESSAGE_HEAD.length; i++) {
      if (bytes[start + i] !== MESSAGE_HEAD[i]) {
        throw new ProtocolError(
          'a frame in clear, where all are encrypted',
          'ERR_ZMTP_UNEXPECTED_COMMAND',
        );
      }
    }
    const high = readUint32(bytes, start + MESSAGE_HEAD.length);
    const low = readUint32(bytes, start + MESSAGE_HEAD.length + 4);
    const counter = this.#received;
    if (!counter.isBefore(high, low)) throw replayed('MESSAGE');
    if (!this.#opening.open(bytes, start + BOX_OFFSET, end, high, low)) {
      throw cryptographic('a MESSAGE that cannot be decrypted');
    }
    counter.high = high;
    counter.low = low;
    return frameFlags(bytes[start + FLAGS_OFFSET] as number);
  }

  /** Forgets the keys. */
  wipe(): void {
    this.#sealing.wipe();
    this.#opening.wipe();
  }
}

/** A counter that is not greater than the last one. */
export function replayed(name: string): ProtocolError {
  return new ProtocolError(
    `the counter of a ${name} is not greater than the one before`,
    'ERR_ZMTP_INVALID_SEQUENCE',
  );
}

function innerFlags(flags: number): number {
  return (
    ((flags & FLAG_MORE) !== 0 ? INNER_MORE : 0) |
    ((flags & FLAG_COMMAND) !== 0 ? INNER_COMMAND : 0)
  );
}

function frameFlags(inner: number): number {
  switch (inner) {
    case 0:
      return 0;
    case INNER_MORE:
      return FLAG_MORE;
    case INNER_COMMAND:
      return FLAG_COMMAND;
    default:
      throw malformedMessage(`illegal flags 0x${inner.toString(16).padStart(2, '0')} in a MESSAGE`);
  }
}

function malformedMessage(what: string): ProtocolError {
  return new ProtocolError(what, 'ERR_ZMTP_MALFORMED_COMMAND_MESSAGE');
}

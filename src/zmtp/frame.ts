/**
 * Frames: flags, length, body. 37/ZMTP, "Framing".
 *
 * ```
 * short   flags(1)  length(1)                 body(length)     length 0 … 255
 * long    flags(1)  length(8, big endian)     body(length)     length 0 … 2^63 - 1
 *
 * flags   bit 0 MORE   bit 1 LONG   bit 2 COMMAND   bits 3 … 7 must be zero
 * ```
 *
 * This file holds the layout and the encoding of one frame; `encoder.ts` gathers many, `decoder.ts` reads them.
 *
 * @module
 */

/** Another frame of the same message follows. */
export const FLAG_MORE = 0x01;
/** The length takes 8 bytes instead of 1. */
export const FLAG_LONG = 0x02;
/** The frame is a command and no part of a message. */
export const FLAG_COMMAND = 0x04;

/** Size of the header of a short frame, and the most that a header can take. */
export const SHORT_HEADER_SIZE = 2;
export const LONG_HEADER_SIZE = 9;
/** The longest body that a short frame can have. */
const SHORT_BODY_LIMIT = 255;

const TWO_TO_32 = 0x1_0000_0000;

/**
 * Whether a flags byte may stand at the start of a frame: no reserved bit set, and no MORE on a command ("This bit
 * SHALL be zero on command frames").
 */
export function isLegalFlags(flags: number): boolean {
  return flags <= 7 && (flags & (FLAG_COMMAND | FLAG_MORE)) !== (FLAG_COMMAND | FLAG_MORE);
}

/**
 * Writes the header for a body of `length` bytes at `offset` of `target`; LONG is set where the length needs it.
 *
 * @param flags - FLAG_MORE, FLAG_COMMAND or 0
 * @returns the offset behind the header
 */
export function writeHeader(
  target: Uint8Array,
  offset: number,
  flags: number,
  length: number,
): number {
  if (length <= SHORT_BODY_LIMIT) {
    target[offset] = flags;
    target[offset + 1] = length;
    return offset + SHORT_HEADER_SIZE;
  }
  target[offset] = flags | FLAG_LONG;
  const high = Math.floor(length / TWO_TO_32);
  target[offset + 1] = 0;
  target[offset + 2] = high >>> 16;
  target[offset + 3] = high >>> 8;
  target[offset + 4] = high;
  target[offset + 5] = length >>> 24;
  target[offset + 6] = length >>> 16;
  target[offset + 7] = length >>> 8;
  target[offset + 8] = length;
  return offset + LONG_HEADER_SIZE;
}

/**
 * The length in the 8 bytes at `offset`. Exact up to 2^53; a larger one comes out rounded, but above every limit that a
 * caller can set.
 */
export function readLongLength(bytes: Uint8Array, offset: number): number {
  return readUint32(bytes, offset) * TWO_TO_32 + readUint32(bytes, offset + 4);
}

/** The 4 bytes at `offset` as an unsigned big-endian number. */
export function readUint32(bytes: Uint8Array, offset: number): number {
  return (
    (((bytes[offset] ?? 0) << 24) |
      ((bytes[offset + 1] ?? 0) << 16) |
      ((bytes[offset + 2] ?? 0) << 8) |
      (bytes[offset + 3] ?? 0)) >>>
    0
  );
}

/** One frame as bytes. `flags` is FLAG_MORE, FLAG_COMMAND or 0; LONG follows from the length of `body`. */
export function encodeFrame(flags: number, body: Uint8Array): Uint8Array {
  const header = new Uint8Array(LONG_HEADER_SIZE);
  const size = writeHeader(header, 0, flags, body.length);
  const frame = new Uint8Array(size + body.length);
  frame.set(header.subarray(0, size));
  frame.set(body, size);
  return frame;
}

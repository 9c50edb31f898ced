/**
 * From what a program sends to frames, once, at the edge. Bytes are not copied here.
 *
 * @module
 */
import { invalidType } from './errors.ts';
import type { Frames } from './pipe.ts';

/** A received frame. */
export type Message = Buffer;

/** One frame to send: text goes as UTF-8, `null` as an empty frame, a number as its decimal text. */
export type MessageLike =
  | ArrayBufferView
  | ArrayBuffer
  | SharedArrayBuffer
  | string
  | number
  | null;

/** A frame with nothing in it. */
export const EMPTY_FRAME: Message = Buffer.alloc(0);

/**
 * The frames of `message`: an array is one frame per element, anything else is one frame.
 *
 * @throws {TypeError} code EINVAL for `undefined`, and for what cannot become text
 */
export function toFrames(message: unknown): Frames {
  if (message === undefined) throw invalidType('Message must be present');
  return Array.isArray(message) ? Array.from(message, toFrame) : [toFrame(message)];
}

function toFrame(value: unknown): Uint8Array {
  if (typeof value === 'string') return Buffer.from(value);
  if (Buffer.isBuffer(value)) return value;
  if (value === null) return EMPTY_FRAME;
  if (ArrayBuffer.isView(value))
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) return Buffer.from(value);
  return Buffer.from(asText(value));
}

function asText(value: unknown): string {
  if (typeof value === 'symbol') throw invalidType('Cannot convert a Symbol value to a string');
  return String(value);
}

/**
 * Messages by specification: what travels to a peer process is how to make the bytes, what comes back is their
 * digest, so that 16 MiB frames cross the sockets under test and never the command pipe.
 *
 * @module
 */

import { createHash } from 'node:crypto';

/** A frame in words: UTF-8 text, hexadecimal digits, or `size` bytes of a pattern. */
export type FrameSpec = { text: string } | { hex: string } | { size: number; seed: number };

/** A message without its envelope. */
export type MessageSpec = readonly FrameSpec[];

/**
 * The bytes a specification stands for; the peers have the same function.
 *
 * The pattern repeats every 251 bytes, a prime, so that a chunk that is lost, doubled or out of place at any
 * round offset shows.
 */
function frame(spec: FrameSpec): Buffer {
  if ('text' in spec) return Buffer.from(spec.text);
  if ('hex' in spec) return Buffer.from(spec.hex, 'hex');
  const pattern = Uint8Array.from({ length: 251 }, (_, i) => (spec.seed + 7 * i) & 255);
  return Buffer.alloc(spec.size, pattern);
}

/** Specification of a frame of `size` patterned bytes. */
export function bytes(size: number, seed = size & 255): FrameSpec {
  return { size, seed };
}

/** Specification of a text frame. */
export function text(value: string): FrameSpec {
  return { text: value };
}

/** The frames of a message. */
export function message(specs: MessageSpec): Buffer[] {
  return specs.map(frame);
}

/** `size:sha256` of each frame, as the peers report them. */
export function digest(frames: readonly Uint8Array[]): string[] {
  return frames.map((part) => `${part.length}:${createHash('sha256').update(part).digest('hex')}`);
}

/**
 * What our side of an interop test does: exact comparison of frames, and the client and server loops.
 *
 * @module
 */

import { expect } from 'vitest';
import type { Reply, Request } from '../../../src/index.ts';
import { digest } from './messages.ts';

/** Fails unless `got` holds exactly the frames of `wanted`; a failure names sizes and hashes, not 16 MiB of bytes. */
function expectFrames(got: readonly Buffer[], wanted: readonly Buffer[]): void {
  const isSame =
    got.length === wanted.length && got.every((frame, i) => wanted[i]?.equals(frame) ?? false);
  if (!isSame) expect(digest(got)).toEqual(digest(wanted));
}

/** Sends each message and expects it to come back before the next one. */
export async function exchange(req: Request, messages: readonly Buffer[][]): Promise<void> {
  for (const message of messages) {
    await req.send(message);
    expectFrames(await req.receive(), message);
  }
}

/** Expects these requests in this order and answers each with its own frames. */
export async function serve(rep: Reply, messages: readonly Buffer[][]): Promise<void> {
  for (const message of messages) {
    const request = await rep.receive();
    expectFrames(request, message);
    await rep.send(request);
  }
}

/**
 * What a program keeps alive when it keeps one small message: at most the 64 KiB that were read or copied with it, whatever
 * came before, behind and together with it.
 */

import { describe, expect, test } from 'vitest';
import { Pull, Router } from '../../src/index.ts';
import { message, repeat } from '../../src/testing/raw-bytes.ts';
import type { RawPeer } from '../support/raw-peer.ts';
import { RawSide } from '../support/raw-socket.ts';
import { MemoryWatch, watchProcess } from '../support/watch.ts';

watchProcess();

const KiB = 1024;
const BOUND = 64 * KiB;
/** Frames that are larger have memory of their own, and not a byte more than they need. */
const LARGEST_SHARED = 64 * KiB;

function retainedBy(frame: Uint8Array): number {
  return frame.buffer.byteLength;
}

/** All that come from a peer that writes `chunk`, `rounds` times. */
async function receiveAll(chunk: Buffer, rounds: number, perRound: number): Promise<Buffer[][]> {
  const side = await RawSide.bind(new Pull());
  const peer = await side.join('PUSH');
  const received: Buffer[][] = [];
  const sent = writeRounds(peer, chunk, rounds);
  while (received.length < rounds * perRound) received.push(await side.socket.receive());
  await sent;
  return received;
}

async function writeRounds(peer: RawPeer, chunk: Buffer, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round += 1) await peer.write(chunk);
}

describe('the memory behind a frame that was received', () => {
  test.each<[name: string, messages: readonly Buffer[]]>([
    ['many small ones', Array.from({ length: 20_000 }, () => message('small'))],
    ['small ones around one of 1 MiB', [message('a'), message(repeat(1, KiB * KiB)), message('b')]],
    ['small ones around one of 40 KiB', [message('a'), message(repeat(1, 40 * KiB)), message('b')]],
    [
      'frames of one message, small beside large',
      [message('a', repeat(1, 300 * KiB), 'b', repeat(2, 10 * KiB))],
    ],
    ['messages of 1 KiB', Array.from({ length: 1000 }, () => message(repeat(1, KiB)))],
    ['messages of 17 KiB', Array.from({ length: 100 }, () => message(repeat(1, 17 * KiB)))],
  ])('%s', async (_name, messages) => {
    const received = await receiveAll(Buffer.concat(messages), 3, messages.length);
    let most = 0;
    for (const frame of received.flat()) {
      if (frame.length > LARGEST_SHARED) expect(retainedBy(frame)).toBe(frame.length);
      else most = Math.max(most, retainedBy(frame));
    }
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(BOUND);
  });

  test('one of each 64 KiB that were read is kept: no more than that lives', async () => {
    const side = await RawSide.bind(new Router());
    const peer = await side.join('DEALER');
    const body = message(repeat(1, 1000));
    const perRead = Math.floor((64 * KiB) / body.length);
    const chunk = Buffer.concat(Array.from({ length: perRead }, () => body));
    const rounds = 200;
    const memory = new MemoryWatch();
    const kept: Buffer[] = [];
    const sent = writeRounds(peer, chunk, rounds);
    for (let count = 0; count < rounds * perRead; count += 1) {
      const [, frame = Buffer.alloc(0)] = await side.socket.receive();
      if (count % perRead === 0) kept.push(frame);
    }
    await sent;
    // And the buffer that is read into, and what the run itself has left.
    expect(memory.sample()).toBeLessThan(kept.length * BOUND + 4e6);
    expect(kept).toHaveLength(rounds);
    kept.length = 0;
    expect(memory.sample()).toBeLessThan(4e6);
  });
});

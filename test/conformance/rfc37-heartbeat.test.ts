/**
 * 37/ZMTP, Connection Heartbeating: PING is answered with its own context, a time to live is kept.
 *
 * Rows T39–T45 and T70.
 */

import { describe, expect, test } from 'vitest';
import {
  bytes,
  commandBody,
  frame,
  message,
  ping,
  pong,
  repeat,
} from '../../src/testing/raw-bytes.ts';
import { createRandom, SEED } from '../support/raw-random.ts';
import { expectFrames, expectViolation, SUBJECTS } from '../support/raw-subject.ts';
import { watchProcess } from '../support/watch.ts';

watchProcess();

/** The largest delay any timer-driven close may add on a loaded machine. */
const LATE = 3000;

describe.each(SUBJECTS)('heartbeat, %s', (_name, create) => {
  test('T39: a PING between two frames of a message is answered and the message stays whole', async () => {
    const subject = await create();
    const peer = await subject.join();
    if (subject.type === 'REQ') {
      await subject.socket.send('question');
      await peer.expect(message('', 'question'));
    }
    await peer.write(bytes(1, 0, 1, 1, 'a', 4, 9, 4, 'PING', 0, 0, 'zz'));
    await peer.expect(bytes(4, 7, 4, 'PONG', 'zz'));
    await peer.write(bytes(0, 1, 'b'));
    if (subject.type === 'REQ') expectFrames(await subject.socket.receive(), 'a', 'b');
    else await peer.expect(message('', 'a', 'b'));
  });

  test('T40: PING without context is answered, also with heartbeats off on our side', async () => {
    const subject = await create();
    const peer = await subject.join();
    await peer.write(bytes(4, 7, 4, 'PING', 0, 0));
    await peer.expect(bytes(4, 5, 4, 'PONG'));
  });

  test('T40: a 3.0 peer gets its answer as well', async () => {
    const subject = await create();
    const peer = await subject.join(0);
    await peer.write(ping());
    await peer.expect(pong());
  });

  test('T41: PONG carries the context of its PING, 0 to 16 bytes', async () => {
    const subject = await create();
    const peer = await subject.join();
    for (let length = 0; length <= 16; length += 1) {
      const context = repeat(0x60 + length, length);
      await peer.write(ping(0, context));
      await peer.expect(pong(context));
    }
  });

  test('three PINGs in one segment get three PONGs in order', async () => {
    const subject = await create();
    const peer = await subject.join();
    await peer.write(bytes(ping(0, 'one'), ping(0, 'two'), ping(0, 'three')));
    await peer.expect(bytes(pong('one'), pong('two'), pong('three')));
  });

  test(`PINGs byte by byte and cut at random (seed ${SEED})`, async () => {
    const subject = await create();
    const peer = await subject.join();
    await peer.writeBytewise(ping(0, 'slow'));
    await peer.expect(pong('slow'));
    const random = createRandom();
    for (let round = 0; round < 20; round += 1) {
      await peer.writeSplit(bytes(ping(0, `${round}a`), ping(0, `${round}b`)), random);
      await peer.expect(bytes(pong(`${round}a`), pong(`${round}b`)));
    }
  });

  test('a PING in a long frame is answered', async () => {
    const subject = await create();
    const peer = await subject.join();
    await peer.write(frame(0x06, commandBody('PING', 0, 0, 'long')));
    await peer.expect(pong('long'));
  });

  test('T42: a context of more than 16 bytes: closes, or PONG with the first 16', async () => {
    for (const length of [17, 40, 200, 300]) {
      const subject = await create();
      await subject.serveOther();
      const peer = await subject.join();
      const context = repeat(0x61, length);
      await peer.write(ping(0, context));
      const answer = await peer
        .waitFor('PONG', () => peer.unread.length >= 23 || undefined)
        .catch(() => 'closed');
      if (answer === 'closed') {
        await peer.expectClose();
        expect(await subject.reasonFor(peer)).not.toBe('');
        await subject.serveOther();
      } else {
        await peer.expect(pong(context.subarray(0, 16)));
        await peer.write(ping(0, 'still here'));
        await peer.expect(pong('still here'));
      }
    }
  });

  test.each([
    ['no time to live', bytes(4, 5, 4, 'PING')],
    ['half of it', bytes(4, 6, 4, 'PING', 0)],
    ['nothing, in a long frame', frame(0x06, bytes(4, 'PING'))],
  ])('T43: a PING with %s closes and gets not one byte back', async (_row, input) => {
    const subject = await create();
    const { peer } = await expectViolation(subject, async (raw) => {
      await raw.handshake({ as: subject.accepts[0] });
      // Bytes a careless reader would find behind the short body.
      await raw.write(ping(0, 'secret of before'));
      await raw.expect(pong('secret of before'));
      await raw.write(input);
    });
    expect(peer.unread).toEqual(Buffer.alloc(0));
  });

  test('T44: a PING with a time to live of 0.3 s and then silence: closes after 0.3 s', async () => {
    const subject = await create();
    const peer = await subject.join();
    const since = performance.now();
    await peer.write(bytes(4, 7, 4, 'PING', 0, 3));
    await peer.expect(pong());
    await peer.expectClose();
    const elapsed = performance.now() - since;
    expect(elapsed).toBeGreaterThan(270);
    expect(elapsed).toBeLessThan(300 + LATE);
    expect(await subject.reasonFor(peer)).not.toBe('');
    await subject.serveOther();
  });

  test('T45: a long time to live does not wrap: 65.6 s and 131.1 s outlive 0.3 s', async () => {
    // In 16 bits of milliseconds these would be 64 ms and 28 ms. The last peer is the clock.
    const subject = await create();
    const patient = [await subject.join(), await subject.join(), await subject.join()];
    const clock = await subject.join();
    for (const [index, ttl] of [656, 1311, 65_535].entries()) {
      await patient[index]?.write(ping(ttl));
      await patient[index]?.expect(pong());
    }
    await clock.write(ping(3));
    await clock.expect(pong());
    await clock.expectClose();
    for (const peer of patient) {
      await peer.write(ping(0, 'alive'));
      await peer.expect(pong('alive'));
    }
  });

  test('traffic renews the time to live: a peer that keeps talking outlives it', async () => {
    const subject = await create();
    const talker = await subject.join();
    const clock = await subject.join();
    await talker.write(ping(5));
    await talker.expect(pong());
    await clock.write(ping(10));
    await clock.expect(pong());
    for (let round = 0; clock.closed === undefined; round += 1) {
      await talker.write(ping(5, `${round}`));
      await talker.expect(pong(`${round}`));
    }
    expect(talker.closed).toBeUndefined();
    await talker.expectClose();
  });

  test('a PONG nobody asked for is ignored', async () => {
    const subject = await create();
    const peer = await subject.join();
    await peer.write(bytes(pong(), pong('unasked'), pong(repeat(1, 16)), ping(0, 'x')));
    await peer.expect(pong('x'));
  });

  test('PING without the COMMAND flag is user data', async () => {
    const subject = await create();
    const peer = await subject.join();
    const body = bytes(4, 'PING', 0, 0);
    expectFrames(await subject.deliver(peer, message('', body)), body);
  });

  test('T70: with heartbeats on it sends PING with the configured time to live in tenths of a second', async () => {
    const subject = await create({
      heartbeatInterval: 20,
      heartbeatTimeToLive: 1234,
      heartbeatTimeout: 5000,
    });
    const peer = await subject.join();
    for (let beat = 0; beat < 5; beat += 1) {
      const { name, data } = await peer.readCommand();
      expect(name).toBe('PING');
      expect(data.readUInt16BE(0)).toBe(12);
      expect(data.length).toBeLessThanOrEqual(2 + 16);
      await peer.write(pong(data.subarray(2)));
    }
  });

  test('T70: a peer that never answers is dropped after heartbeatTimeout, with a reason', async () => {
    const subject = await create({ heartbeatInterval: 30, heartbeatTimeout: 150 });
    const peer = await subject.join();
    const since = performance.now();
    await peer.expectClose();
    expect(performance.now() - since).toBeGreaterThan(130);
    expect(performance.now() - since).toBeLessThan(180 + LATE);
    expect(await subject.reasonFor(peer)).not.toBe('');
  });
});

/**
 * Frames that lie about their length, every flags byte, messages without end: H4–H6, H13.
 */

import { describe, expect, test } from 'vitest';
import {
  bytes,
  command,
  commandBody,
  frame,
  greeting,
  message,
  ping,
  pong,
  property,
  ready,
  repeat,
  u64,
} from '../../src/testing/raw-bytes.ts';
import { turn } from '../../src/testing/turn.ts';
import { type RawPeer } from '../support/raw-peer.ts';
import { createRandom, SEED } from '../support/raw-random.ts';
import {
  expectFrames,
  expectViolation,
  ReplySubject,
  type Subject,
  SUBJECTS,
} from '../support/raw-subject.ts';
import { MemoryWatch, watchProcess } from '../support/watch.ts';

watchProcess();

const DELIMITER = bytes(1, 0);
const MORE_FRAME = bytes(1, 1, 'm');

/** Ends a connection that the subject may or may not have closed already, and sees the others served. */
async function endAndServe(subject: Subject, peer: RawPeer): Promise<void> {
  peer.end();
  await peer.expectClose();
  await subject.reasonFor(peer);
  await subject.serveOther();
}

/** `count` address frames of one byte each. */
function addresses(count: number): Buffer {
  return Buffer.alloc(3 * count, MORE_FRAME);
}

async function endAndServeWatching(
  subject: Subject,
  peer: RawPeer,
  memory: MemoryWatch,
): Promise<void> {
  // The subject may close such a frame at its header, or hold it until the rest comes.
  memory.sample();
  await endAndServe(subject, peer);
  expect(memory.peak).toBeLessThan(16e6);
  expect(memory.sample()).toBeLessThan(8e6);
}

/** Both ends live in this process: what was written is read within a few turns of its event loop. */
async function readByNow(): Promise<void> {
  for (let turns = 0; turns < 50; turns += 1) await turn();
}

/** Whether the subject answers a PING, or has closed. */
async function isOpen(peer: RawPeer, context: string): Promise<boolean> {
  await peer.write(ping(0, context));
  return peer.expect(pong(context)).then(
    () => true,
    async () => {
      await peer.expectClose();
      return false;
    },
  );
}

describe.each(SUBJECTS)('frames, %s', (_name, create) => {
  describe('H4: lengths', () => {
    const LEGAL = [0, 1, 255, 256, 65_535, 65_536];

    test('every legal length around the borders, short and long, is taken whole', async () => {
      const subject = await create();
      const peer = await subject.join();
      for (const length of LEGAL) {
        const body = repeat(5, length);
        expectFrames(await subject.deliver(peer, bytes(DELIMITER, frame(2, body))), body);
        if (length <= 255)
          expectFrames(await subject.deliver(peer, bytes(DELIMITER, frame(0, body))), body);
      }
    });

    test.each([
      ['2^53', 2n ** 53n],
      ['2^63 − 1', 2n ** 63n - 1n],
      ['2^63', 2n ** 63n],
      ['2^64 − 1', 2n ** 64n - 1n],
    ])('%s closes, with and without data behind it', async (_length, length) => {
      for (const tail of [bytes(), repeat(0, 100_000)]) {
        const subject = await create();
        const memory = new MemoryWatch();
        await expectViolation(subject, async (peer) => {
          await peer.handshake({ as: subject.accepts[0] });
          await peer.write(bytes(DELIMITER, 2, u64(length), tail));
        });
        expect(memory.sample()).toBeLessThan(4e6);
      }
    });

    test.each([
      ['10^9', 1e9],
      ['2^31 − 2', 2 ** 31 - 2],
      ['2^31', 2 ** 31],
      ['2^32', 2 ** 32],
      ['2^40', 2 ** 40],
    ])('%s announced and 1 MB sent: memory follows what was sent', async (_length, length) => {
      const subject = await create();
      await subject.serveOther();
      const memory = new MemoryWatch();
      const peer = await subject.join();
      await peer.write(bytes(DELIMITER, 2, u64(length)));
      await peer.flood(repeat(0, 65_536), 1 << 20);
      await readByNow();
      await endAndServeWatching(subject, peer, memory);
    });

    test('10^9 announced on 50 connections at once', async () => {
      const subject = await create();
      await subject.serveOther();
      const memory = new MemoryWatch();
      const peers: RawPeer[] = [];
      for (let count = 0; count < 50; count += 1) {
        const peer = await subject.join();
        await peer.write(bytes(DELIMITER, 2, u64(1e9), 'x'));
        await readByNow();
        peers.push(peer);
      }
      memory.sample();
      for (const peer of peers) {
        peer.end();
        await peer.expectClose();
        await subject.reasonFor(peer);
      }
      await subject.serveOther();
      expect(memory.peak).toBeLessThan(32e6);
      expect(memory.sample()).toBeLessThan(8e6);
    });
  });

  describe('H5: every flags byte', () => {
    const ALL = Array.from({ length: 256 }, (_, flags) => flags);

    test('in the handshake only 04 and 06 can carry READY', async () => {
      const subject = await create();
      await subject.serveOther();
      for (const flags of ALL) {
        const peer = await subject.open();
        await peer.exchangeGreetings();
        await peer.readReady();
        const body = commandBody('READY', property('Socket-Type', subject.accepts[0]));
        await peer.write(frame(flags, body));
        if (flags === 0x04 || flags === 0x06) {
          expect(await isOpen(peer, 'accepted')).toBe(true);
          peer.end();
        }
        await peer.expectClose();
        expect(await subject.reasonFor(peer)).not.toBe('');
      }
      await subject.serveOther();
    });

    test('in traffic 00–04 and 06 are legal, 05, 07 and everything from 08 on closes', async () => {
      const subject = await create();
      await subject.serveOther();
      for (const flags of ALL) {
        const peer = await subject.join();
        // As a command it is one not known, as a message one without delimiter.
        await peer.write(frame(flags, commandBody('NOTHING')));
        const open = await isOpen(peer, 'legal');
        if (flags >= 0x08 || flags === 0x05 || flags === 0x07)
          expect([flags, open]).toEqual([flags, false]);
        // A REQ may drop a peer whose message has no delimiter; a REP discards it.
        else if (subject.type === 'REP' || flags >= 0x04)
          expect([flags, open]).toEqual([flags, true]);
        peer.end();
        await peer.expectClose();
        expect(await subject.reasonFor(peer)).not.toBe('');
      }
      await subject.serveOther();
    });
  });

  describe('H6: messages without end', () => {
    test.each([
      ['the default of 65,536', undefined],
      ['1,000', 1000],
      ['2', 2],
    ])(
      'MORE frames for ever are cut off at maxMessageFrames: %s',
      async (_limit, maxMessageFrames) => {
        const subject = await create(maxMessageFrames === undefined ? {} : { maxMessageFrames });
        const memory = new MemoryWatch();
        let sent = 0;
        const { reason } = await expectViolation(subject, async (peer) => {
          await peer.handshake({ as: subject.accepts[0] });
          await peer.write(DELIMITER);
          sent = await peer.flood(
            bytes(...Array.from({ length: 1000 }, () => MORE_FRAME)),
            10 * 2 ** 20,
          );
        });
        expect(reason).toContain('frames');
        expect(sent).toBeLessThan(10 * 2 ** 20);
        expect(memory.sample()).toBeLessThan(16e6);
      },
    );

    test('a message of exactly maxMessageFrames, delimiter included, is delivered; one more closes', async () => {
      const subject = await create({ maxMessageFrames: 8 });
      const peer = await subject.join();
      const seven = ['1', '2', '3', '4', '5', '6', '7'];
      expectFrames(await subject.deliver(peer, message('', ...seven)), ...seven);
      await peer.write(message('', ...seven, '8'));
      await peer.expectClose();
      expect(await subject.reasonFor(peer)).not.toBe('');
      await subject.serveOther();
    });

    test('commands between the frames do not count', async () => {
      const subject = await create({ maxMessageFrames: 4 });
      const peer = await subject.join();
      const between = bytes(...Array.from({ length: 10 }, () => command('NOTHING')));
      const wire = bytes(DELIMITER, between, MORE_FRAME, between, MORE_FRAME, between, 0, 1, 'e');
      expectFrames(await subject.deliver(peer, wire), 'm', 'm', 'e');
    });

    test('a multipart of 10^6 empty frames closes at the default limit', async () => {
      const subject = await create();
      const memory = new MemoryWatch();
      await expectViolation(subject, async (peer) => {
        await peer.handshake({ as: subject.accepts[0] });
        await peer.write(bytes(Buffer.alloc(2_000_000, DELIMITER), 0, 0));
      });
      expect(memory.sample()).toBeLessThan(16e6);
    });

    test('and is delivered where the limit allows it', async () => {
      const subject = await create({ maxMessageFrames: 1_000_001 });
      const peer = await subject.join();
      const wire = bytes(Buffer.alloc(2_000_000, DELIMITER), 0, 0);
      if (subject.type === 'REQ') {
        const frames = await subject.deliver(peer, wire);
        expect(frames.length).toBe(1_000_000);
        expect(frames.every((part) => part.length === 0)).toBe(true);
      } else {
        await peer.write(wire);
        await peer.expect(wire);
      }
    });

    test('half a message of 1,000 frames on 100 connections that then leave: everything is given back', async () => {
      const subject = await create();
      await subject.serveOther();
      const memory = new MemoryWatch();
      const half = bytes(
        DELIMITER,
        ...Array.from({ length: 1000 }, () => bytes(1, 200, repeat(1, 200))),
      );
      for (let round = 0; round < 100; round += 1) {
        const peer = await subject.join();
        await peer.write(half);
        peer.end();
        await peer.expectClose();
        await subject.reasonFor(peer);
      }
      await subject.serveOther();
      expect(memory.sample()).toBeLessThan(8e6);
    });
  });

  test(`a valid session with a few bytes changed, 300 times (seed ${SEED}): no exception, others are served`, async () => {
    const random = createRandom();
    const subject = await create({ maxMessageSize: 1 << 20 });
    await subject.serveOther();
    const session = bytes(
      greeting(),
      ready(subject.accepts[0], property('Identity', 'me'), property('X-a', 'b')),
      ping(100, 'context'),
      message('', 'hello', repeat(1, 300)),
      command('UNKNOWN', 'data'),
      message('', 'again'),
    );
    for (let round = 0; round < 300; round += 1) {
      const changed = Buffer.from(session);
      for (let count = 1 + random.below(4); count > 0; count -= 1) {
        // Mostly behind the greeting, where more can go wrong.
        const at =
          random.below(4) === 0 ? random.below(64) : 64 + random.below(session.length - 64);
        changed[at] =
          random.below(3) === 0 ? random.below(256) : (changed[at] ?? 0) ^ (1 << random.below(8));
      }
      const peer = await subject.open();
      peer.discardInput();
      if (round % 3 === 0) await peer.writeSplit(changed, random);
      else await peer.write(changed);
      peer.end();
      await peer.expectClose();
      await subject.reasonFor(peer);
    }
    if (subject instanceof ReplySubject) subject.requests.length = 0;
    await subject.serveOther();
  });
});

describe('H13: REP envelopes', () => {
  test('10^5 frames without delimiter close at the default limit', async () => {
    const subject = await ReplySubject.create();
    await expectViolation(subject, async (peer) => {
      await peer.handshake({ as: 'DEALER' });
      await peer.write(bytes(addresses(100_000), 0, 1, 'q'));
    });
  });

  test('where the limit allows them they are discarded as malformed, and the next request is served', async () => {
    const subject = await ReplySubject.create({ maxMessageFrames: 200_000 });
    const memory = new MemoryWatch();
    const peer = await subject.join();
    for (let round = 0; round < 5; round += 1) {
      await peer.write(bytes(addresses(100_000), 0, 1, 'q'));
      expectFrames(await subject.deliver(peer, message('', `${round}`)), `${round}`);
    }
    expect(memory.sample()).toBeLessThan(16e6);
  });

  test('an envelope of 10^5 frames with a delimiter is kept and put before the reply', async () => {
    const subject = await ReplySubject.create({ maxMessageFrames: 200_000 });
    const peer = await subject.join();
    const request = bytes(addresses(100_000), DELIMITER, 0, 1, 'q');
    await peer.write(request);
    expectFrames(await subject.nextRequest(), 'q');
    await peer.expect(request);
  });
});

/**
 * 37/ZMTP, Framing: flags, sizes, and messages that are delivered whole or not at all.
 *
 * Rows T29–T38.
 */

import { describe, expect, test } from 'vitest';
import {
  bytes,
  FLAG_MORE,
  frame,
  message,
  ping,
  pong,
  repeat,
  u64,
} from '../../src/testing/raw-bytes.ts';
import { createRandom, SEED } from '../support/raw-random.ts';
import {
  expectFrames,
  expectViolation,
  ReplySubject,
  RequestSubject,
  SUBJECTS,
} from '../support/raw-subject.ts';
import { MemoryWatch, watchProcess } from '../support/watch.ts';

watchProcess();

/** A message's delimiter, which REQ and REP put first: an empty frame with MORE. */
const DELIMITER = bytes(1, 0);

describe.each(SUBJECTS)('framing, %s', (_name, create) => {
  const DELIVERED: ReadonlyArray<[row: string, wire: Buffer, frames: Array<string | Uint8Array>]> =
    [
      ['T29: a short frame', bytes(DELIMITER, 0, 2, 'hi'), ['hi']],
      ['T30: an empty message', bytes(DELIMITER, 0, 0), ['']],
      [
        'T31: several frames, one of them empty, are one message',
        bytes(DELIMITER, 1, 1, 'a', 1, 0, 0, 1, 'b'),
        ['a', '', 'b'],
      ],
      ['T32: the long form of a small frame', bytes(DELIMITER, 2, u64(2), 'hi'), ['hi']],
      ['T32: the long form of an empty frame', bytes(DELIMITER, 2, u64(0)), ['']],
      [
        'T32: the long form with MORE, also for the delimiter',
        bytes(3, u64(0), 3, u64(1), 'a', 0, 1, 'b'),
        ['a', 'b'],
      ],
      [
        'T33: 255 bytes in a short frame',
        bytes(DELIMITER, 0, 0xff, repeat(7, 255)),
        [repeat(7, 255)],
      ],
      [
        'T33: 256 bytes in a long frame',
        bytes(DELIMITER, 2, u64(256), repeat(7, 256)),
        [repeat(7, 256)],
      ],
      [
        'T33: 255 bytes in a long frame',
        bytes(DELIMITER, 2, u64(255), repeat(7, 255)),
        [repeat(7, 255)],
      ],
      ['65,536 bytes', bytes(DELIMITER, 2, u64(65_536), repeat(7, 65_536)), [repeat(7, 65_536)]],
      [
        'every byte value',
        message('', Buffer.from(Array.from({ length: 256 }, (_, i) => i))),
        [Buffer.from(Array.from({ length: 256 }, (_, i) => i))],
      ],
      ['a body that looks like a greeting', message('', repeat(0xff, 64)), [repeat(0xff, 64)]],
      ['a body that looks like a command', message('', ping()), [ping()]],
    ];

  test.each(DELIVERED)('%s is delivered', async (_row, wire, frames) => {
    const subject = await create();
    const peer = await subject.join();
    expectFrames(await subject.deliver(peer, wire), ...frames);
  });

  test('the same messages byte by byte', async () => {
    const subject = await create();
    const peer = await subject.join();
    for (const [, wire, frames] of DELIVERED) {
      if (wire.length > 1000) continue;
      expectFrames(await subject.deliver(peer, () => peer.writeBytewise(wire)), ...frames);
    }
  });

  test(`and cut at random (seed ${SEED})`, async () => {
    const random = createRandom();
    const subject = await create();
    const peer = await subject.join();
    for (let round = 0; round < 100; round += 1) {
      const body = repeat(random.below(256), random.below(random.below(4) === 0 ? 5000 : 300));
      const wire = message('', `${round}`, body);
      const write = (): Promise<void> =>
        peer.writeInPieces(wire, () => 1 + random.below(wire.length));
      expectFrames(await subject.deliver(peer, write), `${round}`, body);
    }
  });

  test('T33: it sends 255 bytes in a short frame and 256 in a long one', async () => {
    const subject = await create();
    const peer = await subject.join();
    for (const size of [0, 1, 254, 255, 256, 257, 65_536]) {
      const body = repeat(9, size);
      if (subject.type === 'REQ') await subject.socket.send(body);
      else await peer.write(message('', body));
      await peer.expect(DELIMITER);
      await peer.expect(size > 255 ? bytes(2, u64(size)) : bytes(0, size));
      await peer.expect(body);
      if (subject.type === 'REQ') {
        await peer.write(message('', 'ok'));
        await subject.socket.receive();
      }
    }
  });

  const VIOLATIONS: ReadonlyArray<[row: string, input: Buffer]> = [
    ['T34: reserved bits F8 on a message', bytes(0xf8, 0x02, 'hi')],
    ...[0x08, 0x10, 0x20, 0x40, 0x80].map((bit): [string, Buffer] => [
      `T34: reserved bit 0x${bit.toString(16)} on a frame of a message`,
      bytes(bit | FLAG_MORE, 0),
    ]),
    ['T34: a reserved bit on a command', bytes(0x0c, 7, 4, 'PING', 0, 0)],
    ['T34: a reserved bit in the middle of a message', bytes(DELIMITER, 0x81, 1, 'a')],
    ['T34: the flags byte alone is enough to tell', bytes(0xf8)],
    ['T35: a command with MORE', bytes(5, 7, 4, 'PING', 0, 0)],
    ['T35: a long command with MORE', frame(0x07, bytes(4, 'PING', 0, 0))],
    [
      'T35: a command with MORE in the middle of a message',
      bytes(DELIMITER, 5, 7, 4, 'PING', 0, 0),
    ],
    ['T36: length 2^64 − 1', bytes(2, repeat(0xff, 8))],
    ['T36: length 2^63 − 1', bytes(2, 0x7f, repeat(0xff, 7))],
    ['T36: length 2^63', bytes(2, 0x80, repeat(0, 7))],
    [
      'T36: length 2^64 − 9, which overflows when the header is added',
      bytes(2, u64(2n ** 64n - 9n)),
    ],
    ['T36: length 2^63 − 1 of a frame with MORE', bytes(3, u64(2n ** 63n - 1n))],
    ['T36: length 2^63 − 1 of a command', bytes(6, u64(2n ** 63n - 1n))],
  ];

  test.each(VIOLATIONS)('%s: closes', async (_row, input) => {
    const subject = await create();
    const memory = new MemoryWatch();
    const { reason } = await expectViolation(subject, async (peer) => {
      await peer.handshake({ as: subject.accepts[0] });
      await peer.write(input);
    });
    expect(reason).not.toBe('');
    expect(memory.sample()).toBeLessThan(4e6);
  });

  test('T37: maxMessageSize 100: a frame of 100 is delivered, a frame of 101 closes', async () => {
    const subject = await create({ maxMessageSize: 100 });
    const peer = await subject.join();
    expectFrames(await subject.deliver(peer, message('', repeat(1, 100))), repeat(1, 100));
    await peer.write(message('', repeat(1, 101)));
    await peer.expectClose();
    expect(await subject.reasonFor(peer)).not.toBe('');
    await subject.serveOther();
  });

  test('T37: the header alone is enough: nothing of the body need be sent', async () => {
    const subject = await create({ maxMessageSize: 100 });
    await expectViolation(subject, async (peer) => {
      await peer.handshake({ as: subject.accepts[0] });
      await peer.write(bytes(DELIMITER, 0, 101));
    });
  });

  test('T37: a small maxMessageSize does not make handshakes or PINGs fail', async () => {
    const subject = await create({ maxMessageSize: 1 });
    const peer = await subject.join();
    await peer.write(ping(0, 'context'));
    await peer.expect(pong('context'));
    expectFrames(await subject.deliver(peer, message('', 'x')), 'x');
  });

  test('a message cut off by a PING, in every gap between its frames, stays whole', async () => {
    const subject = await create();
    const peer = await subject.join();
    const parts = [bytes(1, 0), bytes(1, 1, 'a'), bytes(3, u64(1), 'b'), bytes(0, 1, 'c')];
    const wire = bytes(...parts.flatMap((part) => [ping(0, 'between'), part]));
    const write = async (): Promise<void> => {
      await peer.write(wire);
      for (const _part of parts) await peer.expect(pong('between'));
    };
    expectFrames(await subject.deliver(peer, write), 'a', 'b', 'c');
  });
});

describe('all or nothing', () => {
  test('T38: REP: frames of a message cut off by a disconnect are never delivered', async () => {
    const subject = await ReplySubject.create();
    const first = await subject.join();
    await first.write(bytes(DELIMITER, 1, 1, 'a'));
    first.end();
    await first.expectClose();
    const second = await subject.join();
    expectFrames(await subject.deliver(second, message('', 'w')), 'w');
    expect(subject.requests).toEqual([]);
  });

  test('T38: REP: nor when the connection is reset in the middle of a frame', async () => {
    const subject = await ReplySubject.create();
    const first = await subject.join();
    await first.write(bytes(DELIMITER, 0, 200, 'only the beginning'));
    first.reset();
    await subject.reasonFor(first);
    const second = await subject.join();
    expectFrames(await subject.deliver(second, message('', 'w')), 'w');
    expect(subject.requests).toEqual([]);
  });

  test('T38: REQ: half a reply is dropped, the whole one from the next connection is delivered', async () => {
    const subject = await RequestSubject.create();
    const first = await subject.join();
    const reply = subject.socket.request('question', { timeout: 5000, retries: 1 });
    await first.expect(message('', 'question'));
    await first.write(bytes(DELIMITER, 1, 4, 'half'));
    first.end();
    const second = await subject.join();
    await second.expect(message('', 'question'));
    await second.write(message('', 'whole'));
    expectFrames(await reply, 'whole');
  });
});

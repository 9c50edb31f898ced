/**
 * Peers that never finish a handshake, or finish it with nonsense: H1–H3, H7, H8, H19, H20.
 *
 * What every case must leave behind: the connection closed in time with a reason, the other peers of
 * the socket served, memory as it was.
 */

import { describe, expect, test } from 'vitest';
import {
  bytes,
  command,
  errorCommand,
  greeting,
  message,
  ping,
  pong,
  property,
  ready,
  repeat,
  u32,
  u64,
} from '../../src/testing/raw-bytes.ts';
import { RawPeer } from '../support/raw-peer.ts';
import { createRandom, SEED } from '../support/raw-random.ts';
import { expectFrames, expectViolation, ReplySubject, SUBJECTS } from '../support/raw-subject.ts';
import { MemoryWatch, own, watchProcess } from '../support/watch.ts';

watchProcess();

/** The first bytes of a TLS 1.2 ClientHello. */
const CLIENT_HELLO = bytes(
  0x16,
  3,
  1,
  0,
  0xc8,
  1,
  0,
  0,
  0xc4,
  3,
  3,
  repeat(0x5a, 32),
  0,
  0,
  2,
  0x13,
  1,
  1,
  0,
);

/** The property that every peer must send. */
function type(value: string): Buffer {
  return property('Socket-Type', value);
}

/** Opens connections ten at a time and sees each accepted, so that the backlog of 100 never overflows. */
async function openSilent(endpoint: string, count: number): Promise<RawPeer[]> {
  const openOne = async (): Promise<RawPeer> => {
    const peer = own(await RawPeer.connect(endpoint));
    await peer.read(64);
    return peer;
  };
  const peers: RawPeer[] = [];
  while (peers.length < count)
    peers.push(...(await Promise.all(Array.from({ length: 10 }, openOne))));
  return peers;
}

describe.each(SUBJECTS)('handshake, %s', (_name, create) => {
  describe('H1: too slow', () => {
    const STALLS: ReadonlyArray<[row: string, start: (type: string) => Buffer]> = [
      ['silence', () => bytes()],
      ['half a signature', () => greeting().subarray(0, 5)],
      ['half a greeting', () => greeting().subarray(0, 32)],
      ['all but one byte of a greeting', () => greeting().subarray(0, 63)],
      ['a greeting and silence', () => greeting()],
      ['half a READY', (type) => bytes(greeting(), ready(type).subarray(0, 12))],
      ['all but one byte of READY', (type) => bytes(greeting(), ready(type).subarray(0, -1))],
      ['the header of a long READY', () => bytes(greeting(), 6, u64(1000))],
    ];

    test.each(STALLS)('%s: closed by the handshake interval', async (_row, start) => {
      const subject = await create({ handshakeInterval: 100 });
      const { reason } = await expectViolation(subject, (peer) =>
        peer.write(start(subject.accepts[0])),
      );
      expect(reason).not.toBe('');
    });

    test('a byte now and then does not prolong it', async () => {
      const subject = await create({ handshakeInterval: 150 });
      const peer = await subject.open();
      // 64 + 41 bytes at 5 ms each take half a second; a timer that every byte restarts never fires.
      const sent = await peer.writePaced(bytes(greeting(), ready(subject.accepts[0])), 5);
      expect(sent).toBeLessThan(100);
      await peer.expectClose();
      expect(await subject.reasonFor(peer)).not.toBe('');
      await subject.serveOther();
    });

    test('a peer that made it in time is not closed by that timer later', async () => {
      const subject = await create({ handshakeInterval: 100 });
      const peer = await subject.join();
      const late = await subject.open();
      await late.expectClose();
      await peer.write(ping(0, 'alive'));
      await peer.expect(pong('alive'));
    });
  });

  describe('H2: not ZMTP at all', () => {
    const GARBAGE: ReadonlyArray<[name: string, input: Buffer]> = [
      ['HTTP', bytes('GET /metrics HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n')],
      ['a TLS ClientHello', CLIENT_HELLO],
      ['an SSH banner', bytes('SSH-2.0-OpenSSH_9.6\r\n')],
      ['a Redis command', bytes('*1\r\n$4\r\nPING\r\n')],
      ['one zero byte', bytes(0)],
      ['1 MB of zeros', repeat(0, 1 << 20)],
      ['1 MB of FF', repeat(0xff, 1 << 20)],
      ['a greeting from its second byte on', greeting().subarray(1)],
    ];

    test.each(GARBAGE)('%s: closes', async (_name, input) => {
      const subject = await create();
      await expectViolation(subject, (peer) => peer.write(input));
    });

    test(`random bytes (seed ${SEED}): closes, now or when the peer has nothing more to say`, async () => {
      const random = createRandom();
      const subject = await create();
      await subject.serveOther();
      for (let round = 0; round < 100; round += 1) {
        const peer = await subject.open();
        const noise = random.bytes(1 + random.below(400));
        // Three in four get past the first bytes, where most noise ends.
        const valid = [bytes(), greeting().subarray(0, 10), greeting(), bytes(greeting(), 4)][
          round % 4
        ];
        await peer.write(bytes(valid ?? '', noise));
        peer.end();
        await peer.expectClose();
        peer.close();
      }
      await subject.serveOther();
    });
  });

  test('H3: every major version: below 3 closes, from 3 on completes', async () => {
    const subject = await create();
    for (let major = 0; major <= 255; major += 1) {
      const peer = await subject.open();
      await peer.write(greeting({ major }));
      if (major < 3) {
        await peer.expectClose();
        expect(await subject.reasonFor(peer)).not.toBe('');
      } else {
        await peer.read(64);
        await peer.write(ready(subject.accepts[0]));
        await peer.readReady();
      }
      peer.close();
    }
  });

  test('H3: every value of the first byte but FF, and every even value of byte 9, closes', async () => {
    const subject = await create();
    await subject.serveOther();
    for (let value = 0; value <= 254; value += 1) {
      const peer = await subject.open();
      await peer.write(bytes(value));
      await peer.expectClose();
    }
    for (let value = 0; value <= 254; value += 2) {
      const peer = await subject.open();
      await peer.write(greeting({ signatureEnd: value }).subarray(0, 10));
      await peer.expectClose();
    }
    await subject.serveOther();
  });

  describe('H7: commands out of order', () => {
    const FATAL: ReadonlyArray<[row: string, input: (type: string) => Buffer]> = [
      ['READY before the greeting', (type) => ready(type)],
      [
        'READY in the middle of the greeting',
        (type) => bytes(greeting().subarray(0, 11), ready(type), repeat(0xff, 64)),
      ],
      [
        'INITIATE of PLAIN and CURVE',
        (type) => bytes(greeting(), command('INITIATE', property('Socket-Type', type))),
      ],
      ['WELCOME', () => bytes(greeting(), command('WELCOME'))],
      ['SUBSCRIBE', () => bytes(greeting(), command('SUBSCRIBE', 'topic'))],
      ['PONG', () => bytes(greeting(), pong())],
      ['an ERROR, then READY', (type) => bytes(greeting(), errorCommand('500'), ready(type))],
      ['two greetings', () => bytes(greeting(), greeting())],
    ];

    test.each(FATAL)('%s: closes', async (_row, input) => {
      const subject = await create();
      await expectViolation(subject, (peer) => peer.write(input(subject.accepts[0])));
    });

    test('READY twice in one segment: the second is ignored or fatal', async () => {
      const subject = await create();
      await subject.serveOther();
      const peer = await subject.open();
      await peer.write(bytes(greeting(), ready(subject.accepts[0]), ready(subject.accepts[0])));
      peer.end();
      await peer.expectClose();
      await subject.reasonFor(peer);
      await subject.serveOther();
    });

    test.each([
      ['1 MB', 2 ** 20],
      ['100 MB', 100 * 2 ** 20],
      ['2^40 bytes', 2 ** 40],
    ])('a READY of %s is refused at its header', async (_size, length) => {
      const subject = await create();
      await expectViolation(subject, async (peer) => {
        await peer.exchangeGreetings();
        await peer.write(bytes(6, u64(length)));
      });
    });

    test('a READY of 100 MB that keeps coming is not read', async () => {
      const subject = await create();
      const memory = new MemoryWatch();
      let sent = 0;
      await expectViolation(subject, async (peer) => {
        await peer.exchangeGreetings();
        await peer.write(bytes(6, u64(100 * 2 ** 20), 5, 'READY', type(subject.accepts[0])));
        sent = await peer.flood(repeat(0, 1 << 20), 100 * 2 ** 20);
      });
      expect(sent).toBeLessThan(50 * 2 ** 20);
      expect(memory.sample()).toBeLessThan(8e6);
    });
  });

  describe('H8: metadata', () => {
    const REFUSED: ReadonlyArray<[row: string, metadata: (accepted: string) => Buffer]> = [
      ['a second Socket-Type, the same', (t) => bytes(type(t), type(t))],
      ['a second Socket-Type, another', (t) => bytes(type(t), type('PULL'))],
      [
        'a second Socket-Type in another spelling',
        (t) => bytes(type(t), property('SOCKET-type', 'PULL')),
      ],
      ['an empty name', (t) => bytes(type(t), 0, u32(0))],
      ['an empty name with a value', (t) => bytes(type(t), property('', 'value'))],
      ['one stray byte', (t) => bytes(type(t), 0x41)],
      ['three stray bytes', (t) => bytes(type(t), 2, 'ab')],
      ['a name longer than the rest', (t) => bytes(type(t), 255, 'X-a')],
      ['a name of 255 bytes at the very end', (t) => bytes(type(t), 255, repeat(0x58, 255))],
      ['half a value length', (t) => bytes(type(t), 3, 'X-a', 0, 0)],
      ['a value shorter than its length', (t) => bytes(type(t), 3, 'X-a', u32(5), 'ab')],
      [
        'a value of length 7FFFFFFF without a byte',
        (t) => bytes(type(t), 3, 'X-a', u32(0x7fffffff)),
      ],
      ['a value of length FFFFFFFF', (t) => bytes(type(t), 3, 'X-a', u32(0xffffffff), 'ab')],
      ['a value of length 80000000', (t) => bytes(type(t), 3, 'X-a', u32(0x80000000), 'ab')],
      ['an Identity of 256 bytes', (t) => bytes(type(t), property('Identity', repeat(0x41, 256)))],
      [
        'an Identity that starts with 00',
        (t) => bytes(type(t), property('Identity', bytes(0, 'abcd'))),
      ],
      [
        'two Identities',
        (t) => bytes(type(t), property('Identity', 'a'), property('Identity', 'b')),
      ],
      ['a Socket-Type of 1,000 bytes', () => type('REQ'.padEnd(1000, 'Q'))],
    ];

    test.each(REFUSED)('%s: closes', async (_row, metadata) => {
      const subject = await create();
      await expectViolation(subject, async (peer) => {
        await peer.exchangeGreetings();
        await peer.write(command('READY', metadata(subject.accepts[0])));
      });
    });

    const ACCEPTED: ReadonlyArray<[row: string, extra: Buffer]> = [
      ['an Identity of 255 bytes', property('Identity', repeat(0x41, 255))],
      ['an Identity of any bytes', property('Identity', Buffer.from([1, 0, 255, 10]))],
      ['an empty Identity', property('Identity', '')],
      ['a name of 255 bytes', property(repeat(0x58, 255), 'value')],
      [
        'names every object has',
        bytes(
          ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'then'].map(
            (name) => property(name, 'owned'),
          ),
        ),
      ],
      ['a value of 10,000 bytes', property('X-long', repeat(0x58, 10_000))],
      [
        '100 properties',
        bytes(...Array.from({ length: 100 }, (_, index) => property(`X-${index}`, 'v'))),
      ],
    ];

    test.each(ACCEPTED)('%s: completes', async (_row, extra) => {
      const subject = await create();
      const peer = await subject.open();
      await peer.exchangeGreetings();
      await peer.write(ready(subject.accepts[0], extra));
      await peer.readReady();
      expectFrames(await subject.deliver(peer, message('', 'hello')), 'hello');
      expect(Object.keys(Object.prototype)).toEqual([]);
    });

    const EITHER: ReadonlyArray<[row: string, extra: Buffer]> = [
      ['a name with forbidden characters', property(bytes('X a', 0, 0xff), 'v')],
      ['an application property twice', bytes(property('X-a', '1'), property('X-a', '2'))],
      ['10^5 properties', bytes(...Array.from({ length: 100_000 }, () => property('X', '')))],
      [
        '10^4 properties of different names',
        bytes(...Array.from({ length: 10_000 }, (_, index) => property(`X-${index}`, ''))),
      ],
    ];

    test.each(EITHER)('%s: completes or closes, and harms nobody', async (_row, extra) => {
      const subject = await create();
      await subject.serveOther();
      const memory = new MemoryWatch();
      const peer = await subject.open();
      await peer.exchangeGreetings();
      await peer.write(ready(subject.accepts[0], extra));
      await peer.readReady();
      peer.end();
      await peer.expectClose();
      await subject.reasonFor(peer);
      await subject.serveOther();
      expect(memory.sample()).toBeLessThan(8e6);
    });
  });

  test('H20: RST after every part of the handshake is one lost connection and nothing more', async () => {
    const subject = await create();
    await subject.serveOther();
    for (const start of [
      bytes(),
      greeting().subarray(0, 20),
      greeting(),
      bytes(greeting(), 4, 0x20, 5, 'REA'),
    ]) {
      const peer = await subject.open();
      await peer.write(start);
      await peer.read(10);
      peer.reset();
      expect(await subject.reasonFor(peer)).not.toBe('');
    }
    await subject.serveOther();
  });
});

describe('H19, T83: many connections in the handshake', () => {
  test('2,000 silent connections: a good one is served at once, and so is one that was there before', async () => {
    const subject = await ReplySubject.create();
    await subject.serveOther();
    await openSilent(subject.endpoint, 2000);
    const since = performance.now();
    const peer = await subject.join();
    expectFrames(await subject.deliver(peer, message('', 'hello')), 'hello');
    expect(performance.now() - since).toBeLessThan(1000);
    await subject.serveOther();
  });

  test('maxPendingHandshakes: the surplus is closed, oldest first, with a reason; the newest are served', async () => {
    const subject = await ReplySubject.create({ maxPendingHandshakes: 50 });
    await subject.serveOther();
    const silent = await openSilent(subject.endpoint, 200);
    await Promise.all(silent.slice(0, 150).map((peer) => peer.expectClose()));
    for (const peer of silent.slice(0, 150)) expect(await subject.reasonFor(peer)).not.toBe('');
    const alive = silent.slice(150);
    for (const peer of alive) {
      await peer.write(bytes(greeting(), ready('REQ')));
      await peer.readReady();
      expectFrames(await subject.deliver(peer, message('', 'late')), 'late');
    }
    await subject.serveOther();
  });

  test('connections that come and go in their handshake do not count for ever', async () => {
    const subject = await ReplySubject.create({ maxPendingHandshakes: 10 });
    const patient = await subject.open();
    for (let round = 0; round < 100; round += 1) {
      const peer = await subject.open();
      if (round % 2 === 0) peer.reset();
      else peer.end();
      await subject.reasonFor(peer);
    }
    await patient.handshake({ as: 'REQ' });
    expectFrames(await subject.deliver(patient, message('', 'hello')), 'hello');
  });

  test('what is stuck is let go: 500 connections end with the handshake interval, memory as before', async () => {
    const subject = await ReplySubject.create({ handshakeInterval: 300 });
    await subject.serveOther();
    const memory = new MemoryWatch();
    const silent = await openSilent(subject.endpoint, 500);
    await Promise.all(silent.map((peer) => peer.write(greeting().subarray(0, 40))));
    await Promise.all(silent.map((peer) => peer.expectClose()));
    for (const peer of silent) peer.discardInput();
    expect(memory.sample()).toBeLessThan(16e6);
    await subject.serveOther();
  });
});

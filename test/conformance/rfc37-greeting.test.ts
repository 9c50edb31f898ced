/**
 * 37/ZMTP, Formal Grammar and Version Negotiation: the 64 bytes before everything else.
 *
 * Rows T1–T15. Both roles are tested: a bound REP that we connect to and a REQ that connects to us.
 */

import { describe, expect, test } from 'vitest';
import { bytes, greeting, hexDump, message, ready, repeat } from '../../src/testing/raw-bytes.ts';
import { createRandom, SEED } from '../support/raw-random.ts';
import { expectFrames, expectViolation, SUBJECTS } from '../support/raw-subject.ts';
import { watchProcess } from '../support/watch.ts';

watchProcess();

/** The largest delay any timer-driven close may add on a loaded machine. */
const LATE = 3000;

describe.each(SUBJECTS)('greeting, %s', (_name, create) => {
  test('T1: the signature comes at once, unprompted: FF, 8 bytes padding, 7F', async () => {
    const subject = await create();
    const peer = await subject.open();
    const signature = await peer.read(10);
    expect(signature[0]).toBe(0xff);
    expect((signature[9] ?? 0) & 1).toBe(1);
  });

  test('T1: all 64 bytes come without a byte from the peer, so two cautious peers cannot deadlock', async () => {
    const subject = await create();
    const peer = await subject.open();
    expect((await peer.read(64)).length).toBe(64);
  });

  test('T2: after our signature the major version is 3', async () => {
    const subject = await create();
    const peer = await subject.open();
    await peer.write(greeting().subarray(0, 10));
    const start = await peer.read(11);
    expect(start[10]).toBe(3);
  });

  test('T3: minor, mechanism NULL padded to 20, as-server 0, filler zero', async () => {
    const subject = await create();
    const peer = await subject.open();
    await peer.write(greeting().subarray(0, 11));
    const rest = (await peer.read(64)).subarray(11);
    expect([0, 1]).toContain(rest[0]);
    expect(hexDump(rest.subarray(1))).toBe(hexDump(bytes('NULL', repeat(0, 48))));
  });

  test('T4: a greeting and READY that arrive byte by byte are understood', async () => {
    const subject = await create();
    const peer = await subject.open();
    await peer.writeBytewise(greeting());
    await peer.read(64);
    await peer.writeBytewise(ready(subject.accepts[0]));
    await peer.readReady();
    expectFrames(await subject.deliver(peer, message('', 'hello')), 'hello');
  });

  test(`T4: or in pieces cut at random (seed ${SEED})`, async () => {
    const random = createRandom();
    for (let round = 0; round < 20; round += 1) {
      const subject = await create();
      const peer = await subject.open();
      await peer.writeSplit(bytes(greeting(), ready(subject.accepts[0])), random);
      await peer.read(64);
      await peer.readReady();
      expectFrames(await subject.deliver(peer, message('', `hello ${round}`)), `hello ${round}`);
      subject.socket.close();
    }
  });

  const TOLERATED: ReadonlyArray<[row: string, own: Buffer]> = [
    [
      'T5: padding and filler have no meaning and are not checked',
      greeting({ padding: repeat(0xaa, 8), filler: repeat(0xee, 31) }),
    ],
    [
      'T5: ZMTP 1.0 peers write identity length + 1 into the padding',
      greeting({ padding: bytes(0, 0, 0, 0, 0, 0, 0, 1) }),
    ],
    ['T6: as-server has no meaning with NULL', greeting({ asServer: 1 })],
    ['T7: a higher major version is answered with 3.x and accepted', greeting({ major: 4 })],
    ['T7: up to 255', greeting({ major: 255, minor: 255 })],
    ['a higher minor version is accepted', greeting({ minor: 9 })],
    ['a 3.0 peer is accepted', greeting({ minor: 0 })],
    ['only bit 0 of byte 9 tells the versions apart', greeting({ signatureEnd: 0x01 })],
  ];

  test.each(TOLERATED)('%s', async (_row, own) => {
    const subject = await create();
    const peer = await subject.open();
    await peer.exchangeGreetings(own);
    await peer.write(ready(subject.accepts[0]));
    await peer.readReady();
    expectFrames(await subject.deliver(peer, message('', 'hello')), 'hello');
  });

  // We speak 3.x only. Each of these must be refused as soon as it can be told, hence the short inputs:
  // the peer stays connected and silent after them, and the handshake timer is far away.
  const REFUSED: ReadonlyArray<[row: string, input: Buffer]> = [
    ['T8: byte 9 even means ZMTP 1.0', greeting({ signatureEnd: 0x7e }).subarray(0, 10)],
    ['T9: revision 1 (ZMTP 2.0)', bytes(0xff, repeat(0, 8), 0x7f, 0x01)],
    [
      'T9: revision 1 with its identity and a message behind',
      bytes(greeting().subarray(0, 10), 1, 8, 0, 0, 0, 5, 'hello'),
    ],
    ['T9: revision 0', bytes(0xff, repeat(0, 8), 0x7f, 0x00, 0x08)],
    ['T9: revision 2, which the RFC also calls ZMTP 2.0', bytes(0xff, repeat(0, 8), 0x7f, 0x02)],
    ['T10: an unversioned ZMTP 1.0 identity and message', bytes(0x01, 0x00, 0x06, 0x00, 'hello')],
    ['T11: HTTP', bytes('GET / HTTP/1.1\r\n\r\n')],
    ['T12: the single byte G and silence', bytes('G')],
  ];

  test.each(REFUSED)('%s: closes', async (_row, input) => {
    const subject = await create();
    await expectViolation(subject, (peer) => peer.write(input));
  });

  test('T13: silence is ended by the handshake interval, not earlier', async () => {
    const subject = await create({ handshakeInterval: 200 });
    const peer = await subject.open();
    const since = performance.now();
    await peer.expectClose();
    expect(performance.now() - since).toBeGreaterThan(150);
    expect(performance.now() - since).toBeLessThan(200 + LATE);
    expect(await subject.reasonFor(peer)).not.toBe('');
    await subject.serveOther();
  });

  test('T14: mechanism PLAIN closes, after we sent our whole greeting, so the peer learns what we speak', async () => {
    const subject = await create();
    const { peer } = await expectViolation(subject, (raw) =>
      raw.write(greeting({ mechanism: 'PLAIN' })),
    );
    expect(peer.unread.length).toBeGreaterThanOrEqual(64);
    expect(peer.unread.toString('latin1', 12, 16)).toBe('NULL');
  });

  const MECHANISMS: ReadonlyArray<[row: string, mechanism: Buffer]> = [
    ['CURVE', bytes('CURVE')],
    ['T15: NULL followed by 01 in the padding', bytes('NULL', 1)],
    ['T15: NULL with a last byte that is not zero', bytes('NULL', repeat(0, 15), 0xff)],
    ['NULLx', bytes('NULLx')],
    ['lower case', bytes('null')],
    ['20 bytes without a terminator', repeat(0x4e, 20)],
    ['not ASCII', repeat(0xff, 20)],
    ['nothing', bytes()],
  ];

  test.each(MECHANISMS)('mechanism %s: closes', async (_row, mechanism) => {
    const subject = await create();
    await expectViolation(subject, (peer) => peer.write(greeting({ mechanism })));
  });

  test('T14: nothing after the greeting of another mechanism is looked at', async () => {
    const subject = await create();
    const { peer } = await expectViolation(subject, (raw) =>
      raw.write(
        bytes(greeting({ mechanism: 'PLAIN' }), ready(subject.accepts[0]), message('', 'hello')),
      ),
    );
    expect(peer.unread.indexOf('hello')).toBe(-1);
  });
});

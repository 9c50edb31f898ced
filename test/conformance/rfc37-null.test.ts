/**
 * 37/ZMTP, The NULL Security Mechanism, The Socket-Type Property, Error Handling: READY and what may
 * stand in its place.
 *
 * Rows T16–T29.
 */

import { describe, expect, test } from 'vitest';
import {
  bytes,
  command,
  commandBody,
  errorCommand,
  frame,
  greeting,
  message,
  ping,
  pong,
  property,
  ready,
  repeat,
  u32,
} from '../../src/testing/raw-bytes.ts';
import { RawListener, type RawPeer } from '../support/raw-peer.ts';
import {
  expectFrames,
  expectViolation,
  ReplySubject,
  RequestSubject,
  type Subject,
  SUBJECTS,
} from '../support/raw-subject.ts';
import { own, watchProcess } from '../support/watch.ts';

watchProcess();

const ALL_TYPES = [
  ...['REQ', 'REP', 'DEALER', 'ROUTER', 'PUB', 'SUB', 'XPUB', 'XSUB', 'PUSH', 'PULL', 'PAIR'],
  ...['CLIENT', 'SERVER', 'RADIO', 'DISH', 'SCATTER', 'GATHER', 'PEER', 'CHANNEL', 'DGRAM'],
];

/** Greetings and the subject's READY, so that what follows is judged as a command and not as a race. */
async function untilReady(peer: RawPeer): Promise<void> {
  await peer.exchangeGreetings();
  await peer.readReady();
}

/**
 * A REP answers a message that came along with READY. For a REQ it answers no request, so it must be
 * discarded; for both the connection lives on.
 */
async function expectEarlyMessage(subject: Subject, peer: RawPeer, body: string): Promise<void> {
  if (subject instanceof ReplySubject) {
    expectFrames(await subject.nextRequest(), body);
    await peer.expect(message('', body));
  }
  // The PONG tells that it was read before there is a request.
  await peer.write(ping(0, 'read'));
  await peer.expect(pong('read'));
  expectFrames(await subject.deliver(peer, message('', 'next')), 'next');
}

describe.each(SUBJECTS)('NULL handshake, %s', (_name, create) => {
  test('READY is sent right after the greetings and names the socket type', async () => {
    const subject = await create();
    const peer = await subject.open();
    await peer.exchangeGreetings();
    const { flags, body } = await peer.readFrame();
    expect(flags).toBe(0x04);
    expect(body.subarray(0, 6)).toEqual(bytes(5, 'READY'));
    expect(body.subarray(6, 6 + 16 + 3)).toEqual(property('Socket-Type', subject.type));
    // REQ may name itself (libzmq always sends an Identity, also an empty one); nothing else is allowed.
    expect([bytes(), property('Identity', '')]).toContainEqual(body.subarray(6 + 16 + 3));
  });

  test('no traffic is sent before READY was received', async () => {
    const subject = await create();
    const peer = await subject.open();
    if (subject.type === 'REQ') void subject.socket.send('early');
    await peer.exchangeGreetings();
    await peer.readReady();
    await peer.write(ready(subject.accepts[0], bytes()));
    if (subject.type === 'REQ') await peer.expect(message('', 'early'));
    else await subject.serveOther();
    expect(peer.unread.length).toBe(0);
  });

  test.each(ALL_TYPES)(
    'T16: the Socket-Type Property: %s is accepted or refused as the table says',
    async (type) => {
      const subject = await create();
      const join = async (peer: RawPeer): Promise<void> => {
        await untilReady(peer);
        await peer.write(ready(type));
      };
      if (subject.accepts.includes(type)) {
        const peer = await subject.open();
        await join(peer);
        expectFrames(await subject.deliver(peer, message('', 'hello')), 'hello');
      } else {
        // "SHOULD … send an ERROR command and then disconnect".
        const { peer } = await expectViolation(subject, join);
        const { name, data } = await peer.readCommand();
        expect(name).toBe('ERROR');
        expect(data[0]).toBe(data.length - 1);
        expect(data.length).toBeGreaterThan(1);
      }
    },
  );

  const BAD_METADATA: ReadonlyArray<[row: string, metadata: (type: string) => Buffer]> = [
    ['T17: READY without a Socket-Type', () => bytes()],
    ['T17: READY with other properties only', () => property('X-a', 'b')],
    ['T19: the value is case-sensitive', (type) => property('Socket-Type', type.toLowerCase())],
    ['T19: the value is compared as a whole', (type) => property('Socket-Type', `${type}\0`)],
    ['an empty Socket-Type', () => property('Socket-Type', '')],
    ['T20: one byte too many', (type) => bytes(property('Socket-Type', type), 0)],
    [
      'T21: a value shorter than declared',
      (type) => bytes(property('Socket-Type', type), 3, 'X-a', u32(5), 'ab'),
    ],
    [
      'a declared value of which no byte is there',
      (type) => bytes(property('Socket-Type', type), 3, 'X-a', u32(5)),
    ],
  ];

  test.each(BAD_METADATA)('%s: closes', async (_row, metadata) => {
    const subject = await create();
    await expectViolation(subject, async (peer) => {
      await untilReady(peer);
      await peer.write(command('READY', metadata(subject.accepts[0])));
    });
  });

  const GOOD_READY: ReadonlyArray<[row: string, ready: (type: string) => Buffer]> = [
    [
      'T18: property names are case-insensitive',
      (type) => command('READY', property('socket-type', type)),
    ],
    ['T18: in every spelling', (type) => command('READY', property('SOCKET-TYPE', type))],
    ['T22: an empty value', (type) => ready(type, property('X', ''))],
    [
      'T23: READY in a long frame',
      (type) => frame(0x06, commandBody('READY', property('Socket-Type', type))),
    ],
    [
      'properties in another order',
      (type) => command('READY', property('Identity', 'me'), property('Socket-Type', type)),
    ],
    [
      'unknown properties are ignored',
      (type) => ready(type, property('Zebra', repeat(0, 300)), property('X-app', 'x')),
    ],
    ['an empty Identity, as libzmq sends it', (type) => ready(type, property('Identity', ''))],
    ['a Resource', (type) => ready(type, property('Resource', '/service'))],
  ];

  test.each(GOOD_READY)('%s: completes', async (_row, own) => {
    const subject = await create();
    const peer = await subject.open();
    await peer.exchangeGreetings();
    await peer.write(own(subject.accepts[0]));
    await peer.readReady();
    expectFrames(await subject.deliver(peer, message('', 'hello')), 'hello');
  });

  const NOT_READY: ReadonlyArray<[row: string, input: Buffer]> = [
    ['T24: a message instead of READY', bytes(0x00, 0x05, 'hello')],
    [
      'T24: READY without the COMMAND flag',
      frame(0x00, commandBody('READY', property('Socket-Type', 'REQ'))),
    ],
    ['T24: a whole request instead of READY', message('', 'hello')],
    ['T25: PING before READY', ping()],
    ['PONG before READY', bytes(4, 5, 4, 'PONG')],
    ['an unknown command before READY', command('UNKNOWN')],
    ['a command of another mechanism', command('HELLO', 5, 'admin', 6, 'secret')],
    ['ready in lower case', command('ready', property('Socket-Type', 'REQ'))],
    ['READY with the MORE flag', frame(0x05, commandBody('READY', property('Socket-Type', 'REQ')))],
    [
      'READY with a reserved flag',
      frame(0x0c, commandBody('READY', property('Socket-Type', 'REQ'))),
    ],
    ['an empty command body', bytes(4, 0)],
    ['a command name longer than the body', bytes(4, 2, 0xff, 'A')],
  ];

  test.each(NOT_READY)('%s: closes', async (_row, input) => {
    const subject = await create();
    await expectViolation(subject, async (peer) => {
      await untilReady(peer);
      await peer.write(input);
    });
  });

  const ERRORS: ReadonlyArray<[row: string, input: Buffer, text: string]> = [
    ['T26: ERROR 400', bytes(0x04, 0x0a, 5, 'ERROR', 3, '400'), '400'],
    ['ERROR with a text', errorCommand('Invalid socket type'), 'Invalid socket type'],
    ['ERROR with an empty reason', errorCommand(''), ''],
    ['T27: ERROR whose reason is not there', bytes(0x04, 0x07, 5, 'ERROR', 0xff), ''],
    ['ERROR without a reason length', bytes(0x04, 0x06, 5, 'ERROR'), ''],
    ['ERROR with bytes behind the reason', command('ERROR', 1, 'abc'), ''],
  ];

  test.each(ERRORS)('%s is fatal: closes', async (_row, input, text) => {
    const subject = await create();
    const { reason } = await expectViolation(subject, async (peer) => {
      await untilReady(peer);
      await peer.write(input);
    });
    expect(reason).toContain(text);
  });

  test('T26: ERROR in one segment with the greeting is fatal as well', async () => {
    const subject = await create();
    await expectViolation(subject, (peer) => peer.write(bytes(greeting(), errorCommand('400'))));
  });

  test('T28: greeting, READY and a message in one segment: nothing is lost, nobody is dropped', async () => {
    const subject = await create();
    const peer = await subject.open();
    await peer.write(bytes(greeting(), ready(subject.accepts[0]), message('', 'hi')));
    await peer.read(64);
    await peer.readReady();
    await expectEarlyMessage(subject, peer, 'hi');
  });

  test('T29: READY and a message in one segment after the READY of the subject', async () => {
    const subject = await create();
    const peer = await subject.open();
    await untilReady(peer);
    await peer.write(bytes(ready(subject.accepts[0]), message('', 'hi')));
    await expectEarlyMessage(subject, peer, 'hi');
  });
});

describe('NULL handshake, reconnecting', () => {
  const FATAL: ReadonlyArray<[row: string, input: Buffer]> = [
    ['T26: after an ERROR', bytes(greeting(), errorCommand('400'))],
    ['T14: after a mechanism mismatch', greeting({ mechanism: 'CURVE' })],
  ];

  test.each(FATAL)('%s a REQ does not try again with the same credentials', async (_row, input) => {
    const subject = await RequestSubject.create({ reconnectInterval: 10 });
    const refusing = own(await RawListener.listen());
    subject.socket.connect(refusing.endpoint);
    const peer = own(await refusing.accept());
    await peer.exchangeGreetings(input);
    await peer.expectClose();

    // A second endpoint that just hangs up is the clock: it is tried again five times meanwhile.
    const dropping = own(await RawListener.listen());
    subject.socket.connect(dropping.endpoint);
    for (let round = 0; round < 5; round += 1) own(await dropping.accept()).reset();
    expect(refusing.connections).toBe(1);
  });

  test('after a peer of the wrong type a REQ does try again: the server may have been replaced', async () => {
    const subject = await RequestSubject.create({ reconnectInterval: 10 });
    const listener = own(await RawListener.listen());
    subject.socket.connect(listener.endpoint);
    const wrong = own(await listener.accept());
    await wrong.exchangeGreetings();
    await wrong.write(ready('PULL'));
    await wrong.expectClose();
    const right = own(await listener.accept());
    await right.handshake({ as: 'REP' });
    expectFrames(await subject.deliver(right, message('', 'hello')), 'hello');
  });
});

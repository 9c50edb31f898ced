/**
 * Every limit that a socket has for its peers: what keeps to it is taken, what goes beyond it costs the peer its
 * connection, with a reason that names the option, and the other peers are served on.
 */

import { describe, expect, test } from 'vitest';
import {
  allowPasswords,
  Context,
  Publisher,
  Pull,
  Reply,
  type Socket,
  Stream,
  Subscriber,
  XPublisher,
} from '../../src/index.ts';
import {
  bytes,
  command,
  greeting,
  message,
  property,
  ready,
  repeat,
  u64,
} from '../../src/testing/raw-bytes.ts';
import { RawPeer } from '../support/raw-peer.ts';
import { expectAlive, RawSide } from '../support/raw-socket.ts';
import { type SeenEvent } from '../support/raw-subject.ts';
import { own, watchProcess } from '../support/watch.ts';

watchProcess();

/** The peer is sent away, the reason names the option, and `other` is served on. */
async function expectLimit(
  side: RawSide,
  peer: RawPeer,
  option: string,
  other: RawPeer,
): Promise<void> {
  await peer.expectClose();
  expect(await side.reasonFor(peer)).toContain(`(${option})`);
  await expectAlive(other);
}

/** A bound socket with a peer that does nothing wrong. */
async function setStage<S extends Socket>(
  socket: S,
  peerType: string,
): Promise<{ side: RawSide<S>; other: RawPeer }> {
  const side = await RawSide.bind(socket);
  return { side, other: await side.join(peerType) };
}

describe('maxHandshakeSize', () => {
  /** A READY whose body has so many bytes. */
  const readyOf = (size: number): Buffer => {
    const rest = size - ready('PUSH', property('X', '')).subarray(2).length;
    return ready('PUSH', property('X', repeat(0, rest)));
  };

  test.each([
    ['by default', undefined, 65_536],
    ['as set', 2000, 2000],
  ])('%s: a READY of so many bytes is taken, one more is not', async (_what, option, limit) => {
    const socket = new Pull(option === undefined ? {} : { maxHandshakeSize: option });
    const { side, other } = await setStage(socket, 'PUSH');
    const good = await side.open();
    await good.exchangeGreetings();
    await good.write(readyOf(limit));
    await side.handshakeOf(good);
    const bad = await side.open();
    await bad.exchangeGreetings();
    await bad.write(readyOf(limit + 1));
    await expectLimit(side, bad, 'maxHandshakeSize', other);
  });

  test('the commands of PLAIN add up', async () => {
    const authenticate = allowPasswords({ admin: 'secret' });
    const side = await RawSide.bind(
      new Pull({ plainServer: true, authenticate, maxHandshakeSize: 1024 }),
    );
    const hello = command('HELLO', 5, 'admin', 6, 'secret');
    const enter = async (size: number): Promise<RawPeer> => {
      const peer = await side.open();
      await peer.exchangeGreetings(greeting({ mechanism: 'PLAIN' }));
      await peer.write(hello);
      await peer.expect(command('WELCOME'));
      const rest = size - (hello.length - 2);
      const known = command('INITIATE', property('Socket-Type', 'PUSH'), property('X', ''));
      const value = repeat(0, rest - known.subarray(2).length);
      await peer.write(command('INITIATE', property('Socket-Type', 'PUSH'), property('X', value)));
      return peer;
    };
    const good = await enter(1024);
    await side.handshakeOf(good);
    await expectLimit(side, await enter(1025), 'maxHandshakeSize', await admitted(good));
  });

  /** Past its READY. */
  async function admitted(peer: RawPeer): Promise<RawPeer> {
    await peer.readReady();
    return peer;
  }
});

describe('maxCommandSize', () => {
  test.each([
    ['by default', undefined, 65_536],
    ['as set', 64, 64],
  ])('%s: a command of so many bytes is taken, one more is not', async (_what, option, limit) => {
    const socket = new Pull(option === undefined ? {} : { maxCommandSize: option });
    const { side, other } = await setStage(socket, 'PUSH');
    const peer = await side.join('PUSH');
    await peer.write(command('UNKNOWN', repeat(0, limit - 8)));
    await expectAlive(peer);
    await peer.write(command('UNKNOWN', repeat(0, limit - 7)));
    await expectLimit(side, peer, 'maxCommandSize', other);
  });

  test('commands between two frames of a message add up', async () => {
    const { side, other } = await setStage(new Pull({ maxCommandSize: 100 }), 'PUSH');
    const peer = await side.join('PUSH');
    await peer.write(bytes(1, 1, 'a', command('UNKNOWN', repeat(0, 42))));
    await expectAlive(peer);
    await peer.write(command('UNKNOWN', repeat(0, 42)));
    await expectLimit(side, peer, 'maxCommandSize', other);
  });
});

test('maxMessageSize and maxMessageFrames are named, too', async () => {
  const socket = new Pull({ maxMessageSize: 10, maxMessageFrames: 3 });
  const { side, other } = await setStage(socket, 'PUSH');
  const large = await side.join('PUSH');
  await large.write(bytes(2, u64(11)));
  await expectLimit(side, large, 'maxMessageSize', other);
  const many = await side.join('PUSH');
  await many.write(message('1', '2', '3', '4'));
  await expectLimit(side, many, 'maxMessageFrames', other);
});

type Kind = 'SUBSCRIBE' | 'CANCEL';
const FORMS: ReadonlyArray<[name: string, form: (kind: Kind, topic: Uint8Array) => Buffer]> = [
  ['commands', (kind, topic) => command(kind, topic)],
  ['messages', (kind, topic) => message(bytes(kind === 'SUBSCRIBE' ? 1 : 0, topic))],
];

const PUBLISHERS: ReadonlyArray<
  [name: string, create: (options: object) => Publisher | XPublisher]
> = [
  ['PUB', (options) => new Publisher({ linger: 0, ...options })],
  ['XPUB', (options) => new XPublisher({ linger: 0, ...options })],
  ['manual XPUB', (options) => new XPublisher({ linger: 0, manual: true, ...options })],
  ['verbose XPUB', (options) => new XPublisher({ linger: 0, verbosity: 'allSubs', ...options })],
];

describe.each(PUBLISHERS)('topics, %s', (_name, create) => {
  describe.each(FORMS)('%s', (_form, form) => {
    const subscribe = (topic: string): Buffer => form('SUBSCRIBE', Buffer.from(topic));
    const cancel = (topic: string): Buffer => form('CANCEL', Buffer.from(topic));

    test('maxSubscriptions: what is held, again, and what takes the place of another is taken', async () => {
      const { side, other } = await setStage(create({ maxSubscriptions: 3 }), 'SUB');
      const peer = await side.join('SUB');
      for (const topic of ['a', 'b', 'c', 'a', 'c']) await peer.write(subscribe(topic));
      await peer.write(bytes(cancel('a'), subscribe('d'), cancel('unknown')));
      await expectAlive(peer);
      // A limit for each.
      for (const topic of ['x', 'y', 'z']) await other.write(subscribe(topic));
      await peer.write(subscribe('e'));
      await expectLimit(side, peer, 'maxSubscriptions', other);
    });

    test('maxSubscriptions: a topic counts once more for each 256 bytes', async () => {
      const { side, other } = await setStage(create({ maxSubscriptions: 5 }), 'SUB');
      const peer = await side.join('SUB');
      await peer.write(bytes(subscribe('x'.repeat(255)), subscribe('y'.repeat(256))));
      await expectAlive(peer);
      await peer.write(bytes(cancel('y'.repeat(256)), subscribe('z'.repeat(1023))));
      await expectAlive(peer);
      await peer.write(subscribe(''));
      await expectLimit(side, peer, 'maxSubscriptions', other);
    });

    test('maxTopicSize: so many bytes are taken, one more is not; to cancel is no harm', async () => {
      const { side, other } = await setStage(create({ maxTopicSize: 10 }), 'SUB');
      const peer = await side.join('SUB');
      await peer.write(bytes(subscribe('x'.repeat(10)), cancel('x'.repeat(11))));
      await expectAlive(peer);
      await peer.write(subscribe('x'.repeat(11)));
      await expectLimit(side, peer, 'maxTopicSize', other);
    });

    test('by default 65,000 bytes, and none of it is kept beyond', async () => {
      const { side, other } = await setStage(create({}), 'SUB');
      const peer = await side.join('SUB');
      await peer.write(subscribe('x'.repeat(65_000)));
      await expectAlive(peer);
      await peer.write(subscribe('x'.repeat(65_001)));
      await expectLimit(side, peer, 'maxTopicSize', other);
    });

    test('neither, when there are not to be any', async () => {
      const { side } = await setStage(create({ maxSubscriptions: 0, maxTopicSize: -1 }), 'SUB');
      const peer = await side.join('SUB');
      await peer.write(bytes(subscribe('x'.repeat(65_500)), subscribe('y'.repeat(65_500))));
      await expectAlive(peer);
    });
  });
});

test('a publisher that connects has the limits, too', async () => {
  const side = RawSide.connecting(
    new Publisher({ linger: 0, maxSubscriptions: 1, reconnectInterval: 0 }),
  );
  const peer = await side.open();
  await peer.handshake({ as: 'SUB' });
  await side.handshakeOf(peer);
  await peer.write(bytes(command('SUBSCRIBE', 'a'), command('SUBSCRIBE', 'b')));
  await peer.expectClose();
  expect(await side.reasonFor(peer)).toContain('(maxSubscriptions)');
});

test('the limits of topics can change at any time, and are not for sockets of the same process', async () => {
  const context = new Context();
  const xpub = own(new XPublisher({ context, maxSubscriptions: 1, maxTopicSize: 1 }));
  await xpub.bind('inproc://limits');
  await xpub.bind('tcp://127.0.0.1:*');
  const sub = own(new Subscriber({ context }));
  sub.subscribe('one', 'two');
  sub.connect('inproc://limits');
  const heard = [await xpub.receive(), await xpub.receive()];
  expect(heard.map(String).toSorted()).toEqual(['\x01one', '\x01two']);
  xpub.maxSubscriptions = 2;
  xpub.maxTopicSize = 5;
  const peer = own(await RawPeer.connect(xpub.lastEndpoint ?? ''));
  await peer.handshake({ as: 'SUB' });
  await peer.write(bytes(command('SUBSCRIBE', 'three'), command('SUBSCRIBE', 'four')));
  await expectAlive(peer);
  await peer.write(command('SUBSCRIBE', 'five'));
  await peer.expectClose();
});

describe('maxConnections', () => {
  const isRefused = ({ type }: SeenEvent): boolean => type === 'accept:error';

  test('one more than so many peers is refused with a reason, the others are served; a place is free again when one leaves', async () => {
    const { side, other } = await setStage(new Pull({ maxConnections: 2 }), 'PUSH');
    const second = await side.join('PUSH');
    const third = await side.open();
    await third.expectClose();
    const event = await side.events.find('a refusal', isRefused);
    expect(event).toMatchObject({ address: side.endpoint, error: { code: 'EMFILE' } });
    expect(event.reason).toContain(third.localEndpoint);
    expect(event.reason).toContain('(maxConnections)');
    expect(third.receivedBytes).toBe(0);
    await expectAlive(other);
    second.end();
    await side.lost(second);
    await expectAlive(await side.join('PUSH'));
    await expectAlive(other);
  });

  test('who has not finished the handshake gives way, the oldest first', async () => {
    const { side, other } = await setStage(new Pull({ maxConnections: 3 }), 'PUSH');
    const silent = [await side.open(), await side.open()];
    for (const peer of silent) await peer.read(64);
    const late = await side.join('PUSH');
    await expectLimit(side, silent[0] as RawPeer, 'maxConnections', other);
    await expectAlive(late);
    expect(silent[1]?.closed).toBeUndefined();
  });

  test('each bind has its own', async () => {
    const pull = own(new Pull({ maxConnections: 1 }));
    const endpoints: string[] = [];
    for (let bind = 0; bind < 2; bind += 1) {
      await pull.bind('tcp://127.0.0.1:*');
      endpoints.push(pull.lastEndpoint ?? '');
    }
    for (const endpoint of endpoints) {
      const peer = own(await RawPeer.connect(endpoint));
      await peer.handshake({ as: 'PUSH' });
      await own(await RawPeer.connect(endpoint)).expectClose();
      await expectAlive(peer);
    }
  });

  test('0 is no limit', async () => {
    const side = await RawSide.bind(new Pull({ maxConnections: 0 }));
    const peers = await Promise.all(Array.from({ length: 20 }, () => side.join('PUSH')));
    for (const peer of peers) await expectAlive(peer);
  });

  test('STREAM has it, too', async () => {
    const stream = own(new Stream({ maxConnections: 1, notify: false }));
    await stream.bind('tcp://127.0.0.1:*');
    const peer = own(await RawPeer.connect(stream.lastEndpoint ?? ''));
    await peer.write(Buffer.from('hello'));
    expect((await stream.receive())[1]?.toString()).toBe('hello');
    const refused = own(await RawPeer.connect(stream.lastEndpoint ?? ''));
    await refused.expectClose();
    await peer.write(Buffer.from('again'));
    expect((await stream.receive())[1]?.toString()).toBe('again');
  });

  test('2,000 peers that come all the time, past the limit: those who are there are served', async () => {
    const side = await RawSide.bind(new Reply({ linger: 0, maxConnections: 20 }));
    const other = await side.join('REQ');
    const crowd = await Promise.all(Array.from({ length: 19 }, () => side.join('REQ')));
    const visit = async (): Promise<void> => {
      const peer = await RawPeer.connect(side.endpoint);
      await peer.whenClosed();
      peer.close();
    };
    for (let round = 0; round < 40; round += 1) {
      const visits = Array.from({ length: 50 }, visit);
      await other.write(message('', `${round}`));
      await side.socket.send(await side.socket.receive());
      await other.expect(message('', `${round}`));
      await Promise.all(visits);
    }
    for (const peer of crowd) await expectAlive(peer);
  });
});

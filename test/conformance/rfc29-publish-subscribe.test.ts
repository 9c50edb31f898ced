/**
 * 29/PUBSUB and the subscriptions of 37/ZMTP, The Publish-Subscribe Pattern, with raw peers on the other
 * side.
 *
 * Rows T49–T59.
 */

import { describe, expect, test } from 'vitest';
import { Publisher, Subscriber, XPublisher, XSubscriber } from '../../src/index.ts';
import {
  bytes,
  command,
  commandBody,
  frame,
  message,
  ready,
  repeat,
  text,
  u64,
} from '../../src/testing/raw-bytes.ts';
import { RawListener, type RawPeer } from '../support/raw-peer.ts';
import { createRandom, SEED } from '../support/raw-random.ts';
import { expectAlive, RawSide } from '../support/raw-socket.ts';
import { EventLog, expectFrames } from '../support/raw-subject.ts';
import { own, watchProcess } from '../support/watch.ts';

watchProcess();

type Topic = string | Uint8Array;

/** The two forms of a subscription; a publisher takes both from everybody. */
const FORMS: ReadonlyArray<
  [name: string, subscribe: (topic: Topic) => Buffer, cancel: (topic: Topic) => Buffer]
> = [
  ['command', (topic) => command('SUBSCRIBE', topic), (topic) => command('CANCEL', topic)],
  ['message', (topic) => message(bytes(1, topic)), (topic) => message(bytes(0, topic))],
];

const PUBLISHERS: ReadonlyArray<
  [name: string, create: () => Promise<RawSide<Publisher | XPublisher>>]
> = [
  ['bound PUB', () => RawSide.bind(new Publisher({ linger: 0 }))],
  ['bound XPUB', () => RawSide.bind(new XPublisher({ linger: 0 }))],
  ['connecting PUB', () => Promise.resolve(RawSide.connecting(new Publisher({ linger: 0 })))],
  ['connecting XPUB', () => Promise.resolve(RawSide.connecting(new XPublisher({ linger: 0 })))],
];

/** Subscriptions as a SUB sends them, sorted into what is held after all of them. */
class Ledger {
  readonly held = new Set<string>();
  readonly #peer: RawPeer;

  constructor(peer: RawPeer) {
    this.#peer = peer;
  }

  /** Reads on until these topics are held, whatever the order and however often each is said. */
  async expect(form: 'command' | 'message', topics: readonly Topic[]): Promise<void> {
    const wanted = new Set(topics.map((topic) => text(bytes(topic))));
    while (this.held.size < wanted.size) {
      const { kind, topic } = await this.readOne(form);
      expect(kind).toBe('subscribe');
      expect(wanted).toContain(topic);
    }
    expect(this.held).toEqual(wanted);
  }

  async readOne(
    form: 'command' | 'message',
  ): Promise<{ kind: 'subscribe' | 'cancel'; topic: string }> {
    let isSubscribe: boolean;
    let topic: string;
    if (form === 'command') {
      const { name, data } = await this.#peer.readCommand();
      expect(['SUBSCRIBE', 'CANCEL']).toContain(name);
      isSubscribe = name === 'SUBSCRIBE';
      topic = text(data);
    } else {
      const [body, ...rest] = await this.#peer.readMessage();
      expect(rest).toEqual([]);
      expect([0, 1]).toContain(body?.[0]);
      isSubscribe = body?.[0] === 1;
      topic = text(body?.subarray(1));
    }
    if (isSubscribe) this.held.add(topic);
    else this.held.delete(topic);
    return { kind: isSubscribe ? 'subscribe' : 'cancel', topic };
  }
}

describe.each(PUBLISHERS)('%s', (_name, create) => {
  describe.each(FORMS)('subscriptions in %s form', (_form, subscribe, cancel) => {
    test('T49, T50: "A subscription of "A" SHALL match all messages starting with "A"", no other', async () => {
      for (const minor of [0, 1]) {
        const side = await create();
        const { socket } = side;
        const peer = await side.join('SUB', { minor });
        await peer.write(subscribe('a'));
        await expectAlive(peer);
        for (const body of ['abc', 'b', 'a', '', 'ba', 'A', 'aa']) await socket.send(body);
        await socket.send(['a1', 'b', '']);
        await socket.send(['b', 'a']);
        await socket.send(['', 'a']);
        await socket.send('a last');
        await peer.expect(
          bytes(
            ...['abc', 'a', 'aa'].map((body) => message(body)),
            message('a1', 'b', ''),
            message('a last'),
          ),
        );
        socket.close();
      }
    });

    test('"An empty subscription SHALL match all messages", the empty one too', async () => {
      const side = await create();
      const { socket } = side;
      const peer = await side.join('XSUB');
      await peer.write(subscribe(''));
      await expectAlive(peer);
      for (const body of ['', 'x', repeat(0, 3)]) await socket.send(body);
      await socket.send(['', '']);
      await peer.expect(bytes(message(''), message('x'), message(repeat(0, 3)), message('', '')));
    });

    test('"SHALL perform a binary comparison": zeros, high bytes, UTF-8 cut in the middle', async () => {
      const side = await create();
      const { socket } = side;
      const peer = await side.join('SUB');
      const topics = [bytes(0), bytes(0xff, 0xfe), bytes(0xc3), bytes(1, 0, 1)];
      await peer.write(bytes(...topics.map(subscribe)));
      await expectAlive(peer);
      await socket.send(bytes(0, 'x'));
      await socket.send(bytes(0xff, 0xfd));
      await socket.send(bytes(0xff, 0xfe, 0));
      await socket.send('ä');
      await socket.send(bytes(1, 0));
      await socket.send(bytes(1, 0, 1, 0));
      await peer.expect(
        bytes(
          message(bytes(0, 'x')),
          message(bytes(0xff, 0xfe, 0)),
          message(bytes(0xc3, 0xa4)),
          message(bytes(1, 0, 1, 0)),
        ),
      );
    });

    test('T51: of one connection a topic is held or not: SUBSCRIBE twice and CANCEL once leaves nothing', async () => {
      const side = await create();
      const { socket } = side;
      const peer = await side.join('SUB');
      await peer.write(bytes(subscribe('a'), subscribe('a'), cancel('a'), subscribe('z')));
      await expectAlive(peer);
      await socket.send('a1');
      await socket.send('z1');
      await peer.expect(message('z1'));
    });

    test('a message that matches several topics is delivered once', async () => {
      const side = await create();
      const { socket } = side;
      const peer = await side.join('SUB');
      await peer.write(bytes(...['', 'a', 'ab', 'abc', 'ab'].map(subscribe)));
      await expectAlive(peer);
      await socket.send('abcd');
      await peer.expect(message('abcd'));
      await peer.write(bytes(cancel('ab'), cancel('')));
      await expectAlive(peer);
      await socket.send('abc2');
      await socket.send('b');
      await peer.expect(message('abc2'));
      await peer.write(cancel('abc'));
      await expectAlive(peer);
      await socket.send('abc3');
      await peer.expect(message('abc3'));
    });

    test('T52: CANCEL of what is not held, empty or nested, changes nothing', async () => {
      const side = await create();
      const { socket } = side;
      const peer = await side.join('SUB');
      const other = await side.join('SUB');
      await other.write(subscribe('ab'));
      await expectAlive(other);
      await peer.write(bytes(cancel('x'), cancel(''), subscribe('ab')));
      await peer.write(bytes(cancel('a'), cancel('abc'), cancel(''), cancel('b')));
      await expectAlive(peer);
      await socket.send('abc');
      await peer.expect(message('abc'));
      await other.expect(message('abc'));
    });

    test('subscriptions belong to one connection, and end with it', async () => {
      const side = await create();
      const { socket } = side;
      const first = await side.join('SUB');
      const second = await side.join('SUB');
      await first.write(bytes(subscribe('a'), subscribe('both')));
      await second.write(bytes(subscribe('b'), subscribe('both')));
      await expectAlive(first);
      await expectAlive(second);
      for (const body of ['a1', 'b1', 'both1']) await socket.send(body);
      await first.expect(bytes(message('a1'), message('both1')));
      // "b" matches "both1" as well, which comes once all the same.
      await second.expect(bytes(message('b1'), message('both1')));
      first.end();
      await side.lost(first);
      const third = await side.join('SUB');
      await third.write(subscribe('c'));
      await expectAlive(third);
      for (const body of ['a2', 'both2', 'c2']) await socket.send(body);
      await second.expect(message('both2'));
      await third.expect(message('c2'));
    });

    test('topics of every length around the borders of framing', async () => {
      const side = await create();
      const { socket } = side;
      const peer = await side.join('SUB');
      const lengths = [244, 245, 246, 247, 254, 255, 256, 257, 1000, 65_000];
      for (const length of lengths) {
        const topic = repeat(length & 0xff, length);
        await peer.write(subscribe(topic));
        await expectAlive(peer);
        await socket.send(topic.subarray(1));
        await socket.send(bytes(topic, 'x'));
        await peer.expect(message(bytes(topic, 'x')));
        await peer.write(cancel(topic));
        await expectAlive(peer);
        await socket.send(bytes(topic, 'y'));
      }
      await expectAlive(peer);
    });

    test(`byte by byte and cut at random (seed ${SEED})`, async () => {
      const random = createRandom();
      const side = await create();
      const { socket } = side;
      const peer = await side.join('SUB');
      await peer.writeBytewise(subscribe('slow'));
      await peer.writeSplit(
        bytes(subscribe('cut'), cancel('slow'), subscribe(repeat(7, 300))),
        random,
      );
      await expectAlive(peer);
      for (const body of ['slow', 'cut', repeat(7, 301)]) await socket.send(body);
      await peer.expect(bytes(message('cut'), message(repeat(7, 301))));
    });
  });

  test('the long form of a short SUBSCRIBE is understood', async () => {
    const side = await create();
    const { socket } = side;
    const peer = await side.join('SUB');
    await peer.write(frame(0x06, commandBody('SUBSCRIBE', 'long')));
    await peer.write(bytes(0x02, u64(3), 1, 'lg'));
    await expectAlive(peer);
    for (const body of ['long1', 'lg1']) await socket.send(body);
    await peer.expect(bytes(message('long1'), message('lg1')));
  });

  test('one form cancels what the other has subscribed', async () => {
    const side = await create();
    const { socket } = side;
    const peer = await side.join('SUB');
    await peer.write(bytes(command('SUBSCRIBE', 'a'), message(bytes(1, 'b'))));
    await peer.write(bytes(message(bytes(0, 'a')), command('CANCEL', 'b'), message(bytes(1, 'c'))));
    await expectAlive(peer);
    for (const body of ['a', 'b', 'c']) await socket.send(body);
    await peer.expect(message('c'));
  });

  test('every frame of a multipart message can subscribe, as with libzmq', async () => {
    const side = await create();
    const { socket } = side;
    const peer = await side.join('XSUB');
    await peer.write(message(bytes(1, 'x'), bytes(1, 'y'), 'no topic'));
    await expectAlive(peer);
    for (const body of ['x', 'y', 'no topic']) await socket.send(body);
    await peer.expect(bytes(message('x'), message('y')));
  });

  test('SUBSCRIBE in lower case, or without the COMMAND flag, is no subscription', async () => {
    const side = await create();
    const { socket } = side;
    const peer = await side.join('SUB');
    await peer.write(
      bytes(
        command('subscribe', 'a'),
        command('Subscribe', 'a'),
        message(commandBody('SUBSCRIBE', 'a')),
        command('SUBSCRIB', 'a'),
        command('SUBSCRIBE', 'end'),
      ),
    );
    await expectAlive(peer);
    for (const body of ['a', 'end']) await socket.send(body);
    await peer.expect(message('end'));
  });

  test('a SUBSCRIBE between two frames of a message is taken', async () => {
    const side = await create();
    const { socket } = side;
    const peer = await side.join('XSUB');
    await peer.write(bytes(1, 1, 'a', command('SUBSCRIBE', 't'), 0, 1, 'b'));
    await expectAlive(peer);
    await socket.send('t');
    await peer.expect(message('t'));
  });

  test('T59: "SHALL silently discard any messages that subscribers send it" (XPUB delivers them): subscriptions still work', async () => {
    const side = await create();
    const { socket } = side;
    const peer = await side.join('XSUB');
    await peer.write(bytes(0, 5, 'hello', message('several', '', 'frames'), 0, 0));
    await peer.write(command('SUBSCRIBE', 'a'));
    await expectAlive(peer);
    await socket.send('a');
    await peer.expect(message('a'));
    if (socket instanceof XPublisher) {
      expectFrames(await socket.receive(), 'hello');
      expectFrames(await socket.receive(), 'several', '', 'frames');
      expectFrames(await socket.receive(), '');
      expectFrames(await socket.receive(), bytes(1, 'a'));
    }
  });

  test('"SHALL not modify outgoing messages in any way": 255 bytes short, 256 long, empty frames, many frames', async () => {
    const side = await create();
    const { socket } = side;
    const peers = [await side.join('SUB'), await side.join('SUB')];
    for (const peer of peers) {
      await peer.write(command('SUBSCRIBE', ''));
      await expectAlive(peer);
    }
    const messages = [
      [repeat(1, 255)],
      [repeat(2, 256)],
      ['', '', ''],
      ['a', repeat(3, 100_000), ''],
      Array.from({ length: 300 }, (_, index) => `${index}`),
    ];
    for (const frames of messages) {
      await socket.send(frames);
      for (const peer of peers) await peer.expect(message(...frames));
    }
  });

  test('"SHALL NOT block on sending" without subscribers', async () => {
    const side = await create();
    const { socket } = side;
    for (let count = 0; count < 3000; count += 1) await socket.send('nobody', { timeout: 0 });
  });
});

describe.each([
  ['PUB', Publisher],
  ['XPUB', XPublisher],
] as const)('connecting %s', (_name, Class) => {
  test('"SHALL maintain the queue whether or not the connection is established"; what its peer had subscribed to ends with the connection', async () => {
    const socket = own(new Class({ linger: 0, reconnectInterval: 1 }));
    const events = new EventLog(socket.events);
    const listener = own(await RawListener.listen());
    socket.connect(listener.endpoint);
    const first = own(await listener.accept());
    await first.handshake({ as: 'SUB' });
    await first.write(bytes(command('SUBSCRIBE', 'old'), command('SUBSCRIBE', 'both')));
    await expectAlive(first);
    first.reset();
    await events.find('disconnect', ({ type }) => type === 'disconnect');
    // Nobody has asked for it by now.
    await socket.send('old 1');
    const second = own(await listener.accept());
    await second.handshake({ as: 'SUB' });
    await socket.send('both 1');
    await second.write(bytes(command('SUBSCRIBE', 'new'), command('SUBSCRIBE', 'both')));
    await expectAlive(second);
    for (const body of ['old 2', 'both 2', 'new 2']) await socket.send(body);
    await second.expect(bytes(message('both 2'), message('new 2')));
    if (socket instanceof XPublisher) {
      const got = [];
      for (let count = 0; count < 6; count += 1) got.push(text((await socket.receive())[0]));
      expect(got.slice(0, 2)).toEqual(['\x01old', '\x01both']);
      expect(got.slice(2, 4).toSorted()).toEqual(['\x00both', '\x00old']);
      expect(got.slice(4)).toEqual(['\x01new', '\x01both']);
    }
  });
});

describe('PUB', () => {
  test('"SHALL NOT deliver these commands to its calling application"', async () => {
    const pub = own(new Publisher({ linger: 0 }));
    await expect((pub as unknown as XPublisher).receive()).rejects.toMatchObject({
      code: 'ENOTSUP',
    });
  });
});

describe('XPUB', () => {
  /** The next notification or message, there already: nothing more was sent before it. */
  async function expectNext(xpub: XPublisher, ...frames: Topic[]): Promise<void> {
    expectFrames(await xpub.receive(), ...frames);
  }

  test('T53: "multiple identical subscriptions result in a single command only", over all peers', async () => {
    const side = await RawSide.bind(new XPublisher({ linger: 0 }));
    const first = await side.join('SUB');
    const second = await side.join('SUB');
    for (const peer of [first, second]) {
      await peer.write(bytes(command('SUBSCRIBE', 't'), command('SUBSCRIBE', 't')));
      await expectAlive(peer);
    }
    await first.write(command('SUBSCRIBE', 'u'));
    await expectAlive(first);
    await expectNext(side.socket, bytes(1, 't'));
    await expectNext(side.socket, bytes(1, 'u'));
    first.end();
    await side.lost(first);
    await expectNext(side.socket, bytes(0, 'u'));
    // "SHALL, if the subscriber peer disconnects prematurely, generate a suitable unsubscribe request".
    second.reset();
    await side.lost(second);
    await expectNext(side.socket, bytes(0, 't'));
    await expect(side.socket.receive({ timeout: 0 })).rejects.toMatchObject({ code: 'EAGAIN' });
  });

  test('T53: the same when they cancel properly', async () => {
    const side = await RawSide.bind(new XPublisher({ linger: 0 }));
    const peers = [await side.join('SUB'), await side.join('SUB')];
    for (const peer of peers) {
      await peer.write(command('SUBSCRIBE', 't'));
      await expectAlive(peer);
    }
    for (const peer of peers) {
      await peer.write(bytes(command('CANCEL', 't'), command('CANCEL', 't')));
      await expectAlive(peer);
    }
    await expectNext(side.socket, bytes(1, 't'));
    await expectNext(side.socket, bytes(0, 't'));
    await expect(side.socket.receive({ timeout: 0 })).rejects.toMatchObject({ code: 'EAGAIN' });
  });

  test('T52: the application hears nothing of the CANCEL of an unknown topic', async () => {
    const side = await RawSide.bind(new XPublisher({ linger: 0 }));
    const peer = await side.join('SUB');
    await peer.write(bytes(command('CANCEL', 'x'), message(bytes(0, 'y'))));
    await peer.write(command('SUBSCRIBE', 'z'));
    await expectNext(side.socket, bytes(1, 'z'));
  });

  test('verbosity: each subscription, or each one and each end of one, peers that leave included', async () => {
    const changes = bytes(
      ...['SUBSCRIBE', 'SUBSCRIBE', 'CANCEL'].map((name) => command(name, 't')),
    );
    for (const [verbosity, notified] of [
      ['allSubs', [1, 1, 1, 1, 0]],
      ['allSubsUnsubs', [1, 1, 1, 0, 1, 0]],
    ] as const) {
      const side = await RawSide.bind(new XPublisher({ linger: 0, verbosity }));
      const first = await side.join('SUB');
      const second = await side.join('SUB');
      await second.write(command('SUBSCRIBE', 't'));
      await expectAlive(second);
      await first.write(changes);
      await expectAlive(first);
      await first.write(command('SUBSCRIBE', 't'));
      await expectAlive(first);
      first.end();
      await side.lost(first);
      second.end();
      await side.lost(second);
      const expected = verbosity === 'allSubs' ? notified : [...notified, 0];
      for (const kind of expected) await expectNext(side.socket, bytes(kind, 't'));
      await expect(side.socket.receive({ timeout: 0 })).rejects.toMatchObject({ code: 'EAGAIN' });
    }
  });

  test('"SHALL receive incoming messages from its subscribers using a fair-queuing strategy", multipart whole', async () => {
    const side = await RawSide.bind(new XPublisher({ linger: 0 }));
    const peers = [await side.join('XSUB'), await side.join('XSUB')];
    for (const [index, peer] of peers.entries()) {
      await peer.write(bytes(...['a', 'b'].map((body) => message(`${index}`, body, ''))));
      await expectAlive(peer);
    }
    const got = [];
    for (let count = 0; count < 4; count += 1) got.push((await side.socket.receive()).join('.'));
    expect(got.toSorted()).toEqual(['0.a.', '0.b.', '1.a.', '1.b.']);
  });

  test('manual: nothing is sent to a peer but what the application has subscribed it to', async () => {
    const side = await RawSide.bind(new XPublisher({ linger: 0, manual: true }));
    const peer = await side.join('SUB');
    await peer.write(command('SUBSCRIBE', 'asked'));
    await expectNext(side.socket, bytes(1, 'asked'));
    side.socket.subscribe('given');
    for (const body of ['asked', 'given']) await side.socket.send(body);
    await peer.expect(message('given'));
    await peer.write(command('CANCEL', 'asked'));
    await expectNext(side.socket, bytes(0, 'asked'));
    side.socket.unsubscribe('given');
    side.socket.subscribe('other');
    for (const body of ['given', 'other']) await side.socket.send(body);
    await peer.expect(message('other'));
  });

  test('welcomeMessage comes first, before any subscription, and again on the next connection', async () => {
    const side = await RawSide.bind(new XPublisher({ linger: 0, welcomeMessage: 'hello' }));
    for (let round = 0; round < 2; round += 1) {
      const peer = await side.join('SUB');
      await peer.expect(message('hello'));
      peer.end();
      await side.lost(peer);
    }
  });
});

const SUBSCRIBERS: ReadonlyArray<
  [
    name: string,
    create: () => Promise<{
      side: RawSide<Subscriber | XSubscriber>;
      subscribe: (topic: Topic) => Promise<void>;
      unsubscribe: (topic: Topic) => Promise<void>;
    }>,
  ]
> = (['bound', 'connecting'] as const).flatMap((role) => [
  [
    `${role} SUB`,
    async () => {
      const socket = new Subscriber();
      const side = role === 'bound' ? await RawSide.bind(socket) : RawSide.connecting(socket);
      return {
        side,
        subscribe: async (topic) => socket.subscribe(topic),
        unsubscribe: async (topic) => socket.unsubscribe(topic),
      };
    },
  ],
  [
    `${role} XSUB`,
    async () => {
      const socket = new XSubscriber();
      const side = role === 'bound' ? await RawSide.bind(socket) : RawSide.connecting(socket);
      return {
        side,
        subscribe: (topic) => socket.send(bytes(1, topic)),
        unsubscribe: (topic) => socket.send(bytes(0, topic)),
      };
    },
  ],
]);

describe.each(SUBSCRIBERS)('%s', (_name, create) => {
  test('T54: "SHALL send a SUBSCRIBE command" for each topic, to a peer of 3.1', async () => {
    const { side, subscribe } = await create();
    for (const topic of ['ab', 'ab', '']) await subscribe(topic);
    const peer = await side.join('PUB');
    await new Ledger(peer).expect('command', ['', 'ab']);
    await subscribe('later');
    await peer.expect(bytes(0x04, 0x0f, 9, 'SUBSCRIBE', 'later'));
  });

  test('T54: the bytes', async () => {
    const { side, subscribe } = await create();
    await subscribe('');
    const peer = await side.join('XPUB');
    await peer.expect(bytes(0x04, 0x0a, 9, 'SUBSCRIBE'));
    await subscribe('ab');
    await peer.expect(bytes(0x04, 0x0c, 9, 'SUBSCRIBE', 'ab'));
  });

  test('T55: to a peer of 3.0 a message of 01 and the topic', async () => {
    const { side, subscribe, unsubscribe } = await create();
    for (const topic of ['ab', 'ab', '']) await subscribe(topic);
    const peer = await side.join('PUB', { minor: 0 });
    await new Ledger(peer).expect('message', ['', 'ab']);
    await subscribe('x');
    await peer.expect(bytes(0, 2, 1, 'x'));
    await unsubscribe('x');
    await peer.expect(bytes(0, 2, 0, 'x'));
  });

  test('T55: the form follows the version of each peer, at the same time', async () => {
    const { side, subscribe, unsubscribe } = await create();
    const old = await side.join('PUB', { minor: 0 });
    const recent = await side.join('PUB', { minor: 1 });
    const future = await side.join('PUB', { minor: 7 });
    await subscribe('t');
    await old.expect(message(bytes(1, 't')));
    for (const peer of [recent, future]) await peer.expect(command('SUBSCRIBE', 't'));
    await unsubscribe('t');
    await old.expect(message(bytes(0, 't')));
    for (const peer of [recent, future]) await peer.expect(command('CANCEL', 't'));
  });

  test('T56: what is subscribed twice is cancelled once, by the second unsubscribe', async () => {
    const { side, subscribe, unsubscribe } = await create();
    for (const topic of ['ab', 'ab', '']) await subscribe(topic);
    const peer = await side.join('PUB');
    const ledger = new Ledger(peer);
    await ledger.expect('command', ['', 'ab']);
    await unsubscribe('ab');
    await expectAlive(peer);
    await unsubscribe('ab');
    await peer.expect(bytes(0x04, 0x09, 6, 'CANCEL', 'ab'));
    await unsubscribe('ab');
    await unsubscribe('never held');
    await expectAlive(peer);
    await subscribe('ab');
    await peer.expect(command('SUBSCRIBE', 'ab'));
  });

  test.each([0, 1])(
    'T57: topics of every length around the borders decode, to a peer of 3.%i',
    async (minor) => {
      const { side, subscribe, unsubscribe } = await create();
      const topics = [245, 246, 247, 248, 249, 254, 255, 256, 257, 60_000].map((length) =>
        repeat(length & 0xff, length),
      );
      // Half of them before there is a peer.
      for (const topic of topics.slice(0, 5)) await subscribe(topic);
      const peer = await side.join('PUB', { minor });
      const form = minor === 0 ? 'message' : 'command';
      const ledger = new Ledger(peer);
      await ledger.expect(form, topics.slice(0, 5));
      for (const topic of topics.slice(5)) await subscribe(topic);
      await ledger.expect(form, topics);
      for (const topic of topics) await unsubscribe(topic);
      while (ledger.held.size > 0) {
        const { kind } = await ledger.readOne(form);
        expect(kind).toBe('cancel');
      }
      await expectAlive(peer);
    },
  );

  test('T57: short and long form change where they should: 255 bytes of body', async () => {
    const { side, subscribe } = await create();
    const [recent, old] = [await side.join('PUB'), await side.join('PUB', { minor: 0 })];
    for (const length of [244, 245, 246, 254, 255]) {
      const topic = repeat(length, length);
      await subscribe(topic);
      const commandSize = 10 + length;
      await recent.expect(
        commandSize > 255 ? bytes(0x06, u64(commandSize)) : bytes(0x04, commandSize),
      );
      await recent.expect(bytes(9, 'SUBSCRIBE', topic));
      await old.expect(length + 1 > 255 ? bytes(0x02, u64(length + 1)) : bytes(0, length + 1));
      await old.expect(bytes(1, topic));
    }
  });

  test('no subscription is sent before READY has come', async () => {
    const { side, subscribe } = await create();
    await subscribe('early');
    const peer = await side.open();
    await peer.exchangeGreetings();
    await peer.readReady();
    await subscribe('in between');
    const clock = await side.join('PUB');
    await new Ledger(clock).expect('command', ['early', 'in between']);
    expect(peer.unread.length).toBe(0);
    await peer.write(ready('PUB'));
    await new Ledger(peer).expect('command', ['early', 'in between']);
  });

  test('a publisher that comes later, or again, is told every topic that is held, each once', async () => {
    const { side, subscribe, unsubscribe } = await create();
    for (const topic of ['b', 'a', 'b', 'gone']) await subscribe(topic);
    await unsubscribe('gone');
    for (let round = 0; round < 3; round += 1) {
      const peer = await side.join('PUB');
      const commands = [await peer.readCommand(), await peer.readCommand()];
      expect(commands.map(({ name, data }) => `${name} ${text(data)}`).toSorted()).toEqual([
        'SUBSCRIBE a',
        'SUBSCRIBE b',
      ]);
      await expectAlive(peer);
      peer.reset();
      await side.lost(peer);
    }
  });

  test('"SHALL receive incoming messages from its publishers using a fair-queuing strategy"', async () => {
    const { side, subscribe } = await create();
    await subscribe('');
    const peers = [await side.join('PUB'), await side.join('PUB'), await side.join('PUB')];
    for (const [index, peer] of peers.entries()) {
      await new Ledger(peer).expect('command', ['']);
      await peer.write(bytes(...[0, 1, 2].map((round) => message(`${index}.${round}`))));
      await expectAlive(peer);
    }
    const order = [];
    for (let count = 0; count < 9; count += 1) order.push(text((await side.socket.receive())[0]));
    for (let round = 0; round < 3; round += 1) {
      expect(order.slice(round * 3, round * 3 + 3).toSorted()).toEqual(
        [0, 1, 2].map((index) => `${index}.${round}`),
      );
    }
  });

  test('"SHALL not modify incoming messages in any way"; a message cut off is not delivered', async () => {
    const { side, subscribe } = await create();
    await subscribe('');
    const cut = await side.join('PUB');
    await cut.write(bytes(message('whole'), 1, 4, 'half'));
    cut.end();
    await side.lost(cut);
    const peer = await side.join('PUB');
    await peer.write(bytes(1, 1, 'a', 1, 0, 2, u64(1), 'b'));
    await peer.write(message(repeat(1, 255)));
    await peer.write(message(repeat(1, 256)));
    await peer.write(bytes(0, 0));
    expectFrames(await side.socket.receive(), 'whole');
    expectFrames(await side.socket.receive(), 'a', '', 'b');
    expectFrames(await side.socket.receive(), repeat(1, 255));
    expectFrames(await side.socket.receive(), repeat(1, 256));
    expectFrames(await side.socket.receive(), '');
  });

  test('SUBSCRIBE and CANCEL from a publisher are ignored', async () => {
    const { side, subscribe } = await create();
    await subscribe('');
    const peer = await side.join('PUB');
    await peer.write(bytes(command('SUBSCRIBE', 'x'), command('CANCEL', ''), message('still')));
    expectFrames(await side.socket.receive(), 'still');
  });
});

describe('SUB', () => {
  test('T58: it filters by itself what a publisher sends that does not: on the first frame', async () => {
    const sub = new Subscriber();
    sub.subscribe('ab');
    const side = await RawSide.bind(sub);
    const peer = await side.join('PUB');
    await peer.expect(command('SUBSCRIBE', 'ab'));
    await peer.write(
      bytes(message('zz'), message('abc'), message('zz', 'ab'), message(''), message('a')),
    );
    await peer.write(message('ab', 'zz'));
    expectFrames(await sub.receive(), 'abc');
    expectFrames(await sub.receive(), 'ab', 'zz');
    await expectAlive(peer);
    await expect(sub.receive({ timeout: 0 })).rejects.toMatchObject({ code: 'EAGAIN' });
  });

  test('it receives nothing before its first subscription, nor what was on its way when it cancelled', async () => {
    const side = await RawSide.bind(new Subscriber());
    const peer = await side.join('PUB');
    await peer.write(message('too early'));
    await expectAlive(peer);
    await expect(side.socket.receive({ timeout: 0 })).rejects.toMatchObject({ code: 'EAGAIN' });
    side.socket.subscribe('t');
    await peer.expect(command('SUBSCRIBE', 't'));
    await peer.write(message('t on its way'));
    await expectAlive(peer);
    side.socket.unsubscribe('t');
    await peer.expect(command('CANCEL', 't'));
    await expect(side.socket.receive({ timeout: 0 })).rejects.toMatchObject({ code: 'EAGAIN' });
  });

  test('"SHALL only receive messages"', async () => {
    const sub = own(new Subscriber());
    await expect((sub as unknown as XSubscriber).send('x')).rejects.toMatchObject({
      code: 'ENOTSUP',
    });
  });

  test('a connection that is made anew: topics that changed meanwhile', async () => {
    const sub = own(new Subscriber({ reconnectInterval: 1 }));
    const listener = own(await RawListener.listen());
    sub.subscribe('kept', 'dropped');
    sub.connect(listener.endpoint);
    const first = own(await listener.accept());
    await first.handshake({ as: 'PUB' });
    await new Ledger(first).expect('command', ['dropped', 'kept']);
    first.reset();
    sub.unsubscribe('dropped');
    sub.subscribe('new');
    const second = own(await listener.accept());
    await second.handshake({ as: 'PUB' });
    await new Ledger(second).expect('command', ['kept', 'new']);
    await expectAlive(second);
  });
});

describe('XSUB', () => {
  test('it does not filter', async () => {
    const side = await RawSide.bind(new XSubscriber());
    const peer = await side.join('XPUB');
    await peer.write(message('anything'));
    expectFrames(await side.socket.receive(), 'anything');
  });

  test('"SHALL send all messages to all connected publishers", unchanged', async () => {
    const side = await RawSide.bind(new XSubscriber({ linger: 0 }));
    const peers = [await side.join('XPUB'), await side.join('PUB', { minor: 0 })];
    await side.socket.send('hello');
    await side.socket.send(['', 'x', repeat(2, 256)]);
    await side.socket.send('');
    for (const peer of peers) {
      await peer.expect(bytes(message('hello'), message('', 'x', repeat(2, 256)), message('')));
    }
  });

  test('"SHALL NOT block on sending" without publishers', async () => {
    const xsub = own(new XSubscriber());
    for (let count = 0; count < 3000; count += 1) await xsub.send('nobody');
  });
});

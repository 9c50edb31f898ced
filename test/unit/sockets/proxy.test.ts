import { describe, expect, test } from 'vitest';
import {
  Context,
  Dealer,
  Pair,
  poll,
  Proxy,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  type Socket,
  Subscriber,
  XPublisher,
  XSubscriber,
} from '../../../src/index.ts';
import { turn } from '../../../src/testing/turn.ts';
import { own, watchProcess } from '../../support/watch.ts';
import {
  bindAddress,
  endpointOf,
  errorOf,
  open,
  stateOf,
  texts,
  type Transport,
  TRANSPORTS,
} from './conversation.ts';
import '../compare-bytes.ts';

watchProcess();

/** A value of a type that the compiler would not let through. */
function alien(value: unknown): never {
  return value as never;
}

/** Runs a proxy until the end of the test, or until it ends before. */
function run<F extends Socket, B extends Socket>(
  front: F,
  back: B,
  capture?: Socket,
): { proxy: Proxy<F, B>; running: Promise<void> } {
  const proxy = new Proxy(front, back, capture);
  const running = proxy.run();
  // The clean-up closes one of the sockets, and that ends it.
  return { proxy, running };
}

type Sides<F, B> = { readonly context: Context; readonly front: F; readonly back: B };

/** Two sockets of one context, each bound. */
async function bindBoth<F extends Socket, B extends Socket>(
  Front: new (options?: object) => F,
  Back: new (options?: object) => B,
  transport: Transport = 'inproc',
  options: object = {},
): Promise<Sides<F, B>> {
  const context = new Context();
  const front = open(Front, { context, ...options });
  const back = open(Back, { context, ...options });
  await front.bind(transport === 'inproc' ? 'inproc://front' : bindAddress(transport));
  await back.bind(transport === 'inproc' ? 'inproc://back' : bindAddress(transport));
  return { context, front, back };
}

/** A socket that is connected to another. */
function join<S extends Socket>(
  Class: new (options?: object) => S,
  { context, endpoint, ...options }: { context: Context; endpoint: string; linger?: number },
): S {
  const socket = open(Class, { context, ...options });
  socket.connect(endpoint);
  return socket;
}

/** Whatever a socket has to receive now. */
async function receiveAll(socket: Pull | Pair | Dealer): Promise<string[]> {
  const messages: string[] = [];
  while (socket.readable) messages.push(texts(await socket.receive()).join('|'));
  return messages;
}

describe.each(TRANSPORTS)('a queue over %s', (transport) => {
  test('takes requests to workers and replies back', async () => {
    const { context, front, back } = await bindBoth(Router, Dealer, transport);
    run(front, back);
    const workers = [1, 2].map(() => join(Reply, { context, endpoint: endpointOf(back) }));
    const served = workers.map(async (worker) => {
      let count = 0;
      for await (const [frame] of worker) {
        count++;
        await worker.send(`re ${String(frame)}`);
      }
      return count;
    });
    const clients = [1, 2, 3].map(() => join(Request, { context, endpoint: endpointOf(front) }));
    await Promise.all(
      clients.map(async (client, number) => {
        for (let i = 0; i < 20; i++) {
          const question = `client ${number}, question ${i}`;
          expect(texts(await client.request(question))).toEqual([`re ${question}`]);
        }
      }),
    );
    for (const worker of workers) worker.close();
    const counts = await Promise.all(served);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(60);
    for (const count of counts) expect(count).toBeGreaterThan(0);
  });

  test('takes what has been waiting since before it ran', async () => {
    const { context, front, back } = await bindBoth(Router, Dealer, transport);
    const client = join(Request, { context, endpoint: endpointOf(front) });
    const worker = join(Reply, { context, endpoint: endpointOf(back) });
    const reply = client.request('early');
    await poll([front]);
    run(front, back);
    expect(texts(await worker.receive())).toEqual(['early']);
    await worker.send('bird');
    expect(texts(await reply)).toEqual(['bird']);
  });

  test('in a row with another one does the same', async () => {
    const { context, front, back } = await bindBoth(Router, Dealer, transport);
    const second = await bindBoth(Router, Dealer, 'tcp');
    run(front, back);
    const [middle] = [second.front];
    run(middle, second.back);
    const bridgeFront = join(Router, { context, endpoint: endpointOf(back) });
    const bridgeBack = join(Dealer, { context: second.context, endpoint: endpointOf(middle) });
    run(bridgeFront, bridgeBack);
    const client = join(Request, { context, endpoint: endpointOf(front) });
    const worker = join(Reply, { context: second.context, endpoint: endpointOf(second.back) });
    const reply = client.request(['a', 'b']);
    expect(texts(await worker.receive())).toEqual(['a', 'b']);
    await worker.send(['c', 'd']);
    expect(texts(await reply)).toEqual(['c', 'd']);
  });
});

describe.each(TRANSPORTS)('a streamer over %s', (transport) => {
  test.each([
    ['PULL in front', Pull, Push],
    ['PUSH in front', Push, Pull],
  ] as const)('with %s takes messages one way, in order', async (name, Front, Back) => {
    const { context, front, back } = await bindBoth<Socket, Socket>(Front, Back, transport);
    run(front, back);
    const [inlet, outlet] = name === 'PULL in front' ? [front, back] : [back, front];
    const source = join(Push, { context, endpoint: endpointOf(inlet) });
    const sink = join(Pull, { context, endpoint: endpointOf(outlet) });
    for (let i = 0; i < 100; i++) await source.send([`${i}`, 'x']);
    for (let i = 0; i < 100; i++) expect(texts(await sink.receive())).toEqual([`${i}`, 'x']);
  });
});

describe.each(TRANSPORTS)('a forwarder over %s', (transport) => {
  test('takes subscriptions one way and messages the other', async () => {
    const { context, front, back } = await bindBoth(XSubscriber, XPublisher, transport);
    run(front, back);
    // An XPUB says what arrives at it.
    const publisher = join(XPublisher, { context, endpoint: endpointOf(front) });
    const [first, second] = [
      join(Subscriber, { context, endpoint: endpointOf(back) }),
      join(Subscriber, { context, endpoint: endpointOf(back) }),
    ];
    first.subscribe('a');
    expect(texts(await publisher.receive())).toEqual(['\u0001a']);
    second.subscribe('b');
    expect(texts(await publisher.receive())).toEqual(['\u0001b']);
    for (const text of ['a1', 'c1', 'b1', 'a2']) await publisher.send([text, 'x']);
    expect(texts(await first.receive())).toEqual(['a1', 'x']);
    expect(texts(await first.receive())).toEqual(['a2', 'x']);
    expect(texts(await second.receive())).toEqual(['b1', 'x']);
    first.unsubscribe('a');
    expect(texts(await publisher.receive())).toEqual(['\u0000a']);
    second.close();
    expect(texts(await publisher.receive())).toEqual(['\u0000b']);
  });

  test('serves a PUB too', async () => {
    const { context, front, back } = await bindBoth(XSubscriber, XPublisher, transport);
    run(front, back);
    const publisher = join(Publisher, { context, endpoint: endpointOf(front) });
    const witness = join(XPublisher, { context, endpoint: endpointOf(front) });
    const subscriber = join(Subscriber, { context, endpoint: endpointOf(back) });
    subscriber.subscribe('');
    expect(texts(await witness.receive())).toEqual(['\u0001']);
    const received = subscriber.receive();
    // Whether the subscription has reached the other publisher as well nobody says.
    while ((await stateOf(received)) === 'pending') await publisher.send('news');
    expect(texts(await received)).toEqual(['news']);
  });
});

describe('a capture socket', () => {
  test('is sent a copy of each message, in both directions', async () => {
    const { context, front, back } = await bindBoth(Pair, Pair);
    const record = open(Pull, { context });
    await record.bind('inproc://record');
    const capture = join(Push, { context, endpoint: 'inproc://record' });
    run(front, back, capture);
    const [left, right] = [
      join(Pair, { context, endpoint: 'inproc://front' }),
      join(Pair, { context, endpoint: 'inproc://back' }),
    ];
    for (let i = 0; i < 10; i++) {
      await left.send([`to the right ${i}`, 'x']);
      expect(texts(await right.receive())).toEqual([`to the right ${i}`, 'x']);
      await right.send([`to the left ${i}`, 'y']);
      expect(texts(await left.receive())).toEqual([`to the left ${i}`, 'y']);
    }
    expect(await receiveAll(record)).toEqual(
      Array.from({ length: 10 }, (_, i) => [`to the right ${i}|x`, `to the left ${i}|y`]).flat(),
    );
  });

  test('has its own copy: what a receiver does to a message does not show in it', async () => {
    const { context, front, back } = await bindBoth(Router, Dealer);
    const record = open(Pull, { context });
    await record.bind('inproc://record');
    run(front, back, join(Push, { context, endpoint: 'inproc://record' }));
    const client = open(Request, { context, routingId: 'client' });
    client.connect('inproc://front');
    const worker = join(Reply, { context, endpoint: 'inproc://back' });
    const reply = client.request('q');
    const request = await worker.receive();
    request.length = 0;
    await worker.send('a');
    expect(texts(await reply)).toEqual(['a']);
    // A ROUTER takes the id off what it sends, and a REP the envelope.
    expect(await receiveAll(record)).toEqual(['client||q', 'client||a']);
  });

  test('that takes nothing holds everything up, and loses nothing', async () => {
    const { context, front, back } = await bindBoth(Pull, Push);
    const capture = open(Push, { context });
    await capture.bind('inproc://record');
    run(front, back, capture);
    const source = join(Push, { context, endpoint: 'inproc://front' });
    const sink = join(Pull, { context, endpoint: 'inproc://back' });
    for (const text of 'abc') await source.send(text);
    expect(await stateOf(sink.receive({ timeout: -1 }))).toBe('pending');
    const record = join(Pull, { context, endpoint: 'inproc://record' });
    expect(await receiveAll(record)).toEqual(['a', 'b', 'c']);
    expect(await receiveAll(sink)).toEqual(['b', 'c']);
  });

  test('that publishes holds nothing up', async () => {
    const { context, front, back } = await bindBoth(Pull, Push);
    const capture = open(Publisher, { context });
    await capture.bind('inproc://record');
    run(front, back, capture);
    const source = join(Push, { context, endpoint: 'inproc://front' });
    const sink = join(Pull, { context, endpoint: 'inproc://back' });
    await source.send('unseen');
    const spy = open(Subscriber, { context });
    spy.subscribe();
    spy.connect('inproc://record');
    await source.send('seen');
    expect(texts(await spy.receive())).toEqual(['seen']);
    expect(await receiveAll(sink)).toEqual(['unseen', 'seen']);
  });
});

describe('back-pressure', () => {
  test.each(TRANSPORTS)(
    'over %s: nothing is lost when nobody takes anything',
    async (transport) => {
      const { context, front, back } = await bindBoth(Pull, Push, transport);
      run(front, back);
      front.receiveHighWaterMark = 2;
      back.sendHighWaterMark = 2;
      const source = open(Push, { context, sendHighWaterMark: 2 });
      source.connect(endpointOf(front));
      const payload = Buffer.alloc(transport === 'inproc' ? 1 : 1024 * 1024, 'x');
      const count = 40;
      let sent = 0;
      const sending = (async () => {
        for (; sent < count; sent++) await source.send([`${sent}`, payload]);
      })();
      while (source.writable) await turn();
      expect(sent).toBeLessThan(count);
      const sink = open(Pull, { context, receiveHighWaterMark: 2 });
      sink.connect(endpointOf(back));
      for (let i = 0; i < count; i++) {
        const [number, body] = await sink.receive();
        expect([String(number), body?.length]).toEqual([`${i}`, payload.length]);
      }
      await sending;
      expect(await stateOf(sink.receive())).toBe('pending');
    },
  );

  test('a message that waits for the back end does not hold up the other direction', async () => {
    const marks = { sendHighWaterMark: 1, receiveHighWaterMark: 1 };
    const { context, front, back } = await bindBoth(Pair, Pair, 'inproc', marks);
    run(front, back);
    const [left, right] = [
      open(Pair, { context, ...marks }),
      open(Pair, { context, ...marks, linger: 0 }),
    ];
    left.connect('inproc://front');
    right.connect('inproc://back');
    let sent = 0;
    while (left.writable) await left.send(`${sent++}`);
    for (let i = 0; i < 10; i++) {
      await right.send(`back ${i}`);
      expect(texts(await left.receive())).toEqual([`back ${i}`]);
    }
    for (let i = 0; i < sent; i++) expect(texts(await right.receive())).toEqual([`${i}`]);
    expect(right.readable).toBe(false);
  });

  test('a message to a routing id that nobody has is dropped, with mandatory too', async () => {
    const { context, front, back } = await bindBoth(Router, Dealer, 'inproc', {});
    front.mandatory = true;
    run(front, back);
    const worker = join(Dealer, { context, endpoint: 'inproc://back' });
    await worker.send(['nobody', 'x']);
    const client = open(Dealer, { context, routingId: 'client' });
    client.connect('inproc://front');
    await worker.send(['client', 'y']);
    expect(texts(await client.receive())).toEqual(['y']);
  });
});

describe.each(TRANSPORTS)('messages that come back to the proxy, over %s,', (transport) => {
  test('leave the event loop its turns', async () => {
    const { context, front, back } = await bindBoth(Dealer, Dealer, transport);
    front.connect(endpointOf(back));
    const { proxy, running } = run(front, back);
    const source = join(Dealer, { context, endpoint: endpointOf(front) });
    for (let i = 0; i < 10; i++) await source.send('round and round');
    for (let i = 0; i < 10; i++) await turn();
    proxy.terminate();
    await running;
    expect(front.closed).toBe(true);
  });
});

test('a message that is held when the proxy is ended is sent if there is room', async () => {
  const { context, front, back } = await bindBoth(Pull, Push);
  const { proxy, running } = run(front, back);
  const source = join(Push, { context, endpoint: 'inproc://front' });
  await source.send('held');
  // It is taken at once, and nobody is there.
  proxy.pause();
  const sink = join(Pull, { context, endpoint: 'inproc://back' });
  await turn();
  expect(sink.readable).toBe(false);
  proxy.terminate();
  await running;
  expect(texts(await sink.receive())).toEqual(['held']);
});

describe('pause and resume', () => {
  test('stop it and let it go on, and nothing is lost', async () => {
    const { context, front, back } = await bindBoth(Pair, Pair);
    const { proxy } = run(front, back);
    const [left, right] = [
      join(Pair, { context, endpoint: 'inproc://front' }),
      join(Pair, { context, endpoint: 'inproc://back' }),
    ];
    proxy.pause();
    proxy.pause();
    for (const text of 'abc') await left.send(text);
    await right.send('d');
    await turn();
    expect([left.readable, right.readable]).toEqual([false, false]);
    proxy.resume();
    expect([await receiveAll(left), await receiveAll(right)]).toEqual([['d'], ['a', 'b', 'c']]);
    proxy.resume();
    await left.send('e');
    expect(await receiveAll(right)).toEqual(['e']);
  });

  test('leave the sockets to the proxy', async () => {
    const { front, back } = await bindBoth(Pair, Pair);
    const { proxy } = run(front, back);
    proxy.pause();
    expect(() => front.receive()).toThrow(expect.objectContaining({ code: 'EBUSY' }));
    proxy.terminate();
    expect(front.closed).toBe(true);
  });
});

describe('the end', () => {
  test('by terminate closes all sockets and resolves', async () => {
    const { context, front, back } = await bindBoth(Router, Dealer);
    const capture = open(Publisher, { context });
    await capture.bind('inproc://record');
    const { proxy, running } = run(front, back, capture);
    expect(await stateOf(running)).toBe('pending');
    proxy.terminate();
    expect([front.closed, back.closed, capture.closed]).toEqual([true, true, true]);
    expect(await running).toBeUndefined();
    // The endpoints are free.
    await open(Pull, { context }).bind('inproc://front');
  });

  test.each(['front', 'back', 'capture'] as const)(
    'by closing the %s socket closes the others and resolves',
    async (which) => {
      const { context, front, back } = await bindBoth(Router, Dealer);
      const capture = open(Publisher, { context });
      await capture.bind('inproc://record');
      const { running } = run(front, back, capture);
      ({ front, back, capture })[which].close();
      expect([front.closed, back.closed, capture.closed]).toEqual([true, true, true]);
      await running;
      for (const socket of [front, back, capture]) await socket[Symbol.asyncDispose]();
    },
  );

  test('counts each socket of the context off once', async () => {
    for (const end of ['terminate', 'close'] as const) {
      const { context, front, back } = await bindBoth(Router, Dealer);
      context.maxSockets = 3;
      open(Pull, { context });
      const { proxy } = run(front, back);
      if (end === 'terminate') proxy.terminate();
      else front.close();
      for (let i = 0; i < 2; i++) open(Pull, { context });
      expect(() => new Pull({ context })).toThrow(expect.objectContaining({ code: 'EMFILE' }));
    }
  });

  test('is the end: it cannot be run, paused, resumed or terminated again', async () => {
    const { front, back } = await bindBoth(Router, Dealer);
    const { proxy, running } = run(front, back);
    proxy.terminate();
    await running;
    expect(await errorOf(() => proxy.run())).toMatchObject({ code: 'EINVAL' });
    for (const call of ['pause', 'resume', 'terminate'] as const) {
      expect(() => proxy[call]()).toThrow(
        expect.objectContaining({ code: 'EBADF', message: 'Socket is closed' }),
      );
    }
  });

  test('lets what it has sent leave', async () => {
    const { context, front, back } = await bindBoth(Pull, Push, 'tcp', { linger: -1 });
    const { proxy } = run(front, back);
    const source = join(Push, { context, endpoint: endpointOf(front) });
    const sink = join(Pull, { context, endpoint: endpointOf(back) });
    await source.send('first');
    expect(texts(await sink.receive())).toEqual(['first']);
    for (let i = 0; i < 50; i++) await source.send([`${i}`, Buffer.alloc(100_000)]);
    await source.send('last');
    await poll([sink]);
    const [number] = await sink.receive();
    expect(String(number)).toBe('0');
    for (let i = 1; i < 50; i++) await sink.receive();
    expect(texts(await sink.receive())).toEqual(['last']);
    proxy.terminate();
  });
});

describe('calls of the sockets meanwhile', () => {
  test('throw EBUSY, all but close', async () => {
    const { front, back } = await bindBoth(Router, Dealer);
    const { proxy, running } = run(front, back);
    for (const socket of [front, back]) {
      const calls: (() => unknown)[] = [
        () => socket.send(['a', 'b']),
        () => socket.receive(),
        () => socket.bind('inproc://other'),
        () => socket.bindSync('inproc://other'),
        () => socket.unbind(endpointOf(socket)),
        () => socket.unbindSync(endpointOf(socket)),
        () => socket.connect('inproc://other'),
        () => socket.disconnect('inproc://other'),
        () => new Proxy(socket, socket).run(),
      ];
      for (const call of calls) {
        expect(call).toThrow(expect.objectContaining({ code: 'EBUSY' }));
      }
      expect(await errorOf(poll([socket]))).toMatchObject({ code: 'EBUSY' });
      expect([socket.readable, socket.writable, socket.closed]).toEqual([false, false, false]);
    }
    expect(await errorOf(() => proxy.run())).toMatchObject({ code: 'EBUSY' });
    proxy.terminate();
    await running;
    expect(() => front.receive()).toThrow(expect.objectContaining({ code: 'EBADF' }));
  });

  test('throw EBUSY for a REQ and a SUB as well', async () => {
    const context = new Context();
    const [req, sub] = [open(Request, { context }), open(Subscriber, { context })];
    const [dealer, xpub] = [open(Dealer, { context }), open(XPublisher, { context })];
    for (const socket of [req, sub, dealer, xpub]) socket.connect('inproc://nowhere');
    run(req, dealer);
    run(sub, xpub);
    expect(await errorOf(req.request('x'))).toMatchObject({ code: 'EBUSY' });
    for (const call of [() => sub.subscribe('x'), () => sub.unsubscribe('x')]) {
      expect(call).toThrow(expect.objectContaining({ code: 'EBUSY' }));
    }
  });

  test('leave options and events alone', async () => {
    const { front, back } = await bindBoth(Router, Dealer);
    run(front, back);
    front.mandatory = true;
    expect([front.mandatory, front.lastEndpoint, back.type]).toEqual([true, 'inproc://front', 5]);
    expect(await errorOf(front.events.receive({ timeout: 0 }))).toMatchObject({ code: 'EAGAIN' });
  });
});

describe('what cannot be a proxy', () => {
  test.each([
    [[], 'Front-end must be a socket object'],
    [[undefined, undefined], 'Front-end must be a socket object'],
    [['x', 'y'], 'Front-end must be a socket object'],
    [[null, null], 'Front-end must be a socket object'],
    [[{}, {}], 'Invalid argument'],
    [[{}, {}, {}, {}], 'Expected 3 arguments but received 4'],
  ] as const)('%o: %s', (args, text) => {
    const make = (): unknown => new Proxy(...(args as unknown as [Pull, Push]));
    expect(make).toThrow(text);
    expect(make).toThrow(expect.objectContaining({ code: 'EINVAL' }));
  });

  test('anything but a socket behind or to capture', () => {
    const pull = open(Pull);
    expect(() => new Proxy(pull, alien(undefined))).toThrow('Back-end must be a socket object');
    expect(() => new Proxy(pull, pull, alien(null))).toThrow('Capture must be a socket object');
    expect(() => new Proxy(pull, alien({}))).toThrow('Invalid argument');
  });

  test('sockets without endpoints', async () => {
    const [front, back, capture] = [open(Router), open(Dealer), open(Publisher)];
    const proxy = new Proxy(front, back, capture);
    expect([proxy.frontEnd, proxy.backEnd, proxy.capture]).toEqual([front, back, capture]);
    const expectError = async (message: string): Promise<void> => {
      expect(() => proxy.run()).toThrow(expect.objectContaining({ code: 'EINVAL', message }));
    };
    await expectError('Front-end socket must be bound or connected');
    front.connect('tcp://127.0.0.1:1');
    await expectError('Back-end socket must be bound or connected');
    back.connect('tcp://127.0.0.1:1');
    await expectError('Capture socket must be bound or connected');
    capture.connect('tcp://127.0.0.1:1');
    const running = proxy.run();
    proxy.terminate();
    await running;
    await expectError('Front-end socket must be bound or connected');
  });

  test.each(['front', 'back', 'capture'] as const)(
    'sockets of which the %s has calls that wait, and then all are as they were',
    async (which) => {
      const context = new Context();
      const sockets = {
        front: open(Pair, { context }),
        back: open(Pair, { context }),
        capture: open(Pair, { context }),
      };
      for (const [name, socket] of Object.entries(sockets)) await socket.bind(`inproc://${name}`);
      const waiting = sockets[which].receive();
      const proxy = new Proxy(sockets.front, sockets.back, sockets.capture);
      expect(() => proxy.run()).toThrow(expect.objectContaining({ code: 'EBUSY' }));
      expect(() => proxy.terminate()).toThrow(expect.objectContaining({ code: 'EBADF' }));
      for (const [name, socket] of Object.entries(sockets)) {
        const peer = join(Pair, { context, endpoint: `inproc://${name}` });
        await peer.send('x');
        expect(texts(await (socket === sockets[which] ? waiting : socket.receive()))).toEqual([
          'x',
        ]);
      }
      const running = proxy.run();
      proxy.terminate();
      await running;
    },
  );

  test.each([
    ['PULL', 'PULL', Pull, Pull],
    ['PUSH', 'PUSH', Push, Push],
    ['PUB', 'PUSH', Publisher, Push],
    ['SUB', 'PULL', Subscriber, Pull],
  ] as const)('%s and %s, between which nothing can go', async (front, back, Front, Back) => {
    const sides = await bindBoth<Socket, Socket>(Front, Back);
    expect(() => new Proxy(sides.front, sides.back).run()).toThrow(
      expect.objectContaining({
        code: 'ENOTSUP',
        detail: expect.stringContaining(`a ${front} and a ${back} socket`),
      }),
    );
    expect(sides.front.closed).toBe(false);
  });

  test.each([Pull, Subscriber] as const)('a capture that does not send: %o', async (Capture) => {
    const { context, front, back } = await bindBoth(Router, Dealer);
    const capture = open<Socket, object>(Capture, { context });
    capture.connect('inproc://nowhere');
    expect(() => new Proxy(front, back, capture).run()).toThrow(
      expect.objectContaining({ code: 'ENOTSUP' }),
    );
    expect(front.readable).toBe(false);
  });

  test('one socket on both sides or to capture', async () => {
    const socket = own(open(Dealer, { context: new Context() }));
    await socket.bind('inproc://both');
    const other = own(open(Dealer, { context: new Context() }));
    await other.bind('inproc://other');
    for (const [front, back, capture] of [
      [socket, socket],
      [socket, other, socket],
      [other, socket, socket],
    ] as const) {
      expect(() => new Proxy(front, back, capture).run()).toThrow(
        expect.objectContaining({ code: 'EINVAL', detail: expect.stringContaining('one place') }),
      );
    }
    expect(socket.readable).toBe(false);
    expect(await errorOf(socket.receive({ timeout: 0 })), 'it is free').toMatchObject({
      code: 'EAGAIN',
    });
  });
});

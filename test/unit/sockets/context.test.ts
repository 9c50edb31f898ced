import { constants } from 'node:os';
import { describe, expect, test } from 'vitest';
import {
  Context,
  context as defaultContext,
  type ContextOptions,
  Dealer,
  type Publisher,
  Pull,
  Push,
  Request,
  Router,
  Socket,
  type SocketOptions,
  Subscriber,
  XSubscriber,
} from '../../../src/index.ts';
import { message } from '../../../src/testing/raw-bytes.ts';
import { RawPeer } from '../../support/raw-peer.ts';
import { own, watchProcess } from '../../support/watch.ts';
import { endpointOf, errorOf, eventOf, open, stateOf, texts } from './conversation.ts';

watchProcess();

/** A value of a type that the compiler would not let through. */
function alien(value: unknown): never {
  return value as never;
}

const MAX = 0x7fff_ffff;
const INTEGERS = ['ioThreads', 'maxSockets', 'maxMessageSize'] as const;
const FLAGS = ['ipv6', 'blocky'] as const;
const WRITE_ONLY = ['threadPriority', 'threadSchedulingPolicy'] as const;

describe('a new context', () => {
  test('has the defaults of libzmq', () => {
    for (const context of [new Context(), new Context({}), defaultContext]) {
      expect(context).toMatchObject({
        ioThreads: 1,
        maxSockets: 1023,
        maxSocketsLimit: 65_535,
        maxMessageSize: MAX,
        ipv6: false,
        blocky: true,
      });
      for (const name of WRITE_ONLY) expect(context[name]).toBeUndefined();
    }
  });

  test('has the options that it is given, and leaves the object as it was', () => {
    const options: ContextOptions = {
      ioThreads: 75,
      maxSockets: 5,
      maxMessageSize: 1000,
      ipv6: true,
      blocky: false,
      threadPriority: 4,
      threadSchedulingPolicy: 2,
    };
    const { threadPriority, threadSchedulingPolicy, ...readable } = options;
    const context = new Context(options);
    expect(context).toMatchObject(readable);
    expect(context.threadPriority).toBeUndefined();
    expect(options).toEqual({ ...readable, threadPriority, threadSchedulingPolicy });
  });

  test('takes undefined for an option that is not given', () => {
    expect(new Context({ maxSockets: undefined, ipv6: true })).toMatchObject({
      maxSockets: 1023,
      ipv6: true,
    });
  });

  test('does not share its options with another', () => {
    const [one, other] = [new Context(), new Context()];
    one.maxSockets = 7;
    expect(other.maxSockets).toBe(1023);
  });

  test.each([
    [[1], TypeError, 'Options must be an object'],
    [[null], TypeError, 'Options must be an object'],
    [[{}, 2], TypeError, 'Expected 1 argument but received 2'],
    [[{ ioThreads: 'hello' }], TypeError, 'Option value must be a number'],
    [[{ ipv6: 1 }], TypeError, 'Option value must be a boolean'],
    [
      [{ maxSocketsLimit: 1 }],
      TypeError,
      'Cannot set property maxSocketsLimit of #<Context> which has only a getter',
    ],
    [
      [{ doesNotExist: 1 }],
      TypeError,
      'Cannot add property doesNotExist, object is not extensible',
    ],
    [[{ maxSockets: 0 }], RangeError, 'Invalid argument'],
  ] as const)('refuses %o', (args, Type, text) => {
    const make = (): unknown => new Context(...(args as unknown as [object]));
    expect(make).toThrow(Type);
    expect(make).toThrow(text);
    expect(make).toThrow(
      expect.objectContaining({ code: 'EINVAL', errno: constants.errno.EINVAL }),
    );
  });
});

describe('an option', () => {
  test.each(INTEGERS)('%s is a whole number', (name) => {
    const context = new Context();
    for (const value of [1, 2, 65_535]) {
      context[name] = value;
      expect(context[name]).toBe(value);
    }
    for (const value of [-1, 0.5, Number.NaN, MAX + 1]) {
      expect(() => {
        context[name] = value;
      }).toThrow(expect.objectContaining({ name: 'RangeError', code: 'EINVAL' }));
    }
    for (const value of ['1', true, null, undefined, 1n]) {
      expect(() => {
        context[name] = alien(value);
      }).toThrow(expect.objectContaining({ name: 'TypeError', code: 'EINVAL' }));
    }
    expect(context[name]).toBe(65_535);
  });

  test.each(FLAGS)('%s is a flag', (name) => {
    const context = new Context();
    for (const value of [true, false, true]) {
      context[name] = value;
      expect(context[name]).toBe(value);
    }
    for (const value of [0, 1, 'true', null, undefined]) {
      expect(() => {
        context[name] = alien(value);
      }).toThrow(expect.objectContaining({ name: 'TypeError', code: 'EINVAL' }));
    }
  });

  test.each(WRITE_ONLY)('%s can be written and not read', (name) => {
    const context = new Context();
    for (const value of [-1, 0, 99]) context[name] = value;
    expect(context[name]).toBeUndefined();
    expect(() => {
      context[name] = -2;
    }).toThrow(RangeError);
  });

  test('there is not is not added', () => {
    const context = new Context() as unknown as Record<string, unknown>;
    expect(() => {
      context['maxSocket'] = 1;
    }).toThrow(TypeError);
    expect(() => {
      context['maxSocketsLimit'] = 1;
    }).toThrow('which has only a getter');
  });
});

describe('by number', () => {
  /** The accessors are for subclasses. */
  class Numbered extends Context {
    flag(id: number): boolean {
      return this.getBoolOption(id);
    }

    number(id: number): number {
      return this.getInt32Option(id);
    }

    set(id: number, value: unknown): void {
      if (typeof value === 'boolean') this.setBoolOption(id, value);
      else this.setInt32Option(id, value as number);
    }

    setFlag(id: number, value: unknown): void {
      this.setBoolOption(id, value as boolean);
    }
  }

  test('are the same options', () => {
    const context = new Numbered({ ioThreads: 2 });
    expect([1, 2, 3, 5].map((id) => context.number(id))).toEqual([2, 1023, 65_535, MAX]);
    expect([context.flag(42), context.flag(70)]).toEqual([false, true]);
    context.set(2, 10);
    context.set(5, 100);
    context.set(42, true);
    context.set(70, 0);
    expect(context).toMatchObject({
      maxSockets: 10,
      maxMessageSize: 100,
      ipv6: true,
      blocky: false,
    });
    expect([context.number(42), context.number(70), context.flag(1)]).toEqual([1, 0, true]);
    context.set(1, true);
    expect(context.ioThreads).toBe(1);
    // 3 is another option for who writes it.
    context.set(3, 50);
    expect(context.number(3)).toBe(65_535);
  });

  test('are checked as those', () => {
    const context = new Numbered();
    for (const [id, value] of [
      [2, 0],
      [2, 65_536],
      [5, -1],
      [999, 1],
      [999, true],
      [-1, 1],
    ] as const) {
      expect(() => context.set(id, value)).toThrow(
        expect.objectContaining({ name: 'RangeError', code: 'EINVAL' }),
      );
    }
    expect(() => context.number(999)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
    expect(() => context.number(alien('2'))).toThrow('Identifier must be a number');
    expect(() => context.set(alien('2'), 1)).toThrow('Identifier must be a number');
    expect(() => context.set(2, '1')).toThrow('Option value must be a number');
    expect(() => context.setFlag(42, 1)).toThrow('Option value must be a boolean');
  });
});

describe('maxSockets', () => {
  function expectFull(context: Context): void {
    expect(() => new Pull({ context })).toThrow(
      expect.objectContaining({
        name: 'ZmtpError',
        code: 'EMFILE',
        errno: constants.errno.EMFILE,
        message: 'Too many open file descriptors',
      }),
    );
  }

  test('is how many can be open at once', () => {
    const context = new Context({ maxSockets: 2 });
    const first = open(Pull, { context });
    open(Push, { context });
    expectFull(context);
    first.close();
    first.close();
    open(Request, { context });
    expectFull(context);
    context.maxSockets = 3;
    open(Pull, { context });
    expectFull(context);
    expect(open(Pull), 'of another context').toBeInstanceOf(Pull);
  });

  test('is not used up by sockets that could not be made', () => {
    const context = new Context({ maxSockets: 1 });
    for (let i = 0; i < 3; i++) {
      expect(() => new Pull({ context, linger: -2 })).toThrow(RangeError);
      expect(() => new Bare(37, { context })).toThrow(expect.objectContaining({ code: 'EINVAL' }));
    }
    open(Pull, { context });
    expectFull(context);
  });
});

describe('what sockets take over', () => {
  test('blocky: whether they linger', () => {
    const context = new Context({ blocky: false });
    const sockets = [open(Pull, { context, linger: -1 }), own(new Push({ context }))];
    expect(sockets.map(({ linger }) => linger)).toEqual([-1, 0]);
    context.blocky = true;
    expect(sockets[1]?.linger).toBe(0);
    const push = own(new Push({ context }));
    expect(push.linger).toBe(-1);
    push.linger = 0;
    expect(own(new Subscriber({ context })).linger).toBe(0);
    expect(own(new XSubscriber({ context })).linger).toBe(0);
  });

  test('ipv6: their default', () => {
    const context = new Context({ ipv6: true });
    expect([open(Pull, { context }).ipv6, open(Pull, { context, ipv6: false }).ipv6]).toEqual([
      true,
      false,
    ]);
    expect(open(Pull).ipv6).toBe(false);
  });

  test('maxMessageSize: a peer that sends a message of more bytes is disconnected', async () => {
    const context = new Context({ maxMessageSize: 100 });
    const pull = open(Pull, { context });
    await pull.bind('tcp://127.0.0.1:*');
    const { events } = pull;
    for (const frames of [['x'.repeat(101)], ['x'.repeat(50), 'x'.repeat(51)]]) {
      const peer = own(await RawPeer.connect(endpointOf(pull)));
      await peer.handshake({ as: 'PUSH' });
      await peer.write(message('x'.repeat(100)));
      expect(texts(await pull.receive())).toEqual(['x'.repeat(100)]);
      await peer.write(message(...frames));
      await peer.expectClose();
      expect(await eventOf(events, 'disconnect')).toMatchObject({ reason: expect.any(String) });
      expect(pull.readable).toBe(false);
    }
  });

  test('maxMessageSize: not over inproc, where nobody else sends', async () => {
    const context = new Context({ maxMessageSize: 1 });
    const [push, pull] = [open(Push, { context }), open(Pull, { context })];
    await pull.bind('inproc://name');
    push.connect('inproc://name');
    await push.send('large');
    expect(texts(await pull.receive())).toEqual(['large']);
  });
});

/** A class of somebody else: a kind of socket by number. */
class Bare extends Socket {
  // oxlint-disable-next-line typescript/no-useless-constructor -- makes it public
  constructor(type: number, options?: object) {
    super(type, options);
  }
}

describe('a class of its own', () => {
  // oxlint-disable-next-line typescript/no-unsafe-declaration-merging
  class News extends Socket {
    constructor() {
      super(1);
    }
  }
  // oxlint-disable-next-line typescript/no-unsafe-declaration-merging
  interface News extends Publisher {}

  class Subclass extends Dealer {
    shout(text: string): Promise<void> {
      return this.send(text.toUpperCase());
    }
  }

  test('is a socket of the kind with the number, with the options of all sockets', async () => {
    const news = own(new News());
    expect(news).toBeInstanceOf(Socket);
    expect(news).toMatchObject({ type: 1, linger: -1, closed: false, context: defaultContext });
    news.linger = 0;
    expect(() => {
      (news as unknown as Record<string, unknown>)['wrong'] = 1;
    }).toThrow(TypeError);
    await news.bind('tcp://127.0.0.1:*');
    const subscriber = open(Subscriber);
    subscriber.subscribe('');
    const { events } = news;
    subscriber.connect(endpointOf(news));
    await eventOf(events, 'handshake');
    const received = subscriber.receive();
    // Whether the subscription has arrived nobody says.
    while ((await stateOf(received)) === 'pending') await news.send('extra!');
    expect(texts(await received)).toEqual(['extra!']);
    expect(await errorOf((news as unknown as Pull).receive())).toMatchObject({ code: 'ENOTSUP' });
  });

  test('can add to one of ours', async () => {
    const context = new Context();
    const [shouter, listener] = [open(Subclass, { context }), open(Subclass, { context })];
    await listener.bind('inproc://name');
    shouter.connect('inproc://name');
    await shouter.shout('hello');
    expect(texts(await listener.receive())).toEqual(['HELLO']);
    expect(shouter).toMatchObject({ type: 5, probeRouter: false });
  });

  test('every number has its kind', () => {
    for (let type = 0; type <= 11; type++)
      expect(own(new Bare(type, { linger: 0 })).type).toBe(type);
  });

  test.each([
    [[37], Error, 'Invalid argument'],
    [[-1], Error, 'Invalid argument'],
    [[1.5], Error, 'Invalid argument'],
    [[Number.NaN], Error, 'Invalid argument'],
    [[12], Error, 'Invalid argument'],
    [[], TypeError, 'Socket type must be a number'],
    [['1'], TypeError, 'Socket type must be a number'],
    [[1, 5], TypeError, 'Options must be an object'],
    [[1, null], TypeError, 'Options must be an object'],
  ] as const)('%o is none', (args, Type, text) => {
    const make = (): unknown => new Bare(...(args as unknown as [number]));
    expect(make).toThrow(Type);
    expect(make).toThrow(
      expect.objectContaining({
        code: 'EINVAL',
        errno: constants.errno.EINVAL,
        message: expect.stringContaining(text),
      }),
    );
  });

  test('takes undefined for an option that is not given, in constructors only', () => {
    const options: SocketOptions<Router> = {
      linger: 0,
      context: undefined,
      sendTimeout: undefined,
      routingId: undefined,
      mandatory: undefined,
    };
    const router = own(new Router(options));
    expect(router).toMatchObject({ linger: 0, sendTimeout: -1, routingId: null, mandatory: false });
    expect(() => {
      router.sendTimeout = alien(undefined);
    }).toThrow(expect.objectContaining({ name: 'TypeError', code: 'EINVAL' }));
    expect(() => new Router(alien({ doesNotExist: undefined }))).toThrow('doesNotExist');
  });

  test.each(['send', 'close', 'constructor', 'toString', '__proto__'])(
    'has no option %s, which is none',
    (name) => {
      const options = JSON.parse(`{ "${name}": 1 }`) as object;
      for (const make of [() => new Push(options), () => new Context(options)]) {
        expect(make).toThrow(
          expect.objectContaining({
            name: 'TypeError',
            code: 'EINVAL',
            message: `Cannot add property ${name}, object is not extensible`,
          }),
        );
      }
    },
  );

  test('has no more than two arguments', () => {
    class Many extends Socket {
      constructor() {
        // @ts-expect-error -- there are two
        super(1, {}, 3);
      }
    }
    expect(() => new Many()).toThrow('Expected 2 arguments but received 3');
  });
});

import { describe, expect, test } from 'vitest';
import {
  Context,
  Dealer,
  Pair,
  Pull,
  Push,
  Request,
  Router,
  type SocketOptions,
  Stream,
} from '../../../src/index.ts';
import { watchProcess } from '../../support/watch.ts';
import {
  bindAddress,
  endpointOf,
  errorOf,
  eventOf,
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

/** A class of sockets, as if it could both send and receive. */
type AnyClass = new (options?: object) => Pair;

type Bound = { readonly router: Router; readonly endpoint: string; readonly context: Context };

async function bindRouter(transport: Transport, options?: SocketOptions<Router>): Promise<Bound> {
  const context = new Context();
  const router = open(Router, { context, ...options });
  await router.bind(bindAddress(transport));
  return { router, endpoint: endpointOf(router), context };
}

/** An endpoint that was free a moment ago. */
async function freeEndpoint(transport: Transport): Promise<string> {
  if (transport === 'inproc') return bindAddress(transport);
  const socket = open(Pull);
  await socket.bind(bindAddress(transport));
  const endpoint = endpointOf(socket);
  await socket[Symbol.asyncDispose]();
  return endpoint;
}

describe.each(TRANSPORTS)('ROUTER over %s', (transport) => {
  test('knows a DEALER by its name, and one without by a name of its own', async () => {
    const { router, endpoint, context } = await bindRouter(transport);
    const named = open(Dealer, { context, routingId: 'named' });
    named.connect(endpoint);
    await named.send(['a', 'b']);
    expect(texts(await router.receive())).toEqual(['named', 'a', 'b']);
    const nameless = open(Dealer, { context });
    nameless.connect(endpoint);
    await nameless.send('c');
    const [id, frame] = await router.receive();
    expect([id?.length, id?.[0], String(frame)]).toEqual([5, 0, 'c']);
    await router.send(['named', 'd']);
    await router.send([id ?? null, 'e', 'f']);
    expect(texts(await named.receive())).toEqual(['d']);
    expect(texts(await nameless.receive())).toEqual(['e', 'f']);
  });

  test('serves a REQ, whose delimiter it sees', async () => {
    const { router, endpoint, context } = await bindRouter(transport);
    const req = open(Request, { context, routingId: 'req' });
    req.connect(endpoint);
    const reply = req.request('question');
    expect(texts(await router.receive())).toEqual(['req', '', 'question']);
    await router.send(['req', '', 'answer']);
    expect(texts(await reply)).toEqual(['answer']);
  });

  test('asks a DEALER by the name that it was given', async () => {
    const endpoint = await freeEndpoint(transport);
    const context = new Context();
    const router = open(Router, { context, mandatory: true });
    router.connect(endpoint, { routingId: 'server' });
    await router.send(['server', '', 'early']);
    const dealer = open(Dealer, { context, routingId: 'another name' });
    await dealer.bind(endpoint);
    expect(texts(await dealer.receive())).toEqual(['', 'early']);
    await dealer.send(['', 'answer']);
    expect(texts(await router.receive())).toEqual(['server', '', 'answer']);
  });

  test('and ROUTER find each other by their names', async () => {
    const { router, endpoint, context } = await bindRouter(transport, { routingId: 'bound' });
    const other = open(Router, { context, routingId: 'other', mandatory: true });
    other.connect(endpoint, { routingId: 'given' });
    await other.send(['given', 'hello']);
    expect(texts(await router.receive())).toEqual(['other', 'hello']);
    await router.send(['other', 'hello yourself']);
    expect(texts(await other.receive())).toEqual(['given', 'hello yourself']);
    expect(await errorOf(other.send(['bound', 'x']))).toMatchObject({ code: 'EHOSTUNREACH' });
  });

  test('learns who is there from a probe', async () => {
    const { router, endpoint, context } = await bindRouter(transport);
    const dealer = open(Dealer, { context, routingId: 'dealer', probeRouter: true });
    dealer.connect(endpoint);
    expect(texts(await router.receive())).toEqual(['dealer', '']);
    await router.send(['dealer', 'x']);
    expect(texts(await dealer.receive())).toEqual(['x']);
  });

  test('still has the messages of a peer that has gone, in order', async () => {
    const { router, endpoint, context } = await bindRouter(transport);
    const dealer = open(Dealer, { context, routingId: 'dealer', linger: -1 });
    dealer.connect(endpoint);
    for (let i = 0; i < 10; i++) await dealer.send(`${i}`);
    await dealer[Symbol.asyncDispose]();
    for (let i = 0; i < 10; i++) {
      expect(texts(await router.receive())).toEqual(['dealer', `${i}`]);
    }
  });

  test('drops what is for nobody; with mandatory it rejects', async () => {
    const { router } = await bindRouter(transport);
    expect(router.writable).toBe(true);
    await router.send(['nobody', 'x']);
    await router.send('nobody');
    router.mandatory = true;
    expect(await errorOf(router.send(['nobody', 'x']))).toMatchObject({
      code: 'EHOSTUNREACH',
      message: 'Host unreachable',
      detail: expect.stringContaining('routing id'),
    });
  });

  test('with mandatory waits for a peer that is full, as long as it is there', async () => {
    const endpoint = await freeEndpoint(transport);
    const context = new Context();
    const router = open(Router, { context, mandatory: true, sendHighWaterMark: 1 });
    router.connect(endpoint, { routingId: 'peer' });
    await router.send(['peer', '1']);
    expect(await errorOf(router.send(['peer', '2'], { timeout: 0 }))).toMatchObject({
      code: 'EAGAIN',
    });
    const second = router.send(['peer', '2']);
    expect(await stateOf(second)).toBe('pending');
    const dealer = open(Dealer, { context });
    await dealer.bind(endpoint);
    await second;
    expect(texts(await dealer.receive())).toEqual(['1']);
    expect(texts(await dealer.receive())).toEqual(['2']);
  });

  test('with mandatory rejects what waits for a peer that goes', async () => {
    const endpoint = await freeEndpoint(transport);
    const router = open(Router, { context: new Context(), mandatory: true, sendHighWaterMark: 1 });
    router.connect(endpoint, { routingId: 'peer' });
    await router.send(['peer', '1']);
    const second = errorOf(router.send(['peer', '2']));
    expect(await stateOf(second)).toBe('pending');
    router.disconnect(endpoint);
    expect(await second).toMatchObject({ code: 'EHOSTUNREACH' });
  });

  test('sends a peer away, or lets it wait, as long as another has its name', async () => {
    const { router, endpoint, context } = await bindRouter(transport);
    const [first, second] = [1, 2].map(() => open(Dealer, { context, routingId: 'twin' })) as [
      Dealer,
      Dealer,
    ];
    first.connect(endpoint);
    await first.send('first');
    expect(texts(await router.receive())).toEqual(['twin', 'first']);
    const { events } = second;
    second.connect(endpoint);
    if (transport === 'tcp') await eventOf(events, 'disconnect');
    await router.send(['twin', 'to the first']);
    expect(texts(await first.receive())).toEqual(['to the first']);
    expect(router.readable).toBe(false);
    first.close();
    await second.send('second');
    expect(texts(await router.receive())).toEqual(['twin', 'second']);
    await router.send(['twin', 'to the second']);
    expect(texts(await second.receive())).toEqual(['to the second']);
  });

  test('with handover gives the name to who comes last', async () => {
    const { router, endpoint, context } = await bindRouter(transport, { handover: true });
    // -1: the one that loses its name does not come to get it back.
    const options = { context, routingId: 'twin', reconnectInterval: -1 };
    const [first, second] = [open(Dealer, options), open(Dealer, options)];
    const { events } = first;
    first.connect(endpoint);
    await first.send('first');
    expect(texts(await router.receive())).toEqual(['twin', 'first']);
    second.connect(endpoint);
    await second.send('second');
    expect(texts(await router.receive())).toEqual(['twin', 'second']);
    if (transport === 'tcp') await eventOf(events, 'disconnect');
    await router.send(['twin', 'reply']);
    expect(texts(await second.receive())).toEqual(['reply']);
    expect(first.readable).toBe(false);
  });

  test('gives a peer that has come again its name', async () => {
    const { router, endpoint, context } = await bindRouter(transport, { mandatory: true });
    for (let i = 0; i < 3; i++) {
      const dealer = open(Dealer, { context, routingId: 'dealer' });
      dealer.connect(endpoint);
      await dealer.send(`${i}`);
      expect(texts(await router.receive())).toEqual(['dealer', `${i}`]);
      await router.send(['dealer', `re ${i}`]);
      expect(texts(await dealer.receive())).toEqual([`re ${i}`]);
      dealer.close();
    }
  });
});

describe('the name for a connection', () => {
  test.each([
    ['x'.repeat(256), RangeError],
    ['\0x', RangeError],
    [Buffer.of(0, 1), RangeError],
    [5, TypeError],
    [{ length: 3 }, TypeError],
  ])('%o is none, and nothing is connected', (routingId, Type) => {
    const router = open(Router);
    const attempt = (): void =>
      router.connect('tcp://127.0.0.1:1', { routingId: alien(routingId) });
    expect(attempt).toThrow(Type);
    expect(attempt).toThrow(expect.objectContaining({ code: 'EINVAL' }));
    expect(router.lastEndpoint).toBeNull();
  });

  test.each([[null], [5], ['x'], [['x']], [Buffer.from('x')], [{ routingID: 'x' }]])(
    '%o are no options',
    (options) => {
      for (const socket of [open(Router), open(Stream)]) {
        const connect = (): void => socket.connect('tcp://127.0.0.1:1', alien(options));
        expect(connect).toThrow(TypeError);
        expect(connect).toThrow(
          expect.objectContaining({
            code: 'EINVAL',
            message: expect.stringMatching(
              /^(Expected 1 argument but received 2|Unknown option routingID)$/,
            ),
          }),
        );
        expect(socket.lastEndpoint).toBeNull();
      }
    },
  );

  test.each([undefined, null, ''])('%o is none, and no error', (routingId) => {
    const router = open(Router);
    router.connect('tcp://127.0.0.1:1', { routingId: alien(routingId) });
    expect(router.lastEndpoint).toBe('tcp://127.0.0.1:1');
  });

  test('may be bytes, up to 255 of them, and is copied', async () => {
    const router = open(Router, { context: new Context(), mandatory: true });
    const name = Buffer.alloc(255, 0xff);
    router.connect('inproc://late', { routingId: name });
    const same = Buffer.from(name);
    name.fill(1);
    await router.send([same, 'x']);
    expect(await errorOf(router.send([name, 'x']))).toMatchObject({ code: 'EHOSTUNREACH' });
  });

  test('is EADDRINUSE when a peer has it, until that is gone', async () => {
    const { router, endpoint, context } = await bindRouter('inproc');
    router.connect('tcp://127.0.0.1:1', { routingId: 'ours' });
    const dealer = open(Dealer, { context, routingId: 'theirs' });
    dealer.connect(endpoint);
    for (const routingId of ['ours', 'theirs']) {
      expect(await errorOf(() => router.connect('tcp://127.0.0.1:2', { routingId }))).toMatchObject(
        {
          code: 'EADDRINUSE',
          address: 'tcp://127.0.0.1:2',
        },
      );
    }
    router.disconnect('tcp://127.0.0.1:1');
    dealer.close();
    for (const routingId of ['ours', 'theirs']) {
      router.connect('tcp://127.0.0.1:2', { routingId });
    }
  });

  test('a bad address is an error as ever, and takes no name', () => {
    const router = open(Router);
    expect(() => router.connect('foo://bar', { routingId: 'x' })).toThrow(
      expect.objectContaining({ code: 'EPROTONOSUPPORT', address: 'foo://bar' }),
    );
    expect(() => router.connect(alien(5), { routingId: 'x' })).toThrow('Address must be a string');
    router.connect('tcp://127.0.0.1:1', { routingId: 'x' });
    router.close();
    expect(() => router.connect('tcp://127.0.0.1:1', { routingId: 'y' })).toThrow(
      expect.objectContaining({ code: 'EBADF' }),
    );
  });

  test('holds over the connections to an endpoint', async () => {
    const endpoint = await freeEndpoint('tcp');
    const router = open(Router, { mandatory: true });
    router.connect(endpoint, { routingId: 'peer' });
    for (let i = 0; i < 3; i++) {
      const dealer = open(Dealer, { routingId: `dealer ${i}` });
      await router.send(['peer', `${i}`]);
      await dealer.bind(endpoint);
      expect(texts(await dealer.receive())).toEqual([`${i}`]);
      await dealer.send(`re ${i}`);
      expect(texts(await router.receive())).toEqual(['peer', `re ${i}`]);
      const { events } = router;
      const gone = eventOf(events, 'disconnect');
      await dealer[Symbol.asyncDispose]();
      await gone;
    }
  });
});

describe.each(TRANSPORTS)('PUSH and PULL over %s', (transport) => {
  test('share out what is sent, and gather it again', async () => {
    const context = new Context();
    const source = open(Push, { context });
    const workers = await Promise.all(
      ['a', 'b', 'c'].map(async (name) => {
        const worker = open(Pull, { context });
        await worker.bind(transport === 'inproc' ? `inproc://${name}` : 'tcp://127.0.0.1:*');
        source.connect(endpointOf(worker));
        return worker;
      }),
    );
    for (let i = 0; i < 6; i++) await source.send(`${i}`);
    const sink = open(Pull, { context });
    await sink.bind(bindAddress(transport));
    for (const [index, worker] of workers.entries()) {
      const out = open(Push, { context, linger: -1 });
      out.connect(endpointOf(sink));
      for (const i of [index, index + 3]) {
        expect(texts(await worker.receive())).toEqual([`${i}`]);
        await out.send(`done ${i}`);
      }
      out.close();
    }
    const done: string[] = [];
    for (let i = 0; i < 6; i++) done.push(...texts(await sink.receive()));
    expect(done.toSorted()).toEqual([0, 1, 2, 3, 4, 5].map((i) => `done ${i}`));
  });

  test('a PUSH that is bound waits for somebody to come, and again when the last one has gone', async () => {
    const context = new Context();
    const push = open(Push, { context, sendTimeout: 0 });
    await push.bind(bindAddress(transport));
    expect(push.writable).toBe(false);
    expect(await errorOf(push.send('x'))).toMatchObject({ code: 'EAGAIN' });
    const pull = open(Pull, { context });
    pull.connect(endpointOf(push));
    await push.send('x', { timeout: -1 });
    expect(texts(await pull.receive())).toEqual(['x']);
    const { events } = push;
    pull.close();
    if (transport === 'tcp') await eventOf(events, 'disconnect');
    expect(push.writable).toBe(false);
    expect(await errorOf(push.send('x'))).toMatchObject({ code: 'EAGAIN' });
  });

  test('what is sent while nobody is there waits for the next one', async () => {
    const endpoint = await freeEndpoint(transport);
    const context = new Context();
    const push = open(Push, { context });
    push.connect(endpoint);
    for (let round = 0; round < 3; round++) {
      await push.send(`${round}`);
      const pull = open(Pull, { context });
      await pull.bind(endpoint);
      expect(texts(await pull.receive())).toEqual([`${round}`]);
      const { events } = push;
      const gone = transport === 'tcp' ? eventOf(events, 'disconnect') : undefined;
      await pull[Symbol.asyncDispose]();
      await gone;
    }
  });
});

describe('what a socket does not do', () => {
  test('rejects with ENOTSUP at once', async () => {
    const [push, pull] = [open(Push), open(Pull)];
    push.connect('tcp://127.0.0.1:1');
    expect(await errorOf((push as unknown as Pull).receive())).toMatchObject({
      code: 'ENOTSUP',
      message: 'Operation not supported',
      detail: 'a PUSH socket does not receive',
    });
    expect(await errorOf((pull as unknown as Push).send('x'))).toMatchObject({
      code: 'ENOTSUP',
      detail: 'a PULL socket does not send',
    });
    expect([push.readable, pull.writable]).toEqual([false, false]);
  });
});

describe('how often one endpoint can be connected to', () => {
  test.each([
    [Dealer, Dealer, 1],
    [Push, Pull, 2],
  ] as const)('%o to %o: %i', async (Sender, Receiver, count) => {
    const context = new Context();
    const receivers = [
      open(Receiver as unknown as AnyClass, { context }),
      open(Receiver as unknown as AnyClass, { context }),
    ];
    const [one, other] = receivers as [Pair, Pair];
    await one.bind('inproc://one');
    await other.bind('inproc://other');
    const sender = open(Sender as unknown as AnyClass, { context });
    for (const name of ['one', 'one', 'other']) sender.connect(`inproc://${name}`);
    for (let i = 0; i < 6; i++) await sender.send(`${i}`);
    const seen: string[] = [];
    while (one.readable) seen.push(...texts(await one.receive()));
    expect(seen).toHaveLength(count === 1 ? 3 : 4);
  });
});

describe.each(TRANSPORTS)('PAIR over %s', (transport) => {
  test('talks to one peer as it likes', async () => {
    const context = new Context();
    const [bound, connected] = [open(Pair, { context }), open(Pair, { context })];
    await bound.bind(bindAddress(transport));
    connected.connect(endpointOf(bound));
    for (const text of ['a', 'b', 'c']) {
      await connected.send(text);
      await bound.send([text, text]);
    }
    for (const text of ['a', 'b', 'c']) {
      expect(texts(await bound.receive())).toEqual([text]);
      expect(texts(await connected.receive())).toEqual([text, text]);
    }
  });

  test('lets a second peer in when the first has gone, and not before', async () => {
    const context = new Context();
    const bound = open(Pair, { context });
    await bound.bind(bindAddress(transport));
    const [first, second] = [open(Pair, { context }), open(Pair, { context, linger: -1 })];
    first.connect(endpointOf(bound));
    await first.send('first');
    expect(texts(await bound.receive())).toEqual(['first']);
    const { events } = second;
    second.connect(endpointOf(bound));
    if (transport === 'tcp') {
      expect(await eventOf(events, 'disconnect')).toMatchObject({ address: endpointOf(bound) });
    }
    await bound.send('to the first');
    expect(texts(await first.receive())).toEqual(['to the first']);
    expect(second.readable).toBe(false);
    await first.send('last words');
    first.linger = -1;
    await first[Symbol.asyncDispose]();
    expect(texts(await bound.receive())).toEqual(['last words']);
    const received = bound.receive();
    await second.send('second');
    expect(texts(await received)).toEqual(['second']);
    await bound.send('to the second');
    expect(texts(await second.receive())).toEqual(['to the second']);
    second.linger = 0;
  });

  test('alone waits, and EAGAIN is what it says in the end', async () => {
    const pair = open(Pair, { context: new Context(), sendTimeout: 0, receiveTimeout: 0 });
    await pair.bind(bindAddress(transport));
    expect([pair.readable, pair.writable]).toEqual([false, false]);
    expect(await errorOf(pair.send('x'))).toMatchObject({ code: 'EAGAIN' });
    expect(await errorOf(pair.receive())).toMatchObject({ code: 'EAGAIN' });
  });
});

describe('what was sent to a name that is bound late', () => {
  test.each([
    ['PUSH', 'PULL', Push, Pull],
    ['PAIR', 'PAIR', Pair, Pair],
    ['DEALER', 'DEALER', Dealer, Dealer],
    ['DEALER', 'ROUTER', Dealer, Router],
  ] as const)(
    'by a %s that has closed meanwhile arrives at a %s',
    async (_one, _other, Sender, Receiver) => {
      const context = new Context();
      const sender = open(Sender as unknown as AnyClass, { context, linger: -1 });
      sender.connect('inproc://late');
      await sender.send('1');
      await sender.send('2');
      await sender[Symbol.asyncDispose]();
      const receiver = open(Receiver as unknown as AnyClass, { context, receiveTimeout: 0 });
      await receiver.bind('inproc://late');
      expect(texts(await receiver.receive()).at(-1)).toBe('1');
      expect(texts(await receiver.receive()).at(-1)).toBe('2');
    },
  );

  test('reaches a ROUTER under the name of who sent it', async () => {
    const context = new Context();
    const dealer = open(Dealer, { context, linger: -1, routingId: 'dealer' });
    dealer.connect('inproc://late');
    await dealer.send('x');
    dealer.close();
    const router = open(Router, { context, receiveTimeout: 0, mandatory: true });
    await router.bind('inproc://late');
    expect(texts(await router.receive())).toEqual(['dealer', 'x']);
    expect(await errorOf(router.send(['dealer', 'too late']))).toMatchObject({
      code: 'EHOSTUNREACH',
    });
  });
});

import { describe, expect, test } from 'vitest';
import { Context, context, poll, Reply, Request, Socket } from '../../../src/index.ts';
import { message } from '../../../src/testing/raw-bytes.ts';
import { RawPeer } from '../../support/raw-peer.ts';
import { own, watchProcess } from '../../support/watch.ts';
import {
  bindAddress,
  converse,
  endpointOf,
  errorOf,
  makeReply,
  makeRequest,
  stateOf,
  texts,
  TRANSPORTS,
} from './conversation.ts';
import '../compare-bytes.ts';

watchProcess();

/** A value of a type that the compiler would not let through. */
function alien(value: unknown): never {
  return value as never;
}

function makeSignal(): AbortSignal {
  return new AbortController().signal;
}

describe.each([
  ['Request', () => new Request(), 3],
  ['Reply', () => new Reply(), 4],
] as const)('a new %s', (_name, make, type) => {
  test('is open, idle and nowhere', () => {
    const socket = own(make());
    expect(socket).toBeInstanceOf(Socket);
    expect(socket).toMatchObject({
      closed: false,
      readable: false,
      writable: false,
      lastEndpoint: null,
      pendingSends: 0,
      type,
      context,
    });
  });

  test('has the context that it is given', () => {
    const mine = new Context();
    const socket = own(new Request({ context: mine }));
    expect(socket.context).toBe(mine);
  });

  test('has one Observer', () => {
    const socket = own(make());
    expect(socket.events).toBe(socket.events);
  });
});

describe.each(TRANSPORTS)('a conversation over %s', (transport) => {
  test('in turns', async () => {
    const { req, rep } = await converse(transport);
    for (const text of ['Hello', 'again']) {
      await req.send(text);
      expect(texts(await rep.receive())).toEqual([text]);
      await rep.send(['World', text]);
      expect(texts(await req.receive())).toEqual(['World', text]);
    }
  });

  test('frames are Buffers', async () => {
    const { req, rep } = await converse(transport);
    await req.send(['', Uint8Array.of(1), null, 'x'.repeat(300)]);
    const frames = await rep.receive();
    expect(frames.every((frame) => Buffer.isBuffer(frame))).toBe(true);
    expect(frames.map(({ length }) => length)).toEqual([0, 1, 0, 300]);
  });

  test('with either side bound', async () => {
    const context = new Context();
    const req = makeRequest({ context });
    const rep = makeReply({ context });
    await req.bind(bindAddress(transport));
    rep.connect(endpointOf(req));
    await req.send('q');
    await rep.receive();
    await rep.send('a');
    expect(texts(await req.receive())).toEqual(['a']);
  });

  test('readable and writable follow it', async () => {
    const { req, rep } = await converse(transport);
    expect([req.readable, req.writable, rep.writable]).toEqual([false, true, false]);
    await req.send('q');
    expect([req.readable, req.writable]).toEqual([false, false]);
    await rep.receive();
    expect([rep.readable, rep.writable]).toEqual([false, true]);
    await rep.send('a');
    expect([rep.readable, rep.writable]).toEqual([false, false]);
    await req.receive();
    expect([req.readable, req.writable]).toEqual([false, true]);
  });

  test('small frames may be used again as soon as send has returned', async () => {
    const { req, rep } = await converse(transport);
    const frame = Buffer.alloc(128, 'a');
    const sent = req.send([frame, frame]);
    frame.fill('b');
    await sent;
    const [first, second] = await rep.receive();
    expect(first).toEqual(Buffer.alloc(128, 'a'));
    expect(second).toEqual(Buffer.alloc(128, 'a'));
  });

  test('small frames may be used again though send has to wait', async () => {
    const context = new Context();
    const req = makeRequest({ context });
    const rep = makeReply({ context });
    await rep.bind(bindAddress(transport));
    const frame = Buffer.from('a');
    const sent = req.send(frame);
    frame.fill('b');
    req.connect(endpointOf(rep));
    await sent;
    expect(texts(await rep.receive())).toEqual(['a']);
  });

  test('iteration receives until the socket is closed', async () => {
    const { req, rep } = await converse(transport);
    const seen: string[] = [];
    const loop = (async () => {
      for await (const [frame] of rep) {
        seen.push(String(frame));
        await rep.send(`re ${String(frame)}`);
      }
    })();
    for (const text of ['a', 'b', 'c']) {
      await req.send(text);
      expect(texts(await req.receive())).toEqual([`re ${text}`]);
    }
    rep.close();
    await loop;
    expect(seen).toEqual(['a', 'b', 'c']);
  });
});

describe('iteration', () => {
  test('of a closed socket is over', async () => {
    const rep = makeReply();
    rep.close();
    expect(await rep[Symbol.asyncIterator]().next()).toEqual({ done: true, value: undefined });
  });

  test('throws what receive rejects with', async () => {
    const rep = makeReply({ receiveTimeout: 1 });
    await rep.bind('tcp://127.0.0.1:*');
    expect(await errorOf(rep[Symbol.asyncIterator]().next())).toMatchObject({ code: 'EAGAIN' });
  });

  test('break leaves the socket open', async () => {
    const { req, rep } = await converse();
    await req.send('a');
    for await (const frames of rep) {
      expect(texts(frames)).toEqual(['a']);
      break;
    }
    expect(rep.closed).toBe(false);
    await rep.send('b');
    expect(texts(await req.receive())).toEqual(['b']);
  });

  test('on a REQ that is closed when it was not its turn is EFSM, and then the end', async () => {
    const req = makeRequest();
    const iterator = req[Symbol.asyncIterator]();
    const next = errorOf(iterator.next());
    req.close();
    expect(await next).toMatchObject({ code: 'EFSM' });
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  test('on a REQ that is closed when it waits for the reply ends', async () => {
    const { req } = await converse();
    await req.send('q');
    const next = req[Symbol.asyncIterator]().next();
    req.close();
    expect(await next).toEqual({ done: true, value: undefined });
  });
});

describe('arguments of send and receive', () => {
  test('undefined is no message, at once', () => {
    const req = makeRequest();
    for (const attempt of [() => req.send(alien(undefined)), () => req.request(alien(undefined))]) {
      expect(attempt).toThrow(TypeError);
      expect(attempt).toThrow(
        expect.objectContaining({ code: 'EINVAL', message: 'Message must be present' }),
      );
    }
  });

  test('a Symbol is no message, at once', () => {
    expect(() => makeRequest().send(alien(Symbol('s')))).toThrow(
      expect.objectContaining({ name: 'TypeError', code: 'EINVAL' }),
    );
  });

  test('no frames are no message: nothing is sent', async () => {
    const { req, rep } = await converse();
    await req.send([]);
    expect(req.writable).toBe(true);
    expect(await stateOf(rep.receive())).toBe('pending');
    expect(await stateOf(makeRequest().send([])), 'with nobody there either').toBe('fulfilled');
  });

  const badOptions: readonly (readonly [unknown, typeof TypeError | typeof RangeError])[] = [
    [null, TypeError],
    [5, TypeError],
    ['x', TypeError],
    [{ timeout: '5' }, TypeError],
    [{ timeout: null }, TypeError],
    [{ timeout: 5n }, TypeError],
    [{ timeout: -2 }, RangeError],
    [{ timeout: -0.5 }, RangeError],
    [{ timeout: Number.NaN }, RangeError],
    [{ timeout: Number.NEGATIVE_INFINITY }, RangeError],
    [{ timeout: 2 ** 31 }, RangeError],
    [{ signal: {} }, TypeError],
    [{ signal: 'abort' }, TypeError],
    [{ signal: null }, TypeError],
    [{ signal: new AbortController() }, TypeError],
  ];

  test.each(badOptions)('%o are no options, and nothing is done', async (options, Type) => {
    const { req, rep } = await converse();
    const calls = [
      () => req.send('x', alien(options)),
      () => rep.receive(alien(options)),
      () => req.request('x', alien(options)),
    ];
    for (const call of calls) {
      const error = await errorOf(call);
      expect(error).toBeInstanceOf(Type);
      expect(error).toMatchObject({ code: 'EINVAL' });
    }
    expect(req.writable).toBe(true);
    expect(rep.readable).toBe(false);
  });

  test.each([[Buffer.from('x')], ['x'], [['x']], [null], [5], [new Map()], [makeSignal()]])(
    '%o is an argument too many',
    async (extra) => {
      const { req, rep } = await converse();
      const detail = expect.stringContaining('a message of several frames is an array');
      const message = 'Expected 1 argument but received 2';
      for (const call of [
        () => req.send('topic', alien(extra)),
        () => req.request('topic', alien(extra)),
      ]) {
        expect(call).toThrow(TypeError);
        expect(call).toThrow(expect.objectContaining({ code: 'EINVAL', message, detail }));
      }
      expect(() => rep.receive(alien(extra))).toThrow(
        expect.objectContaining({
          name: 'TypeError',
          code: 'EINVAL',
          message: 'Expected 0 arguments but received 1',
        }),
      );
      expect(await errorOf(poll([rep], alien(extra)))).toMatchObject({
        name: 'TypeError',
        code: 'EINVAL',
        message,
      });
      expect(req.writable).toBe(true);
      expect(rep.readable).toBe(false);
    },
  );

  test.each([[{}], [undefined]])('behind the options %o comes nothing', async (options) => {
    const { req, rep } = await converse();
    const { send, receive, request } = req as unknown as Record<
      string,
      (...args: unknown[]) => Promise<unknown>
    >;
    const message = 'Expected 2 arguments but received 3';
    for (const method of [send, request]) {
      expect(() => method?.call(req, 'a', options, 'c')).toThrow(message);
    }
    expect(() => receive?.call(rep, options, 1)).toThrow('Expected 1 argument but received 2');
    const polled = (poll as (...args: unknown[]) => Promise<unknown>)([rep], options, 1);
    expect(await errorOf(polled)).toMatchObject({ code: 'EINVAL', message });
  });

  test('a misspelt option is named', async () => {
    const { req, rep } = await converse();
    const options = alien({ timeOut: 5 });
    for (const call of [
      () => req.send('x', options),
      () => rep.receive(options),
      () => rep.receive(alien({ retries: 1 })),
      () => req.request('x', options),
      () => poll([rep], options),
      () => req.events.receive(options),
    ]) {
      expect(await errorOf(call)).toMatchObject({
        name: 'TypeError',
        code: 'EINVAL',
        message: expect.stringMatching(/^Unknown option (timeOut|retries)$/),
        detail: expect.stringMatching(/^the options are signal, timeout/),
      });
    }
    expect(req.writable).toBe(true);
  });

  test('options without a prototype are options', async () => {
    const { rep } = await converse();
    const options = Object.assign(Object.create(null) as object, { timeout: 0 });
    expect(await errorOf(rep.receive(options))).toMatchObject({ code: 'EAGAIN' });
  });

  test('undefined options are none', async () => {
    const { req, rep } = await converse();
    await req.send('a', undefined);
    await rep.receive({ timeout: undefined, signal: undefined });
    await rep.send('b', {});
    expect(texts(await req.receive(undefined))).toEqual(['b']);
  });

  test('timeout Infinity and -1 are for ever', async () => {
    const { rep } = await converse();
    expect(await stateOf(rep.receive({ timeout: Number.POSITIVE_INFINITY }))).toBe('pending');
    expect(await stateOf(rep.receive({ timeout: -1 }))).toBe('pending');
  });

  test.each([
    [{ retries: '1' }, TypeError],
    [{ retries: null }, TypeError],
    [{ retries: -1 }, RangeError],
    [{ retries: Number.NaN }, RangeError],
    [{ retries: 1.5 }, RangeError],
  ])('%o are no options of request', async (options, Type) => {
    const error = await errorOf(makeRequest().request('x', alien({ timeout: 1, ...options })));
    expect(error).toBeInstanceOf(Type);
    expect(error).toMatchObject({ code: 'EINVAL' });
  });

  test('a request has frames', async () => {
    expect(await errorOf(makeRequest().request([]))).toMatchObject({
      name: 'RangeError',
      code: 'EINVAL',
    });
  });
});

describe('a closed socket', () => {
  test('says EBADF to everything, at once where the call is not async', async () => {
    const { req, rep } = await converse();
    req.close();
    rep.close();
    const calls: (() => unknown)[] = [
      () => req.send('x'),
      () => req.receive(),
      () => rep.receive({ timeout: 0 }),
      () => req.connect('tcp://127.0.0.1:1'),
      () => req.disconnect('tcp://127.0.0.1:1'),
      () => req.bind('tcp://127.0.0.1:*'),
      () => req.unbind('tcp://127.0.0.1:1'),
      () => req.events,
    ];
    for (const call of calls) {
      expect(call).toThrow(expect.objectContaining({ code: 'EBADF', message: 'Socket is closed' }));
    }
    expect(await errorOf(req.request('x'))).toMatchObject({ code: 'EBADF' });
  });

  test('is neither readable nor writable, and can be closed again', async () => {
    const { req, rep } = await converse();
    await req.send('x');
    rep.close();
    rep.close();
    await rep[Symbol.asyncDispose]();
    req.close();
    expect(rep).toMatchObject({ closed: true, readable: false, writable: false });
    expect(req).toMatchObject({ closed: true, readable: false, writable: false });
  });

  test('still has its options, type and context', () => {
    const req = makeRequest({ linger: 0, routingId: 'me' });
    req.close();
    expect(req).toMatchObject({ linger: 0, routingId: 'me', type: 3, context });
  });
});

describe('close', () => {
  test('rejects what waits, with EAGAIN where it was its turn and EFSM where it was not', async () => {
    const { req, rep } = await converse();
    const outcomes = {
      'REP receive': errorOf(rep.receive()),
      'REP send': errorOf(rep.send('too soon')),
      'REQ receive': errorOf(req.receive()),
    };
    rep.close();
    req.close();
    expect(await outcomes['REP receive']).toMatchObject({ code: 'EAGAIN' });
    expect(await outcomes['REP send']).toMatchObject({ code: 'EFSM' });
    expect(await outcomes['REQ receive']).toMatchObject({ code: 'EFSM' });
    const lonely = makeRequest();
    const send = errorOf(lonely.send('x'));
    lonely.close();
    expect(await send).toMatchObject({ code: 'EAGAIN' });
  });

  test('rejects all of a queue, in order', async () => {
    const rep = makeReply();
    const order: number[] = [];
    const waiting = Array.from({ length: 5 }, (_, i) =>
      rep.receive().catch((error: unknown) => {
        order.push(i);
        return error;
      }),
    );
    rep.close();
    for (const error of await Promise.all(waiting)) {
      expect(error).toMatchObject({ code: 'EAGAIN' });
    }
    expect(order).toEqual([0, 1, 2, 3, 4]);
  });

  test('rejects a request that is queued, that waits for a server and that waits for its reply', async () => {
    const { req, rep } = await converse();
    const replying = errorOf(req.request('waits for its reply'));
    const queued = errorOf(req.request('queued'));
    await rep.receive();
    const lonely = makeRequest();
    const connecting = errorOf(lonely.request('waits for a server'));
    expect(await stateOf(connecting)).toBe('pending');
    req.close();
    lonely.close();
    expect(await Promise.all([replying, queued, connecting])).toMatchObject([
      { code: 'EAGAIN' },
      { code: 'EAGAIN' },
      { code: 'EAGAIN' },
    ]);
  });

  test.each([0, 3])(
    'over tcp rejects a request in the same way, with %i retries',
    async (retries) => {
      const { req, rep } = await converse('tcp');
      const replying = errorOf(req.request('waits for its reply', { retries }));
      await rep.receive();
      req.close();
      expect(await replying).toMatchObject({ code: 'EAGAIN' });
    },
  );

  test.each(TRANSPORTS)('frees the endpoint, over %s', async (transport) => {
    const { rep, endpoint, context } = await converse(transport);
    await rep[Symbol.asyncDispose]();
    const next = makeReply({ context });
    await next.bind(endpoint);
    expect(next.lastEndpoint).toBe(endpoint);
  });

  test('of one that never was anywhere is done at once', async () => {
    await makeRequest({ linger: -1 })[Symbol.asyncDispose]();
  });

  test('while binding rejects the bind and leaves nothing bound', async () => {
    const rep = makeReply();
    const binding = errorOf(rep.bind('tcp://127.0.0.1:*'));
    rep.close();
    expect(await binding).toMatchObject({ code: 'EBADF' });
  });

  test('asyncDispose waits for a bind that is under way', async () => {
    const first = makeReply();
    await first.bind('tcp://127.0.0.1:*');
    const endpoint = endpointOf(first);
    await first[Symbol.asyncDispose]();
    const second = makeReply();
    const binding = errorOf(second.bind(endpoint));
    await second[Symbol.asyncDispose]();
    // "waits until the endpoints are free"
    const third = makeReply();
    await third.bind(endpoint);
    await binding;
  });
});

describe('endpoints', () => {
  const calls = ['bind', 'unbind', 'connect', 'disconnect'] as const;

  test.each(calls)('%s wants a string', async (call) => {
    for (const address of [undefined, null, 5, {}, ['tcp://127.0.0.1:1']]) {
      const error = await errorOf(() => makeRequest()[call](alien(address)));
      expect(error).toBeInstanceOf(TypeError);
      expect(error).toMatchObject({ code: 'EINVAL', message: 'Address must be a string' });
    }
  });

  test.each([
    ['foo-bar', 'EINVAL'],
    ['', 'EINVAL'],
    ['tcp://127.0.0.1', 'EINVAL'],
    ['tcp://127.0.0.1:99999', 'EINVAL'],
    ['foo://bar', 'EPROTONOSUPPORT'],
    ['ipc://@abstract', 'ENOTSUP'],
  ])('"%s" is %s everywhere, and named in the error', async (address, code) => {
    const hasScheme = /^(tcp|ipc):/.test(address);
    for (const call of calls) {
      const socket = makeRequest();
      // What has a proper scheme could have been bound or connected, as far as these two know.
      const isUndoing = call === 'unbind' || call === 'disconnect';
      const expected = isUndoing && hasScheme ? 'ENOENT' : code;
      expect(await errorOf(() => socket[call](address))).toMatchObject({ code: expected, address });
      expect(socket.lastEndpoint).toBeNull();
    }
  });

  test('connect throws at once and never waits', () => {
    const req = makeRequest();
    expect(() => req.connect('foo://bar')).toThrow(
      expect.objectContaining({ code: 'EPROTONOSUPPORT' }),
    );
    expect(req.connect('tcp://127.0.0.1:1')).toBeUndefined();
    expect(req.lastEndpoint).toBe('tcp://127.0.0.1:1');
  });

  test('a path that is too long is ENAMETOOLONG, and leaves everything as it was', async () => {
    const path = `ipc://${'/tmp/'.padEnd(120, 'x')}`;
    const req = makeRequest();
    req.connect('tcp://127.0.0.1:1');
    expect(await errorOf(() => req.connect(path))).toMatchObject({
      code: 'ENAMETOOLONG',
      address: path,
    });
    expect(await errorOf(req.bind(path))).toMatchObject({ code: 'ENAMETOOLONG' });
    expect(req.lastEndpoint).toBe('tcp://127.0.0.1:1');
    expect(() => req.disconnect(path)).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  });

  test.each(TRANSPORTS)('an address that is taken is EADDRINUSE, over %s', async (transport) => {
    const { endpoint, context } = await converse(transport);
    const other = makeReply({ context });
    expect(await errorOf(other.bind(endpoint))).toMatchObject({
      code: 'EADDRINUSE',
      message: 'Address already in use',
      address: endpoint,
    });
    expect(other.lastEndpoint).toBeNull();
  });

  test('an interface that is not there is ENODEV', async () => {
    expect(await errorOf(makeReply().bind('tcp://no-such-device-0:*'))).toMatchObject({
      code: 'ENODEV',
    });
  });

  test('wildcards are filled in', async () => {
    const rep = makeReply();
    await rep.bind('tcp://127.0.0.1:*');
    expect(rep.lastEndpoint).toMatch(/^tcp:\/\/127\.0\.0\.1:[1-9]\d*$/);
    await rep.bind('tcp://*:*');
    expect(rep.lastEndpoint).toMatch(/^tcp:\/\/0\.0\.0\.0:[1-9]\d*$/);
    await rep.bind('ipc://*');
    expect(rep.lastEndpoint).toMatch(/^ipc:\/\/.+/);
  });

  test('unbind ends what its peers send, while what was sent to them still leaves', async () => {
    const rep = makeReply({ linger: -1 });
    await rep.bind('tcp://127.0.0.1:*');
    const endpoint = endpointOf(rep);
    const peer = await RawPeer.connect(endpoint);
    await peer.handshake({ as: 'DEALER' });
    await peer.write(message('', 'q1'));
    await rep.receive();
    peer.pause();
    const large = Buffer.alloc(16 * 1024 * 1024);
    await rep.send(large);
    await rep.unbind(endpoint);
    await peer.write(message('', 'q2'));
    peer.resume();
    await peer.expectClose();
    expect(peer.receivedBytes).toBeGreaterThan(large.length);
    expect(rep.readable).toBe(false);
  });

  test('unbind takes the text of bind or what became of it, once', async () => {
    const rep = makeReply();
    await rep.bind('tcp://127.0.0.1:*');
    const first = endpointOf(rep);
    await rep.unbind(first);
    expect(await errorOf(rep.unbind(first))).toMatchObject({ code: 'ENOENT', address: first });
    await rep.bind('tcp://127.0.0.1:*');
    await rep.unbind('tcp://127.0.0.1:*');
    expect(await errorOf(rep.unbind('tcp://127.0.0.1:*'))).toMatchObject({ code: 'ENOENT' });
  });

  test('disconnect takes the text of connect, once', () => {
    const req = makeRequest();
    expect(() => req.disconnect('tcp://127.0.0.1:1')).toThrow(
      expect.objectContaining({
        code: 'ENOENT',
        message: 'No such endpoint',
        address: 'tcp://127.0.0.1:1',
      }),
    );
    req.connect('tcp://127.0.0.1:1');
    expect(() => req.disconnect('tcp://127.0.0.2:1')).toThrow(
      expect.objectContaining({ code: 'ENOENT' }),
    );
    req.disconnect('tcp://127.0.0.1:1');
    req.connect('tcp://127.0.0.1:1');
    req.disconnect('tcp://localhost:1');
    expect(() => req.disconnect('tcp://127.0.0.1:1')).toThrow(
      expect.objectContaining({ code: 'ENOENT' }),
    );
  });

  test('disconnect undoes every connect to the text', () => {
    const rep = makeReply();
    rep.connect('tcp://127.0.0.1:1');
    rep.connect('tcp://127.0.0.1:1');
    rep.disconnect('tcp://127.0.0.1:1');
    expect(() => rep.disconnect('tcp://127.0.0.1:1')).toThrow(
      expect.objectContaining({ code: 'ENOENT' }),
    );
  });

  test('a REQ connects to an endpoint once, however often it is asked to', async () => {
    const { req, rep, endpoint } = await converse('inproc', { req: { relaxed: true } });
    req.connect(endpoint);
    const other = makeReply({ context: rep.context });
    await other.bind('inproc://other');
    req.connect('inproc://other');
    const asked: string[] = [];
    for (let i = 0; i < 4; i++) {
      await req.send('q');
      const socket = rep.readable ? rep : other;
      asked.push(socket === rep ? 'first' : 'second');
      await socket.receive();
      await socket.send('a');
    }
    expect(asked).toEqual(['first', 'second', 'first', 'second']);
  });

  test('after disconnect nothing is sent there', async () => {
    const { rep, endpoint, context } = await converse();
    const req = makeRequest({ context, relaxed: true });
    req.connect(endpoint);
    expect(req.writable).toBe(true);
    req.disconnect(endpoint);
    expect(req.writable).toBe(false);
    expect(await stateOf(rep.receive())).toBe('pending');
  });

  test('after disconnect nothing more is sent there, though an earlier message has not left', async () => {
    // Nobody listens at port 1: what is sent there waits.
    const nowhere = 'tcp://127.0.0.1:1';
    const req = makeRequest({ relaxed: true, linger: -1 });
    req.connect(nowhere);
    await req.send('waits for a connection');
    req.disconnect(nowhere);
    expect(req.writable).toBe(false);
    req.linger = 0;
  });
});

describe('high-water marks', () => {
  test('a connection that is not there takes as many messages as the mark says', async () => {
    const req = makeRequest({ relaxed: true, sendHighWaterMark: 2, sendTimeout: 0 });
    req.connect('tcp://127.0.0.1:1');
    await req.send('1');
    expect(req.writable).toBe(true);
    await req.send('2');
    expect(req.writable).toBe(false);
    expect(await errorOf(req.send('3'))).toMatchObject({ code: 'EAGAIN' });
    req.sendHighWaterMark = 4;
    await req.send('3');
    await req.send('4');
    expect(await errorOf(req.send('5'))).toMatchObject({ code: 'EAGAIN' });
  });

  test('a send that waits goes on when the mark is raised', async () => {
    const req = makeRequest({ relaxed: true, sendHighWaterMark: 1 });
    req.connect('tcp://127.0.0.1:1');
    await req.send('1');
    const second = req.send('2');
    expect(await stateOf(second)).toBe('pending');
    req.sendHighWaterMark = 0;
    await second;
  });

  test('with immediate nothing is taken for a connection that is not there', async () => {
    const req = makeRequest({ immediate: true, sendTimeout: 0 });
    req.connect('tcp://127.0.0.1:1');
    expect(req.writable).toBe(false);
    expect(await errorOf(req.send('1'))).toMatchObject({ code: 'EAGAIN' });
  });
});

describe('fairness to the rest of the program', () => {
  test.each(TRANSPORTS)(
    'a loop that never has to wait lets others have their turn, over %s',
    async (transport) => {
      const { req, rep } = await converse(transport);
      let turns = 0;
      let isDone = false;
      const count = (): void => {
        turns++;
        if (!isDone) setImmediate(count);
      };
      setImmediate(count);
      for (let i = 0; i < 3000; i++) {
        await req.send('q');
        await rep.receive();
        await rep.send('a');
        await req.receive();
      }
      isDone = true;
      expect(turns).toBeGreaterThan(3);
    },
  );
});
